"""GLSL programs from the files in `shaders/`, in the variants a weather asks for. Text only, no GL."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "glsl"
_PARTS = {  # what stands before the program's own file
    "road": ("frame", "survey", "static", "wet"),
    "mark": ("frame", "survey", "static", "wet"),
    "paving": ("frame", "survey", "static", "wet"),
    "ground": ("frame", "survey", "static"),
    "object": ("frame", "survey"),
    "cutout": ("frame", "survey"),
    "car": ("frame", "survey"),
    "car_shadow": ("frame", "survey"),
    "rain": ("frame", "survey"),
    "glow": ("frame", "survey"),
    "stroke": ("frame", "survey"),
    "sky": ("frame", "survey"),
}
_ATTRIBUTES = ("object", "cutout")  # share the vertex inputs of static.glsl but not its fragment part


@cache
def program_source(name: str, variant: tuple[str, ...] = ()) -> tuple[str, str]:
    """Vertex and fragment shader of a program.

    Args:
        name: of its file, without ".glsl".
        variant: words to define: "NIGHT", "WET"; "BARE" says what and how far instead of how it looks.
    """
    own = _text(name)
    shared = "\n".join(_text(part) for part in _PARTS.get(name, ("frame",)))
    inputs = _text("static") if name in _ATTRIBUTES else ""
    words = "".join(f"#define {word}\n" for word in variant)
    head = f"#version 330 core\n{words}"
    return (
        f"{head}#define VERTEX\n{shared}\n{inputs}\n{own}",
        f"{head}#define FRAGMENT\n{shared}\n{own}",
    )


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.glsl").read_text(encoding="utf-8")
