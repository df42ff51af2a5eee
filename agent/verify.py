"""Whether a log says what its network says today: predictions from the very inputs, compared with what was logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from agent.errors import RecordingError
from agent.footage.logged import LogFootage
from agent.model import SteeringModel
from agent.provenance import changes
from agent.replay import Skips
from agent.saliency import make_explainer

TOLERANCE = 1e-5
"""Largest difference of the steering that goes unexplained."""


@dataclass(slots=True)
class Verification:
    """What came out.

    Attributes:
        steps: compared.
        maps: compared.
        steer: largest difference of the steering.
        steer_at_s: when that was.
        map: largest difference of a map's pixel, [0, 1].
        peak: largest difference of a map's peak, as a share of it.
    """

    steps: int = 0
    maps: int = 0
    steer: float = 0.0
    steer_at_s: float = 0.0
    map: float = 0.0
    peak: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the steering is what was logged."""
        return self.steer <= TOLERANCE


def verify(
    footage: LogFootage, model: SteeringModel, skips: Skips, numbers: Iterable[int] | None = None
) -> Verification:
    """Recompute every step, or those of some numbers, one by one, as it was done live.

    Raises:
        RecordingError: the network cannot take what was logged.
        ConfigError: the saliency of the run is none that is known.
    """
    card = footage.card
    explain: Any = None if card.method == "off" else make_explainer(card.method, card.layer or None, model)
    found = Verification()
    for number in range(len(footage)) if numbers is None else numbers:
        try:
            logged = footage.step(number)
        except RecordingError as error:
            skips.add(error)
            continue
        seen = logged.network_input
        if seen is None or seen.shape != model.input_shape:
            wanted = "x".join(str(side) for side in model.input_shape)
            raise RecordingError(f"{footage.path}: logged network inputs do not fit '{model.name}' ({wanted})")
        difference = abs(model.steer(seen) - logged.step.control.steer)
        found.steps += 1
        if difference > found.steer:
            found.steer, found.steer_at_s = difference, logged.step.frame.time_s
        if explain is not None and footage.timeline.rows[number]["map_step"] == number:
            saliency = logged.step.saliency
            if saliency is not None and saliency.frame_index == logged.step.frame.index:
                _, heat, peak = explain.steer_and_map(seen)
                found.maps += 1
                found.map = max(found.map, float(np.abs(heat - saliency.map).max()))
                found.peak = max(found.peak, abs(peak - saliency.peak) / max(saliency.peak, 1e-30))
    return found


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
