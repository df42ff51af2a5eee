"""Write the built-in map: `python -m scripts.maps [--out FILE]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.simulator.roads.loop_map import loop_xodr

_LOOP = Path(__file__).parent.parent / "configs" / "maps" / "loop.xodr"


def main() -> None:
    """Parse, write."""
    parser = argparse.ArgumentParser(description="Write the built-in map `loop` as OpenDRIVE.")
    parser.add_argument("--out", type=Path, default=_LOOP, metavar="FILE", help="default: %(default)s")
    out: Path = parser.parse_args().out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(loop_xodr(), encoding="utf-8")
    print(f"wrote {out}")


if __name__ == "__main__":
    main()
