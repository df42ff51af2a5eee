"""Write what a training run made: the model folder that drives, and the record of how it came about."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

from agent.model_card import CARD_NAME, ModelCard, TrainingCard, write_card
from agent.training.fit import Fit
from agent.training.folders import writing
from agent.training.plots import curves, histogram, scatter, sheet
from agent.types import Float32, Picture, UInt8

WEIGHTS_NAME = "model.keras"
_WORST = 24


def write_model(fit: Fit) -> Path:
    """Write model.keras with the best weights and its card.yaml into the model folder.

    Raises:
        RecordingError: the disk is full or not writable; a model that was there before stays.
    """
    folder = fit.config.out
    partial = folder / f"partial-{WEIGHTS_NAME}"
    with writing(folder, "--out"):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            fit.best_network().save(partial)
            partial.replace(folder / WEIGHTS_NAME)
        finally:
            partial.unlink(missing_ok=True)
        write_card(folder / CARD_NAME, card_of(fit))
    return folder


def card_of(fit: Fit) -> ModelCard:
    """The card of the best network: the data's own preprocessing and camera, and where the weights come from."""
    recorded, best = fit.recorded, fit.best
    training = TrainingCard(
        finished_utc=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        dataset=", ".join(folder.name for folder in recorded.folders),
        frames=sum(shard.frames for shard in recorded.training),
        held_out_frames=sum(shard.frames for shard in recorded.held_out),
        held_out_runs=[Path(shard.file).stem for shard in recorded.held_out],
        epochs=best.number,
        seed=fit.config.seed,
        validation_mae_steer=round(best.mae, 5),
        validation_rmse_steer=round(best.rmse, 5),
        constant_guess_mae_steer=round(float(np.abs(fit.held_out_labels - np.median(fit.labels)).mean()), 5),
        versions={package: version(package) for package in ("tensorflow", "keras")},
    )
    listing = recorded.listing
    return ModelCard(
        crop=listing.crop,
        color=listing.color,
        camera=listing.camera,
        steering_scale=fit.config.steering_scale,
        training=training,
    )


def write_record(fit: Fit) -> None:
    """Write history.json, loss.png, error.png and steering.png into the record folder; cheap, for every epoch.

    Raises:
        RecordingError: the disk is full or not writable.
    """
    folder, balance = fit.config.record_folder, fit.config.balance
    history = json.dumps([asdict(epoch) for epoch in fit.history], indent=1)
    losses = {"Huber loss": [epoch.loss for epoch in fit.history]}
    errors = {
        "mean absolute": [epoch.mae for epoch in fit.history],
        "in bends": [epoch.bend_mae for epoch in fit.history],
        "root mean square": [epoch.rmse for epoch in fit.history],
    }
    title = "frames by |steer|: recorded, and drawn in an epoch"
    pictures = {
        "loss": curves("training loss", losses),
        "error": curves("error of steer on the held-out runs", errors),
        "steering": histogram(title, fit.labels, fit.shares, balance.widest),
    }
    with writing(folder, "--record"):
        (folder / "history.json").write_text(history + "\n", encoding="utf-8")
        for name, picture in pictures.items():
            (folder / f"{name}.png").write_bytes(_png(picture))


def write_judgement(fit: Fit) -> None:
    """Write predicted.png (answers against labels) and worst.png (the frames answered worst) of the best network.

    Raises:
        RecordingError: the disk is full or not writable.
    """
    fit.best_network()
    wanted, answered, worst = list[Float32](), list[Float32](), list[_Answer]()
    for pictures, answers, labels in fit.judged():
        wanted.append(labels)
        answered.append(answers)
        for number in np.argsort(-np.abs(answers - labels))[:_WORST]:
            worst.append(_Answer(float(answers[number]), float(labels[number]), pictures[number]))
        worst = sorted(worst, key=lambda each: -each.error)[:_WORST]
    title = "steer on the held-out runs: answered against recorded"
    labels, answers = np.concatenate(wanted), np.concatenate(answered)
    widest = max(0.05, float(np.quantile(np.abs(labels), 0.995)))
    words = [f"answered {each.answered:+.3f}, recorded {each.wanted:+.3f}" for each in worst]
    folder = fit.config.record_folder
    with writing(folder, "--record"):
        (folder / "predicted.png").write_bytes(_png(scatter(title, labels, answers, widest)))
        (folder / "worst.png").write_bytes(_png(sheet([each.picture for each in worst], words)))


@dataclass(frozen=True, slots=True)
class _Answer:
    answered: float
    wanted: float
    picture: UInt8

    @property
    def error(self) -> float:
        return abs(self.answered - self.wanted)


def _png(picture: Picture) -> bytes:
    _, png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return png.tobytes()
