"""The worst moments of an evaluation, looked up in the runs' logs: a still of each, and a clip if clips are wanted."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import cv2

from agent.errors import RecordingError
from agent.evaluation.outcome import Outcome
from agent.evaluation.referee import PENALTIES, Infraction
from agent.evaluation.trial import STEP_S
from agent.log import read_log
from agent.run_folder import LOG
from viz.hud import Hud
from viz.report import Moment
from viz.video import VideoWriter

MOST, _MOST_A_RUN = 12, 2
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


def worst(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, Infraction]]:
    """The gravest infractions, a few of each run."""
    found = [
        (outcome, one)
        for outcome in outcomes
        for one in sorted(outcome.infractions, key=lambda each: _SEVERITY.get(each.kind, 1.0))[:_MOST_A_RUN]
    ]
    return sorted(found, key=lambda pair: _SEVERITY.get(pair[1].kind, 1.0))[:MOST]


def moments(outcomes: Sequence[Outcome], trials: Path, *, clips: bool) -> list[Moment]:
    """The worst moments with pictures; one whose log cannot be read goes without."""
    return [_moment(outcome, one, trials / outcome.trial.id, clips=clips) for outcome, one in worst(outcomes)]


def _moment(outcome: Outcome, one: Infraction, folder: Path, *, clips: bool) -> Moment:
    title = f"{one.kind.replace('_', ' ')}, {outcome.trial.route_name}, {outcome.trial.weather}"
    picture = clip = ""
    with suppress(RecordingError, OSError, ValueError):  # a log that is gone or damaged: told without a picture
        picture, clip = _pictures(folder, one.time_s, clip=clips)
    return Moment(title, one.text, outcome.trial.id, one.time_s, picture, clip)


def _pictures(folder: Path, time_s: float, *, clip: bool) -> tuple[str, str]:
    """A still and a clip around a time, as data URIs."""
    run = read_log(folder / LOG)
    steps = [each.step for each in run if time_s - _BEFORE_S <= each.step.frame.time_s <= time_s + _AFTER_S]
    if not steps:
        return "", ""
    height, width = steps[0].frame.image.shape[:2]
    hud = Hud(width, height, run.card)
    pictures = [(step.frame.time_s, hud.draw(step)) for step in steps]
    still = min(pictures, key=lambda pair: abs(pair[0] - time_s))[1]
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(still, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])
    picture = _uri("image/jpeg", jpeg.tobytes())
    if not clip:
        return picture, ""
    path = folder / f"moment-{time_s:07.2f}s.mp4"
    with VideoWriter(path, width, height, 1 / STEP_S) as video:
        for at_s, each in islice(pictures, 200):
            video.write(each, at_s - pictures[0][0])
    content = path.read_bytes()
    within = len(content) <= _MOST_CLIP_BYTES
    return picture, _uri("video/mp4", content) if within else f"trials/{folder.name}/{path.name}"


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
