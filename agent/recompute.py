"""The frames of footage through a network of today: its steering and what it looks at, in any order, many at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agent.errors import ModelError, RecordingError
from agent.footage import Footage
from agent.log import LoggedStep
from agent.model import SteeringModel
from agent.saliency import make_explainer
from agent.saliency.anatomy import Anatomy
from agent.saliency.causal import check
from agent.saliency.panel import PanelExplainer
from agent.types import Float32, LayerMap, Saliency, Step, UInt8, read_only


@dataclass(frozen=True, slots=True)
class _Seen:
    """Steering and map of one network input, and the maps of other layers with it."""

    network_input: UInt8
    steer: float
    map: Float32
    peak: float
    panels: tuple[LayerMap, ...] = ()


class Recomputed:
    """A view through a network; see `agent.replay.View`.

    The network that drove (by its checksum) gets the very inputs it got live; another one gets the pictures, which in a
    log have been JPEGs.

    Attributes:
        card: of the run, with the model and the saliency of this view.
        explainer: its method, layer and signedness.
    """

    def __init__(
        self,
        footage: Footage,
        model: SteeringModel,
        *,
        method: str,
        layer: str | None,
        every: int = 1,
        panel: bool = False,
    ) -> None:
        """
        Args:
            footage: what is looked at.
            model: the network.
            method: of the saliency; a card's "off" is the method "none".
            layer: explained layer; None: the method's own choice.
            every: a map every so many steps, 1 or more.
            panel: the gradients of all convolutions and of the output at once, whatever the method.

        Raises:
            ConfigError: an unknown method, or a layer it cannot explain.
        """
        self._footage, self._model, self._every = footage, model, every
        self._exact = model.sha256 == footage.card.model_sha256
        self.explainer: Any = (
            PanelExplainer(Anatomy(model))
            if panel
            else make_explainer("none" if method == "off" else method, layer, model)
        )
        self._blind = not hasattr(self.explainer, "maps")
        self._checking = False
        self._newest: tuple[int, Saliency] | None = None
        self.card = replace(
            footage.card,
            model=model.name,
            model_sha256=model.sha256,
            method=getattr(self.explainer, "method", "off"),
            layer=getattr(self.explainer, "layer", ""),
            every=every,
        )

    def checked(self, checking: bool) -> Recomputed:
        """The same view with or without the causal check: the hottest region of each map hidden."""
        made = copy(self)
        made._checking, made._newest = checking, None
        return made

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
        looked = self._looked(inputs)
        each_s = (time.perf_counter() - start_s) / len(logged)
        steps = []
        for number, one, seen in zip(numbers, logged, looked, strict=True):
            if number % self._every == 0:
                self._newest = (number, self._saliency(one.step, seen, each_s))
            steps.append(self._step(one.step, seen.steer, self._newest_of(number)))
        return steps

    def _looked(self, inputs: UInt8) -> list[_Seen]:
        explainer: Any = self.explainer
        if isinstance(explainer, PanelExplainer):
            made = [(seen, *explainer.maps(seen)) for seen in inputs]
            return [_Seen(seen, steer, panels[-1].map, panels[-1].peak, panels) for seen, steer, panels in made]
        if len(inputs) == 1:
            return [_Seen(inputs[0], *explainer.steer_and_map(inputs[0]))]
        return [
            _Seen(seen, float(s), heat, float(p))
            for seen, s, heat, p in zip(inputs, *explainer.batch(inputs), strict=True)
        ]

    def _newest_of(self, number: int) -> Saliency | None:
        """The map on show with a step: of the step itself, or of the last explained one, wherever it was sought."""
        wanted = number - number % self._every
        if self._newest is not None and self._newest[0] == wanted:
            return self._newest[1]
        try:
            logged = self._footage.step(wanted)
        except RecordingError:  # damaged, and counted as such: the map before it stays
            return self._newest[1] if self._newest is not None and self._newest[0] < wanted else None
        seen = self._looked(self.network_input(logged)[None])[0]
        self._newest = (wanted, self._saliency(logged.step, seen, 0.0))
        return self._newest[1]

    def _saliency(self, step: Step, seen: _Seen, elapsed_s: float) -> Saliency:
        read_only(seen.map)
        height, width = step.frame.image.shape[:2]
        place = self._model.preprocessor.preprocessing.placement(height, width)
        explainer: Any = self.explainer
        saliency = Saliency(
            step.frame.index,
            explainer.method,
            explainer.layer,
            seen.map,
            place,
            seen.peak,
            elapsed_s,
            explainer.signed,
            explainer.unit,
            seen.panels,
        )
        with suppress(ModelError):  # what a network makes of a picture with a hole is nothing to stop for
            if self._checking:
                return replace(saliency, check=check(seen.network_input, seen.map, self._model.steer))
        return saliency

    @staticmethod
    def _step(step: Step, steer: float, saliency: Saliency | None) -> Step:
        return Step(step.frame, replace(step.control, steer=steer), saliency)
