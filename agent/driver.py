"""Frame -> Control: the network steers, the speed controller works the pedals."""

from __future__ import annotations

from agent.model import SteeringModel
from agent.speed import SpeedController
from agent.types import Control, Frame


class ModelDriver:
    """Drives with a trained network at a target speed."""

    def __init__(self, model: SteeringModel, speed: SpeedController) -> None:
        self._model = model
        self._speed = speed
        self._previous_s: float | None = None

    def __call__(self, frame: Frame) -> Control:
        """The control for this frame.

        Raises:
            ModelError: the network answered something that is no steering.
        """
        steer = self._model.steer(self._model.preprocessor(frame))
        elapsed_s = 0.0 if self._previous_s is None else frame.time_s - self._previous_s
        self._previous_s = frame.time_s
        throttle, brake = self._speed.pedals(frame.telemetry.speed_mps, elapsed_s)
        return Control(steer=steer, throttle=throttle, brake=brake)
