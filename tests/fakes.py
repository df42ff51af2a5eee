"""Small stand-ins with real values: frames without a camera, a world without a simulator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from agent.types import FULL_STOP, Control, Frame, Placement, Pose, Saliency, Telemetry


def make_frame(
    index: int = 1,
    *,
    width: int = 320,
    height: int = 180,
    step_s: float = 0.05,
    speed_mps: float = 9.7,
    collision_ns: float = 0.0,
    invaded_lanes: tuple[str, ...] = (),
    lane_offset_m: float | None = 0.1,
    seed: int | None = None,
) -> Frame:
    rng = np.random.default_rng(index if seed is None else seed)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    image.flags.writeable = False
    pose = Pose(x_m=speed_mps * step_s * index, y_m=0.0, z_m=0.0, pitch_rad=0.0, yaw_rad=0.0, roll_rad=0.0)
    telemetry = Telemetry(
        pose=pose,
        speed_mps=speed_mps,
        applied=FULL_STOP,
        collision_ns=collision_ns,
        invaded_lanes=invaded_lanes,
        lane_offset_m=lane_offset_m,
        weather="ClearNoon",
        real_time_factor=2.0,
    )
    return Frame(index=index, time_s=index * step_s, image=image, telemetry=telemetry)


def make_saliency(frame: Frame, *, peak: float = 0.01) -> Saliency:
    """A map with one hot spot in the middle, placed over the lower half of the picture."""
    height, width = frame.image.shape[:2]
    ramp = np.zeros((66, 200), np.float32)
    ramp[30:36, 97:103] = 1.0
    ramp.flags.writeable = False
    placement = Placement(top_px=height // 3, left_px=0, height_px=height // 2, width_px=width)
    return Saliency(frame.index, "gradient", "steering", ramp, placement, peak, elapsed_s=0.002)


class FakeWorld:
    """A world of made-up frames that remembers what it was told."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self.applied: list[Control] = []
        self.seen = 0

    def frames(self) -> Iterator[Frame]:
        for frame in self._frames:
            self.seen += 1
            yield frame

    def apply(self, control: Control) -> None:
        self.applied.append(control)
