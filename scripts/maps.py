"""Write the project's maps: `python -m scripts.maps [NAME ...] [--out DIR]`."""

from __future__ import annotations

from pathlib import Path

from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.own_maps import OWN_MAPS
from scripts.arguments import Parser

_MAPS = Path(__file__).parent.parent / "configs" / "maps"


def spawn_count(path: Path) -> int:
    """How many spawn points the embedded simulator gives the map of an OpenDRIVE file; 0 where it can read none."""
    try:
        return len(parse_road_network(path.read_text(encoding="utf-8"), path.stem).spawn_points)
    except (OSError, ValueError):
        return 0


def main() -> None:
    """Parse, write."""
    parser = Parser(prog="python -m scripts.maps", description="Write maps as OpenDRIVE.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all by default: {', '.join(OWN_MAPS)}")
    parser.add_argument("--out", type=Path, default=_MAPS, metavar="DIR", help="default: %(default)s")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in OWN_MAPS]
    if unknown:
        parser.error(f"no map '{unknown[0]}'; there are {', '.join(OWN_MAPS)}")
    out: Path = chosen.out
    out.mkdir(parents=True, exist_ok=True)
    for name in chosen.names or OWN_MAPS:
        path = out / f"{name}.xodr"
        path.write_text(OWN_MAPS[name](), encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
