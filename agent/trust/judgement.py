"""All measures of all methods on some frames, and what they say in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from agent.attention import sobel
from agent.model import SteeringModel
from agent.saliency import Explainer, make_explainer
from agent.saliency.twin import recipe_of, twin_of
from agent.trust.curves import BASELINES, area, curves
from agent.trust.forward import Forward
from agent.trust.randomisation import cascade, dense_layers, one_by_one, similarities
from agent.trust.statistics import Estimate, estimate, estimates
from agent.types import Float32, UInt8

CONTROLS = ("sobel", "random")
"""An edge filter and pure chance: they know nothing of the network. Whoever does not beat them explains nothing."""
SHUFFLED_FRAMES = 8
"""Frames of the sanity check: it needs two maps of each per layer and method; eight are computed at once."""
UNMOVED, MOVED = 0.9, 0.6
"""Rank correlations after shuffling the steering head: above the first the map has hardly changed, below the second
it clearly has."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A method, or a control.

    Attributes:
        name: of it.
        deletion, insertion: by baseline, areas of the curves [steer].
        gain: by baseline, deletion above that of the Sobel control, frame by frame [steer].
        shown_gain: by baseline, insertion below that of the Sobel control, frame by frame [steer].
        deletion_curve, insertion_curve: by baseline, at each of `agent.trust.curves.SHARES`.
        cascade: by layer, output first: rank correlation with the map of the unspoilt network after shuffling the
            weights from the output down to this layer.
        alone: the same after shuffling this layer's weights alone.
        head: of the cascade, after shuffling everything behind the last convolution.
        verdict: in plain words.
    """

    name: str
    deletion: dict[str, Estimate]
    insertion: dict[str, Estimate]
    gain: dict[str, Estimate]
    deletion_curve: dict[str, list[Estimate]]
    insertion_curve: dict[str, list[Estimate]]
    cascade: dict[str, Estimate] = field(default_factory=dict)
    alone: dict[str, Estimate] = field(default_factory=dict)
    head: Estimate | None = None
    verdict: str = ""
    shown_gain: dict[str, Estimate] = field(default_factory=dict)


def judge_methods(
    model: SteeringModel, methods: list[str], pictures: UInt8, told: Callable[[str], None] = lambda name: None
) -> list[Judged]:
    """Methods and controls, measured.

    Args:
        model: whose maps are judged.
        methods: names.
        pictures: network inputs, uint8 (n, h, w, 3).
        told: of each stage of the work before it begins.

    Raises:
        ConfigError: an unknown method.
    """
    explainers = {name: _explainer(name, model) for name in methods}
    maps: dict[str, Float32] = {}
    for name, explain in explainers.items():
        told(f"maps of {name}")
        maps[name] = explain.maps(pictures)[1]
    maps |= {name: _control(name, pictures) for name in CONTROLS}
    told("deletion and insertion")
    measured = _measure(maps, pictures, Forward(model))
    told("shuffled weights")
    return _shuffled(measured, model, pictures[:: max(1, len(pictures) // SHUFFLED_FRAMES)][:SHUFFLED_FRAMES])


def _explainer(name: str, model: SteeringModel) -> Explainer:
    made = make_explainer(name, None, model)
    assert isinstance(made, Explainer)  # noqa: S101 - "none" is no method to judge; the door refuses it
    return made


def _control(name: str, pictures: UInt8) -> Float32:
    if name == "sobel":
        return np.stack([sobel(picture.astype(np.float32).mean(axis=-1)) for picture in pictures])
    return _chance(pictures, 0)


def _chance(pictures: UInt8, seed: int) -> Float32:
    made: Float32 = np.random.default_rng(seed).uniform(size=pictures.shape[:3]).astype(np.float32)
    return made


def _measure(maps: dict[str, Float32], pictures: UInt8, forward: Forward) -> dict[str, Judged]:
    all_curves = {
        name: {base: curves(pictures, heat, forward, base) for base in BASELINES} for name, heat in maps.items()
    }
    edges = all_curves["sobel"]
    return {
        name: Judged(
            name=name,
            deletion={base: estimate(area(each[base].deletion)) for base in BASELINES},
            insertion={base: estimate(area(each[base].insertion)) for base in BASELINES},
            gain={base: estimate(area(each[base].deletion) - area(edges[base].deletion)) for base in BASELINES},
            shown_gain={base: estimate(area(edges[base].insertion) - area(each[base].insertion)) for base in BASELINES},
            deletion_curve={base: estimates(each[base].deletion) for base in BASELINES},
            insertion_curve={base: estimates(each[base].insertion) for base in BASELINES},
        )
        for name, each in all_curves.items()
    }


def _shuffled(measured: dict[str, Judged], model: SteeringModel, pictures: UInt8) -> list[Judged]:
    """The judged with their likeness after shuffling, from the output down and layer by layer, and their verdicts."""
    twin = twin_of(recipe_of(model))
    explainers = {name: _explainer(name, twin) for name in measured if name not in CONTROLS}
    before = {name: explain.maps(pictures)[1] for name, explain in explainers.items()}

    def likeness(spoilt: Iterable[str]) -> dict[str, dict[str, Estimate]]:
        found: dict[str, dict[str, Estimate]] = {name: {} for name in measured}
        for number, layer in enumerate(spoilt, 1):
            for name, explain in explainers.items():
                found[name][layer] = estimate(similarities(before[name], explain.maps(pictures)[1]))
            found["sobel"][layer] = Estimate(1.0, 1.0, 1.0)  # a filter that never asks the network
            found["random"][layer] = estimate(similarities(_chance(pictures, 0), _chance(pictures, number)))
        return found

    alone, down = likeness(one_by_one(twin)), likeness(cascade(twin))
    size = dense_layers(model)
    heads = {name: list(by_layer.values())[size - 1] if size else None for name, by_layer in down.items()}
    return [
        replace(each, cascade=down[name], alone=alone[name], head=heads[name], verdict=_words(each, heads[name]))
        for name, each in measured.items()
    ]


def _words(each: Judged, head: Estimate | None) -> str:
    return "control: knows nothing of the network" if each.name in CONTROLS else verdict(each, head)


def verdict(each: Judged, head: Estimate | None) -> str:
    """What the measures say of a method, for somebody who has to decide whether to believe its maps."""
    gains = list(each.gain.values())
    if all(gain.low > 0.0 for gain in gains):
        points, finds = "points at pixels that steer, more than edges do", 2
    elif any(gain.low > 0.0 for gain in gains):
        points, finds = "beats an edge filter by one way of hiding, not by the other", 1
    elif all(gain.high < 0.0 for gain in gains):
        points, finds = "points at pixels that steer LESS than plain edges do", 0
    else:
        points, finds = "no better than an edge filter on these frames", 0
    if each.shown_gain and all(gain.high < 0.0 for gain in each.shown_gain.values()):
        points, finds = f"{points}; its hottest part alone steers worse than edges", min(finds, 1)
    if head is None:
        return f"{points}; no steering head to shuffle"
    if head.mean > UNMOVED:
        return f"NOT ABOUT THE STEERING: {points}; hardly changes with a shuffled steering head"
    if head.mean > MOVED:
        noticed = "changes only partly with a shuffled steering head"
    else:
        noticed = "changes with a shuffled steering head, as it should"
    rating = {2: "BELIEVABLE" if head.mean <= MOVED else "WITH CARE", 1: "WITH CARE", 0: "DO NOT RELY ON IT"}[finds]
    return f"{rating}: {points}; {noticed}"
