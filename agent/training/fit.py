"""Fit a network to recorded driving: Adam along a cosine, early stopping, checkpoints to resume from."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from agent.backend import keras, tf
from agent.errors import ConfigError
from agent.model import SteeringModel, load_model
from agent.training.architectures import ARCHITECTURES
from agent.training.augmentation import Augmentation, GroundView
from agent.training.dataset import Recorded, held_out_batches, shares_drawn, steering, training_batches
from agent.training.folders import readable, writing
from agent.training.settings import TrainConfig
from agent.types import Float32, UInt8

_LAST_RATE = 0.01  # of the first
_GRADIENT_NORM = 10.0  # far above the usual; tames the first steps
_HUBER_DELTA = 1.0  # in units of network output: bends count fully, a wild label does not


@dataclass(frozen=True, slots=True)
class Epoch:
    """One line of the history; errors in steer [-1, 1] on the held-out runs.

    Attributes:
        number: from 1.
        loss: mean training loss, in units of network output.
        mae, rmse: of all held-out frames.
        bend_mae: of those with |steer| above the mean, where it matters.
        elapsed_s: wall time.
    """

    number: int
    loss: float
    mae: float
    rmse: float
    bend_mae: float
    elapsed_s: float


class Fit:
    """A training run: iterate over it for its epochs, then take the best network.

    Args:
        config: its settings.
        recorded: the dataset.

    Attributes:
        network: in training.
        labels, held_out_labels: steer of all training and all held-out frames, float32 (frames,).
        shares: float32 (bins,), of the frames of each bin of |steer| that an epoch draws.
        frames_per_epoch: that makes.
        history: epochs so far.

    Raises:
        ConfigError: pictures of another size than the network's; a damaged dataset; nothing to resume from.
    """

    def __init__(self, config: TrainConfig, recorded: Recorded) -> None:
        keras.utils.set_random_seed(config.seed)
        self.config, self.recorded = config, recorded
        self.network = ARCHITECTURES[config.architecture](dropout=config.dropout)
        if self.network.input_shape[1:] != recorded.shape:
            wanted = self.network.input_shape[1:]
            raise ConfigError(f"{recorded.name} holds frames of {recorded.shape}, not {wanted}")
        if config.start is not None:
            self._start_from(load_model(config.start))
        self.labels = steering(recorded.training)
        self.held_out_labels = steering(recorded.held_out)
        self.shares, self.frames_per_epoch = shares_drawn(self.labels, config.balance)
        listing = recorded.listing
        ground = GroundView.of(listing.camera, listing.crop, listing.width_px)
        self._augmentation = Augmentation(config.augment, recorded.shape, ground)
        steps = config.epochs * max(1, self.frames_per_epoch // config.batch)
        rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps, alpha=_LAST_RATE)
        self._optimizer = keras.optimizers.Adam(rate, global_clipnorm=_GRADIENT_NORM)
        self._optimizer.build(self.network.trainable_variables)
        self._best = [tf.Variable(weight, trainable=False) for weight in self.network.get_weights()]
        self.history: list[Epoch] = []
        self._story = tf.Variable("[]", trainable=False)  # the history, as one with the weights it belongs to
        self._checkpoints = self._open_checkpoints()
        self._step = tf.function(self._descend, reduce_retracing=True)
        self._answer = tf.function(self._steer, reduce_retracing=True)

    def __iter__(self) -> Iterator[Epoch]:
        """Train epoch after epoch until the last one or until patience ends; each is saved when it is yielded.

        Raises:
            ConfigError: a damaged dataset, too few frames for a batch, a loss that is no number.
            RecordingError: the disk is full or not writable.
        """
        while len(self.history) < self.config.epochs and not self._out_of_patience():
            start_s = time.perf_counter()
            loss = self._train(len(self.history))
            mae, rmse, bend_mae = self._errors()
            epoch = Epoch(len(self.history) + 1, loss, mae, rmse, bend_mae, time.perf_counter() - start_s)
            self.history.append(epoch)
            if epoch is self.best:
                for kept, weight in zip(self._best, self.network.weights, strict=True):
                    kept.assign(weight)
            self._story.assign(json.dumps([asdict(each) for each in self.history]))
            with writing(self.config.record_folder, "--record"):
                self._checkpoints.save()
            yield epoch

    @property
    def best(self) -> Epoch:
        """The epoch of the smallest held-out error."""
        return min(self.history, key=lambda epoch: epoch.mae)

    def best_network(self) -> Any:
        """The network with the weights of the best epoch."""
        self.network.set_weights([weight.numpy() for weight in self._best])
        return self.network

    def _start_from(self, model: SteeringModel) -> None:
        """Take over a model's weights; its answers are rescaled to this training's."""
        weights = model.network.get_weights()
        if [each.shape for each in weights] != [each.shape for each in self.network.get_weights()]:
            raise ConfigError(f"model '{model.name}' is no {self.config.architecture}: leave --start out")
        share = np.float32(model.card.steering_scale / self.config.steering_scale)
        self.network.set_weights([*weights[:-2], *(share * each for each in weights[-2:])])

    def _train(self, number: int) -> float:
        config = self.config
        batches = training_batches(
            self.recorded,
            self._augmentation,
            config.balance,
            self.shares,
            batch=config.batch,
            seed=config.seed * 1000 + number,
        )
        losses = [self._step(frames, steer) for frames, steer in readable(batches, self.recorded.name)]
        if not losses:
            raise ConfigError(f"{self.recorded.name} has too few frames for one batch of {config.batch}: record more")
        loss = float(np.mean([step.numpy() for step in losses]))
        if not np.isfinite(loss):
            raise ConfigError(f"the training loss became {loss}: give a lower --learning-rate")
        return loss

    def _descend(self, frames: Any, steer: Any) -> Any:
        """One step down the gradient of the Huber loss."""
        with tf.GradientTape() as tape:
            error = tf.abs(
                self.network(tf.cast(frames, tf.float32), training=True)[:, 0] - steer / self.config.steering_scale
            )
            near = tf.minimum(error, _HUBER_DELTA)
            loss = tf.reduce_mean(near * (error - 0.5 * near))
        weights = self.network.trainable_variables
        self._optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    def _steer(self, frames: Any) -> Any:
        output = self.network(tf.cast(frames, tf.float32), training=False)[:, 0]
        return tf.clip_by_value(output * self.config.steering_scale, -1.0, 1.0)

    def _errors(self) -> tuple[float, float, float]:
        """Mean absolute and root mean square error of steer on the held-out runs, and the former in bends."""
        judged = [(answered, wanted) for _, answered, wanted in self.judged()]
        answered, wanted = (np.concatenate(column) for column in zip(*judged, strict=True))
        error = np.abs(answered - wanted)
        bend = np.abs(wanted) >= np.abs(wanted).mean()
        return float(error.mean()), float(np.sqrt(np.mean(error**2))), float(error[bend].mean())

    def judged(self) -> Iterator[tuple[UInt8, Float32, Float32]]:
        """The held-out frames in batches: pictures, what the network answers, what it should."""
        for frames, steer in readable(held_out_batches(self.recorded, self.config.batch), self.recorded.name):
            yield frames.numpy(), self._answer(frames).numpy(), steer.numpy()

    def _out_of_patience(self) -> bool:
        return bool(self.history) and len(self.history) - self.best.number >= self.config.patience

    def _open_checkpoints(self) -> Any:
        """Checkpoints in the record folder; with `resume` everything is as it was after the newest one."""
        folder = self.config.record_folder / "checkpoints"
        held = {id(weight) for weight in self.network.weights}
        dropout = [each.value for each in self.network.variables if id(each) not in held]  # its random state
        weights = tf.train.Checkpoint(
            network=self.network, optimizer=self._optimizer, best=self._best, story=self._story, dropout=dropout
        )
        checkpoints = tf.train.CheckpointManager(weights, str(folder), max_to_keep=1)
        if self.config.resume:
            if checkpoints.latest_checkpoint is None:
                raise ConfigError(f"nothing to resume in {folder}: leave --resume out")
            try:
                weights.restore(checkpoints.latest_checkpoint).assert_consumed()
            except (AssertionError, ValueError) as error:
                raise ConfigError(f"{folder} is of another network: leave --resume out") from error
            except tf.errors.OpError as error:
                raise ConfigError(f"{folder} is damaged: leave --resume out") from error
            self.history = [Epoch(**each) for each in json.loads(self._story.numpy())]
        return checkpoints
