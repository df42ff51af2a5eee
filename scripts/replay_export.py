"""Replays that become training data: --export."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from itertools import chain

from agent.footage import Footage
from agent.replay import Skips
from scripts.replay_views import model_of


def export(flags: Namespace, footage: Footage, parts: Sequence[range], skips: Skips) -> None:
    """Frames and labels as a dataset of `scripts.train`.

    Raises:
        UserError: see `agent.training.from_run.dataset_from`.
    """
    from agent.training.from_run import dataset_from

    frames = dataset_from(footage, model_of(flags, footage), flags.export, skips, list(chain(*parts)))
    print(f"{frames} frames with steering: python -m scripts.train --data {flags.export}")
