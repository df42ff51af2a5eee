"""What the person may ask for, and by which key; pure.

Keys known from CARLA's manual_control keep their meaning (W A S D, arrows, Q, Space, P, Tab, C, Backspace, F1, H, Esc);
new ones take free keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Key(Enum):
    """What the person asked for."""

    QUIT = auto()
    PAUSE = auto()
    OVERLAY = auto()
    HUD = auto()
    HELP = auto()
    NEXT_WEATHER = auto()
    PREVIOUS_WEATHER = auto()
    NEXT_PALETTE = auto()
    NEXT_METHOD = auto()
    PREVIOUS_METHOD = auto()
    NEXT_LAYER = auto()
    PREVIOUS_LAYER = auto()
    PANEL = auto()
    CAUSAL_CHECK = auto()
    ATTENTION = auto()
    SCREENSHOT = auto()


@dataclass(frozen=True, slots=True)
class Binding:
    """One row of the key table.

    Attributes:
        name: of the key as pygame names it, lower case.
        shift: whether Shift must be held.
        key: what it asks for.
        label: how the help writes it.
        meaning: what the help says about it.
    """

    name: str
    shift: bool
    key: Key
    label: str
    meaning: str


BINDINGS = (
    Binding("k", False, Key.PAUSE, "K", "pause, continue"),
    Binding("e", False, Key.OVERLAY, "E", "saliency on, off"),
    Binding("j", False, Key.NEXT_METHOD, "J", "next saliency method"),
    Binding("j", True, Key.PREVIOUS_METHOD, "Shift J", "previous method"),
    Binding("u", False, Key.NEXT_LAYER, "U", "next layer"),
    Binding("u", True, Key.PREVIOUS_LAYER, "Shift U", "previous layer"),
    Binding("f2", False, Key.PANEL, "F2", "all convolutions at once"),
    Binding("f3", False, Key.CAUSAL_CHECK, "F3", "hide the hottest region"),
    Binding("f4", False, Key.ATTENTION, "F4", "attention by class on, off"),
    Binding("y", False, Key.NEXT_PALETTE, "Y", "next palette"),
    Binding("c", False, Key.NEXT_WEATHER, "C", "next weather"),
    Binding("c", True, Key.PREVIOUS_WEATHER, "Shift C", "previous weather"),
    Binding("f1", False, Key.HUD, "F1", "HUD on, off"),
    Binding("h", False, Key.HELP, "H", "this help"),
    Binding("f12", False, Key.SCREENSHOT, "F12", "save the picture"),
    Binding("escape", False, Key.QUIT, "Esc", "quit"),
)


def key_for(name: str, text: str, *, shift: bool) -> Key | None:
    """What a key press asks for, or None.

    Args:
        name: of the key as pygame names it: "k", "f1", "escape".
        text: what the press types: on some keyboards brackets need a modifier, so the text is asked first.
        shift: whether Shift is held; a key without a row of its own for Shift means the same with it.
    """
    typed = text.lower() if text.isprintable() else ""
    for wanted in (typed, name.lower()):
        rows = [binding for binding in BINDINGS if binding.name == wanted]
        for binding in sorted(rows, key=lambda row: row.shift != shift):
            if binding.shift <= shift:
                return binding.key
    return None
