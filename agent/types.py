"""The nouns that cross rooms: frozen values, read-only arrays, units in names.

World coordinates are CARLA's: left-handed, x forward (east), y right (south), z up; yaw clockwise seen from above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

UInt8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]
Picture = UInt8
"""RGB uint8 (H, W, 3): the only thing the window and the video take."""


@dataclass(frozen=True, slots=True)
class Control:
    """What the car is told.

    Attributes:
        steer: [-1, 1], right positive; 1 is the full wheel angle (70 degrees for CARLA's cars).
        throttle: [0, 1].
        brake: [0, 1].

    Raises:
        ValueError: a value outside its range, NaN included.
    """

    steer: float
    throttle: float
    brake: float

    def __post_init__(self) -> None:
        for name, value, low in (
            ("steer", self.steer, -1.0),
            ("throttle", self.throttle, 0.0),
            ("brake", self.brake, 0.0),
        ):
            if not low <= value <= 1.0:  # NaN fails every comparison
                raise ValueError(f"{name} is {value}, wanted a number in [{low:g}, 1]")


FULL_STOP = Control(steer=0.0, throttle=0.0, brake=1.0)


@dataclass(frozen=True, slots=True)
class Pose:
    """Place and attitude in CARLA's left-handed world [m, rad]."""

    x_m: float
    y_m: float
    z_m: float
    pitch_rad: float
    yaw_rad: float
    roll_rad: float


@dataclass(frozen=True, slots=True)
class Lead:
    """The nearest vehicle ahead on the own lane, as the simulator knows it.

    Attributes:
        gap_m: along the lane from bumper to bumper, >= 0.
        speed_mps: along the lane, >= 0.
    """

    gap_m: float
    speed_mps: float


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What the car and the world report with a frame.

    Attributes:
        pose: of the car, centre of its ground contact; NaN where only pictures are known.
        speed_mps: >= 0; NaN where only pictures are known.
        applied: the control the simulator says was in force in this frame.
        collision_ns: strongest impulse since the previous frame [N s]; 0 without a collision.
        collided_with: what it was bumped into, e.g. ("vehicle.audi.tt", "static.wall"), each once.
        invaded_lanes: types of lane markings crossed since the previous frame, e.g. ("Solid", "Broken").
        lane_offset_m: signed distance of the car's centre from the nearest driving lane's centre, right positive; None
            where no map is known.
        off_road: whether the car's centre is on no driving lane; False where no map is known.
        traffic_light: "Red", "Yellow" or "Green" while the car stands or drives in front of a light that holds for it.
        lead: the vehicle ahead; None without one in sight, or where no map is known.
        speed_limit_mps: None where the map states none.
        weather: name of the preset, or "custom".
        real_time_factor: simulated seconds per second of wall time, over about the last second; 0 while unknown.
    """

    pose: Pose
    speed_mps: float
    applied: Control
    collision_ns: float = 0.0
    collided_with: tuple[str, ...] = ()
    invaded_lanes: tuple[str, ...] = ()
    lane_offset_m: float | None = None
    off_road: bool = False
    traffic_light: str | None = None
    lead: Lead | None = None
    speed_limit_mps: float | None = None
    weather: str = "unknown"
    real_time_factor: float = 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One tick of the world as the camera saw it.

    Attributes:
        index: simulator frame, strictly increasing, may skip.
        time_s: simulation time since the start of the run, strictly increasing.
        image: RGB uint8 (H, W, 3), read-only.
        telemetry: of the same tick.
        semantic: CARLA 0.9.16 labels uint8 (H, W) of the same view, or None.
        beside: pictures of the scenario's other cameras, same tick and size, in its order.
    """

    index: int
    time_s: float
    image: UInt8
    telemetry: Telemetry
    semantic: UInt8 | None = None
    beside: tuple[UInt8, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """The rectangle of the camera image that the network saw [px]."""

    top_px: int
    left_px: int
    height_px: int
    width_px: int


@dataclass(frozen=True, slots=True)
class LayerMap:
    """The map of one layer beside others.

    Attributes:
        layer: name.
        map: float32 (h, w) in network pixels, [0, 1], greatest value 1; read-only.
        peak: greatest value before scaling.
    """

    layer: str
    map: Float32
    peak: float


@dataclass(frozen=True, slots=True)
class CausalCheck:
    """What the network steers when the hottest region is hidden; right positive.

    Attributes:
        steer: with everything in view.
        hidden: with the hottest region blurred away.
        elsewhere: with regions of the same size and shape elsewhere blurred away, the greatest change of a few.
        share: of the network's view that was hidden, [0, 1].
    """

    steer: float
    hidden: float
    elsewhere: float
    share: float


@dataclass(frozen=True, slots=True)
class Saliency:
    """Which pixels moved the steering in one frame.

    Attributes:
        frame_index: the frame it explains.
        method: e.g. "gradient".
        layer: what was explained, e.g. "steering".
        map: float32 (h, w) in network pixels, [0, 1] or, signed, [-1, 1]; greatest magnitude 1 (all 0 without a
            gradient); read-only.
        placement: where the map lies in the camera image.
        peak: greatest magnitude before scaling [unit]. Without it a map lies: scaling makes a blank frame look as hot
            as any other.
        elapsed_s: time the computation took.
        signed: positive pushes to the right, negative to the left.
        unit: of the peak.
        panels: maps of several layers from the same forward pass; empty but in the panel mode.
        check: what hiding the hottest region does, where that was asked for.
    """

    frame_index: int
    method: str
    layer: str
    map: Float32
    placement: Placement
    peak: float
    elapsed_s: float
    signed: bool = False
    unit: str = "steering per grey level"
    panels: tuple[LayerMap, ...] = ()
    check: CausalCheck | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """What a map lies on: shares by class, in the order of `agent.attention.CLASSES`, each summing to 1.

    Attributes:
        frame_index: the frame.
        saliency: shares of the map's magnitude.
        sobel: shares of an edge filter, for comparison.
        pixels: shares of the view's area: what a map of pure chance would have.
    """

    frame_index: int
    saliency: tuple[float, ...]
    sobel: tuple[float, ...]
    pixels: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of the loop: what was seen, what was done, what was looked at.

    `saliency` is the newest, maybe of an earlier frame (its `frame_index` says so), or None before the first;
    `attention` is its ledger, where frames carry labels.
    """

    frame: Frame
    control: Control
    saliency: Saliency | None
    attention: Attention | None = None


@dataclass(frozen=True, slots=True)
class RunCard:
    """What stays the same during a run and is shown and recorded with it.

    Attributes:
        map: name of the map, e.g. "loop".
        model: name of the model.
        model_sha256: of the weights file.
        method: of the saliency, e.g. "gradient"; "off" without.
        layer: explained layer, e.g. "steering".
        every: saliency is computed every so many frames.
        step_s: simulated time between frames [s].
        seed: of the run.
        provenance: versions of what made the run, by name.
        command: line that started it.
    """

    map: str
    model: str
    model_sha256: str
    method: str
    layer: str
    every: int
    step_s: float
    seed: int
    provenance: dict[str, str] = field(default_factory=dict)
    command: str = ""


def angle_difference(a_rad: float, b_rad: float) -> float:
    """a - b wrapped to [-pi, pi) [rad]."""
    return (a_rad - b_rad + math.pi) % (2 * math.pi) - math.pi


def read_only(array: npt.NDArray[np.generic]) -> None:
    """Freeze an array that is about to be shared between rooms."""
    array.flags.writeable = False
