"""The settings of a drive: a YAML file, overridden by flags, checked before anything starts."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from agent.errors import ConfigError, unknown

_LARGEST_CONFIG = 1_000_000
_SMALLEST_PX, _LARGEST_PX = (200, 100), (3840, 2160)
Settings = TypeVar("Settings", bound=BaseModel)


class DriveConfig(BaseModel):
    """Everything `scripts.drive` can be told; the keys are its flags.

    Attributes:
        host, port: of a running CARLA; without a host the embedded simulator is started.
        map: name or OpenDRIVE file; None: `loop` on the embedded simulator, else the map that is loaded.
        weather: name of a CARLA preset; None: the one in force.
        model: a folder of `configs/models` or a Keras file.
        card: of the model; None: the card.yaml beside it.
        method: of the saliency; "none" drives without.
        layer: explained layer; None: the steering output.
        output: which number is explained where the network answers several; None: the steering.
        every: a map every so many frames; auto: as often as a tenth of the run's time allows.
        panel: explain all convolutions at once.
        check: hide the hottest region of every map and predict again.
        attention: keep a ledger of the classes that the maps lie on; needs a semantic camera.
        attention_alarms: what to raise an alarm for, like "sky > 40 % for 2 s".
        seconds, frames: simulated length of the run; the shorter one counts, None: no limit.
        res: camera and picture, WIDTHxHEIGHT.
        fps: frames per simulated second; CARLA's physics stands no step above 0.1 s.
        speed_kmh: target speed.
        seed: of the spawn point and the embedded simulator's scenery.
        spawn: index of the spawn point; None: chosen by the seed.
        rolename: of the car.
        display: auto: a window where there is a display.
        video, log: what to record.
        log_camera: how the log keeps the pictures: png to the bit, at several times the size and the time.
        out: run folder; None: a new one under `runs/`.
        max_real_time_factor: with a window, how fast to show it; slower than that a picture would stand for seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65534)] | None = None
    map: str | None = None
    weather: str | None = None
    model: str = "pilotnet"
    card: Path | None = None
    method: str = "gradient"
    layer: str | None = None
    output: str | None = None
    every: Annotated[int, Field(ge=1, le=1_000_000)] | Literal["auto"] = 1
    panel: bool = False
    check: bool = False
    attention: bool = False
    attention_alarms: list[str] = ["sky > 40 % for 2 s"]
    seconds: Annotated[float, Field(gt=0, le=1e7)] | None = None
    frames: Annotated[int, Field(ge=1)] | None = None
    res: tuple[int, int] = (1280, 720)
    fps: Annotated[int, Field(ge=10, le=100)] = 20
    speed_kmh: Annotated[float, Field(gt=0, le=150)] = 35.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    spawn: Annotated[int, Field(ge=0)] | None = None
    rolename: Annotated[str, Field(min_length=1, max_length=64)] = "hero"
    display: Literal["auto", "on", "off"] = "auto"
    video: bool = True
    log: bool = True
    log_camera: Literal["jpeg", "png"] = "jpeg"
    out: Path | None = None
    max_real_time_factor: Annotated[float, Field(ge=0.05)] = 1.0

    @field_validator("res", mode="before")
    @classmethod
    def _pair(cls, value: object) -> object:
        """`WIDTHxHEIGHT` as a pair."""
        found = re.fullmatch(r"([0-9]{2,4})x([0-9]{2,4})", value) if isinstance(value, str) else None
        return (int(found[1]), int(found[2])) if found else value

    @field_validator("res", mode="wrap")
    @classmethod
    def _size(cls, value: object, pair: ValidatorFunctionWrapHandler) -> tuple[int, int]:
        try:
            size: tuple[int, int] = pair(value)
        except ValidationError:
            size = (0, 0)
        if not all(low <= side <= high for low, side, high in zip(_SMALLEST_PX, size, _LARGEST_PX, strict=True)):
            raise ValueError("wanted WIDTHxHEIGHT from 200x100 to 3840x2160, e.g. 1280x720")
        return size

    @field_validator("display", mode="before")
    @classmethod
    def _switch(cls, value: object) -> object:
        """YAML reads a bare on/off as a boolean."""
        return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value

    @model_validator(mode="after")
    def _port_of_a_host(self) -> DriveConfig:
        if self.port is not None and self.host is None:
            raise ValueError("a port without a host: give --host too, e.g. --host 127.0.0.1")
        return self

    @property
    def frame_limit(self) -> int | None:
        """Number of frames to drive, None without a limit."""
        by_time = None if self.seconds is None else max(1, round(self.seconds * self.fps))
        return min((limit for limit in (by_time, self.frames) if limit is not None), default=None)


def load_settings(kind: type[Settings], path: Path, flags: Mapping[str, Any]) -> Settings:
    """Read a YAML file of settings and lay the given flags over it.

    Args:
        kind: the pydantic model of the settings.
        path: of the file.
        flags: values from the command line; None means not given.

    Raises:
        ConfigError: no such file, not YAML, an unknown key, a value out of range; one line with file and key.
    """
    read = _read(path)
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return kind.model_validate({**read, **given})
    except ValidationError as error:
        raise ConfigError(_line(error, kind, path, given)) from None


def _read(path: Path) -> dict[str, Any]:
    """The keys and values of a YAML file; without aliases, a few of which can stand for gigabytes."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_CONFIG + 1)
        if len(content) > _LARGEST_CONFIG:
            raise ConfigError(f"{path} is larger than {_LARGEST_CONFIG} bytes: that is no configuration")
        text = content.decode()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise ConfigError(f"{path} uses a YAML alias (*name): write the value out")
        twice = _twice(yaml.compose(text, yaml.SafeLoader))
        if twice is not None:
            raise ConfigError(f"{path}: '{twice.value:.60}' is there twice, line {twice.start_mark.line + 1}")
        read = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the configuration {path}: {error}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: a date such as 2000-99-99
        raise ConfigError(f"{path} is not YAML: {' '.join(str(error).split())[:300]}") from None
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise ConfigError(f"{path} holds a {type(read).__name__}, wanted 'key: value' lines")
    return {str(key): value for key, value in read.items()}


def _twice(node: yaml.Node | None) -> yaml.Node | None:
    """A key that stands twice in one mapping: YAML would take the last one and say nothing."""
    if isinstance(node, yaml.MappingNode):
        keys = [key for key, _ in node.value]
        names = [key.value for key in keys if isinstance(key, yaml.ScalarNode)]
        again = next((key for key in reversed(keys) if names.count(key.value) > 1), None)
        inner = [value for _, value in node.value]
    else:
        again, inner = None, node.value if isinstance(node, yaml.SequenceNode) else []
    return again or next(filter(None, map(_twice, inner)), None)


def _line(error: ValidationError, kind: type[BaseModel], path: Path, flags: Mapping[str, Any]) -> str:
    """The first thing that is wrong, where it was said and what was wanted."""
    first = _telling(error.errors())
    message = str(first["msg"]).removeprefix("Value error, ")
    if not first["loc"]:
        return message if flags else f"{path}: {message}"
    key, *inner = map(str, first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{path}: {_unknown_key(kind, key, *inner)}"
    inner = [name for name in inner if not name.startswith(("constrained-", "literal[")) and name != first.get("kind")]
    where = f"--{key.replace('_', '-')}" if key in flags else f"{path}: {'.'.join([key, *inner])}"
    return f"{where}: got {_SHORT.repr(first['input'])}: {message[0].lower()}{message[1:]}"


def _telling(errors: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The first error; where a mapping was given for one of several kinds, what is wrong in it as the kind it is."""
    first = errors[0]
    place = first["loc"][:-1]
    within = [each for each in errors if each["loc"][: len(place)] == place and len(each["loc"]) > len(first["loc"])]
    if isinstance(first["input"], dict) and len(first["loc"]) > 1 and within:
        told = next((each for each in within if each["type"] == "extra_forbidden"), within[0])
        return {**told, "kind": told["loc"][len(place)]}
    return first


def _unknown_key(kind: type[BaseModel], *path: str) -> str:
    """What keys there are where an unknown one stands, e.g. within `augment:` or a route of `routes:`."""
    held: Any = kind
    *outer, key = path
    named = []
    for name in outer:
        if get_origin(held) is dict:
            held = get_args(held)[1]
        elif name in getattr(held, "model_fields", {}):
            held = held.model_fields[name].annotation
        else:  # which kind of a union it was
            held = next((each for each in get_args(held) if getattr(each, "__name__", "") == name), held)
            continue
        named.append(name)
    where = f"{'.'.join(named)}: " if named else ""
    return where + unknown("key", " ".join(key.split())[:60], getattr(held, "model_fields", {}))


_SHORT = reprlib.Repr()
"""A value in an error: one short line, whatever was given."""
_SHORT.maxlevel, _SHORT.maxdict, _SHORT.maxlist, _SHORT.maxtuple = 2, 3, 4, 4
_SHORT.maxstring = _SHORT.maxother = 80
