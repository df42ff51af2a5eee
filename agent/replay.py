"""Footage back into steps: as they were, or as a network of today sees them. A view, never baked into the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from agent.errors import RecordingError
from agent.footage import Footage
from agent.log import LoggedStep
from agent.read_ahead import ahead
from agent.types import RunCard, Step

BATCH = 16
"""Steps that are looked at together."""


class View(Protocol):
    """How footage is looked at.

    Attributes:
        card: of the run, with the model and the saliency of this view.
    """

    card: RunCard

    def __call__(self, numbers: Sequence[int], logged: Sequence[LoggedStep]) -> list[Step]:
        """The steps of some numbers, seen this way."""


class AsLogged:
    """The steps as they were."""

    def __init__(self, footage: Footage) -> None:
        self.card = footage.card

    def __call__(self, numbers: Sequence[int], logged: Sequence[LoggedStep]) -> list[Step]:
        """See `View`."""
        return [one.step for one in logged]


class Skips:
    """What could not be shown, counted; a person is told once, at the end."""

    def __init__(self, footage: Footage) -> None:
        self._counts: Counter[str] = Counter(footage.skipped)
        self._first = ""
        self.sizes = 0

    def add(self, error: RecordingError) -> None:
        """A step that cannot be read."""
        self._counts["damaged steps"] += 1
        self._first = self._first or str(error)

    def lines(self) -> list[str]:
        """For people; empty where nothing was left out."""
        told = [f"skipped {count}: {reason}" for reason, count in self._counts.items()]
        if self._first:
            told[-1] += f" (the first: {self._first})"
        return told + ([f"{self.sizes} pictures of another size than the first, fitted into it"] if self.sizes else [])


def played(
    footage: Footage, view: View, numbers: Iterable[int], skips: Skips, *, batch: int = BATCH
) -> Iterator[tuple[LoggedStep, Step]]:
    """Steps one after another, read and looked at on threads of their own; what is damaged is skipped and counted."""
    read = ahead(_batches(_readable(footage, numbers, skips), batch), depth=2)
    for group in ahead(_seen(view, read), depth=2):
        yield from group


def _readable(footage: Footage, numbers: Iterable[int], skips: Skips) -> Iterator[tuple[int, LoggedStep]]:
    for number in numbers:
        try:
            logged = footage.step(number)
        except RecordingError as error:
            skips.add(error)
            continue
        skips.sizes += logged.step.frame.image.shape[1::-1] != footage.size_px
        yield number, logged


def _batches(items: Iterable[tuple[int, LoggedStep]], size: int) -> Iterator[list[tuple[int, LoggedStep]]]:
    source = iter(items)
    while group := list(islice(source, size)):
        yield group


def _seen(view: View, groups: Iterable[list[tuple[int, LoggedStep]]]) -> Iterator[list[tuple[LoggedStep, Step]]]:
    for group in groups:
        logged = [one for _, one in group]
        yield list(zip(logged, view([number for number, _ in group], logged), strict=True))
