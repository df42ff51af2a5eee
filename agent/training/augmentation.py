"""Change pictures at random while training: what the network must not depend on.

Picture by picture in OpenCV: some 15 ms for a batch of 128. The same changes as TensorFlow operations on the whole
batch took some 100 ms, beside a training step of 160 ms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from agent.model_card import CameraCard, CropCard
from agent.training.expert import STEER_PER_M, STEER_PER_RAD
from agent.training.settings import Augment
from agent.types import Float32, UInt8

_NOISE_PICTURES = 64


@dataclass(frozen=True, slots=True)
class GroundView:
    """Where the ground lies in the network's picture, for moving the camera after the fact.

    Attributes:
        horizon_px: row of the horizon of level ground.
        focal_px: focal length.
        height_m: of the camera above the ground.
    """

    horizon_px: float
    focal_px: float
    height_m: float

    @classmethod
    def of(cls, camera: CameraCard, crop: CropCard, width_px: int) -> GroundView:
        """Of a camera whose picture is cut and reduced to a width."""
        focal_px = width_px / 2 / math.tan(math.radians(camera.fov_deg) / 2)
        horizon_px = -crop.top_widths * width_px + focal_px * math.tan(math.radians(camera.pitch_deg))
        return cls(horizon_px, focal_px, camera.z_m)


class Augmentation:
    """Random changes of brightness, contrast, gamma, colour, shade, sharpness, noise, weather, handedness and view.

    Args:
        amounts: how far to go.
        shape: (h, w, 3) of the pictures.
        ground: where the ground is in them; needed to move the camera and for haze.
    """

    def __init__(self, amounts: Augment, shape: tuple[int, int, int], ground: GroundView) -> None:
        self._amounts, self._ground = amounts, ground
        sigma = np.linspace(0, amounts.noise, _NOISE_PICTURES)[:, None, None, None]
        self._noise = (np.random.default_rng(0).normal(size=(_NOISE_PICTURES, *shape)) * sigma).round().astype(np.int8)
        below = np.maximum(np.arange(shape[0]) - ground.horizon_px, 0.0)  # rows below the horizon: nearness
        self._nearness: Float32 = below.astype(np.float32)
        self._columns = np.broadcast_to(np.arange(shape[1], dtype=np.float32), shape[:2])
        self._rows = np.repeat(np.arange(shape[0], dtype=np.float32)[:, None], shape[1], axis=1)

    def __call__(self, frames: UInt8, steer: Float32, rng: np.random.Generator) -> tuple[UInt8, Float32]:
        """Change a batch; the same state of the generator gives the same change.

        Args:
            frames: uint8 (n, h, w, 3).
            steer: float32 (n,).
            rng: source of all randomness.

        Returns:
            frames: uint8 (n, h, w, 3), new.
            steer: float32 (n,), corrected where the camera was moved, negated where the picture was mirrored.
        """
        amounts = self._amounts
        mirrored = rng.random(len(frames)) < amounts.flip
        changed, corrected = np.empty_like(frames), steer.copy()
        for number, frame in enumerate(frames):
            made = frame
            if amounts.shift_m or amounts.turn_deg:
                right_m = rng.uniform(-amounts.shift_m, amounts.shift_m)
                turn_rad = math.radians(rng.uniform(-amounts.turn_deg, amounts.turn_deg))
                made = self._moved(made, right_m, turn_rad)
                corrected[number] -= STEER_PER_M * right_m + STEER_PER_RAD * turn_rad
            made = self._changed(made, rng)
            changed[number] = made[:, ::-1] if mirrored[number] else made
        return changed, np.where(mirrored, -corrected, corrected)

    def _moved(self, frame: UInt8, right_m: float, turn_rad: float) -> UInt8:
        """The picture of a camera moved to the right and turned to the right, where all that is seen is level ground.

        A place `d` ahead lies focal x height / d below the horizon and moves sideways by focal x right / d.
        """
        sideways = self._nearness * (right_m / self._ground.height_m) + self._ground.focal_px * math.tan(turn_rad)
        columns = self._columns + sideways[:, None].astype(np.float32)
        made: UInt8 = cv2.remap(frame, columns, self._rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return made

    def _changed(self, frame: UInt8, rng: np.random.Generator) -> UInt8:
        amounts = self._amounts
        made = cv2.LUT(frame, self._tones(rng))
        if rng.random() < amounts.shadow:
            made = cv2.copyTo(cv2.convertScaleAbs(made, alpha=rng.uniform(0.4, 0.8)), _band(frame.shape, rng), made)
        if rng.random() < amounts.haze:
            made = self._hazy(made, rng)
        if rng.random() < amounts.rain:
            made = _rainy(made, rng)
        if rng.random() < amounts.blur:
            made = cv2.blur(made, (3, 3))
        noisy: UInt8 = cv2.add(made, self._noise[rng.integers(_NOISE_PICTURES)], dtype=cv2.CV_8U)
        return noisy

    def _hazy(self, frame: UInt8, rng: np.random.Generator) -> UInt8:
        """Fog by Koschmieder's law: what is `d` away keeps exp(-d / sight) of its contrast."""
        sight_m, grey = rng.uniform(15.0, 120.0), rng.uniform(120, 220)
        away_m = self._ground.focal_px * self._ground.height_m / np.maximum(self._nearness, 0.5)
        kept = np.exp(-away_m / sight_m)[:, None, None]
        made: UInt8 = (frame * kept + grey * (1.0 - kept)).astype(np.uint8)
        return made

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


def _rainy(frame: UInt8, rng: np.random.Generator) -> UInt8:
    """Streaks of rain, all leaning the same way."""
    height, width = frame.shape[:2]
    lean, streaks = rng.uniform(-0.3, 0.3), frame.copy()
    for _ in range(int(rng.integers(20, 90))):
        x, y, length = rng.uniform(0, width), rng.uniform(-8, height), rng.uniform(4, 14)
        ends = (round(x), round(y)), (round(x + lean * length), round(y + length))
        cv2.line(streaks, *ends, (200, 205, 210), 1, cv2.LINE_AA)
    made: UInt8 = cv2.addWeighted(frame, 0.65, streaks, 0.35, 0)
    return made
