"""Replays in a window: what the keys and the mouse ask for, carried out."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from agent.errors import ConfigError
from agent.footage import Footage
from agent.footage.events import notable
from agent.footage.logged import LogFootage
from agent.replay import AsLogged, View
from agent.stopping import Stop
from scripts.replay_views import hud_of, model_of, view_of
from viz.player import Player
from viz.replay_screen import ReplayScreen
from viz.window import Window, display_available

if TYPE_CHECKING:
    from agent.model import SteeringModel


def shown(flags: Namespace) -> bool:
    """Whether there is to be a window."""
    return bool(flags.display) and display_available()


def watch(flags: Namespace, footage: Footage, stop: Stop) -> None:
    """A window until the person has had enough."""
    looks = Looks(flags, footage)
    events = notable(footage)
    player = Player(
        footage.timeline.times_s, [event.time_s for event in events], start_s=flags.start, speed=flags.speed
    )
    width, height = footage.size_px
    screen = ReplayScreen(footage, events, player, hud_of(flags, footage, looks.view.card), looks)
    with Window(width, height + screen.strip_px, f"replay of {footage.path}") as window:
        screen.run(window, lambda: stop.signal is not None)


class Looks:
    """The views a person can switch to.

    Attributes:
        view: the present one.
    """

    def __init__(self, flags: Namespace, footage: Footage) -> None:
        self._flags, self._footage = flags, footage
        self._model: SteeringModel | None = None
        self.view: View = view_of(flags, footage)

    def as_logged(self) -> str:
        """Back to what was logged; words for the person."""
        if not isinstance(self._footage, LogFootage):
            return "nothing was logged with these pictures"
        self.view = AsLogged(self._footage)
        return "as it was logged"

    def next_method(self) -> str:
        """The next method of saliency."""
        from agent.saliency import method_names

        names = method_names()
        now = "none" if self.view.card.method == "off" else self.view.card.method
        at = names.index(now) if now in names else -1
        for step in range(1, len(names) + 1):
            try:
                return self._look(names[(at + step) % len(names)], None)
            except ConfigError:  # a method this network has no layer for
                continue
        return "this network can be explained by no method"

    def next_layer(self) -> str:
        """The next layer that the method can explain."""
        from agent.saliency import layer_names

        card = self.view.card
        names = layer_names(self._network(), "none" if card.method == "off" else card.method) if card.method else []
        if not names:
            return f"{card.method}: no layer to choose"
        at = names.index(card.layer) if card.layer in names else -1
        try:
            return self._look(card.method, names[(at + 1) % len(names)])
        except ConfigError as error:
            return str(error)

    def _network(self) -> SteeringModel:
        if self._model is None:
            self._model = model_of(self._flags, self._footage)
        return self._model

    def _look(self, method: str, layer: str | None) -> str:
        from agent.recompute import Recomputed

        every = self._flags.every or self._footage.card.every
        self.view = Recomputed(self._footage, self._network(), method=method, layer=layer, every=every)
        card = self.view.card
        return f"{card.method} of {card.layer or 'nothing'}, recomputed"
