"""What to drive: the settings of a collection and the list of runs that follows from them; pure."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[int, Field(ge=1)]


class CollectConfig(BaseModel):
    """Everything `scripts.collect` can be told; the keys are its flags.

    Attributes:
        out: folder of the dataset; a half-finished one is taken up where it stopped.
        frames: to record in all, of all cameras.
        frames_per_run: of one car on one map in one weather.
        step_s: between pictures; the expert manages with ten a second, and neighbours look less alike.
        workers: simulators at a time, each with a scenery of its own: so another number makes another dataset.
        host, port: of a running CARLA; without a host embedded simulators are started.
        maps: names or OpenDRIVE files, taken in turn; none: `loop`, or the one that is loaded.
        weathers: presets of CARLA, taken in turn.
        expert: `lane` follows the map's waypoints, `autopilot` is CARLA's own; `model` lets the network drive and the
            lane follower say what it should have done (DAgger).
        model: that drives, for the expert `model`.
        side_m: of a left and a right camera from the middle one, whose label steers back; 0: one camera.
        traffic: other cars in every second run.
        slowest_kmh, fastest_kmh: target speeds are drawn between them.
        straight: greatest share of frames in which there is next to nothing to steer.
        width_px, height_px: camera image before it is cut and reduced; at least the network's width.
        seed: of spawn points, speeds and trouble.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: Path
    frames: Annotated[int, Field(ge=1, le=10_000_000)] = 60_000
    frames_per_run: Positive = 900
    step_s: Annotated[float, Field(ge=0.01, le=0.1)] = 0.1
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65534)] = 2000
    maps: tuple[str, ...] = ()
    weathers: Annotated[tuple[str, ...], Field(min_length=1)] = ("ClearNoon",)
    expert: Literal["lane", "autopilot", "model"] = "lane"
    model: str = "pilotnet"
    side_m: Annotated[float, Field(ge=0, le=2)] = 0.0
    traffic: Annotated[int, Field(ge=0, le=100)] = 0
    slowest_kmh: Annotated[float, Field(ge=5, le=60)] = 25.0
    fastest_kmh: Annotated[float, Field(ge=5, le=60)] = 42.0
    straight: Annotated[float, Field(gt=0, le=1)] = 1.0
    width_px: Annotated[int, Field(ge=200, le=1920)] = 200
    height_px: Annotated[int, Field(ge=88, le=1080)] = 88
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0

    @model_validator(mode="after")
    def _consistent(self) -> CollectConfig:
        if self.slowest_kmh > self.fastest_kmh:
            raise ValueError(f"slowest_kmh {self.slowest_kmh:g} is above fastest_kmh {self.fastest_kmh:g}")
        if self.host is not None and self.workers > 1:
            raise ValueError("one CARLA can be ticked by one worker only: give --workers 1 with --host")
        return self


@dataclass(frozen=True, slots=True)
class Run:
    """One car, one map, one weather, one target speed, one schedule of trouble.

    Attributes:
        name: of the run; its shard is called so too.
        weather: preset.
        spawn: index of the spawn point, taken modulo their number.
        speed_mps: target.
        seed: of the trouble.
        frames: to record.
        worker: the simulator that it is driven on, from 0.
        map: name or file; "": whatever is loaded.
        traffic: other cars.
    """

    name: str
    weather: str
    spawn: int
    speed_mps: float
    seed: int
    frames: int
    worker: int = 0
    map: str = ""
    traffic: int = 0

    @property
    def shard(self) -> str:
        """File of the run."""
        return f"{self.name}.tfrecord"


def plan(config: CollectConfig) -> tuple[Run, ...]:
    """Runs that make up the dataset. More frames add runs at the end and change none before.

    Maps take turns, on each of them the weathers. So do even and odd spawn points, which on a two-lane road are the two
    directions, and the simulators, such that every weather meets both directions in every scenery.
    """
    runs, maps, weathers = [], config.maps or ("",), config.weathers
    for index in range(-(-config.frames // config.frames_per_run)):
        draw = random.Random(f"{config.seed}/{index}")
        on_map, road = divmod(index, len(maps))
        turn = on_map // len(weathers) if len(weathers) % 2 == 0 else 0
        weather = weathers[on_map % len(weathers)]
        map_name = re.sub(r"[^\w.-]", "_", Path(maps[road]).stem)
        runs.append(
            Run(
                name="-".join(filter(None, (f"{index:04d}", map_name, weather))),
                weather=weather,
                spawn=2 * draw.randrange(500) + (on_map + turn) % 2,
                speed_mps=draw.uniform(config.slowest_kmh, config.fastest_kmh) / 3.6,
                seed=draw.randrange(2**31),
                frames=min(config.frames_per_run, config.frames - index * config.frames_per_run),
                worker=(on_map + on_map // (2 * len(weathers))) % config.workers,
                map=maps[road],
                traffic=config.traffic if (on_map // 2) % 2 else 0,
            )
        )
    return tuple(runs)
