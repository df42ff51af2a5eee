"""What training can be told: `configs/train.yaml`, overridden by the flags of `scripts.train`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Augment(_Strict):
    """How far pictures are changed at random while training; 0 leaves them as they are.

    Attributes:
        flip: share of pictures mirrored, their steering negated; a mirrored road has left-hand traffic.
        shift_m: greatest sideways move of the camera, its steering corrected; the ground is warped, what stands leans.
        turn_deg: greatest turn of the camera, its steering corrected.
        brightness: greatest shift, as a share of white.
        contrast: greatest relative change of the distance from mid grey.
        gamma: greatest exponent, drawn between its inverse and itself; 1 changes nothing.
        color: greatest relative change of each channel.
        shadow: share of pictures with a darker band across them.
        blur: share of pictures averaged over 3 x 3 pixels.
        noise: greatest standard deviation [grey levels].
        haze: share of pictures that fade towards grey with distance.
        rain: share of pictures with streaks.
    """

    flip: Share = 0.0
    shift_m: Annotated[float, Field(ge=0, le=1)] = 0.0
    turn_deg: Annotated[float, Field(ge=0, le=10)] = 0.0
    brightness: Share = 0.15
    contrast: Share = 0.25
    gamma: Annotated[float, Field(ge=1, le=4)] = 1.4
    color: Share = 0.1
    shadow: Share = 0.3
    blur: Share = 0.15
    noise: Annotated[float, Field(ge=0, le=64)] = 6.0
    haze: Share = 0.1
    rain: Share = 0.1


def _listed(value: object) -> object:
    """One folder as a list of one."""
    return [value] if isinstance(value, str | Path) else value


class Balance(_Strict):
    """How straight driving is thinned out: bins of equal width in |steer|, none drawn from more than the cap allows.

    Attributes:
        bins: between 0 and `widest`; the last one takes all beyond.
        widest: |steer| where the last bin begins.
        cap: most frames of one bin in an epoch, as a share of all training frames.
    """

    bins: Annotated[int, Field(ge=1, le=200)] = 20
    widest: Annotated[float, Field(gt=0, le=1)] = 0.2
    cap: Annotated[float, Field(gt=0, le=1)] = 0.25


@dataclass(frozen=True, slots=True)
class Split:
    """What of the datasets is never trained on.

    Attributes:
        share: of the frames that are left, in whole runs, weathers in turn.
        maps, weathers: all runs there.
        seed: of the choice of runs.
    """

    share: float
    maps: tuple[str, ...] = ()
    weathers: tuple[str, ...] = ()
    seed: int = 0

    def excludes(self, map_name: str, weather: str) -> bool:
        """Whether a run is on a map or in a weather that is held out."""
        return Path(map_name).stem in self.maps or weather in self.weathers


class TrainConfig(_Strict):
    """Everything `scripts.train` can be told.

    Attributes:
        data: folders of shards and dataset.json that `scripts.collect` or `scripts.import_drives` wrote.
        out: model folder to write, e.g. configs/models/pilotnet.
        record: folder of checkpoints, curves and numbers; None: runs/train-<name of out>.
        resume: go on from the record's newest checkpoint.
        start: a model of the same architecture whose weights to begin with; None: random ones.
        architecture, dropout: the network.
        steering_scale: steer per unit of network output; about the usual size of steer, so that the output is about 1.
        held_out: share of the frames, in whole runs, that is never trained on.
        held_out_maps, held_out_weathers: none of whose runs is trained on.
        learning_rate: at the start; falls to 1 % along a cosine.
        patience: epochs without a better held-out error before training stops.
    """

    data: Annotated[tuple[Path, ...], Field(min_length=1), BeforeValidator(_listed)]
    out: Path
    record: Path | None = None
    resume: bool = False
    start: str | None = None
    architecture: Literal["pilotnet", "dave2", "dave2-small"] = "pilotnet"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    steering_scale: Annotated[float, Field(gt=0, le=1)] = 0.1
    held_out: Annotated[float, Field(gt=0, lt=1)] = 0.1
    held_out_maps: tuple[str, ...] = ()
    held_out_weathers: tuple[str, ...] = ()
    epochs: Annotated[int, Field(ge=1, le=1000)] = 12
    batch: Annotated[int, Field(ge=1, le=4096)] = 128
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 1e-3
    patience: Annotated[int, Field(ge=1)] = 4
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    augment: Augment = Augment()
    balance: Balance = Balance()

    @property
    def record_folder(self) -> Path:
        """Where checkpoints, curves and numbers go."""
        return self.record or Path("runs") / f"train-{self.out.name}"

    @property
    def split(self) -> Split:
        """What is never trained on."""
        return Split(self.held_out, self.held_out_maps, self.held_out_weathers, self.seed)
