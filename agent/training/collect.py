"""Let a teacher drive, trouble it, and record what the network should have answered."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, dataclass, replace
from itertools import groupby, takewhile
from queue import SimpleQueue
from threading import Event
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from agent.carla_world import CarlaWorld
from agent.embedded import Address
from agent.model import load_model
from agent.model_card import ModelCard
from agent.scenario import Scenario
from agent.training.collect_plan import CollectConfig, Run
from agent.training.disturbance import Disturbance, Push
from agent.training.expert import POINTS, SPACING_M, lane_errors
from agent.training.records import Sample, ShardWriter
from agent.training.teachers import AutopilotTeacher, LaneTeacher, NetworkTeacher, Teacher, bend_speed_mps
from agent.types import Frame
from agent.view import CameraMount
from agent.world import World

CARD = ModelCard()
"""Camera and band that the frames are made with."""
SEEN = CARD.preprocessing(66, 200)
_UNDER_WAY = 0.8  # of the target speed: recording starts there
_STRAIGHT = 0.01  # steer that turns the car by less than a degree in ten metres
_FARTHEST_M = 1.5  # about where the next lane becomes the nearer one, and the right answer another
_STUCK_S = 30.0  # a car that has been slower for so long gets nowhere, or waits behind one that does not
Simulator = Callable[[str, int], AbstractContextManager[Callable[[], Address]]]
"""A simulator with the map of a name for the worker of a number; its address when it is ready."""
_LOST_M = 3.0  # farther from the lane's centre there is nothing to learn


class LaneWorld(World, Protocol):
    """A world that also knows where the lane runs; `CarlaWorld` is one."""

    def path_ahead(self, spacing_m: float, count: int) -> npt.NDArray[np.float64]:
        """Centre of the lane from beside the car onward, float64 (n, 2) [m], n <= count."""


class DriveEndedError(Exception):
    """A run is over before its frames are recorded; says why."""


@dataclass(frozen=True, slots=True)
class Drive:
    """How a run went.

    Attributes:
        run: what was asked.
        frames: recorded; fewer than asked if the drive ended early.
        ended: "done", or why it ended early.
        offset_m: 1st, 50th and 99th percentile of the offset from the lane's centre.
        heading_rad: the same of the heading.
        steer: the same of the label.
    """

    run: Run
    frames: int
    ended: str
    offset_m: tuple[float, ...]
    heading_rad: tuple[float, ...]
    steer: tuple[float, ...]

    def listed(self) -> dict[str, Any]:
        """As a line of dataset.json's `shards`."""
        entry = asdict(self)
        run = entry.pop("run")
        return {"file": self.run.shard, **run, **entry}


def samples(world: LaneWorld, run: Run, teacher: Teacher, sides_m: Sequence[float] = ()) -> Generator[Sample]:
    """Drive with trouble and yield every labelled picture once the car is under way; no label is a troubled steering.

    Args:
        world: whose pictures `beside` were taken so far right of the middle one as `sides_m` says.
        run: what to drive.
        teacher: who drives it.
        sides_m: right positive.

    Raises:
        DriveEndedError: a collision, the car is stuck or off the lane, or the lane ends.
    """
    trouble = Disturbance(run.seed)
    under_way, now_s, standing_s, waiting = False, 0.0, 0.0, None
    for frame in world.frames():
        time_s = round(frame.time_s, 4)  # a server's clock adds up rounding errors: the trouble must not hang on them
        step_s, now_s = time_s - now_s, time_s
        telemetry = frame.telemetry
        path = world.path_ahead(SPACING_M, POINTS)
        if len(path) < POINTS:
            raise DriveEndedError("the lane ends")
        offset_m, heading_rad = lane_errors(telemetry.pose, path)
        slowest = min(run.speed_mps, bend_speed_mps(path))
        fast = telemetry.speed_mps >= _UNDER_WAY * slowest
        under_way, standing_s = under_way or fast, 0.0 if fast else standing_s + step_s
        _check(telemetry.collision_ns, offset_m, stuck=standing_s > _STUCK_S)
        if waiting is not None:
            yield from waiting.samples(telemetry.applied.steer)
            waiting = None
        push = trouble.push(now_s, step_s, telemetry.speed_mps) if under_way else Push()
        lesson = teacher.lesson(frame, path, push, step_s)
        if lesson.control is not None:
            world.apply(lesson.control)
        if under_way:
            seen = _Seen(teacher, frame, path, sides_m, offset_m, heading_rad)
            if lesson.label is not None:
                yield from seen.samples(lesson.label)
            elif lesson.control is None:
                waiting = seen  # what the autopilot makes of it shows with the next frame


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame whose label may follow later."""

    teacher: Teacher
    frame: Frame
    path: npt.NDArray[np.float64]
    sides_m: Sequence[float]
    offset_m: float
    heading_rad: float

    def samples(self, label: float) -> Iterator[Sample]:
        """One of each camera."""
        frame = self.frame
        for image, right_m in zip((frame.image, *frame.beside), (0.0, *self.sides_m), strict=True):
            if abs(self.offset_m + right_m) > _FARTHEST_M:
                continue
            steer = label if right_m == 0.0 else self.teacher.beside(frame, self.path, label, right_m)
            yield Sample(
                seen=SEEN.network_input(image),
                steer=steer,
                speed_mps=frame.telemetry.speed_mps,
                offset_m=self.offset_m + right_m,
                heading_rad=self.heading_rad,
                index=frame.index,
                camera="middle" if right_m == 0.0 else "left" if right_m < 0.0 else "right",
            )


def record(
    drive: Generator[Sample], run: Run, shard: ShardWriter, tell: Callable[[], None], straight: float = 1.0
) -> Drive:
    """Write a run's frames as they come and call `tell` for each.

    Args:
        drive: what is seen; closed at the end.
        run: that is recorded.
        shard: to write into.
        tell: is called for each frame written.
        straight: share of frames with next to nothing to steer, of which beyond it only one in four is written.
    """
    states: list[tuple[float, float, float]] = []
    ended, straights, surplus = "done", 0, 0
    try:
        with closing(drive):
            for sample in drive:
                if abs(sample.steer) < _STRAIGHT:
                    if straights >= straight * (len(states) + 1):
                        surplus += 1
                        if surplus % 4:
                            continue
                    straights += 1
                shard.write(sample)
                states.append((sample.offset_m, sample.heading_rad, sample.steer))
                tell()
                if len(states) == run.frames:
                    break
    except DriveEndedError as end:
        ended = str(end)
    spread = np.percentile(states, (1, 50, 99), axis=0).T.round(4).tolist() if states else [[], [], []]
    return Drive(run, len(states), ended, *(tuple(row) for row in spread))


def collect(config: CollectConfig, runs: Sequence[Run], simulator: Simulator) -> Generator[Drive | None]:
    """Drive the runs, each on its simulator: None for every frame recorded, a Drive for every finished run.

    Runs that are under way when the caller stops iterating leave nothing behind.

    Args:
        config: of the collection.
        runs: a part of its plan.
        simulator: a simulator with a map for a worker, as a context; each worker has one at a time.

    Raises:
        UserError: a simulator failed, or has no such map or weather; the disk is full or not writable.
    """
    news: SimpleQueue[Drive | Exception | None] = SimpleQueue()
    stop = Event()

    def tell() -> None:
        news.put(None)
        if stop.is_set():
            raise InterruptedError

    def work(worker: int) -> None:
        mine = sorted((run for run in runs if run.worker == worker), key=lambda run: run.map)
        try:
            for name, group in groupby(mine, key=lambda run: run.map):
                if stop.is_set():
                    return
                with simulator(name, worker) as address:
                    for run in takewhile(lambda _: not stop.is_set(), group):
                        news.put(_drive(config, run, address(), tell))
        except Exception as error:  # goes to the caller, who raises it in the main thread
            news.put(error)

    with ThreadPoolExecutor(config.workers, thread_name_prefix="collect") as pool:
        for worker in range(config.workers):
            pool.submit(work, worker)
        yield from _until(news, len(runs), stop)


def _until(news: SimpleQueue[Drive | Exception | None], runs: int, stop: Event) -> Generator[Drive | None]:
    """Pass the news on until so many runs are finished; however that ends, the workers are told to stop."""
    try:
        while runs:
            event = news.get()
            if isinstance(event, Exception):
                raise event
            runs -= event is not None
            yield event
    finally:
        stop.set()


def _drive(config: CollectConfig, run: Run, address: Address, tell: Callable[[], None]) -> Drive:
    """One run on a fresh car; the shard gets its name when all is recorded."""
    sides_m = (-config.side_m, config.side_m) if config.side_m else ()
    with (
        CarlaWorld(address.host, address.port, scenario_of(config, run)) as world,
        ShardWriter(config.out / run.shard, run.name, run.weather) as shard,
    ):
        drive = record(samples(world, run, teacher_of(config, run, world), sides_m), run, shard, tell, config.straight)
        shard.finish()
        return drive


def teacher_of(config: CollectConfig, run: Run, world: CarlaWorld) -> Teacher:
    """Who drives a run."""
    if config.expert == "autopilot":
        return AutopilotTeacher(run.speed_mps, world.autopilot)
    if config.expert == "model":
        return NetworkTeacher(run.speed_mps, load_model(config.model))
    return LaneTeacher(run.speed_mps)


def scenario_of(config: CollectConfig, run: Run) -> Scenario:
    """What a run asks of the server."""
    camera = CARD.camera
    mount = CameraMount(x_m=camera.x_m, z_m=camera.z_m, pitch_deg=camera.pitch_deg, fov_deg=camera.fov_deg)
    return Scenario(
        map=run.map or None if config.host else None,  # an embedded simulator was started with it
        weather=run.weather,
        mount=mount,
        beside=(replace(mount, y_m=-config.side_m), replace(mount, y_m=config.side_m)) if config.side_m else (),
        width_px=config.width_px,
        height_px=config.height_px,
        step_s=config.step_s,
        seed=run.seed,
        spawn=run.spawn,
        traffic=run.traffic,
    )


def _check(collision_ns: float, offset_m: float, *, stuck: bool) -> None:
    """End a drive that no longer shows lane following."""
    if collision_ns > 0.0:
        raise DriveEndedError("collision")
    if abs(offset_m) > _LOST_M:
        raise DriveEndedError("off the lane")
    if stuck:
        raise DriveEndedError("stuck")
