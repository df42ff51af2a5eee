"""The worst moments of an evaluation, looked up in the runs' logs: a still of each, and a clip if clips are wanted."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import cv2

from agent.errors import RecordingError
from agent.evaluation.outcome import Outcome
from agent.evaluation.referee import PENALTIES, Infraction
from agent.evaluation.trial import STEP_S
from agent.footage.logged import LogFootage
from agent.run_folder import LOG
from agent.types import Picture
from viz.hud import Hud
from viz.report import Moment
from viz.rewind import Rewind
from viz.video import VideoWriter

MOST, _MOST_A_RUN = 12, 2
_SAME_PLACE_M = 25.0
_BEFORE_S, _AFTER_S = 3.0, 2.0
_MOST_CLIP_BYTES = 1_500_000
_SEVERITY = {
    **PENALTIES,
    "timeout": 0.9,
    "route_deviation": 0.9,
    "blocked": 0.9,
    "off_road": 0.95,
    "lane_invasion": 0.97,
}

Found = tuple[Outcome, Infraction]


def worst(outcomes: Sequence[Outcome]) -> list[Found]:
    """The gravest infractions of different places, then the same places again as other models met them.

    Alarms of the attention ledger come where there is room for them.
    """
    found = sorted(((o, one) for o in outcomes for one in (*o.infractions, *o.alarms)), key=_gravity)
    chosen: list[Found] = []
    for of_all_models in (True, False):
        for pair in found:
            of_run = sum(other[0] is pair[0] for other in chosen)
            if of_run < _MOST_A_RUN and not any(_alike(pair, other, of_all_models) for other in chosen):
                chosen.append(pair)
            if len(chosen) == MOST:
                break
    return sorted(chosen, key=_gravity)


def _gravity(pair: Found) -> float:
    return _SEVERITY.get(pair[1].kind, 1.0)


def _alike(pair: Found, other: Found, of_all_models: bool) -> bool:
    """Whether two are one moment of one run, or the same thing at the same place of a route."""
    (run, one), (other_run, another) = pair, other
    if run is other_run and abs(one.time_s - another.time_s) < _BEFORE_S + _AFTER_S:
        return True
    if not of_all_models and run.trial.model != other_run.trial.model:
        return False
    same = run.trial.route_name == other_run.trial.route_name and one.kind == another.kind
    return same and math.hypot(one.x_m - another.x_m, one.y_m - another.y_m) < _SAME_PLACE_M


def moments(outcomes: Sequence[Outcome], trials: Path, *, clips: bool) -> list[Moment]:
    """The worst moments with pictures; one whose log cannot be read goes without."""
    return [_moment(outcome, one, trials / outcome.trial.id, clips=clips) for outcome, one in worst(outcomes)]


def _moment(outcome: Outcome, one: Infraction, folder: Path, *, clips: bool) -> Moment:
    title = f"{one.kind.replace('_', ' ')}, {outcome.trial.route_name}, {outcome.trial.weather}"
    picture = clip = ""
    with suppress(RecordingError, OSError, ValueError), closing(LogFootage(folder / LOG)) as footage:
        # a log that is gone or damaged: told without a picture
        hud, number = Hud(*footage.size_px, footage.card), footage.timeline.at(one.time_s)
        picture = _still(footage, hud, number)
        clip = _clip(footage, hud, one.time_s, folder) if clips else ""
    return Moment(title, one.text, outcome.trial.id, one.time_s, picture, clip)


def _still(footage: LogFootage, hud: Hud, number: int) -> str:
    """A step's picture as a data URI."""
    picture = _drawn(footage, hud, range(number, number + 1))[0][1]
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])
    return _uri("image/jpeg", jpeg.tobytes())


def _clip(footage: LogFootage, hud: Hud, time_s: float, folder: Path) -> str:
    """What led to a moment and what came of it: a data URI, or a path if it is large."""
    at = footage.timeline.at
    pictures = _drawn(footage, hud, range(at(time_s - _BEFORE_S), at(time_s + _AFTER_S) + 1))
    path = folder / f"moment-{time_s:07.2f}s.mp4"
    with VideoWriter(path, *footage.size_px, 1 / STEP_S) as video:
        for at_s, each in pictures:
            video.write(each, at_s - pictures[0][0])
    content = path.read_bytes()
    within = len(content) <= _MOST_CLIP_BYTES
    return _uri("video/mp4", content) if within else f"trials/{folder.name}/{path.name}"


def _drawn(footage: LogFootage, hud: Hud, numbers: range) -> list[tuple[float, Picture]]:
    """Times and pictures of some steps, as whoever had watched until then would have seen them."""
    steps = [footage.step(number).step for number in numbers]
    hud.history = Rewind(footage).before(numbers[0], steps[0], footage.card)
    return [(step.frame.time_s, hud.draw(step)) for step in steps]


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
