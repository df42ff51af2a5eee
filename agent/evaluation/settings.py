"""A suite of evaluation runs and its routes as YAML, checked before anything starts."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agent.attention import read_alarm
from agent.config import load_settings
from agent.errors import ConfigError, unknown
from agent.evaluation.leaderboard_routes import read_leaderboard_routes
from agent.route import Destination

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
ROUTES, SUITES = CONFIGS / "routes", CONFIGS / "suites"
_MOST_RUNS = 10_000

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Number = Annotated[float, Field(ge=-1e6, le=1e6)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Place(_Strict):
    """A place on the map; CARLA's axes [m, degrees]."""

    x: Number
    y: Number
    z: Number = 0.0
    yaw: Number | None = None


class Route(_Strict):
    """From a start to an end.

    Attributes:
        map: name or OpenDRIVE file.
        start: index of a spawn point, or a place beside a lane.
        via: places on the way to a goal, in order.
        laps, length_m, goal: where it ends: so often around, so far, or at a place or spawn point; exactly one.
        speed_kmh: target speed.
        traffic: cars driven by the Traffic Manager.
        time_limit_s: simulated; None: three times what the target speed takes, and half a minute.
        offset_m, askew_deg: how the car stands at the start: right of the lane's centre, turned to the right.
    """

    map: str
    start: Annotated[int, Field(ge=0)] | Place = 0
    via: Annotated[list[Place], Field(max_length=2000)] = []
    laps: Annotated[int, Field(ge=1, le=100)] | None = None
    length_m: Annotated[float, Field(gt=0, le=100_000)] | None = None
    goal: Annotated[int, Field(ge=0)] | Place | None = None
    speed_kmh: Annotated[float, Field(gt=0, le=150)] = 35.0
    traffic: Annotated[int, Field(ge=0, le=200)] = 0
    time_limit_s: Annotated[float, Field(gt=0, le=1e6)] | None = None
    offset_m: Annotated[float, Field(ge=-3, le=3)] = 0.0
    askew_deg: Annotated[float, Field(ge=-45, le=45)] = 0.0

    @model_validator(mode="after")
    def _one_end(self) -> Route:
        if sum(end is not None for end in (self.laps, self.length_m, self.goal)) != 1:
            raise ValueError("a route ends by exactly one of laps, length_m and goal")
        if self.via and self.goal is None:
            raise ValueError("via leads to a goal: give one")
        return self

    @property
    def destination(self) -> Destination:
        """Where it ends."""
        goal = (self.goal.x, self.goal.y) if isinstance(self.goal, Place) else None
        spawn = self.goal if isinstance(self.goal, int) else None
        return Destination(self.laps, self.length_m, goal, spawn, tuple((place.x, place.y) for place in self.via))


class Suite(_Strict):
    """Every combination of route, weather, seed and model is one run.

    Attributes:
        routes: by name of a file in configs/routes, or written out here.
        weathers, seeds, models: what each route is driven with.
        repetitions: of every combination; CARLA itself does not repeat exactly, the embedded simulator does.
        res: camera, WIDTHxHEIGHT.
        method, every: of the saliency; "none" drives without.
        attention: keep the attention ledger, by a semantic camera at the same pose; method "gradient" then if none set.
        attention_alarms: what it raises an alarm for, like "sky > 40 % for 2 s".
        log: keep every run's log; without it no pictures of the worst moments.
        video: of no run, every run, or the moments around infractions.
        servers: running CARLA servers, HOST:PORT, instead of embedded simulators.
        run_limit_s: wall time after which a run is given up.
    """

    routes: Annotated[dict[Name, Route], Field(min_length=1)]
    weathers: Annotated[list[Name], Field(min_length=1)] = ["ClearNoon"]
    seeds: Annotated[list[Annotated[int, Field(ge=0, le=2**31 - 1)]], Field(min_length=1)] = [0]
    models: Annotated[list[str], Field(min_length=1)] = ["pilotnet"]
    repetitions: Annotated[int, Field(ge=1, le=100)] = 1
    res: str = "320x180"
    method: str = "none"
    every: Annotated[int, Field(ge=1, le=10_000)] = 10
    attention: bool = False
    attention_alarms: Annotated[list[str], Field(max_length=100)] = ["sky > 40 % for 2 s"]
    log: bool = True
    video: Literal["none", "all", "events"] = "none"
    servers: list[Annotated[str, Field(pattern=r"^[^:\s]+:[0-9]{1,5}$")]] = []
    run_limit_s: Annotated[float, Field(gt=0, le=1e6)] = 3600.0

    @model_validator(mode="before")
    @classmethod
    def _explained(cls, value: object) -> object:
        """A ledger is of maps: where it is wanted and no method is named, there are some."""
        return {"method": "gradient", **value} if isinstance(value, dict) and value.get("attention") is True else value

    @field_validator("attention_alarms")
    @classmethod
    def _alarms(cls, value: list[str]) -> list[str]:
        try:
            for text in value:
                read_alarm(text)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("routes", mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        """A list of names as the routes of those files; a leaderboard's .xml stands for all of its routes."""
        if not value:
            raise ValueError("wanted names of configs/routes, files of the leaderboard (.xml), or routes written out")
        if not isinstance(value, list):
            return value
        names = [str(name) for name in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"route '{twice}' is named twice")
        routes: dict[str, object] = {}
        for name in names:
            more = read_leaderboard_routes(Path(name)) if name.endswith(".xml") else {name: read_route(name)}
            twice = next((each for each in more if each in routes), None)
            if twice is not None:
                raise ValueError(f"{name} has a route '{twice}', which is there already: rename the file")
            routes.update(more)
        return routes

    @field_validator("res")
    @classmethod
    def _size(cls, value: str) -> str:
        sides = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", value)
        if sides is None or not all(32 <= int(side) <= 4096 for side in sides.groups()):
            raise ValueError("wanted WIDTHxHEIGHT from 32x32 to 4096x4096")
        return value

    @field_validator("weathers", "seeds", "models")
    @classmethod
    def _once(cls, value: list[object]) -> list[object]:
        twice = next((each for each in value if value.count(each) > 1), None)
        if twice is not None:
            raise ValueError(f"'{twice}' is named twice")
        return value

    @model_validator(mode="after")
    def _goes_together(self) -> Suite:
        if self.attention and self.method == "none":
            raise ValueError("attention is a ledger of maps, and method is none: name a method, or leave it away")
        if self.video == "events" and not self.log:
            raise ValueError("video: events are clips of the log: set log to true, or video to all or none")
        return self

    @model_validator(mode="after")
    def _not_too_many(self) -> Suite:
        runs = len(self.routes) * len(self.weathers) * len(self.seeds) * len(self.models) * self.repetitions
        if runs > _MOST_RUNS:
            raise ValueError(f"{runs} runs, wanted {_MOST_RUNS} at the most")
        return self

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the camera image."""
        width, height = self.res.split("x")
        return int(width), int(height)


class Trial(_Strict):
    """One run of a suite.

    Attributes:
        id: names its folder.
        route_name, route, weather, seed, model, repetition: what is driven.
    """

    id: str
    route_name: str
    route: Route
    weather: str
    seed: int
    model: str
    repetition: int


def trials_of(suite: Suite) -> list[Trial]:
    """All runs of a suite; those on one map follow one another, so that a worker keeps its simulator."""
    runs = [
        Trial(
            id=f"{route_name}.{weather}.s{seed}.{model_name(model)}.r{repetition}",
            route_name=route_name,
            route=route,
            weather=weather,
            seed=seed,
            model=model,
            repetition=repetition,
        )
        for route_name, route in suite.routes.items()
        for weather in suite.weathers
        for seed in suite.seeds
        for model in suite.models
        for repetition in range(suite.repetitions)
    ]
    return sorted(runs, key=lambda trial: (trial.route.map, trial.seed))


def places_of(suite: Suite) -> str:
    """A digest of what is driven, whoever drives: only results with the same one can be compared."""
    driven = suite.model_dump_json(include={"routes", "weathers", "seeds"})
    return hashlib.sha256(driven.encode()).hexdigest()[:16]


def model_name(model: str) -> str:
    """A model's name in a folder's name."""
    path = Path(model)
    name = path.parent.name if path.stem == "model" and path.parent.name else path.stem
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)[:48] or "model"


def read_suite(name: str, flags: dict[str, object]) -> Suite:
    """A suite by its file, or by the name of one in configs/suites.

    Raises:
        ConfigError: no such suite, or something wrong in it; one line with file and key.
    """
    path = Path(name)
    if not path.suffix:
        path = SUITES / f"{name}.yaml"
        if not path.is_file():
            raise ConfigError(
                unknown("suite", name, (each.stem for each in SUITES.glob("*.yaml"))) + "; or give a FILE.yaml"
            )
    suite = load_settings(Suite, path, flags)
    names = [model_name(model) for model in suite.models]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        where = f"{path}: models" if flags.get("models") is None else "--model"
        raise ConfigError(f"{where}: two models are called '{twice}': rename a file")
    return suite


def read_route(name: str) -> Route:
    """A route of configs/routes.

    Raises:
        ValueError: no such route, or something wrong in it.
    """
    path = ROUTES / f"{name}.yaml"
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name) or not path.is_file():
        raise ValueError(unknown("route", name, (each.stem for each in ROUTES.glob("*.yaml"))))
    try:
        return load_settings(Route, path, {})
    except ConfigError as error:
        raise ValueError(str(error)) from None
