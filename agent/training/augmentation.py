"""Change pictures at random while training: what the network must not depend on.

Picture by picture in OpenCV: some 15 ms for a batch of 128. The same changes as TensorFlow operations on the whole
batch took some 100 ms, beside a training step of 160 ms.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from agent.training.settings import Augment
from agent.types import Float32, UInt8

_NOISE_PICTURES = 64


class Augmentation:
    """Random changes of brightness, contrast, gamma, colour, shade, sharpness, noise and handedness.

    Args:
        amounts: how far to go.
        shape: (h, w, 3) of the pictures.
    """

    def __init__(self, amounts: Augment, shape: tuple[int, int, int]) -> None:
        self._amounts = amounts
        sigma = np.linspace(0, amounts.noise, _NOISE_PICTURES)[:, None, None, None]
        self._noise = (np.random.default_rng(0).normal(size=(_NOISE_PICTURES, *shape)) * sigma).round().astype(np.int8)

    def __call__(self, frames: UInt8, steer: Float32, rng: np.random.Generator) -> tuple[UInt8, Float32]:
        """Change a batch; the same state of the generator gives the same change.

        Args:
            frames: uint8 (n, h, w, 3).
            steer: float32 (n,).
            rng: source of all randomness.

        Returns:
            frames: uint8 (n, h, w, 3), new.
            steer: float32 (n,), negated where the picture was mirrored.
        """
        mirrored = rng.random(len(frames)) < self._amounts.flip
        changed = np.empty_like(frames)
        for number, frame in enumerate(frames):
            made = self._changed(frame, rng)
            changed[number] = made[:, ::-1] if mirrored[number] else made
        return changed, np.where(mirrored, -steer, steer)

    def _changed(self, frame: UInt8, rng: np.random.Generator) -> UInt8:
        made = cv2.LUT(frame, self._tones(rng))
        if rng.random() < self._amounts.shadow:
            made = cv2.copyTo(cv2.convertScaleAbs(made, alpha=rng.uniform(0.4, 0.8)), _band(frame.shape, rng), made)
        if rng.random() < self._amounts.blur:
            made = cv2.blur(made, (3, 3))
        noisy: UInt8 = cv2.add(made, self._noise[rng.integers(_NOISE_PICTURES)], dtype=cv2.CV_8U)
        return noisy

    def _tones(self, rng: np.random.Generator) -> UInt8:
        """New grey level for each old one and channel, uint8 (1, 256, 3)."""
        amounts = self._amounts
        level = np.linspace(0.0, 1.0, 256)[:, None] * (1 + rng.uniform(-amounts.color, amounts.color, 3))
        spread = math.log(amounts.gamma)
        contrast = 1 + rng.uniform(-amounts.contrast, amounts.contrast)
        toned = (level ** math.exp(rng.uniform(-spread, spread)) - 0.5) * contrast + 0.5
        toned += rng.uniform(-amounts.brightness, amounts.brightness)
        return (np.clip(toned, 0, 1) * 255).round().astype(np.uint8)[None]


def _band(shape: tuple[int, ...], rng: np.random.Generator) -> UInt8:
    """Mask (h, w), 255 between two lines that cross the picture at random."""
    height, width = shape[:2]
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.5:  # from top to bottom, like a lamp's or a trunk's
        (a, b), (c, d) = np.sort(rng.uniform(-0.2, 1.2, (2, 2)) * width, axis=1)
        corners = [(a, 0), (b, 0), (d, height), (c, height)]
    else:  # from side to side, like a house's
        (a, b), (c, d) = np.sort(rng.uniform(-0.2, 1.2, (2, 2)) * height, axis=1)
        corners = [(0, a), (0, b), (width, d), (width, c)]
    cv2.fillConvexPoly(mask, np.array(corners).round().astype(np.int32), 255)
    return mask
