"""A log that was cut off or damaged -> a whole one beside it; the old one stays as it is."""

from __future__ import annotations

from pathlib import Path

from agent.errors import RecordingError
from agent.log import images
from agent.log.assembly import LoggedStep, Parts, facts_of
from agent.log.records import CONTROL, EVENTS, SALIENCY, TOPICS
from agent.log.seekable import SeekableLog
from agent.log.sink import LogFile
from agent.log.timeline import TimelineBuilder
from agent.whole_file import whole_file


def repair_log(source: Path, target: Path) -> tuple[int, list[str]]:
    """Copy every step that is whole, bit for bit.

    Args:
        source: the log.
        target: a new file, written whole or not at all.

    Returns:
        How many steps were saved, and what was not, for people.

    Raises:
        RecordingError: the source is no log, no step of it can be saved, or the target cannot be written.
    """
    with SeekableLog(source) as log, whole_file(target) as partial:
        lost = [f"{count} {reason}" for reason, count in log.skipped.items()]
        saved, damaged = _copied(log, LogFile(partial, log.card, log.format))
        lost += [f"{damaged} damaged steps"] if damaged else []
        if saved == 0:
            raise RecordingError(f"{source}: no step of it can be saved ({', '.join(lost) or 'it holds none'})")
        return saved, lost


def _copied(log: SeekableLog, file: LogFile) -> tuple[int, int]:
    builder, damaged = TimelineBuilder(), 0
    for number in range(len(log)):
        try:
            logged = log.step(number)
            parts = log.parts(number)
        except RecordingError:
            damaged += 1
            continue
        _write(file, builder, logged, parts, own_map=int(log.timeline.rows[number]["map_step"]) == number)
    file.finish(builder.timeline())
    return len(builder), damaged


def _write(file: LogFile, builder: TimelineBuilder, logged: LoggedStep, parts: Parts, *, own_map: bool) -> None:
    stamp, telemetry, control = facts_of(parts)
    time_ns = round(stamp.time_s * 1e9)
    for event in logged.events:
        file.add(EVENTS, time_ns, images.event_message(time_ns, event.kind, event.text))
        builder.events.append(event)
    for topic in TOPICS:
        if topic in parts and topic != CONTROL:
            file.add(topic, time_ns, parts[topic])
    file.add(CONTROL, time_ns, parts[CONTROL])
    saliency = logged.step.saliency
    new = own_map and saliency is not None and SALIENCY in parts
    builder.add(stamp, telemetry, control, (saliency.frame_index, saliency.peak) if new and saliency else None)
