"""Textures of the ground, made by numpy: tileable noise from a seed, so no picture of a stranger is needed.

All pictures are uint8 (N, N, 4), tile in both directions, and hold colours as the square root of linear light.
Noise is filtered white noise (spectral synthesis: amplitude falls as frequency ** -exponent).
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

UInt8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]


def spectral_noise(rng: np.random.Generator, size: int, exponent: float, stretch: float = 1.0) -> Float32:
    """Tileable noise float32 (size, size), mean 0, standard deviation 1.

    Args:
        rng: source of the noise.
        size: pixels a side.
        exponent: 0 is white; 1 rough; 2 cloud-like.
        stretch: above 1 draws the grain out along the columns.
    """
    white = np.fft.rfft2(rng.standard_normal((size, size), dtype=np.float32))
    white *= _radius(size, stretch) ** -exponent
    white[0, 0] = 0.0
    noise = np.fft.irfft2(white, s=(size, size)).astype(np.float32)
    return noise / np.float32(noise.std())


@lru_cache(maxsize=2)  # megabytes each
def _radius(size: int, stretch: float) -> npt.NDArray[np.float64]:
    """Distance of the frequencies (size, size / 2 + 1) from that of the mean, which itself counts as 1."""
    along = np.fft.fftfreq(size)[:, None] * size
    across = np.fft.rfftfreq(size)[None, :] * size
    radius = np.asarray(np.hypot(along * stretch, across))
    radius[0, 0] = 1.0
    return radius


def smoothstep(low: float, high: float, x: Float32) -> Float32:
    """Hermite step of GLSL, elementwise; `low` may exceed `high`."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), np.float32)


def to_bytes(*planes: Float32) -> UInt8:
    """Stack planes of 0..1 into uint8 (H, W, planes)."""
    stacked, kind = np.empty((*planes[0].shape, len(planes)), np.uint8), np.result_type(*planes)
    for index, plane in enumerate(planes):  # one by one: they fit into the processor's cache
        stacked[..., index] = np.clip(plane.astype(kind), 0.0, 1.0) * 255.0 + 0.5
    return stacked


def asphalt(rng: np.random.Generator, size: int = 512) -> UInt8:
    """24 m of road, (4 size, 4 size, 4): tone (0.5 where plain), puddles, and two planes of ripples."""
    grain, stones = (spectral_noise(rng, 2 * size, exponent) for exponent in (0.35, 0.1))
    fine = np.tile(0.5 * (0.22 + 1.56 * (0.5 + 0.085 * grain + 0.2 * (stones > 2.0) - 0.13 * (stones < -1.9))), (2, 2))
    blotch = 0.5 + 0.13 * spectral_noise(rng, size, 1.25)
    hollow = smoothstep(0.1, 1.5, spectral_noise(rng, size, 1.9) + 0.15 * spectral_noise(rng, size, 1.0))
    wide = (0.66 + 0.68 * blotch) * (0.62 + 0.76 * _patches(rng, size))
    tone = np.asarray(fine * _enlarged(wide), np.float32)
    ripples = (np.tile(0.5 + 0.17 * spectral_noise(rng, size, 1.3), (4, 4)) for _ in range(2))
    return to_bytes(tone, _enlarged(hollow), *ripples)


def _enlarged(plane: Float32) -> Float32:
    """A tile four times as large, smooth, and still a tile."""
    rim = 2
    larger = cv2.resize(np.pad(plane, rim, mode="wrap"), None, fx=4.0, fy=4.0, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger[4 * rim : -4 * rim, 4 * rim : -4 * rim], np.float32)


def _patches(rng: np.random.Generator, size: int) -> Float32:
    """Repairs with sealed edges, and cracks: lines where a smooth noise crosses zero."""
    plane = np.full((size, size), 0.5, np.float32)
    for _ in range(7):
        top, left = rng.integers(0, size, 2)
        tall, wide = rng.integers(size // 24, size // 7, 2)
        rows, columns = np.arange(top, top + tall) % size, np.arange(left, left + wide) % size
        plane[np.ix_(rows, columns)] = 0.12
        plane[np.ix_(rows[2:-2], columns[2:-2])] = rng.choice([0.3, 0.36, 0.62])
    wander = spectral_noise(rng, size, 1.8) + 0.06 * spectral_noise(rng, size, 0.8)
    slope = np.hypot(wander - np.roll(wander, 1, 0), wander - np.roll(wander, 1, 1)) + 1e-3
    near = np.abs(wander) / slope
    where = spectral_noise(rng, size, 1.7) > 0.75
    return np.asarray(plane - 0.3 * where * np.clip(1.3 - near, 0.0, 1.0), np.float32)


def grass(rng: np.random.Generator, size: int = 512) -> UInt8:
    """16 m of meadow, (2 size, 2 size, 4): light (0.5 on average), dryness, hue, tufts."""
    blades = np.zeros((2 * size, 2 * size), np.float32)
    rows, columns = np.mgrid[0 : 2 * size, 0 : 2 * size]
    for turn in (0.0, 0.5, -0.4):
        streaks = spectral_noise(rng, 2 * size, 0.45, 2.4)
        blades = np.maximum(blades, streaks[rows, (columns + (turn * rows).astype(int) * 2) % (2 * size)])
    tufts, dry, hue = (
        0.5 + strength * spectral_noise(rng, 2 * size, exponent)
        for strength, exponent in ((0.16, 0.75), (0.17, 1.15), (0.17, 1.45))
    )
    light = np.asarray(0.55 * (0.70 + 0.24 * blades) * (0.42 + 1.15 * tufts), np.float32)
    return to_bytes(light, smoothstep(0.45, 0.85, dry), hue, tufts)


def clouds(rng: np.random.Generator, size: int = 512) -> UInt8:
    """Noise for the sky and for whatever wants four independent cloud-like planes, each 0.5 +- 0.17."""
    return to_bytes(*(0.5 + 0.17 * spectral_noise(rng, size, exponent) for exponent in (1.5, 1.35, 1.7, 1.1)))
