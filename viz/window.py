"""Window.show(picture), events; the only file that opens a display."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from types import TracebackType

import pygame

from agent.errors import DisplayError
from agent.types import Picture
from viz.fit import fit, letterbox
from viz.keys import Key, key_for


@dataclass(frozen=True, slots=True)
class Press:
    """A key went down: its name as pygame has it, what it types, whether Shift is held."""

    name: str
    text: str
    shift: bool


@dataclass(frozen=True, slots=True)
class Click:
    """The mouse at a place of the picture [px], its left button held or not."""

    x_px: float
    y_px: float
    held: bool


_SMALLEST_PX = 64
_LARGEST_SHARE = 0.9
"""Of the screen, for a new window: its title bar and the task bar need room."""


def display_available() -> bool:
    """Whether a window can be expected to open; looks at the environment only."""
    if sys.platform in ("win32", "darwin"):
        return True
    names = ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY")  # the first is set by whoever knows better
    return any(os.environ.get(name) for name in names)


class Window:
    """A resizable window; pictures are scaled into it, aspect kept. Close it, or use it in a `with`."""

    def __init__(self, width_px: int, height_px: int, title: str) -> None:
        """
        Args:
            width_px: of the pictures; the window is smaller where the screen is.
            height_px: of the pictures.
            title: of the window.

        Raises:
            DisplayError: no display to open it on.
        """
        if not display_available():
            raise DisplayError("no display (DISPLAY and WAYLAND_DISPLAY are unset): set one, or run with --no-display")
        os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")  # Ctrl-C and SIGTERM belong to the door
        # SDL would blit through OpenGL, and Mesa's LLVM beside TensorFlow's ends the process (segmentation fault).
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
        os.environ.setdefault("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0")  # this is no game
        try:
            pygame.display.init()
            pygame.display.set_caption(title)
            size = _size_on_screen(width_px, height_px)
            pygame.display.set_mode(size, pygame.RESIZABLE)
        except pygame.error as error:
            pygame.display.quit()
            raise DisplayError(f"no window can be opened ({error}): check DISPLAY, or run with --no-display") from error
        pygame.display.set_allow_screensaver(True)
        self._open = True
        self._picture_px = (width_px, height_px)

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the window's inside now."""
        width, height = pygame.display.get_surface().get_size()
        return int(width), int(height)

    def show(self, picture: Picture) -> None:
        """Put a picture on the screen.

        Args:
            picture: RGB uint8 (H, W, 3) of any size.
        """
        self._picture_px = (picture.shape[1], picture.shape[0])
        fitted = letterbox(picture, self.size_px)
        height, width = fitted.shape[:2]
        pygame.display.get_surface().blit(pygame.image.frombuffer(fitted.data, (width, height), "RGB"), (0, 0))
        pygame.display.flip()

    def events(self) -> tuple[Key, ...]:
        """What the person asked for since the last time, in order; call it often, it keeps the window alive."""
        wishes = (_wish(happening) for happening in self.inputs())
        return tuple(key for key in wishes if key is not None)

    def inputs(self) -> tuple[Press | Click | None, ...]:
        """What keys and mouse did since the last time, in order; None where the window was closed."""
        found: list[Press | Click | None] = []
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                found.append(None)
            elif event.type == pygame.KEYDOWN:
                shift = bool(event.mod & pygame.KMOD_SHIFT)
                found.append(Press(pygame.key.name(event.key), event.unicode, shift))
            elif event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION):
                held = pygame.mouse.get_pressed()[0] if event.type == pygame.MOUSEMOTION else event.button == 1
                found.append(self._click(event.pos, held=held and event.type != pygame.MOUSEBUTTONUP))
        return tuple(found)

    def _click(self, at_px: tuple[int, int], *, held: bool) -> Click:
        place = fit(self._picture_px, self.size_px)
        x_px, y_px = (at_px[0] - place.left_px) / place.scale_x, (at_px[1] - place.top_px) / place.scale_y
        return Click(x_px, y_px, held)

    def close(self) -> None:
        """Give the display back; a second time does nothing."""
        if self._open:
            self._open = False
            pygame.display.quit()  # not pygame.quit: the HUD's letters live on


def _wish(happening: Press | Click | None) -> Key | None:
    if happening is None:
        return Key.QUIT
    if isinstance(happening, Click):
        return None
    return key_for(happening.name, happening.text, shift=happening.shift)


def _size_on_screen(width_px: int, height_px: int) -> tuple[int, int]:
    """The wanted size, or the largest of its aspect that leaves room on the first screen."""
    screens = pygame.display.get_desktop_sizes()
    share = 1.0
    if screens and min(screens[0]) > 0:
        share = min(1.0, _LARGEST_SHARE * screens[0][0] / width_px, _LARGEST_SHARE * screens[0][1] / height_px)
    return max(_SMALLEST_PX, round(width_px * share)), max(_SMALLEST_PX, round(height_px * share))
