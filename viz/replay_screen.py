"""The replay in a window: shows the step on which the player stands, and does what keys and mouse ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from agent.errors import RecordingError
from agent.footage import Footage
from agent.log import LoggedEvent
from agent.replay import View
from agent.types import Picture, Step
from viz.blend import RunningScale
from viz.hud import Hud
from viz.keys import Key
from viz.palettes import next_palette
from viz.player import Player
from viz.replay_keys import HELP, Ask, ask_for
from viz.rewind import Rewind
from viz.screenshot import save_screenshot
from viz.strip import HEIGHT_PX, Strip, stacked
from viz.window import Click, Press, Window

_TICK_S = 1 / 60
_JUMP_S = 5.0
_DIGITS = "0123456789.:"


class Looks(Protocol):
    """The views a person can switch to; each switch answers in words."""

    view: View

    def as_logged(self) -> str:
        """Back to what was logged."""

    def next_method(self, by: int = 1) -> str:
        """Walk through the methods of saliency."""

    def next_layer(self, by: int = 1) -> str:
        """Walk through the layers."""

    def toggle_panel(self) -> str:
        """All convolutions at once."""

    def toggle_check(self) -> str:
        """The causal check."""


class ReplayScreen:
    """See the file.

    Attributes:
        strip_px: height of the scrub bar.
        closed: whether the person has had enough.
        picture: on show.
    """

    strip_px = HEIGHT_PX

    def __init__(self, footage: Footage, events: Sequence[LoggedEvent], player: Player, hud: Hud, looks: Looks) -> None:
        self._footage, self._events, self._player, self._hud, self._looks = footage, events, player, hud, looks
        hud.keys = HELP
        width, height = footage.size_px
        self._strip = Strip(width, width / height, footage.timeline, events)
        self._thumbs = iter(range(len(self._strip.slots)))
        self._rewind = Rewind(footage)
        self._shown = -1
        self._step: Step | None = None
        self._stale = True
        self._drawn: Picture | None = None
        self._entry = ""
        self._dragging = False
        self._looking: list[Callable[[], str]] = []
        self.closed = False
        self.picture: Picture | None = None

    def run(self, window: Window, stopped: Callable[[], bool]) -> None:
        """Until the person closes it, or somebody asks from outside to stop."""
        before_s = time.monotonic()
        while not (self.closed or stopped()):
            for happening in window.inputs():
                self.obey(happening)
            now_s = time.monotonic()
            self._player.advance(now_s - before_s)
            before_s = now_s
            self.refresh()
            if self.picture is not None:
                window.show(self.picture)
            self._look()
            time.sleep(max(0.0, _TICK_S - (time.monotonic() - now_s)))

    def refresh(self) -> None:
        """Draw what is to be seen now, if it is not on show already."""
        number = self._player.number
        self._next_thumb()
        if number != self._shown or self._stale:
            noted = self._hud.notice
            drawn = self._drawn = self._draw(number)
            self._stale = bool(noted or self._hud.notice)  # draw until it is gone, and once more without it
            strip = self._strip.draw(self._player.position_s, self._words(), self._facts(), self._player.loop_s)
            self.picture = stacked(drawn, strip)

    def obey(self, happening: Press | Click | None) -> None:
        """Do what a key or the mouse asks for; None: the window was closed."""
        self._stale = True
        if happening is None:
            self.closed = True
        elif isinstance(happening, Click):
            self._scrub(happening)
        elif not self._typed(happening):
            asked = ask_for(happening.name, happening.text, shift=happening.shift)
            if isinstance(asked, Ask):
                self._ask(asked)
            elif asked is not None:
                self._turn(asked)

    def _draw(self, number: int) -> Picture:
        hud, looks = self._hud, self._looks
        if number != self._shown:
            try:
                logged = self._footage.step(number)
                self._step = looks.view([number], [logged])[0]
                if number != self._shown + 1:
                    self._remember(number, self._step)
            except RecordingError as error:
                hud.notice = str(error)[-90:]
            self._shown = number
        if self._step is None:
            raise RecordingError(f"{self._footage.path}: no picture of it can be read")
        hud.card = looks.view.card
        return hud.draw(self._step)

    def _remember(self, number: int, step: Step) -> None:
        """After a seek the HUD shows what it would have shown had one watched."""
        self._hud.history = self._rewind.before(number, step, self._looks.view.card, self._hud.history.scale)

    def _want(self, look: Callable[[], str]) -> None:
        """Another look, after the next picture: loading a network takes seconds, of which the person is told."""
        self._hud.notice = "one moment ..."
        self._looking.append(look)

    def _look(self) -> None:
        looking, self._looking = self._looking, []
        for look in looking:
            self._hud.notice = look()
            self._shown, self._stale = -2, True  # the step has to be looked at anew
            self._hud.history.scale = RunningScale()

    def _next_thumb(self) -> None:
        slot = next(self._thumbs, None)
        if slot is None:
            return
        try:
            number = self._footage.timeline.at(self._strip.slots[slot])
            self._strip.put(slot, self._footage.step(number).step.frame.image)
        except RecordingError:
            return  # told when it is played
        self._stale = True

    def _scrub(self, click: Click) -> None:
        on_bar = self.picture is not None and click.y_px >= self.picture.shape[0] - HEIGHT_PX
        self._dragging = click.held and (self._dragging or on_bar)
        if self._dragging:
            self._player.seek(self._strip.time_at(click.x_px))

    def _typed(self, press: Press) -> bool:
        """Whether the key belongs to a time that is being typed."""
        if press.text and press.text in _DIGITS and (self._entry or press.text.isdigit()):
            self._entry = (self._entry + press.text)[:12]
        elif self._entry and press.name in ("return", "enter"):
            minutes, _, seconds = f"0:{self._entry}".rpartition(":")
            try:
                self._player.seek(60 * float(minutes.rpartition(":")[2] or 0) + float(seconds or 0))
            except ValueError:
                self._hud.notice = f"{self._entry} is no time: 12.5 or 1:30"
            self._entry = ""
        elif self._entry and press.name == "backspace":
            self._entry = self._entry[:-1]
        elif self._entry:
            self._entry = ""
            return press.name == "escape"
        else:
            return False
        return True

    def _ask(self, asked: Ask) -> None:
        player, looks = self._player, self._looks
        found: float | None = 0.0
        moves: dict[Ask, Callable[[], object]] = {
            Ask.PLAY: player.play_or_pause,
            Ask.NEXT_FRAME: lambda: player.step(+1),
            Ask.PREVIOUS_FRAME: lambda: player.step(-1),
            Ask.AHEAD: lambda: player.seek(player.position_s + _JUMP_S),
            Ask.BACK: lambda: player.seek(player.position_s - _JUMP_S),
            Ask.FASTER: lambda: player.turn_speed(+1),
            Ask.SLOWER: lambda: player.turn_speed(-1),
            Ask.BEGINNING: lambda: player.seek(player.first_s),
            Ask.END: lambda: player.seek(player.last_s),
            Ask.LOOP: player.loop_or_not,
            Ask.LOOP_FROM: player.loop_from,
            Ask.LOOP_TO: player.loop_to,
            Ask.NEXT_METHOD: lambda: self._want(looks.next_method),
            Ask.PREVIOUS_METHOD: lambda: self._want(lambda: looks.next_method(-1)),
            Ask.NEXT_LAYER: lambda: self._want(looks.next_layer),
            Ask.PREVIOUS_LAYER: lambda: self._want(lambda: looks.next_layer(-1)),
            Ask.PANEL: lambda: self._want(looks.toggle_panel),
            Ask.CAUSAL_CHECK: lambda: self._want(looks.toggle_check),
            Ask.AS_LOGGED: lambda: self._want(looks.as_logged),
            Ask.FAINTER: lambda: self._fade(-0.1),
            Ask.STRONGER: lambda: self._fade(+0.1),
        }
        if asked in moves:
            moves[asked]()
            return
        found = player.next_mark() if asked is Ask.NEXT_EVENT else player.previous_mark()
        event = next((each for each in self._events if each.time_s == found), None)
        self._hud.notice = f"{event.kind.replace('_', ' ')}  {event.text}" if event else "no more events that way"

    def _fade(self, by: float) -> None:
        self._hud.alpha_max = min(max(round(self._hud.alpha_max + by, 2), 0.0), 1.0)
        self._hud.notice = f"opacity {self._hud.alpha_max:.2f}"

    def _turn(self, key: Key) -> None:
        hud = self._hud
        if key is Key.QUIT:
            self.closed = True
        elif key is Key.OVERLAY:
            hud.overlay = not hud.overlay
        elif key is Key.HUD:
            hud.visible = not hud.visible
        elif key is Key.HELP:
            hud.help = not hud.help
        elif key is Key.ATTENTION:
            hud.attention = not hud.attention
        elif key is Key.SCREENSHOT and self._drawn is not None and self._step is not None:
            hud.notice = save_screenshot(self._footage.path.parent, self._step.frame.index, self._drawn)
        elif key is Key.NEXT_PALETTE:
            hud.palette = next_palette(hud.palette)
            hud.notice = f"palette: {hud.palette.name}"

    def _words(self) -> str:
        player = self._player
        state = "playing" if player.playing else "paused"
        speed = f"1/{round(1 / player.speed)}" if player.speed < 1 else f"{player.speed:g}"
        entry = f"   go to {self._entry}_" if self._entry else ""
        return f"{player.position_s:.2f} / {player.last_s:.2f} s   {state}  {speed}×{entry}"

    def _facts(self) -> list[str]:
        card = self._looks.view.card
        loop = ["loop"] if self._player.loop_s is not None else []
        return [*loop, f"{card.method} {card.layer}", f"opacity {self._hud.alpha_max:.2f}", "H help"]
