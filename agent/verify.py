"""Whether a log says what its network says today: predictions from the very inputs, compared with what was logged."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agent.errors import ConfigError, RecordingError
from agent.footage.logged import LogFootage
from agent.log import LoggedStep
from agent.log.records import SALIENCY, SALIENCY_MAP
from agent.model import SteeringModel
from agent.provenance import changes
from agent.replay import Skips
from agent.saliency import METHODS, make_explainer
from agent.types import Saliency, UInt8

TOLERANCE = 1e-5
"""Largest difference of the steering that goes unexplained."""
MAP_TOLERANCE = 1e-4
"""The same of a map's pixel, [0, 1], and of a peak, as a share of it. What was logged here comes out to the bit; other
kernels of TensorFlow (oneDNN on or off) round a gradient to 1e-5 of its greatest pixel, and that is no other map."""
_NO_MAP = "steps without a new map"


@dataclass(slots=True)
class Largest:
    """The largest of some differences.

    Attributes:
        value: 0 if there is none; infinite where something is no number.
        at_s: when that was.
    """

    value: float = 0.0
    at_s: float = 0.0

    def add(self, difference: float, at_s: float) -> None:
        """Take in a difference."""
        value = math.inf if math.isnan(difference) else difference
        if value > self.value:
            self.value, self.at_s = value, at_s

    def __str__(self) -> str:
        return f"{self.value:.3g}" + (f" (at {self.at_s:.3f} s)" if self.value else "")


@dataclass(slots=True)
class Verification:
    """What came out.

    Attributes:
        steps: compared.
        maps: compared.
        steer: difference of the steering.
        map: difference of a map's pixel, [0, 1].
        peak: difference of a map's peak, as a share of it.
        left_out: what could not be compared, by reason.
    """

    steps: int = 0
    maps: int = 0
    steer: Largest = field(default_factory=Largest)
    map: Largest = field(default_factory=Largest)
    peak: Largest = field(default_factory=Largest)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def broken(self) -> list[str]:
        """What is not as it was logged: steering, maps, peaks; empty if the log holds."""
        bounds = (("steering", self.steer, TOLERANCE), ("maps", self.map, MAP_TOLERANCE))
        found = (*bounds, ("peaks", self.peak, MAP_TOLERANCE))
        return [name for name, largest, tolerance in found if largest.value > tolerance]

    def lines(self) -> list[str]:
        """For people."""
        steering = f"{self.steps} predictions recomputed: largest difference of the steering {self.steer}"
        maps = f"{self.maps} maps: largest difference {self.map}, of their peaks {self.peak}"
        told = [f"{steering}; {maps if self.maps else 'no map compared'}"]
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items() if count)
        return told + ([f"not compared: {reasons}"] if reasons else [])


def verify(
    footage: LogFootage, model: SteeringModel, skips: Skips, numbers: Iterable[int] | None = None
) -> Verification:
    """Recompute every step, or those of some numbers, one by one, as it was done live.

    Raises:
        RecordingError: the network cannot take what was logged, or there is no step to compare.
    """
    found, maps = Verification(), _Maps(footage, model)
    for number in range(len(footage)) if numbers is None else numbers:
        try:
            logged = footage.step(number)
        except RecordingError as error:
            skips.add(error)
            found.left_out["steps that cannot be read"] += 1
            continue
        steer, at_s = model.steer(_fitting(footage, model, logged)), logged.step.frame.time_s
        found.steps += 1
        found.steer.add(abs(steer - logged.step.control.steer), at_s)
        maps.compare(number, logged, found)
    if found.steps == 0:
        raise RecordingError(f"{footage.path}: none of its steps can be read, nothing to verify")
    topics = footage.log.topics
    found.left_out["maps without /saliency/about"] = max(0, topics.get(SALIENCY_MAP, 0) - topics.get(SALIENCY, 0))
    if found.maps or not topics.get(SALIENCY_MAP):  # not every step has one, or none was asked for
        del found.left_out[_NO_MAP]
    return found


class _Maps:
    """Compares logged maps with what their own method makes of their own frame today."""

    def __init__(self, footage: LogFootage, model: SteeringModel) -> None:
        self._footage, self._model = footage, model
        self._explainers: dict[tuple[str, str], Any] = {}

    def compare(self, number: int, logged: LoggedStep, found: Verification) -> None:
        """Take the new map of a step into account, if it has one."""
        saliency, at_s = logged.step.saliency, logged.step.frame.time_s
        if saliency is None or self._footage.timeline.rows[number]["map_step"] != number:
            found.left_out[_NO_MAP] += 1
            return
        try:
            explain, seen = self._explainer(saliency), self._explained(saliency, logged)
        except (ConfigError, RecordingError) as error:
            found.left_out[f"maps ({error})"] += 1
            return
        _, heat, peak = explain.steer_and_map(seen)
        fits = heat.shape == saliency.map.shape
        found.maps += 1
        found.map.add(float(np.abs(heat - saliency.map).max()) if fits else math.inf, at_s)
        found.peak.add(abs(peak - saliency.peak) / max(saliency.peak, 1e-30), at_s)

    def _explainer(self, saliency: Saliency) -> Any:
        """Of the method and layer of a map: they can be switched while driving.

        Raises:
            ConfigError: this network has no such method or layer, or the map is of another of its outputs.
        """
        method, layer = saliency.method, saliency.layer
        if (method, layer) not in self._explainers:
            whole_stack = method in METHODS and METHODS[method].of == "none"
            self._explainers[method, layer] = make_explainer(method, None if whole_stack else layer, self._model)
        explain = self._explainers[method, layer]
        if getattr(explain, "unit", "") != saliency.unit:
            raise ConfigError(f"of {saliency.unit}: not the steering")
        return explain

    def _explained(self, saliency: Saliency, logged: LoggedStep) -> UInt8:
        """The network's input of the frame that a map explains: of its step, or for a slow method of an earlier one.

        Raises:
            RecordingError: that frame is not in the log, or damaged.
        """
        if saliency.frame_index != logged.step.frame.index:
            indices = self._footage.timeline.rows["index"]
            at = int(np.searchsorted(indices, saliency.frame_index))
            if at == len(indices) or indices[at] != saliency.frame_index:
                raise RecordingError("of frames that are not in the log")
            try:
                logged = self._footage.step(at)
            except RecordingError:
                raise RecordingError("of frames that cannot be read") from None
        return _fitting(self._footage, self._model, logged)


def _fitting(footage: LogFootage, model: SteeringModel, logged: LoggedStep) -> UInt8:
    """The network's input as it was logged."""
    seen = logged.network_input
    if seen is None or seen.shape != model.input_shape:
        wanted = "x".join(str(side) for side in model.input_shape)
        raise RecordingError(f"{footage.path}: logged network inputs do not fit '{model.name}' ({wanted})")
    return seen


def what_changed(footage: LogFootage, model: SteeringModel, now: Mapping[str, str]) -> list[str]:
    """What may be why a verification does not hold, for people."""
    card = footage.card
    weights = (
        [f"model: weights {card.model_sha256[:12]} when it was logged, {model.sha256[:12]} now"]
        if card.model_sha256 != model.sha256
        else []
    )
    found = weights + changes(card.provenance, now)
    return found or ["nothing that is recorded changed: the log or this program is at fault"]
