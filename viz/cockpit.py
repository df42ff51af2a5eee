"""Where the person sits: shows each step and carries out what the keys ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from agent.types import Picture, Step
from viz.hud import Hud
from viz.keys import Key
from viz.palettes import next_palette
from viz.progress import Progress
from viz.screenshot import save_screenshot
from viz.window import Window

_IDLE_S = 1 / 30
"""Rhythm of a paused window."""


class Cockpit(Protocol):
    """Somebody who watches."""

    @property
    def closed(self) -> bool:
        """Whether the person has had enough."""


class Switches(Protocol):
    """What can be turned at an explainer while it works; `agent.saliency.live.LiveExplainer` is one."""

    def next_method(self, by: int = 1) -> None:
        """Walk through the methods."""

    def next_layer(self, by: int = 1) -> None:
        """Walk through the layers."""

    def toggle_panel(self) -> None:
        """All convolutions at once."""

    def toggle_check(self) -> None:
        """The causal check."""


class WindowCockpit:
    """A window with keys.

    Args:
        window: already open.
        hud: whose switches the keys turn.
        weathers: names of the presets, in the order of the weather key.
        set_weather: told the new preset.
        switches: of the explainer, or None where it cannot be switched.
        folder: where screenshots go, or None.
        stopped: whether somebody asked from outside to end it: a pause ends then.

    Attributes:
        closed: whether the person has had enough.
    """

    def __init__(
        self,
        window: Window,
        hud: Hud,
        *,
        weathers: Sequence[str] = (),
        set_weather: Callable[[str], None] | None = None,
        switches: Switches | None = None,
        folder: Path | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._window = window
        self._hud = hud
        self._weathers = weathers
        self._set_weather = set_weather
        self._switches = switches
        self._folder = folder
        self._stopped = stopped
        self._asked_weather: str | None = None
        self._step: Step | None = None
        self._picture: Picture | None = None
        self.closed = False

    def show(self, step: Step, picture: Picture) -> None:
        """Show a step, then do what was asked; while paused, stay here."""
        self.present(step, picture)
        self.wait_while_paused()

    def present(self, step: Step, picture: Picture) -> None:
        """Show a step, then do what was asked, but do not wait for the end of a pause."""
        self._step, self._picture = step, picture
        self._window.show(picture)
        self._obey()

    def wait_while_paused(self) -> float:
        """Stay with the step on show until the person goes on or closes, or the run is stopped.

        Returns:
            How long that took [s].
        """
        start_s = time.monotonic()
        while self._step is not None and self._hud.paused and not (self.closed or self._stopped()):
            time.sleep(_IDLE_S)
            self._window.show(self._hud.draw(self._step))
            self._obey()
        return time.monotonic() - start_s

    def _obey(self) -> None:
        hud = self._hud
        for key in self._window.events():
            if key is Key.QUIT:
                self.closed = True
            elif key is Key.PAUSE:
                hud.paused = not hud.paused
            elif key is Key.OVERLAY:
                hud.overlay = not hud.overlay
            elif key is Key.HUD:
                hud.visible = not hud.visible
            elif key is Key.HELP:
                hud.help = not hud.help
            elif key is Key.NEXT_PALETTE:
                hud.palette = next_palette(hud.palette)
                hud.notice = f"palette: {hud.palette.name}"
            elif key is Key.ATTENTION:
                hud.attention = not hud.attention
            elif key in _TURNS:
                self._turn(_TURNS[key])
            elif key is Key.NEXT_WEATHER:
                self._turn_weather(+1)
            elif key is Key.PREVIOUS_WEATHER:
                self._turn_weather(-1)
            elif key is Key.SCREENSHOT:
                self._save_picture()

    def _turn(self, turn: Callable[[Switches], None]) -> None:
        if self._switches is None:
            self._hud.notice = "the explanation cannot be switched here"
        else:
            turn(self._switches)

    def _turn_weather(self, by: int) -> None:
        if self._set_weather is None or self._step is None:
            return
        now = self._asked_weather or self._step.frame.telemetry.weather  # what was asked for comes with the next step
        at = self._weathers.index(now) if now in self._weathers else min(-by, 0)
        name = self._asked_weather = self._weathers[(at + by) % len(self._weathers)]
        self._set_weather(name)
        self._hud.notice = f"weather: {name}"

    def _save_picture(self) -> None:
        if self._folder is None or self._picture is None or self._step is None:
            return
        self._hud.notice = save_screenshot(self._folder, self._step.frame.index, self._picture)


_TURNS: dict[Key, Callable[[Switches], None]] = {
    Key.NEXT_METHOD: lambda switches: switches.next_method(+1),
    Key.PREVIOUS_METHOD: lambda switches: switches.next_method(-1),
    Key.NEXT_LAYER: lambda switches: switches.next_layer(+1),
    Key.PREVIOUS_LAYER: lambda switches: switches.next_layer(-1),
    Key.PANEL: lambda switches: switches.toggle_panel(),
    Key.CAUSAL_CHECK: lambda switches: switches.toggle_check(),
}


class ProgressCockpit:
    """No display: a progress bar on a terminal, a line now and then elsewhere."""

    closed = False

    def __init__(self, frames: int | None) -> None:
        self._progress = Progress("frame", frames)

    def read(self, step: Step) -> None:
        """Move the bar on."""
        telemetry = step.frame.telemetry
        self._progress.step(f"{telemetry.speed_mps * 3.6:.0f} km/h, {telemetry.real_time_factor:.1f} x real time")

    def close(self) -> None:
        """Leave the finished bar behind."""
        self._progress.close()
