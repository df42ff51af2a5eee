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
    from agent.recompute import Recomputed


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
    with Window(width, height + screen.strip_px, f"replay of {footage.path}") as window, stop.patiently():
        screen.run(window, lambda: stop.signal is not None)


class Looks:
    """The views a person can switch to.

    Attributes:
        view: the present one.
    """

    def __init__(self, flags: Namespace, footage: Footage) -> None:
        self._flags, self._footage = flags, footage
        self._model: SteeringModel | None = None
        self._made: dict[tuple[str, str | None, bool], Recomputed] = {}
        self._panel, self._checking = False, False
        self.view: View = view_of(flags, footage)

    def as_logged(self) -> str:
        """Back to what was logged; words for the person."""
        if not (isinstance(self._footage, LogFootage) or self._footage.drawn):
            return "nothing was logged with these pictures"
        self.view, self._panel, self._checking = AsLogged(self._footage), False, False
        return "as it was logged"

    def next_method(self, by: int = 1) -> str:
        """Walk through the methods of saliency."""
        from agent.saliency import method_names

        names, now = method_names(), self._method
        at = names.index(now) if now in names else min(-by, 0)
        self._panel = False
        for step in range(1, len(names) + 1):
            try:
                return self._look(names[(at + by * step) % len(names)], None)
            except ConfigError:  # a method this network has no layer for
                continue
        return "this network can be explained by no method"

    def next_layer(self, by: int = 1) -> str:
        """Walk through the layers that the method can explain."""
        from agent.saliency import layer_names

        card = self.view.card
        names = layer_names(self._network(), self._method) if card.method else []
        if not names:
            return f"{card.method}: no layer to choose"
        at = names.index(card.layer) if card.layer in names else -1
        self._panel = False
        try:
            return self._look(card.method, names[(at + by) % len(names)])
        except ConfigError as error:
            return str(error)

    def toggle_panel(self) -> str:
        """The gradient of all convolutions and of the output at once, or of the output alone again."""
        self._panel = not self._panel
        return self._look("gradient", None)

    def toggle_check(self) -> str:
        """The causal check on or off."""
        if self._method == "none":
            return "no saliency: nothing to hide"
        self._checking = not self._checking
        self._look(self._method, self.view.card.layer or None)
        return f"causal check {'on: the hottest region is hidden' if self._checking else 'off'}"

    @property
    def _method(self) -> str:
        """As methods are named, whose "none" a card calls "off"."""
        return "none" if self.view.card.method == "off" else self.view.card.method

    def _network(self) -> SteeringModel:
        if self._model is None:
            self._model = model_of(self._flags, self._footage)
        return self._model

    def _look(self, method: str, layer: str | None) -> str:
        from agent.recompute import Recomputed

        wanted = method, layer, self._panel
        if wanted not in self._made:
            every = self._flags.every or self._footage.card.every
            self._made[wanted] = Recomputed(
                self._footage, self._network(), method=method, layer=layer, every=every, panel=self._panel
            )
        self.view = self._made[wanted].checked(self._checking)
        card = self.view.card
        return f"{card.method} of {card.layer or 'nothing'}, recomputed" + self._panel * " · all convolutions"
