"""Render every map and every weather into one sheet: `python -m scripts.gallery [--out FILE] [--tile WxH]`."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from agent.errors import UserError
from agent.simulator.gallery import contact_sheet
from agent.simulator.look.renderer import RendererError
from scripts.arguments import Parser
from scripts.door import open_door

_ROOT = Path(__file__).parent.parent
_QUALITY = 78


def _tile(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    size = (int(width), int(height)) if width.isdecimal() and height.isdecimal() else (0, 0)
    if not (16 <= size[0] <= 1920 and 16 <= size[1] <= 1080):
        raise argparse.ArgumentTypeError(f"'{text}' is no size from 16x16 to 1920x1080, such as 320x180")
    return size


def main() -> None:
    """Parse, render, write."""
    parser = Parser(prog="python -m scripts.gallery", description="Render every map and weather.")
    parser.add_argument("--out", type=Path, default=_ROOT / ".github" / "media" / "gallery.jpg", metavar="FILE")
    parser.add_argument(
        "--tile", type=_tile, default=(320, 180), metavar="WxH", help="of each picture, default 320x180"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the scenery")
    chosen = parser.parse_args()

    def run(_: object) -> None:
        maps = sorted((_ROOT / "configs" / "maps").glob("*.xodr"), key=lambda path: (path.stem != "town", path.stem))
        if not chosen.out.parent.is_dir():
            raise UserError(f"no folder '{chosen.out.parent}' to write the gallery to; make it or choose another --out")
        try:
            sheet = np.vstack(list(contact_sheet(maps, chosen.seed, chosen.tile)))
        except RendererError as error:
            raise UserError(str(error)) from error
        done, content = cv2.imencode(chosen.out.suffix or ".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not done:
            raise UserError(f"cannot write pictures of the kind '{chosen.out.suffix}'; use .jpg or .png")
        chosen.out.write_bytes(content.tobytes())
        print(f"wrote {chosen.out}: {sheet.shape[1]}x{sheet.shape[0]}, {len(content) // 1024} KB")

    open_door(run)


if __name__ == "__main__":
    main()
