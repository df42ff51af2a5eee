"""`--model FILE [card.yaml]`: a network and, where it does not lie beside it, its card."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class ModelFlag(argparse.Action):
    """Takes one or two values: the network, and its card (None where it was not given) under another name."""

    def __init__(self, option_strings: Sequence[str], dest: str, *, card: str = "card", **rest: Any) -> None:
        self._card = card
        super().__init__(option_strings, dest, nargs="+", metavar=("NAME|FILE", "CARD"), **rest)

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        """See the class."""
        if len(values) > 2:
            parser.error(f"{option} takes a model and its card, got {len(values)} values: {' '.join(values)[:80]}")
        setattr(namespace, self.dest, values[0])
        setattr(namespace, self._card, Path(values[1]) if len(values) == 2 else None)


def add_model_flag(parser: Any, help_text: str, *, name: str = "--model", card: str = "card") -> None:
    """Let a parser, or a group of one, take `--model`, or the same under another name.

    Args:
        parser: taken into.
        help_text: for people.
        name: of the flag.
        card: under which the card is found among the flags.
    """
    parser.add_argument(name, action=ModelFlag, help=help_text, card=card)
    parser.set_defaults(**{card: None})
