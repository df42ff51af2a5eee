"""Where the person sits: shows each step and carries out what the keys ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import cv2

from agent.types import Picture, Step
from viz.hud import Hud
from viz.keys import Key
from viz.palettes import next_palette
from viz.progress import Progress
from viz.window import Window

_IDLE_S = 1 / 30
"""Rhythm of a paused window."""


class Cockpit(Protocol):
    """Somebody who watches."""

    @property
    def closed(self) -> bool:
        """Whether the person has had enough."""


class WindowCockpit:
    """A window with keys.

    Args:
        window: already open.
        hud: whose switches the keys turn.
        weathers: names of the presets, in the order of the weather key.
        set_weather: told the new preset.
        folder: where screenshots go, or None.
    """

    def __init__(
        self,
        window: Window,
        hud: Hud,
        *,
        weathers: Sequence[str] = (),
        set_weather: Callable[[str], None] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._window = window
        self._hud = hud
        self._weathers = weathers
        self._set_weather = set_weather
        self._folder = folder
        self._step: Step | None = None
        self._picture: Picture | None = None
        self.closed = False

    def show(self, step: Step, picture: Picture) -> None:
        """Show a step, then do what was asked; while paused, stay here."""
        self._step, self._picture = step, picture
        self._window.show(picture)
        self._obey()
        while self._hud.paused and not self.closed:
            time.sleep(_IDLE_S)
            self._window.show(self._hud.draw(step))
            self._obey()

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
            elif key is Key.NEXT_WEATHER:
                self._turn_weather(+1)
            elif key is Key.PREVIOUS_WEATHER:
                self._turn_weather(-1)
            elif key is Key.SCREENSHOT:
                self._save_picture()

    def _turn_weather(self, by: int) -> None:
        if self._set_weather is None or self._step is None:
            return
        now = self._step.frame.telemetry.weather
        at = self._weathers.index(now) if now in self._weathers else -1
        name = self._weathers[(at + by) % len(self._weathers)]
        self._set_weather(name)
        self._hud.notice = f"weather: {name}"

    def _save_picture(self) -> None:
        if self._folder is None or self._picture is None or self._step is None:
            return
        path = self._folder / f"frame-{self._step.frame.index:06d}.png"
        cv2.imwrite(str(path), cv2.cvtColor(self._picture, cv2.COLOR_RGB2BGR))
        self._hud.notice = f"saved {path.name}"


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
