"""A log back into steps: as they were, or as a network of today sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agent.logged_world import LoggedPreprocessor, LoggedWorld
from agent.loop import drive
from agent.model import SteeringModel
from agent.saliency import make_explainer
from agent.types import Control, Frame, RunCard, Step


def recompute(
    world: LoggedWorld, model: SteeringModel, *, method: str, layer: str | None, every: int
) -> tuple[RunCard, Iterator[Step]]:
    """What a network would have steered on the frames of a log, and what it would have looked at.

    The network that drove (by its checksum) gets the very inputs it got live: its steering comes back to the bit on
    the machine that drove.

    Args:
        world: the log.
        model: the network; belongs to this replay from here on.
        method: of the saliency; a card's "off" is the method "none".
        layer: explained layer; None: the steering output.
        every: a map every so many frames, 1 or more.

    Returns:
        card: of the log, with the model and the saliency of this replay.
        steps: with the network's steering and the pedals as they were.

    Raises:
        ConfigError: an unknown method, or a layer it cannot explain.
    """
    if model.sha256 == world.run.card.model_sha256:
        model.preprocessor = LoggedPreprocessor(model.preprocessor.preprocessing, world)
    explain = make_explainer("none" if method == "off" else method, layer, model)

    def steer(frame: Frame) -> Control:
        return replace(frame.telemetry.applied, steer=model.steer(model.preprocessor(frame)))

    card = replace(
        world.run.card,
        model=model.name,
        model_sha256=model.sha256,
        method=getattr(explain, "method", "off"),
        layer=getattr(explain, "layer", ""),
        every=every,
    )
    return card, drive(world, steer, explain, every=every)
