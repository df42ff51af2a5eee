"""The simulator's own nouns: frozen values between its rooms.

World coordinates are CARLA's: left-handed, x forward (east), y right (south), z up [m]; yaw clockwise seen from
above, pitch nose up, roll right side down [rad] (the wire has degrees: `structs.py` converts).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Label(enum.IntEnum):
    """CARLA 0.9.16 semantic ids (CityObjectLabel)."""

    NONE = 0
    ROADS = 1
    SIDEWALKS = 2
    BUILDINGS = 3
    WALLS = 4
    FENCES = 5
    POLES = 6
    TRAFFIC_LIGHT = 7
    TRAFFIC_SIGNS = 8
    VEGETATION = 9
    TERRAIN = 10
    SKY = 11
    PEDESTRIANS = 12
    RIDER = 13
    CAR = 14
    TRUCK = 15
    BUS = 16
    TRAIN = 17
    MOTORCYCLE = 18
    BICYCLE = 19
    STATIC = 20
    DYNAMIC = 21
    OTHER = 22
    WATER = 23
    ROAD_LINES = 24
    GROUND = 25
    BRIDGE = 26
    RAIL_TRACK = 27
    GUARD_RAIL = 28


class Pose(NamedTuple):  # a tuple is made in half the time of a frozen dataclass
    """Place and attitude in the world [m, rad]."""

    x_m: float = 0.0
    y_m: float = 0.0
    z_m: float = 0.0
    pitch_rad: float = 0.0
    yaw_rad: float = 0.0
    roll_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """An upright box that can be bumped into: a house, a trunk, a piece of wall.

    Attributes:
        x_m, y_m, z_m: its centre.
        yaw_rad: of its length axis.
        half_length_m, half_width_m, half_height_m: half sizes along, across and up.
        label: semantic class.
        thing: number of the object of the scenery it is of, 0 for none.
    """

    x_m: float
    y_m: float
    z_m: float
    yaw_rad: float
    half_length_m: float
    half_width_m: float
    half_height_m: float
    label: Label
    thing: int = 0


@dataclass(frozen=True, slots=True)
class Lamp:
    """A street lamp: its number as an object of the scenery and where its head hangs [m]."""

    number: int
    x_m: float
    y_m: float
    z_m: float


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the scenery: a house, a tree, a piece of road.

    Attributes:
        number: from 1; instance images show its lowest 15 bits, with the 16th set.
        label: semantic class.
        box: around it.
    """

    number: int
    label: Label
    box: Box

    @property
    def name(self) -> str:
        """E.g. "Buildings_12"."""
        return f"{self.label.name.title().replace('_', '')}_{self.number}"


@dataclass(frozen=True, slots=True)
class Weather:
    """CARLA's weather parameters; field order is the wire order. Percents and degrees, as CARLA's."""

    cloudiness: float = 0.0
    precipitation: float = 0.0
    precipitation_deposits: float = 0.0
    wind_intensity: float = 0.0
    sun_azimuth_angle: float = 0.0
    sun_altitude_angle: float = 75.0
    fog_density: float = 0.0
    fog_distance: float = 0.0
    fog_falloff: float = 0.0
    wetness: float = 0.0
    scattering_intensity: float = 0.0
    mie_scattering_scale: float = 0.0
    rayleigh_scattering_scale: float = 0.0331
    dust_storm: float = 0.0


WALK_SIDEWALK, WALK_CROSSING = 1, 2
"""CARLA's areas of a navigation mesh."""


@dataclass(frozen=True, slots=True, eq=False)
class WalkGrid:
    """Where people walk.

    Attributes:
        x_m, y_m: the corner of cell (0, 0).
        cell_m: a cell's side.
        area: uint8 (rows, columns): WALK_SIDEWALK, WALK_CROSSING, or 0 where nobody walks; rows along y.
        height_m: float64 (rows + 1, columns + 1): z of the cells' corners; only those of walkable cells count.
    """

    x_m: float
    y_m: float
    cell_m: float
    area: npt.NDArray[np.uint8]
    height_m: npt.NDArray[np.float64]


LENS = "traffic.lens"
"""Blueprint of what a shining lens of a traffic light looks like: a disc of its colour, facing along its pose."""


@dataclass(frozen=True, slots=True)
class ActorLook:
    """How one actor stands in the picture in this tick.

    Attributes:
        actor_id: of the registry; the picture of the camera's own car leaves nothing out.
        blueprint: e.g. "vehicle.audi.tt".
        pose: centre of its ground contact.
        color: RGB 0..255 of the paint.
        front_wheel_rad: steering angle of the front wheels, right positive.
        wheel_turn_rad: how far the wheels have rolled.
        brake: brake lights lit.
        lights: CARLA's VehicleLightState flags.
        stride_rad: how far a walker's left leg is ahead of upright; the right leg is as far behind.
    """

    actor_id: int
    blueprint: str
    pose: Pose
    color: tuple[int, int, int]
    front_wheel_rad: float = 0.0
    wheel_turn_rad: float = 0.0
    brake: bool = False
    lights: int = 0
    stride_rad: float = 0.0


MOST_STROKES = 20_000


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line that a client has drawn into the world; where begin and end are one, a square on the screen.

    Attributes:
        begin, end: in the world [m].
        width: of a line [m], of a square [px].
        color: RGB 0..255.
    """

    begin: tuple[float, float, float]
    end: tuple[float, float, float]
    width: float
    color: tuple[int, int, int]


class View(NamedTuple):
    """A pinhole camera in the world: pose, horizontal field of view [deg], image size [px]."""

    pose: Pose
    fov_deg: float
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Hits:
    """What rays (N) met first.

    Attributes:
        distance_m: float64 (N,), infinite where nothing was met.
        normal: float64 (N, 3) unit, of the surface, towards where the ray came from.
        label: uint8 (N,) semantic class.
        thing: uint32 (N,) number of the object of the scenery, 0 for none.
        actor_id: uint32 (N,) of the vehicle or walker, 0 for none.
    """

    distance_m: npt.NDArray[np.float64]
    normal: npt.NDArray[np.float64]
    label: npt.NDArray[np.uint8]
    thing: npt.NDArray[np.uint32]
    actor_id: npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a camera sees, rows from the top; fresh arrays, those not asked for empty.

    Attributes:
        bgra: uint8 (H, W, 4) the picture.
        identity: uint8 (H, W, 4) as CARLA's instance images: the object's number, high and low byte, label, 255.
        depth_m: float32 (H, W) along the optical axis, a million and more for the sky.
        normals: uint8 (H, W, 4), z, y, x in world axes from -1 to 1 as 0..255, 255; black for the sky.
    """

    bgra: npt.NDArray[np.uint8]
    identity: npt.NDArray[np.uint8]
    depth_m: npt.NDArray[np.float32]
    normals: npt.NDArray[np.uint8]

    @property
    def labels(self) -> npt.NDArray[np.uint8] | None:
        """Labels uint8 (H, W), or None."""
        return self.identity[..., 2] if self.identity.size else None
