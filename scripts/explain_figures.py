"""Figure sheets of pictures: PNG for people, .npz for programs."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

from agent.errors import ConfigError, RecordingError
from agent.model import SteeringModel
from agent.pictures import Fitted, fitted, read_picture
from agent.preprocess import as_rgb
from agent.saliency.anatomy import Anatomy
from agent.saliency.figure import Figure, Figures
from viz.figure_sheet import figure_sheet
from viz.sheet import write_png

_MODES = {
    "ours": "gradient of each layer's mean activation, the output before its squashing; one scale a layer for all",
    "keras_vis": "as keras-vis visualize_saliency: after the activation, stretched between minimum and maximum",
    "article": "as the article's snippet, which explains the layer before the one it names",
}


def explain_pictures(flags: Namespace, model: SteeringModel, out: Path) -> None:
    """A sheet and an .npz for every picture.

    Raises:
        ConfigError: a file that is no picture, an unknown layer.
        RecordingError: the folder cannot be written.
    """
    anatomy = Anatomy(model)
    figures = Figures(anatomy, _layers(anatomy, flags), flags.activations, flags.mode)
    pictures = [fitted(path.stem, read_picture(path), model.preprocessor.preprocessing) for path in flags.sources]
    made = [(picture, figures(picture.network_input)) for picture in pictures]
    highest = {name: max(figure.maps[n].peak for _, figure in made) for n, name in enumerate(figures.layers)}
    for number, (picture, figure) in enumerate(made):
        name = _unused(picture.name, [each.name for each, _ in made[:number]])
        own = {layer.layer: layer.peak for layer in figure.maps}  # keras-vis stretches every map
        scales = highest if flags.mode == "ours" else own
        _write(out / name, picture, figure, figures=figures, model=model, scales=scales, mode=flags.mode)
        print(f"{picture.name} ({picture.how}): steer {figure.steer:+.3f}: {out / name}.png")


def _write(
    to: Path,
    picture: Fitted,
    figure: Figure,
    *,
    figures: Figures,
    model: SteeringModel,
    scales: dict[str, float],
    mode: str,
) -> None:
    title = f"{picture.name} · {model.name} · {mode.replace('_', '-')}"
    seen = as_rgb(picture.network_input, model.card.color)
    page = figure_sheet(picture, seen, figure, layer=figures.shown, scales=scales, title=title, about=_MODES[mode])
    write_png(to.with_name(f"{to.name}.png"), page)
    arrays: dict[str, Any] = {f"saliency/{layer.layer}": layer.map for layer in figure.maps}
    arrays[f"activations/{figures.shown}"] = figure.activations
    arrays["layers"] = np.array(figures.layers)
    arrays["peaks"] = np.array([layer.peak for layer in figure.maps])
    try:
        np.savez_compressed(
            to.with_name(f"{to.name}.npz"),
            network_input=picture.network_input,
            steer=np.float32(figure.steer),
            **arrays,
        )
    except OSError as error:
        raise RecordingError(f"cannot write {to}.npz: {error.strerror}: choose another --out") from None


def _layers(anatomy: Anatomy, flags: Namespace) -> list[str]:
    """Convolutions, dense layers where asked for, or what was asked for by name; the output last, else the steering."""
    outputs = [output.name for output in anatomy.outputs]
    if flags.layer:
        unknown_ones = [layer for layer in flags.layer if layer not in anatomy.names]
        if not unknown_ones:
            wanted = [layer for layer in flags.layer if layer in outputs]
            return [*(layer for layer in flags.layer if layer not in outputs), *(wanted or outputs[:1])]
        return unknown_ones
    dense = [name for name in anatomy.names if name not in outputs and _is_dense(anatomy, name)] if flags.dense else []
    if not anatomy.convs and not dense:
        raise ConfigError("the network has no convolution: give --dense or --layer")
    return [*anatomy.convs, *dense, outputs[0]]


def _is_dense(anatomy: Anatomy, name: str) -> bool:
    return any(layer.name == name and type(layer).__name__ == "Dense" for layer in anatomy.layers)


def _unused(name: str, taken: list[str]) -> str:
    return name if name not in taken else f"{name}-{taken.count(name) + 1}"
