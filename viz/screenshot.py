"""A picture that a person wants to keep -> a PNG beside the run."""

from __future__ import annotations

from pathlib import Path

import cv2

from agent.types import Picture


def save_screenshot(folder: Path, frame_index: int, picture: Picture) -> str:
    """Write a new `frame-NNNNNN.png`; nothing that is there is overwritten.

    Returns:
        What came of it, for the person.
    """
    png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
    name = f"frame-{frame_index:06d}"
    for path in (folder / f"{name}{suffix}.png" for suffix in ("", *(f"-{number}" for number in range(2, 1000)))):
        try:
            with path.open("xb") as file:
                file.write(png)
        except FileExistsError:
            continue
        except OSError as error:
            return f"cannot save {path.name}: {error.strerror}"
        return f"saved {path.name}"
    return f"cannot save {name}.png: there are a thousand of it"
