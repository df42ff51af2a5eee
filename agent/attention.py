"""The attention ledger: which kinds of things a map lies on, beside how much of the view they fill; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from agent.errors import ConfigError, unknown
from agent.types import Attention, Float32, Frame, Placement, Saliency, Step

GROUPS: dict[str, tuple[int, ...]] = {
    "road line": (24,),
    "road": (1,),
    "sidewalk": (2, 25),
    "vehicle": (13, 14, 15, 16, 17, 18, 19),
    "person": (12,),
    "sign": (6, 7, 8),
    "building": (3, 4, 5, 26, 28),
    "vegetation": (9,),
    "terrain": (10,),
    "sky": (11,),
    "other": (0, 20, 21, 22, 23, 27),
}
"""CARLA 0.9.16's semantic labels by kind."""
CLASSES = tuple(GROUPS)
_GROUP_OF = np.full(256, CLASSES.index("other"), np.uint8)
for _number, _labels in enumerate(GROUPS.values()):
    _GROUP_OF[list(_labels)] = _number
_FINER = 2
"""Labels are sampled at so many points per network pixel and side."""


def attention(frame: Frame, saliency: Saliency) -> Attention | None:
    """Shares of a map, of a Sobel edge filter and of the pixels by class; each sums to 1.

    A map that only follows edges has the Sobel shares; one that points anywhere has the pixels'. None without labels,
    for a map of another frame, or without a gradient.
    """
    if frame.semantic is None or saliency.frame_index != frame.index or not saliency.map.any():
        return None
    place, (height, width) = saliency.placement, saliency.map.shape
    size = (width * _FINER, height * _FINER)
    kinds = cv2.resize(_GROUP_OF[_part(frame.semantic, place)], size, interpolation=cv2.INTER_NEAREST).ravel()
    return Attention(
        frame_index=frame.index,
        saliency=_shares(kinds, cv2.resize(np.abs(saliency.map), size, interpolation=cv2.INTER_NEAREST)),
        sobel=_shares(kinds, cv2.resize(edges(frame, place, (width, height)), size, interpolation=cv2.INTER_NEAREST)),
        pixels=_shares(kinds, np.ones(size[::-1], np.float32)),
    )


def attended(steps: Iterable[Step], explained: Callable[[], Frame | None] = lambda: None) -> Iterator[Step]:
    """The steps with the ledgers of their maps, where frames carry labels.

    Args:
        steps: of a drive.
        explained: the frame of the newest map, where that may be an earlier one than the step's.
    """
    newest: Saliency | None = None
    seen: Attention | None = None
    for step in steps:
        if step.saliency is not newest:  # a ledger is made once and stays as long as its map
            newest, frame = step.saliency, step.frame
            if newest is not None and newest.frame_index != frame.index:
                frame = explained() or frame
            seen = None if newest is None else attention(frame, newest)
        yield step if seen is None else replace(step, attention=seen)


def edges(frame: Frame, place: Placement, size: tuple[int, int]) -> Float32:
    """Sobel magnitude of what the network saw, float32 in network pixels; size is (width, height)."""
    small = cv2.resize(_part(frame.image, place), size, interpolation=cv2.INTER_AREA)
    return sobel(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32))


def sobel(grey: Float32) -> Float32:
    """Magnitude of the 3 x 3 Sobel gradient, float32 (h, w)."""
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *order, ksize=3) for order in ((1, 0), (0, 1)))
    made: Float32 = np.hypot(across, down).astype(np.float32)
    return made


def _part(picture: npt.NDArray[np.uint8], place: Placement) -> npt.NDArray[np.uint8]:
    return picture[place.top_px : place.top_px + place.height_px, place.left_px : place.left_px + place.width_px]


def _shares(kinds: npt.NDArray[np.uint8], weights: npt.NDArray[np.float32]) -> tuple[float, ...]:
    sums = np.bincount(kinds, weights.ravel(), minlength=len(CLASSES))
    return tuple(float(share) for share in sums / max(sums.sum(), 1e-12))


@dataclass(frozen=True, slots=True)
class Alarm:
    """More than a share of the attention on one class for so long.

    Attributes:
        kind: one of `CLASSES`.
        share: of the attention, (0, 1).
        seconds: simulated.
    """

    kind: str
    share: float
    seconds: float

    def __str__(self) -> str:
        return f"over {self.share:.0%} of the attention on {self.kind} for {self.seconds:g} s"


def read_alarm(text: str) -> Alarm:
    """An alarm from words like "sky > 40 % for 2 s".

    Raises:
        ConfigError: it says something else, or an unknown class.
    """
    found = re.fullmatch(r"\s*([a-z ]+?)\s*>\s*([0-9.]{1,6})\s*%\s*for\s+([0-9.]{1,6})\s*s\s*", text)
    try:
        kind, share, seconds = (found[1], float(found[2]) / 100.0, float(found[3])) if found else ("", 0.0, 0.0)
    except ValueError:
        share = 0.0
    if found is None or not 0.0 < share < 1.0:
        raise ConfigError(f"attention alarm {text[:60]!r}: wanted e.g. 'sky > 40 % for 2 s'")
    if kind not in CLASSES:
        raise ConfigError(unknown("attention class", kind, CLASSES))
    return Alarm(kind, share, seconds)


class AlarmWatch:
    """Tells each alarm once, when its time is full; again after its share has been below in between."""

    def __init__(self, alarms: list[Alarm]) -> None:
        self._since: dict[Alarm, float | None] = dict.fromkeys(alarms)
        self._told: set[Alarm] = set()

    def add(self, time_s: float, seen: Attention) -> list[Alarm]:
        """Take in a frame's ledger at a simulation time [s]; the alarms that it sets off."""
        rung = []
        for alarm, since_s in self._since.items():
            if seen.saliency[CLASSES.index(alarm.kind)] <= alarm.share:
                self._since[alarm] = None
                self._told.discard(alarm)
                continue
            begun_s = time_s if since_s is None else since_s
            self._since[alarm] = begun_s
            if time_s - begun_s >= alarm.seconds - 1e-9 and alarm not in self._told:
                self._told.add(alarm)
                rung.append(alarm)
        return rung
