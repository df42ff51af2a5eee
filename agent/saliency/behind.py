"""A slow method as a source of maps: always works on the newest frame, never makes one wait."""

from __future__ import annotations

from agent.errors import ConfigError
from agent.model import SteeringModel
from agent.saliency.anatomy import Target
from agent.saliency.apart import Apart, Asked, Choice
from agent.saliency.explainer import layer_label, unit_of
from agent.saliency.method import Method
from agent.saliency.shown import Shown
from agent.types import Frame, Saliency, UInt8


class Behind:
    """Frame -> what an earlier frame shows, when that has become ready; else None."""

    def __init__(self, model: SteeringModel, apart: Apart, choice: Choice, kind: Method, target: Target) -> None:
        self._model = model
        self._apart = apart
        self._choice = choice
        self._kind, self._target = kind, target
        self._asked: tuple[Frame, UInt8] | None = None

    def __call__(self, frame: Frame) -> Shown | None:
        """Take what is ready and hand over the newest frame.

        Raises:
            ConfigError: the other process cannot do it, or has died.
        """
        answer, asked = self._apart.answer(), self._asked
        if self._apart.free:
            self._asked = frame, self._model.preprocessor(frame)
            self._apart.ask(Asked(self._choice, self._asked[1]))
        if answer is None or asked is None:  # without `asked` the answer is to what another source wanted
            return None
        if answer.map is None:
            raise ConfigError(answer.error)
        explained, network_input = asked
        saliency = Saliency(
            frame_index=explained.index,
            method=self._kind.name,
            layer=layer_label(self._kind, self._target),
            map=answer.map,
            placement=self._model.preprocessor.placement(explained),
            peak=answer.peak,
            elapsed_s=answer.elapsed_s,
            signed=self._kind.signed,
            unit=unit_of(self._kind, self._target),
        )
        return Shown(saliency, explained, network_input)
