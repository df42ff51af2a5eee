"""What `show_recorder_collisions` and `show_recorder_actors_blocked` tell: CARLA's tables."""

from __future__ import annotations

import math
from dataclasses import dataclass

from agent.simulator.recording.log_reader import LogReader
from agent.simulator.recording.packets import SCENERY_ID, Added, FrameStart, Packet, RecordingError
from agent.simulator.recording.told import Told

_CATEGORIES = "ovwtoo"  # by Kind: other, vehicle, walker, traffic light; signs and sensors are others
CATEGORIES = "hvwtoa"
"""What may be asked for: hero, vehicle, walker, traffic light, other, any."""


def collisions(log: LogReader, first: str, second: str) -> str:
    """The table of who met whom; a bump that goes on in the next frames is told once.

    Args:
        log: the recording.
        first, second: category of either side, one letter of `CATEGORIES`.

    Raises:
        RecordingError: no such category, or the recording is damaged.
    """
    for category in (first, second):
        if len(category) != 1 or category not in CATEGORIES:
            raise RecordingError(f"got category {category!r:.20}, wanted one letter of {', '.join(CATEGORIES)}")
    told, last = Told(log.head), FrameStart(0, 0.0, 0.0)
    told.add(f"{'Time':>8} {'Types':>6} {'Id':>6} {'Actor 1':<35} {'Id':>6} {'Actor 2':<35}\n")
    actors: dict[int, Added] = {}
    before: set[tuple[int, int]] = set()
    for frame in log.frames():
        last = frame.start
        actors.update((actor.id, actor) for actor in frame.added())
        now: set[tuple[int, int]] = set()
        for bump in frame.records(Packet.COLLISION):
            types = [_category(actors, actor_id) for actor_id in (bump.id, bump.other_id)]
            heroes = (bump.is_hero, bump.is_other_hero)
            asked = zip((first, second), types, heroes, strict=True)
            if not all(wanted in ("a", kind) or (wanted == "h" and hero) for wanted, kind, hero in asked):
                continue
            now.add((bump.id, bump.other_id))
            if (bump.id, bump.other_id) not in before:
                names = [actors[i].blueprint if i in actors else "" for i in (bump.id, bump.other_id)]
                told.add(
                    f"{last.elapsed_s:8.0f}   {types[0]} {types[1]}  {bump.id:6} {names[0]:<35} "
                    f"{bump.other_id:6} {names[1]:<35}\n"
                )
        before = now
        _forget(actors, frame.records(Packet.EVENT_DEL))
    told.add(f"\nFrames: {last.number}\nDuration: {last.elapsed_s:g} seconds\n")
    return str(told)


@dataclass(slots=True)
class _Stay:
    """How long an actor has been near one place."""

    place_cm: tuple[float, float, float]
    since_s: float
    duration_s: float = 0.0


def blocked(log: LogReader, min_time_s: float, min_distance_cm: float) -> str:
    """The table of actors that did not get on, the longest first.

    Args:
        log: the recording.
        min_time_s: who stood for less is not told.
        min_distance_cm: who came further did not stand.

    Raises:
        RecordingError: the recording is damaged.
    """
    told, last = Told(log.head), FrameStart(0, 0.0, 0.0)
    told.add(f"{'Time':>8} {'Id':>6} {'Actor':<35} {'Duration':>10}\n")
    names: dict[int, str] = {}
    stays: dict[int, _Stay] = {}
    found: list[tuple[float, str]] = []

    def leave(actor_id: int, stay: _Stay | None) -> None:
        if stay is not None and stay.duration_s >= min_time_s:
            row = f"{stay.since_s:8.0f} {actor_id:6} {names.get(actor_id, ''):<35} {stay.duration_s:10.0f}\n"
            found.append((stay.duration_s, row))

    for frame in log.frames():
        last = frame.start
        names.update((actor.id, actor.blueprint) for actor in frame.added())
        for position in frame.records(Packet.POSITION):
            actor_id, place = position[0], position[1:4]
            stay = stays.get(actor_id)
            if stay is None or not math.dist(stay.place_cm, place) < min_distance_cm:
                leave(actor_id, stay)
                stay = stays[actor_id] = _Stay(place, last.elapsed_s)
            stay.duration_s += max(last.duration_s, 0.0)
        for gone in frame.records(Packet.EVENT_DEL):
            leave(gone.id, stays.pop(gone.id, None))
    for actor_id, stay in stays.items():
        leave(actor_id, stay)
    for _, row in sorted(found, key=lambda entry: -entry[0]):
        told.add(row)
    told.add(f"\nFrames: {last.number}\nDuration: {last.elapsed_s:g} seconds\n")
    return str(told)


def _category(actors: dict[int, Added], actor_id: int) -> str:
    actor = actors.get(actor_id) if actor_id != SCENERY_ID else None
    return _CATEGORIES[actor.kind] if actor is not None and actor.kind < len(_CATEGORIES) else "o"


def _forget(actors: dict[int, Added], gone: list[tuple[int]]) -> None:
    for (actor_id,) in gone:
        actors.pop(actor_id, None)
