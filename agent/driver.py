"""Frame -> Control: the network steers, the speed controller works the pedals; a network that fails is braked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from agent.errors import ModelError
from agent.model import SteeringModel
from agent.speed import SpeedController
from agent.types import Control, Frame

Answer = TypeVar("Answer")
_STANDING_MPS = 0.1
_LONGEST_STOP_S = 15.0


class ModelDriver:
    """Drives with a trained network at a target speed.

    From the first answer that is no steering on, the car is braked with the wheel held where it was; once it stands,
    the drive ends with the reason.

    Attributes:
        failure: why the network drives no more; None while it does.
    """

    def __init__(self, model: SteeringModel, speed: SpeedController) -> None:
        self.failure: ModelError | None = None
        self._model = model
        self._speed = speed
        self._previous_s: float | None = None
        self._steer = 0.0
        self._failed_s = 0.0

    def __call__(self, frame: Frame) -> Control:
        """The control for this frame.

        Raises:
            ModelError: the network answered something that is no steering, and the car stands.
        """
        if self.failure is not None:
            return self._stop(frame, self.failure)
        try:
            self._steer = self._model.steer(self._model.preprocessor(frame))
        except ModelError as failure:
            self.failure, self._failed_s = failure, frame.time_s
            return self._brake()
        elapsed_s = 0.0 if self._previous_s is None else frame.time_s - self._previous_s
        self._previous_s = frame.time_s
        telemetry = frame.telemetry
        throttle, brake = self._speed.pedals(telemetry.speed_mps, elapsed_s, steer=self._steer, lead=telemetry.lead)
        return Control(steer=self._steer, throttle=throttle, brake=brake)

    def while_sound(self, explain: Callable[[Frame], Answer]) -> Callable[[Frame], Answer | None]:
        """The same explainer, silent once the network has failed: there is nothing to explain."""
        return lambda frame: None if self.failure is not None else explain(frame)

    def _stop(self, frame: Frame, failure: ModelError) -> Control:
        if frame.telemetry.speed_mps < _STANDING_MPS or frame.time_s - self._failed_s > _LONGEST_STOP_S:
            raise ModelError(f"{failure} (braked at {self._failed_s:.2f} s, then stopped the run)") from failure
        return self._brake()

    def _brake(self) -> Control:
        return Control(steer=self._steer, throttle=0.0, brake=1.0)
