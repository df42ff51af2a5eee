"""Who drives while a dataset is recorded, and what each picture's label is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from agent.model import SteeringModel
from agent.speed import SpeedController
from agent.training.disturbance import Push
from agent.training.expert import SPACING_M, Expert, shifted, turns
from agent.types import Control, Frame, Pose

Path = npt.NDArray[np.float64]
BEND_MPS2 = 4.0
"""Sideways acceleration at which the expert takes bends, which it sees coming on the map."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is done in a frame, and what should be.

    Attributes:
        control: for the car; None: it drives by itself.
        label: steer that is right for the middle camera; None: not known in this frame.
    """

    control: Control | None
    label: float | None


class Teacher(Protocol):
    """Drives a car along a lane and knows what to steer."""

    def lesson(self, frame: Frame, path: Path, push: Push, step_s: float) -> Lesson:
        """What to do in a frame under a push, on the lane ahead; `step_s` since the frame before."""

    def beside(self, frame: Frame, path: Path, label: float, right_m: float) -> float:
        """Label of a camera so far right of the middle one: it steers back to the lane's centre."""


class LaneTeacher:
    """Follows the map's lane centre; its label is right wherever the car has been pushed to.

    Args:
        speed_mps: on straights.
    """

    def __init__(self, speed_mps: float) -> None:
        self._expert = Expert()
        self._pedals = SpeedController(speed_mps)
        self._target_mps = speed_mps

    def lesson(self, frame: Frame, path: Path, push: Push, step_s: float) -> Lesson:
        """See `Teacher`."""
        pose, speed_mps = frame.telemetry.pose, frame.telemetry.speed_mps
        clean = self._expert.steer(pose, speed_mps, path)
        driven = self._expert.steer(pose, speed_mps, shifted(path, push.shift_m)) + push.steer
        self._pedals.target_mps = min(self._target_mps, bend_speed_mps(path))
        throttle, brake = self._pedals.pedals(speed_mps, step_s, lead=frame.telemetry.lead)
        return Lesson(Control(steer=min(max(driven, -1.0), 1.0), throttle=throttle, brake=brake), clean)

    def beside(self, frame: Frame, path: Path, label: float, right_m: float) -> float:
        """See `Teacher`: what the expert would do if the car stood where the camera is."""
        return self._expert.steer(_moved(frame.telemetry.pose, right_m), frame.telemetry.speed_mps, path)


class AutopilotTeacher:
    """CARLA's autopilot drives; its label is what it did one tick later, and it is taken off the wheel to be pushed.

    A frame under a push has no label: what the autopilot would do is not known then.

    Args:
        speed_mps: to be driven.
        autopilot: hands the car over at a speed, or takes it back with None; see `CarlaWorld.autopilot`.
    """

    def __init__(self, speed_mps: float, autopilot: Callable[[float | None], None]) -> None:
        self._pedals = SpeedController(speed_mps)
        self._expert = Expert()
        self._speed_mps, self._autopilot, self._on = speed_mps, autopilot, False

    def lesson(self, frame: Frame, path: Path, push: Push, step_s: float) -> Lesson:
        """See `Teacher`; the label follows with the next frame."""
        throttle, brake = self._pedals.pedals(frame.telemetry.speed_mps, step_s, lead=frame.telemetry.lead)
        on = push == Push()
        if on != self._on:
            self._autopilot(self._speed_mps if on else None)
            self._on = on
        if on:
            return Lesson(None, None)
        pose, speed_mps = frame.telemetry.pose, frame.telemetry.speed_mps
        driven = self._expert.steer(pose, speed_mps, shifted(path, push.shift_m)) + push.steer
        return Lesson(Control(steer=min(max(driven, -1.0), 1.0), throttle=throttle, brake=brake), None)

    def beside(self, frame: Frame, path: Path, label: float, right_m: float) -> float:
        """See `Teacher`: the autopilot's steer, corrected by what the lane follower does for the offset."""
        pose, speed_mps = frame.telemetry.pose, frame.telemetry.speed_mps
        here, there = (self._expert.steer(_moved(pose, m), speed_mps, path) for m in (0.0, right_m))
        return min(max(label + there - here, -1.0), 1.0)


class NetworkTeacher(LaneTeacher):
    """A network drives and the lane follower says what it should have done (Ross et al., DAgger, 2011)."""

    def __init__(self, speed_mps: float, model: SteeringModel) -> None:
        super().__init__(speed_mps)
        self._model = model

    def lesson(self, frame: Frame, path: Path, push: Push, step_s: float) -> Lesson:
        """See `Teacher`; pushed off the centre it is the lane follower that leads the car there."""
        expert = super().lesson(frame, path, push, step_s)
        if push != Push() or expert.control is None:
            return expert
        return replace(
            expert, control=replace(expert.control, steer=self._model.steer(self._model.preprocessor(frame)))
        )


def bend_speed_mps(path: Path) -> float:
    """Speed at which the tightest bend of the lane ahead pulls with `BEND_MPS2`."""
    bends = np.abs(turns(path)) / SPACING_M
    sharpest = float(np.convolve(bends, np.ones(3) / 3, "valid").max(initial=0.0))
    return math.sqrt(BEND_MPS2 / sharpest) if sharpest > 1e-6 else math.inf


def _moved(pose: Pose, right_m: float) -> Pose:
    yaw = pose.yaw_rad
    return replace(pose, x_m=pose.x_m - right_m * math.sin(yaw), y_m=pose.y_m + right_m * math.cos(yaw))
