"""How a replay is looked at, from its flags."""

from __future__ import annotations

import logging
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import ConfigError, ModelError, RecordingError
from agent.footage import Footage
from agent.footage.events import notable
from agent.footage.logged import LogFootage
from agent.replay import AsLogged, View
from agent.types import RunCard
from scripts.replay_names import span_of
from viz.hud import Hud
from viz.palettes import PALETTES

if TYPE_CHECKING:
    from agent.model import SteeringModel

_LOG = logging.getLogger(__name__)
DEFAULT_MODEL = "pilotnet"
"""Looks at pictures whose network is not known."""


def asks_for_network(flags: Namespace) -> bool:
    """Whether a flag asks for a network to look at the pictures."""
    return bool(flags.model or flags.method or flags.layer or flags.every or flags.compare)


def view_of(flags: Namespace, footage: Footage) -> View:
    """As it was logged or drawn; recomputed where a flag asks for it, or of plain pictures.

    Raises:
        UserError: the model, the method or the layer is wrong.
    """
    if (isinstance(footage, LogFootage) or footage.drawn) and not asks_for_network(flags):
        return AsLogged(footage)
    return recomputed(flags, footage, model_of(flags, footage))


def recomputed(flags: Namespace, footage: Footage, model: SteeringModel) -> View:
    """Through a network, by the flags."""
    from agent.recompute import Recomputed  # seconds of start-up that a plain replay need not wait

    known = footage.card.method if isinstance(footage, LogFootage) else "gradient"
    return Recomputed(
        footage,
        model,
        method=flags.method or known,
        layer=flags.layer,
        every=flags.every or footage.card.every,
    )


def model_of(flags: Namespace, footage: Footage) -> SteeringModel:
    """The network of --model, or the one that drove.

    Raises:
        ModelError: no such model.
    """
    from agent.model import configure_tensorflow, load_model

    configure_tensorflow()
    if flags.model or not isinstance(footage, LogFootage):
        return load_model(flags.model or DEFAULT_MODEL, flags.card)
    try:
        model = load_model(footage.card.model)
    except ModelError as error:
        raise ModelError(f"{footage.path} was driven by a network that is not here: {error} with --model") from None
    if model.sha256 != footage.card.model_sha256:
        _LOG.warning("%s: '%s' has other weights than when it drove this run", footage.path, model.name)
    return model


def hud_of(flags: Namespace, footage: Footage, card: RunCard) -> Hud:
    """The HUD of a view; nothing is drawn on pictures that hold one already, unless a network is asked for."""
    hud = Hud(*footage.size_px, card)
    plain = asks_for_network(flags) or not footage.drawn
    hud.overlay, hud.visible = flags.overlay and plain, flags.hud and plain
    if flags.palette:
        hud.palette = next(palette for palette in PALETTES if palette.name == flags.palette)
    if flags.alpha is not None:
        hud.alpha_max = flags.alpha
    return hud


def parts_of(flags: Namespace, footage: Footage) -> list[range]:
    """Which steps are wanted: all, those of --clip, or those around each event.

    Raises:
        ConfigError: a clip that is none, or outside of the run.
        RecordingError: no event to make clips of.
    """
    timeline = footage.timeline
    if flags.clip:
        begin_s, end_s = span_of(flags.clip)
        part = _steps(footage, begin_s, end_s)
        if not part:
            first_s, last_s = (float(timeline.times_s[at]) for at in (0, -1))
            raise ConfigError(f"--clip {flags.clip} holds no frame: the run goes from {first_s:.2f} to {last_s:.2f} s")
        return [part]
    if flags.clip_events:
        half_s = flags.clip_events / 2
        spans: list[list[float]] = []
        for event in notable(footage):
            if spans and event.time_s - half_s <= spans[-1][1]:
                spans[-1][1] = event.time_s + half_s
            else:
                spans.append([event.time_s - half_s, event.time_s + half_s])
        # a damaged log may know of events and not of their steps
        parts = [part for begin_s, end_s in spans if (part := _steps(footage, begin_s, end_s))]
        if not parts:
            raise RecordingError(f"{footage.path}: no event in it, no clip to make")
        return parts
    return [range(len(footage))]


def new_file(path: Path, flag: str) -> Path:
    """The path, if a file can be made there.

    Raises:
        RecordingError: something is there, or its folder is none.
    """
    folder = path.parent
    if not folder.is_dir():
        why = "is no folder" if folder.exists() else "does not exist"
        raise RecordingError(f"{path}: cannot be written ({folder} {why}): make that folder or choose another {flag}")
    if path.exists():
        raise RecordingError(f"{path} is there already: choose another {flag}, nothing is overwritten")
    return path


def beside(footage: Footage, name: str) -> Path:
    """Where a file is made that was not named: in the folder that is played, or beside the file."""
    return footage.path / name if footage.path.is_dir() else footage.path.with_name(name)


def _steps(footage: Footage, begin_s: float, end_s: float) -> range:
    times_s = footage.timeline.times_s
    return range(int((times_s < begin_s - 1e-6).sum()), int((times_s <= end_s + 1e-6).sum()))
