"""Gradients averaged over many pictures: from a blurred picture to the real one, or around it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from agent.backend import tf
from agent.saliency.anatomy import Scene, Target, gradient_of
from agent.saliency.blur import blurred, smoothed
from agent.saliency.gradient import strongest_channel
from agent.saliency.method import Method, Raw
from agent.types import Float32

STEPS = 4
SMOOTHING_PX = 2.0
SAMPLES = 16
NOISE = 0.1 * 255.0
"""Standard deviation of SmoothGrad's noise [grey levels]; the paper finds 10 to 20 % of the range to work."""


def integrated(steps: int = STEPS, smoothing_px: float = SMOOTHING_PX) -> Raw:
    """Integrated gradients from a blurred picture: summed over the map, the change of the target from there to here.

    Sundararajan et al., "Axiomatic Attribution for Deep Networks" (2017). The integral by the midpoint rule; smoothing
    moves attribution by a pixel or two and takes away the speckle that few steps leave.
    """
    share = ((np.arange(steps) + 0.5) / steps).astype(np.float32)

    def raw(scene: Scene, target: Target) -> Any:
        levels, shape = scene.levels, tf.shape(scene.levels)
        away = levels - blurred(levels)
        between = levels[:, tf.newaxis] - (1.0 - share)[None, :, None, None, None] * away[:, tf.newaxis]
        between = _flat(between, levels)
        slope = gradient_of(target, scene.anatomy.walk(between), between)
        mean = tf.reduce_mean(tf.reshape(slope, (shape[0], steps, *levels.shape[1:])), axis=1)
        heat = tf.reduce_sum(mean * away, axis=-1)
        return smoothed(heat, smoothing_px) if smoothing_px > 0.0 else heat

    return raw


def smoothgrad(samples: int = SAMPLES, noise: float = NOISE) -> Raw:
    """The mean gradient of the picture under several noises, always the same ones so that the map does not flicker.

    Smilkov et al., "SmoothGrad: removing noise by adding noise" (2017).
    """

    def raw(scene: Scene, target: Target) -> Any:
        levels, shape = scene.levels, tf.shape(scene.levels)
        bank = tf.constant(noise_bank(samples, *levels.shape[1:]) * np.float32(noise))
        noisy = _flat(levels[:, tf.newaxis] + bank[tf.newaxis], levels)
        slope = gradient_of(target, scene.anatomy.walk(noisy), noisy)
        return strongest_channel(tf.reduce_mean(tf.reshape(slope, (shape[0], samples, *levels.shape[1:])), axis=1))

    return raw


@lru_cache(maxsize=4)
def noise_bank(samples: int, height_px: int, width_px: int, channels: int) -> Float32:
    """Standard normal noise, float32 (samples, height_px, width_px, channels); every second one mirrors the one before.

    Pairs of opposite sign cancel their mean exactly, so fewer of them are needed.
    """
    rng = np.random.default_rng(0)
    half = rng.standard_normal((-(-samples // 2), height_px, width_px, channels), dtype=np.float32)
    both: Float32 = np.stack([half, -half], axis=1).reshape(-1, height_px, width_px, channels)[:samples]
    return both


def _flat(pictures: Any, like: Any) -> Any:
    """(n, m, h, w, channels) -> (n m, h, w, channels)."""
    return tf.reshape(pictures, (-1, *like.shape[1:]))


INTEGRATED = Method(
    "integrated_gradients",
    integrated(),
    "steering",
    8.8,
    f"share of each pixel in the change from a blurred view, {STEPS} steps",
    signed=True,
)
SMOOTHGRAD = Method(
    "smoothgrad", smoothgrad(), "steering per grey level", 25.0, f"gradient averaged over {SAMPLES} noises"
)
