"""`--model FILE [card.yaml]`: a network and, where it does not lie beside it, its card."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class ModelFlag(argparse.Action):
    """Takes one or two values; sets `model` and `card` (None where it was not given)."""

    def __init__(self, option_strings: Sequence[str], dest: str, **rest: Any) -> None:
        super().__init__(option_strings, dest, nargs="+", metavar=("NAME|FILE", "CARD"), **rest)

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        """See the class."""
        if len(values) > 2:
            parser.error(f"{option} takes a model and its card, got {len(values)} values: {' '.join(values)[:80]}")
        namespace.model = values[0]
        namespace.card = Path(values[1]) if len(values) == 2 else None


def add_model_flag(parser: Any, help_text: str) -> None:
    """Let a parser, or a group of one, take `--model`."""
    parser.add_argument("--model", action=ModelFlag, help=help_text)
    parser.set_defaults(card=None)
