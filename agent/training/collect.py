"""Let the expert drive, trouble it, and record what the network should have answered."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice, takewhile
from queue import SimpleQueue
from threading import Event
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from agent.carla_world import CarlaWorld
from agent.embedded import Address
from agent.model_card import ModelCard
from agent.scenario import Scenario
from agent.speed import SpeedController
from agent.training.collect_plan import CollectConfig, Run
from agent.training.disturbance import Disturbance, Push
from agent.training.expert import POINTS, SPACING_M, Expert, lane_errors, shifted
from agent.training.records import Sample, ShardWriter
from agent.types import Control
from agent.view import CameraMount
from agent.world import World

CARD = ModelCard()
"""Camera and band that the frames are made with."""
SEEN = CARD.preprocessing(66, 200)
_UNDER_WAY = 0.8  # of the target speed: recording starts there
_STUCK_S = 30.0  # a car that has not got there by then never will
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


def samples(world: LaneWorld, run: Run) -> Generator[Sample]:
    """Drive with trouble and yield every tick once the car is under way; the label is never the troubled steering.

    Raises:
        DriveEndedError: a collision, the car is stuck or off the lane, or the lane ends.
    """
    expert, trouble, pedals = Expert(), Disturbance(run.seed), SpeedController(run.speed_mps)
    under_way, now_s = False, 0.0
    for frame in world.frames():
        time_s = round(frame.time_s, 4)  # a server's clock adds up rounding errors: the trouble must not hang on them
        step_s, now_s = time_s - now_s, time_s
        pose, speed_mps = frame.telemetry.pose, frame.telemetry.speed_mps
        path = world.path_ahead(SPACING_M, POINTS)
        if len(path) < POINTS:
            raise DriveEndedError("the lane ends")
        offset_m, heading_rad = lane_errors(pose, path)
        under_way = under_way or speed_mps >= _UNDER_WAY * run.speed_mps
        _check(frame.telemetry.collision_ns, offset_m, stuck=not under_way and now_s > _STUCK_S)
        clean = expert.steer(pose, speed_mps, path)
        push = trouble.push(now_s, step_s, speed_mps) if under_way else Push()
        driven = expert.steer(pose, speed_mps, shifted(path, push.shift_m)) + push.steer
        throttle, brake = pedals.pedals(speed_mps, step_s)
        world.apply(Control(steer=min(max(driven, -1.0), 1.0), throttle=throttle, brake=brake))
        if under_way:
            yield Sample(SEEN.network_input(frame.image), clean, speed_mps, offset_m, heading_rad, frame.index)


def record(world: LaneWorld, run: Run, shard: ShardWriter, tell: Callable[[], None]) -> Drive:
    """Write a run's frames as they come and call `tell` for each."""
    states: list[tuple[float, float, float]] = []
    ended = "done"
    try:
        with closing(samples(world, run)) as drive:
            for sample in islice(drive, run.frames):
                shard.write(sample)
                states.append((sample.offset_m, sample.heading_rad, sample.steer))
                tell()
    except DriveEndedError as end:
        ended = str(end)
    spread = np.percentile(states, (1, 50, 99), axis=0).T.round(4).tolist() if states else [[], [], []]
    return Drive(run, len(states), ended, *(tuple(row) for row in spread))


def collect(
    config: CollectConfig, runs: Sequence[Run], addresses: Sequence[Callable[[], Address]]
) -> Generator[Drive | None]:
    """Drive the runs, each on its simulator: None for every frame recorded, a Drive for every finished run.

    Runs that are under way when the caller stops iterating leave nothing behind.

    Args:
        config: of the collection.
        runs: a part of its plan.
        addresses: of the simulators, one for each worker; asked again before every run.

    Raises:
        UserError: a simulator failed, or has no such map or weather; the disk is full or not writable.
    """
    news: SimpleQueue[Drive | Exception | None] = SimpleQueue()
    stop = Event()

    def tell() -> None:
        news.put(None)
        if stop.is_set():
            raise InterruptedError

    def work(address: Callable[[], Address], mine: Sequence[Run]) -> None:
        try:
            for run in takewhile(lambda _: not stop.is_set(), mine):
                news.put(_drive(config, run, address(), tell))
        except Exception as error:  # goes to the caller, who raises it in the main thread
            news.put(error)

    with ThreadPoolExecutor(max(len(addresses), 1), thread_name_prefix="collect") as pool:
        for worker, address in enumerate(addresses):
            pool.submit(work, address, [run for run in runs if run.worker == worker])
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
    with (
        CarlaWorld(address.host, address.port, scenario_of(config, run)) as world,
        ShardWriter(config.out / run.shard, run.name, run.weather) as shard,
    ):
        drive = record(world, run, shard, tell)
        shard.finish()
        return drive


def scenario_of(config: CollectConfig, run: Run) -> Scenario:
    """What a run asks of the server."""
    camera = CARD.camera
    return Scenario(
        map=config.map if config.host else None,  # an embedded simulator was started with it
        weather=run.weather,
        mount=CameraMount(x_m=camera.x_m, z_m=camera.z_m, pitch_deg=camera.pitch_deg, fov_deg=camera.fov_deg),
        width_px=config.width_px,
        height_px=config.height_px,
        step_s=config.step_s,
        seed=run.seed,
        spawn=run.spawn,
    )


def _check(collision_ns: float, offset_m: float, *, stuck: bool) -> None:
    """End a drive that no longer shows lane following."""
    if collision_ns > 0.0:
        raise DriveEndedError("collision")
    if abs(offset_m) > _LOST_M:
        raise DriveEndedError("off the lane")
    if stuck:
        raise DriveEndedError("stuck")
