"""The card beside a model's weights: how to feed the network and what its output means."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.errors import ModelError
from agent.preprocess import ColorOrder, Preprocessing

CARD_NAME = "card.yaml"
CARD_BYTES = 64 * 1024


class _Strict(BaseModel):
    """No unknown keys, no infinities, no changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CameraCard(_Strict):
    """Where the network's camera sits on the car, in CARLA's vehicle frame.

    Attributes:
        x_m: forward of the car's centre.
        z_m: above the ground contact.
        pitch_deg: upward positive, as in CARLA.
        fov_deg: horizontal field of view.
    """

    x_m: float = Field(default=1.3, ge=-20, le=20)
    z_m: float = Field(default=1.6, ge=0, le=20)
    pitch_deg: float = Field(default=-5.0, ge=-89, le=89)
    fov_deg: float = Field(default=90.0, ge=10, le=170)


class InputCard(_Strict):
    """Size of the network's input, for a network whose file leaves it open."""

    height_px: int = Field(ge=1, le=2048)
    width_px: int = Field(ge=1, le=2048)


class CropCard(_Strict):
    """Edges of the band the network sees, below the optical centre (negative above), in image widths."""

    top_widths: float = Field(default=-0.11, ge=-2, le=2)
    bottom_widths: float = Field(default=0.22, ge=-2, le=2)


class RescalingCard(_Strict):
    """What to do to grey levels before the network: x * scale + offset."""

    scale: float
    offset: float


class RangeCard(_Strict):
    """The numbers the network wants for black and white: grey level 0 becomes `low`, 255 becomes `high`."""

    low: float
    high: float

    @property
    def rescaling(self) -> RescalingCard:
        """The same, as a factor and a sum."""
        return RescalingCard(scale=(self.high - self.low) / 255, offset=self.low)


class BinsCard(_Strict):
    """What the classes of a network that chooses among steering angles stand for.

    Attributes:
        low, high: steer of the first and the last class; the others lie between at equal distances.
        choose: the likeliest class, as donkeycar does, or the mean over all by their probabilities.
    """

    low: float = -1.0
    high: float = 1.0
    choose: Literal["likeliest", "mean"] = "likeliest"


class OutputCard(_Strict):
    """Which of the network's outputs steers.

    Attributes:
        index: of the output, or of the number in the only output.
        bins: what its classes stand for, if it is a classification.
    """

    index: int = Field(default=0, ge=0, le=1000)
    bins: BinsCard | None = None


class TrainingCard(_Strict):
    """Where the weights come from; for people, not read by the program."""

    finished_utc: str = ""
    frames: int = Field(default=0, ge=0)
    held_out_frames: int = Field(default=0, ge=0)
    epochs: int = Field(default=0, ge=0)
    seed: int = 0
    dataset: str = ""
    held_out_runs: list[str] = []
    validation_mae_steer: float | None = None
    validation_rmse_steer: float | None = None
    constant_guess_mae_steer: float | None = None
    versions: dict[str, str] = {}


class ModelCard(_Strict):
    """All that the weights do not say themselves.

    Attributes:
        input: size, where the file leaves it open.
        crop: band of the camera image.
        color: channel order and space the network was trained on.
        normalisation: how grey levels 0..255 become small numbers; stated here where the network does not do it itself
            or does it in a Lambda, whose code is never run.
        camera: its place on the car.
        output: which output steers; None: the only one, or the likeliest one, which is then told.
        steering_scale: network output x scale = steer in [-1, 1], right positive; negative for a network that has left
            positive.
        training: origin of the weights, or None.
    """

    input: InputCard | None = None
    crop: CropCard = CropCard()
    color: ColorOrder = "RGB"
    normalisation: Literal["in the network"] | RescalingCard | RangeCard = "in the network"
    camera: CameraCard = CameraCard()
    output: OutputCard | None = None
    steering_scale: float = Field(default=1.0, ge=-100, le=100)
    training: TrainingCard | None = None

    @model_validator(mode="after")
    def _sensible(self) -> ModelCard:
        top, bottom = self.crop.top_widths, self.crop.bottom_widths
        if bottom <= top:
            raise ValueError(f"crop.bottom_widths {bottom} is not below top_widths {top}")
        if self.steering_scale == 0:
            raise ValueError("steering_scale is 0: the car could never steer; give the number that makes steer")
        return self

    @property
    def rescaling(self) -> RescalingCard | None:
        """What to do to grey levels before the network; None: nothing."""
        if isinstance(self.normalisation, RangeCard):
            return self.normalisation.rescaling
        return self.normalisation if isinstance(self.normalisation, RescalingCard) else None

    def preprocessing(self, height_px: int, width_px: int) -> Preprocessing:
        """The conversion for a network of this input size."""
        return Preprocessing(height_px, width_px, self.crop.top_widths, self.crop.bottom_widths, self.color)


def read_card(path: Path) -> ModelCard:
    """Read and check a card.

    Raises:
        ModelError: unreadable, too long, not YAML, unknown or missing keys, values out of range, an empty band.
    """
    try:
        with path.open("rb") as file:
            text = file.read(CARD_BYTES + 1)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    if len(text) > CARD_BYTES:
        raise ModelError(f"{path} is longer than {CARD_BYTES // 1024} KiB: not a model card")
    try:
        return ModelCard.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ModelError(f"{path} is not a model card: {_first_fault(error)}") from error


def write_card(path: Path, card: ModelCard) -> None:
    """Write a card as YAML in the order of its fields."""
    path.write_text(yaml.safe_dump(card.model_dump(exclude_none=True), sort_keys=False), encoding="utf-8")


def _first_fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors(include_url=False)[0]
        words = str(fault["msg"]).removeprefix("Value error, ")
        return ": ".join(filter(None, (".".join(str(part) for part in fault["loc"]), words)))
    return str(error).splitlines()[0]
