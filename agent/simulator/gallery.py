"""Every map and every weather as one labelled picture: what the renderer makes of them, to look at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import build_scene
from agent.simulator.nouns import ActorLook, Pose, View, Weather
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.world.weathers import WEATHERS

Picture = npt.NDArray[np.uint8]

COLUMNS = 6
_VIEWS = (  # share of the spawn points, metres up, pitch [rad], weather
    (0.02, 1.4, 0.0, "ClearNoon"),
    (0.21, 1.4, 0.0, "CloudyNoon"),
    (0.43, 1.4, 0.0, "ClearSunset"),
    (0.64, 9.0, -0.2, "ClearNoon"),
    (0.80, 1.4, 0.0, "HardRainNoon"),
    (0.93, 1.4, 0.0, "ClearNight"),
)
_TRAFFIC = (
    ("vehicle.tesla.model3", (150, 20, 24)),
    ("vehicle.mercedes.sprinter", (222, 222, 218)),
    ("vehicle.nissan.micra", (30, 70, 150)),
    ("vehicle.audi.etron", (60, 62, 66)),
    ("vehicle.carlamotors.firetruck", (170, 24, 20)),
    ("vehicle.mini.cooper_s", (36, 96, 70)),
    ("vehicle.kawasaki.ninja", (40, 140, 60)),
    ("vehicle.volkswagen.t2", (210, 150, 60)),
)
_APART_M = (14.0, 90.0)  # nearest and farthest car ahead
_CAPTION_PX = 18


def contact_sheet(maps: Sequence[Path], seed: int, tile: tuple[int, int]) -> Iterator[Picture]:
    """Rows of the sheet from the top, BGR (H, COLUMNS * W, 3): six views a map, then all weathers on the first map.

    Raises:
        RoadError, RendererError: as the rooms they come from.
    """
    for path in maps:
        network = parse_road_network(path.read_text(encoding="utf-8"), path.stem)
        with Renderer(build_scene(network, seed)) as renderer:
            yield _row([(f"{path.stem}, {view[3]}", _seen(renderer, network, view, tile)) for view in _VIEWS])
            if path == maps[0]:
                shown = [(name, _seen(renderer, network, (0.5, 1.4, 0.0, name), tile)) for name in WEATHERS]
    for first in range(0, len(shown), COLUMNS):
        yield _row(shown[first : first + COLUMNS])


def _seen(
    renderer: Renderer, network: RoadNetwork, view: tuple[float, float, float, str], tile: tuple[int, int]
) -> Picture:
    share, up_m, pitch_rad, name = view
    spawns = network.spawn_points
    number = int(share * len(spawns))
    at = spawns[number]
    pose = at._replace(z_m=at.z_m + up_m, pitch_rad=at.pitch_rad + pitch_rad)
    cars = [_car(index, spawn) for index, spawn in enumerate(spawns) if _APART_M[0] < _ahead(at, spawn) < _APART_M[1]]
    back_m = 1.9  # the camera is above the bonnet
    under = at._replace(
        x_m=at.x_m - back_m * math.cos(at.yaw_rad), y_m=at.y_m - back_m * math.sin(at.yaw_rad), z_m=at.z_m - 0.3
    )
    own = ActorLook(0, "vehicle.audi.tt", under, (90, 90, 90))
    actors = [*cars[:12], own]
    rendering = renderer.render(View(pose, 90.0, *tile), _weather(name), actors, labels=False, frame=number)
    return np.ascontiguousarray(rendering.bgra[..., :3])


def _weather(name: str) -> Weather:
    return WEATHERS[name]


def _car(number: int, spawn: Pose) -> ActorLook:
    blueprint, color = _TRAFFIC[number % len(_TRAFFIC)]
    return ActorLook(number + 1, blueprint, spawn._replace(z_m=spawn.z_m - 0.3), color, brake=number % 3 == 0)


def _ahead(at: Pose, other: Pose) -> float:
    """How far ahead another place is [m]; 0 behind and far to the side."""
    away = other.x_m - at.x_m, other.y_m - at.y_m
    ahead = away[0] * math.cos(at.yaw_rad) + away[1] * math.sin(at.yaw_rad)
    return ahead if math.hypot(*away) < 1.2 * ahead else 0.0


def _row(tiles: Sequence[tuple[str, Picture]]) -> Picture:
    """Pictures side by side, each with its name below; the rest of the row stays dark."""
    height, width = tiles[0][1].shape[:2]
    row = np.full((height + _CAPTION_PX, COLUMNS * width, 3), 24, np.uint8)
    for column, (name, picture) in enumerate(tiles):
        left = column * width
        row[:height, left : left + width - 2] = picture[:, : width - 2]
        at = (left + 4, height + _CAPTION_PX - 5)
        cv2.putText(row, name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (225, 225, 225), 1, cv2.LINE_AA)
    return row
