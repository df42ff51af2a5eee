"""A dataset that grows: which runs are done, what is left, and the listing that says so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib.metadata import version
from typing import Annotated, Any

from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from agent.carla_world import WEATHERS
from agent.errors import ConfigError, unknown
from agent.training.collect import CARD, SEEN, Drive
from agent.training.collect_plan import CollectConfig, Run, plan
from agent.training.records import FEATURES, LISTING, read_listing, write_listing

_NOT_THE_DRIVING = {"out", "frames", "host", "port"}
"""Settings that may differ when a dataset is taken up again."""


class _Listed(BaseModel):
    """What of a run's line in dataset.json a collection goes by; see `agent.training.collect.Drive`."""

    file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")]
    name: str
    frames: Annotated[int, Field(ge=0, le=10_000_000)]
    ended: str
    offset_m: tuple[FiniteFloat, ...]


class Collection:
    """The dataset in a folder, listed anew after every run.

    Args:
        config: what is wanted.

    Attributes:
        left: runs still to drive.
        frames: recorded so far.

    Raises:
        ConfigError: unknown weather, a camera too flat, a folder that cannot be written or holds something else.
    """

    def __init__(self, config: CollectConfig) -> None:
        for weather in config.weathers:
            if weather not in WEATHERS:
                raise ConfigError(unknown("weather", weather, WEATHERS))
        SEEN.placement(config.height_px, config.width_px)
        self._config = config
        self._settings = config.model_dump(mode="json", exclude=_NOT_THE_DRIVING)
        try:
            config.out.mkdir(parents=True, exist_ok=True)
            for partial in config.out.glob("*.partial"):
                partial.unlink()
        except OSError as error:
            raise ConfigError(f"cannot write into {config.out}: {error.strerror}: choose another --out") from None
        self._shards = list(self._found())
        finished = {str(shard["name"]) for shard in self._shards}
        self.left: tuple[Run, ...] = tuple(run for run in plan(config) if run.name not in finished)

    @property
    def frames(self) -> int:
        """Recorded so far."""
        return sum(int(shard["frames"]) for shard in self._shards)

    def add(self, drive: Drive) -> None:
        """List a finished run.

        Raises:
            RecordingError: the disk is full or not writable.
        """
        self._shards.append(drive.listed())
        self._shards.sort(key=lambda shard: str(shard["name"]))
        write_listing(self._config.out, self._listing())

    def summary(self) -> str:
        """One line about what is there."""
        early = [shard for shard in self._shards if shard["ended"] != "done"]
        spans = [shard["offset_m"] for shard in self._shards if shard["offset_m"]]
        low, high = (
            min((span[0] for span in spans), default=math.nan),
            max((span[-1] for span in spans), default=math.nan),
        )
        return (
            f"{self.frames} frames of {len(self._shards)} runs ({len(early)} ended early), "
            f"{low:+.2f} to {high:+.2f} m off the centre: {self._config.out}"
        )

    def _found(self) -> Iterator[dict[str, Any]]:
        listing = read_listing(self._config.out)
        if listing is None:
            return
        if listing.get("settings") != self._settings:
            raise ConfigError(
                f"{self._config.out} holds a dataset made with other settings: use the same ones or another --out"
            )
        for number, shard in enumerate(listing["shards"]):
            try:
                listed = _Listed.model_validate(shard)
            except ValidationError as error:
                fault = error.errors(include_url=False)[0]
                where = ".".join(str(part) for part in ("shards", number, *fault["loc"]))
                path = self._config.out / LISTING
                raise ConfigError(f"{path}: {where}: {fault['msg']}: choose another --out") from None
            if (self._config.out / listed.file).is_file():
                yield shard

    def _listing(self) -> dict[str, Any]:
        return {
            "version": 1,
            "frames": self.frames,
            "height_px": SEEN.height_px,
            "width_px": SEEN.width_px,
            "crop": CARD.crop.model_dump(),
            "color": CARD.color,
            "camera": CARD.camera.model_dump(),
            "features": FEATURES,
            "settings": self._settings,
            "versions": {package: version(package) for package in ("carla", "opencv-python", "tensorflow")},
            "shards": self._shards,
        }
