"""What the person at a replay may ask for, and by which key; pure."""

from __future__ import annotations

from enum import Enum, auto

from viz.keys import BINDINGS, Binding, Key, key_for


class Ask(Enum):
    """What the person asked for, besides what a live drive knows."""

    PLAY = auto()
    NEXT_FRAME = auto()
    PREVIOUS_FRAME = auto()
    AHEAD = auto()
    BACK = auto()
    FASTER = auto()
    SLOWER = auto()
    NEXT_EVENT = auto()
    PREVIOUS_EVENT = auto()
    BEGINNING = auto()
    END = auto()
    LOOP = auto()
    LOOP_FROM = auto()
    LOOP_TO = auto()
    NEXT_METHOD = auto()
    PREVIOUS_METHOD = auto()
    NEXT_LAYER = auto()
    PREVIOUS_LAYER = auto()
    PANEL = auto()
    CAUSAL_CHECK = auto()
    AS_LOGGED = auto()
    FAINTER = auto()
    STRONGER = auto()


ROWS: tuple[tuple[str, bool, Ask, str, str], ...] = (
    ("space", False, Ask.PLAY, "Space, K", "play, pause"),
    ("k", False, Ask.PLAY, "", ""),
    ("right", False, Ask.NEXT_FRAME, "Left, Right", "a frame back, on"),
    ("left", False, Ask.PREVIOUS_FRAME, "", ""),
    (".", False, Ask.NEXT_FRAME, "", ""),
    (",", False, Ask.PREVIOUS_FRAME, "", ""),
    ("right", True, Ask.AHEAD, "Shift Left, Right", "5 seconds back, on"),
    ("left", True, Ask.BACK, "", ""),
    ("[", False, Ask.SLOWER, "[ ]", "slower, faster: 1/8 to 16 times"),
    ("]", False, Ask.FASTER, "", ""),
    ("page up", False, Ask.PREVIOUS_EVENT, "PgUp, PgDn", "event before, next event"),
    ("page down", False, Ask.NEXT_EVENT, "", ""),
    ("home", False, Ask.BEGINNING, "Home, End", "beginning, end"),
    ("end", False, Ask.END, "", ""),
    ("l", False, Ask.LOOP, "L", "loop on, off"),
    ("i", False, Ask.LOOP_FROM, "I, O", "loop from here, to here"),
    ("o", False, Ask.LOOP_TO, "", ""),
    ("j", False, Ask.NEXT_METHOD, "J, Shift J", "next, previous method of saliency"),
    ("j", True, Ask.PREVIOUS_METHOD, "", ""),
    ("u", False, Ask.NEXT_LAYER, "U, Shift U", "next, previous layer"),
    ("u", True, Ask.PREVIOUS_LAYER, "", ""),
    ("f2", False, Ask.PANEL, "F2", "all convolutions at once"),
    ("f3", False, Ask.CAUSAL_CHECK, "F3", "hide the hottest region"),
    ("b", False, Ask.AS_LOGGED, "B", "back to what was logged"),
    ("f5", False, Ask.FAINTER, "F5, F6", "overlay fainter, stronger"),
    ("f6", False, Ask.STRONGER, "", ""),
)
_KEPT = (Key.OVERLAY, Key.ATTENTION, Key.NEXT_PALETTE, Key.HUD, Key.HELP, Key.SCREENSHOT, Key.QUIT)
HELP: tuple[Binding, ...] = (
    *(Binding(name, shift, Key.HELP, label, meaning) for name, shift, _, label, meaning in ROWS if label),
    Binding("12.5", False, Key.HELP, "12.5 Enter", "go to a time [s]"),
    *(row for row in BINDINGS if row.key in _KEPT),
)
"""The rows of the help."""
_ASKS = {(name, shift): ask for name, shift, ask, _, _ in ROWS}


def ask_for(name: str, text: str, *, shift: bool) -> Ask | Key | None:
    """What a key press asks for, or None; the arguments are those of `viz.keys.key_for`."""
    typed = text.lower() if text.isprintable() and text.strip() else ""
    for wanted in (typed, name.lower()):
        for held in (shift, False):
            if (wanted, held) in _ASKS:
                return _ASKS[wanted, held]
    key = key_for(name, text, shift=shift)
    return key if key in _KEPT else None
