"""The frames of footage through a network of today: its steering and what it looks at, in any order, many at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from agent.footage import Footage
from agent.log import LoggedStep
from agent.model import SteeringModel
from agent.saliency import make_explainer
from agent.types import Float32, Saliency, Step, UInt8, read_only


class Recomputed:
    """A view through a network; see `agent.replay.View`.

    The network that drove (by its checksum) gets the very inputs it got live; another one gets the pictures, which in a
    log have been JPEGs.

    Attributes:
        card: of the run, with the model and the saliency of this view.
        explainer: its method, layer and signedness.
    """

    def __init__(
        self, footage: Footage, model: SteeringModel, *, method: str, layer: str | None, every: int = 1
    ) -> None:
        """
        Args:
            footage: what is looked at.
            model: the network.
            method: of the saliency; a card's "off" is the method "none".
            layer: explained layer; None: the method's own choice.
            every: a map every so many steps, 1 or more.

        Raises:
            ConfigError: an unknown method, or a layer it cannot explain.
        """
        self._footage = footage
        self._model = model
        self._every = every
        self._exact = model.sha256 == footage.card.model_sha256
        self.explainer: Any = make_explainer("none" if method == "off" else method, layer, model)
        self._blind = not hasattr(self.explainer, "steer_and_map")
        self._newest: tuple[int, Saliency] | None = None
        self.card = replace(
            footage.card,
            model=model.name,
            model_sha256=model.sha256,
            method=getattr(self.explainer, "method", "off"),
            layer=getattr(self.explainer, "layer", ""),
            every=every,
        )

    def network_input(self, logged: LoggedStep) -> UInt8:
        """What the network gets of a step: uint8 (h, w, 3)."""
        known = logged.network_input
        if self._exact and known is not None and known.shape == self._model.input_shape:
            return known
        return self._model.preprocessor.preprocessing.network_input(logged.step.frame.image)

    def __call__(self, numbers: Sequence[int], logged: Sequence[LoggedStep]) -> list[Step]:
        """See `agent.replay.View`.

        Raises:
            ModelError: the network answered NaN.
        """
        start_s = time.perf_counter()
        inputs = np.stack([self.network_input(one) for one in logged])
        if self._blind:
            return [
                self._step(one.step, self._model.steer(seen), None) for one, seen in zip(logged, inputs, strict=True)
            ]
        steers, maps, peaks = self._looked(inputs)
        each_s = (time.perf_counter() - start_s) / len(logged)
        steps = []
        for place, (number, one) in enumerate(zip(numbers, logged, strict=True)):
            if number % self._every == 0:
                self._newest = (number, self._saliency(one.step, maps[place], float(peaks[place]), each_s))
            steps.append(self._step(one.step, float(steers[place]), self._newest_of(number)))
        return steps

    def _looked(self, inputs: UInt8) -> tuple[Float32, Float32, Float32]:
        if len(inputs) == 1:
            steer, heat, peak = self.explainer.steer_and_map(inputs[0])
            return np.array([steer]), heat[None], np.array([peak])
        answer: tuple[Float32, Float32, Float32] = self.explainer.batch(inputs)
        return answer

    def _newest_of(self, number: int) -> Saliency | None:
        """The map on show with a step: of the step itself, or of the last explained one, wherever it was sought."""
        wanted = number - number % self._every
        if self._newest is not None and self._newest[0] == wanted:
            return self._newest[1]
        logged = self._footage.step(wanted)
        _, heat, peak = self.explainer.steer_and_map(self.network_input(logged))
        self._newest = (wanted, self._saliency(logged.step, heat, float(peak), 0.0))
        return self._newest[1]

    def _saliency(self, step: Step, heat: Float32, peak: float, elapsed_s: float) -> Saliency:
        read_only(heat)
        height, width = step.frame.image.shape[:2]
        place = self._model.preprocessor.preprocessing.placement(height, width)
        explainer: Any = self.explainer
        return Saliency(
            step.frame.index,
            explainer.method,
            explainer.layer,
            heat,
            place,
            peak,
            elapsed_s,
            explainer.signed,
            explainer.unit,
        )

    @staticmethod
    def _step(step: Step, steer: float, saliency: Saliency | None) -> Step:
        return Step(step.frame, replace(step.control, steer=steer), saliency)
