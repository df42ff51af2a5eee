"""Cut-out pictures: clumps of leaves, tufts of grass, trees and a wood's edge from afar, with alpha as the outline."""

from __future__ import annotations

import enum

import numpy as np

from agent.simulator.look.textures import Float32, UInt8, spectral_noise, to_bytes

SIZE = 128


class Cutout(enum.IntEnum):
    """Layers of the array of cut-outs."""

    LEAVES = 0
    NEEDLES = 1
    GRASS = 2
    WOOD_EDGE = 3
    ROUND_TREE = 4
    CONE_TREE = 5


def cutout_layers(seed: int) -> UInt8:
    """All layers, uint8 (layers, SIZE, SIZE, 4); RGB as grey shading, alpha 255 inside the outline."""
    rng = np.random.default_rng(seed)
    leaves = _clump(rng, 260, 5.2, 2.6), _clump(rng, 420, 6.0, 1.2), _tuft(rng)
    return np.stack([*leaves, _wood_edge(rng), _tree(rng, cone=False), _tree(rng, cone=True)])


def _clump(rng: np.random.Generator, count: int, long_px: float, wide_px: float) -> UInt8:
    """Ellipses (leaves) strewn in a disc, later ones on top and lighter."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    shade, alpha = np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)
    for number in range(count):
        distance, turn, lean = SIZE * 0.44 * np.sqrt(rng.random()), *rng.uniform(0.0, 2 * np.pi, 2)
        y, x = SIZE / 2 + distance * np.sin(turn), SIZE / 2 + distance * np.cos(turn)
        reach = int(long_px) + 2
        window = np.s_[max(0, int(y) - reach) : int(y) + reach, max(0, int(x) - reach) : int(x) + reach]
        dy, dx = rows[window] - y, columns[window] - x
        along, across = dx * np.cos(lean) + dy * np.sin(lean), dy * np.cos(lean) - dx * np.sin(lean)
        inside = (along / long_px) ** 2 + (across / wide_px) ** 2 < 1.0
        shade[window][inside] = 0.55 + 0.35 * number / count + rng.normal(0.0, 0.07)
        alpha[window][inside] = 1.0
    return _filled(shade, alpha)


def _filled(shade: Float32, alpha: Float32) -> UInt8:
    """Give the transparent part the mean shade, or mipmaps would darken the outline."""
    filled = np.where(alpha > 0.0, shade, shade[alpha > 0.0].mean()).astype(np.float32)
    return to_bytes(filled, filled, filled, alpha)


def _tuft(rng: np.random.Generator) -> UInt8:
    """Blades that start at the bottom row and lean."""
    shade, alpha = np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)
    columns = np.arange(SIZE)
    for _ in range(75):
        root, lean, tall = rng.uniform(8, SIZE - 8), rng.uniform(-0.5, 0.5), rng.uniform(0.3, 0.97) * SIZE
        light = rng.uniform(0.55, 0.95)
        for up in range(int(tall)):
            wide = 2.2 * (1.0 - up / tall) + 0.4
            inside = np.abs(columns - root - lean * up * up / SIZE) < wide
            shade[SIZE - 1 - up, inside] = light * (0.62 + 0.38 * up / SIZE)
            alpha[SIZE - 1 - up, inside] = 1.0
    return _filled(shade, alpha)


def _wood_edge(rng: np.random.Generator) -> UInt8:
    """The silhouette of a wood, tiling across: rounded crowns in three rows, the front one lighter."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    shade, alpha = np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)
    for row, (height, light) in enumerate(((0.78, 0.5), (0.6, 0.6), (0.42, 0.7))):
        for middle in np.arange(0, SIZE, 10.7):
            y = SIZE * (1.0 - height + rng.normal(0.0, 0.05))
            x, wide, tall = middle + rng.normal(0, 3), rng.uniform(8, 12), rng.uniform(13, 24)
            dx = (columns - x + SIZE / 2) % SIZE - SIZE / 2
            inside = ((dx / wide) ** 2 + ((rows - y) / tall) ** 2 < 1.0) | ((np.abs(dx) < wide) & (rows > y))
            lit = light + 0.1 * np.clip((y - rows) / tall, -1, 1) - 0.05 * (row == 0)
            shade[inside] = lit[inside]
            alpha[inside] = 1.0
    return _filled(shade + np.float32(0.07) * spectral_noise(rng, SIZE, 0.6), alpha)


def _tree(rng: np.random.Generator, *, cone: bool) -> UInt8:
    """A whole tree that fills the picture: a trunk, and lumps of leaves within an ellipse or a triangle."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    shade, alpha = np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)
    trunk = (np.abs(columns - SIZE / 2) < (3.0 if cone else 5.0)) & (rows > SIZE * 0.6)
    shade[trunk], alpha[trunk] = 0.42, 1.0
    for height in np.sort(rng.random(70)):  # from the top down, lower lumps before the ones above: darker
        up = 1.0 - height
        wide = 0.44 * (height + 0.03) if cone else 0.36 * np.sqrt(max(1.0 - (2.0 * up - 1.0) ** 2, 0.0))
        x = SIZE * (0.5 + wide * rng.uniform(-1.0, 1.0))
        y = SIZE * ((0.04 + 0.8 * height) if cone else (0.12 + 0.56 * height))
        radius = SIZE * (0.035 + 0.03 * height if cone else rng.uniform(0.07, 0.12))
        away = np.hypot(columns - x, (rows - y) * (0.6 if cone else 1.0)) / radius
        inside = away < 1.0 + 0.12 * rng.standard_normal((SIZE, SIZE), dtype=np.float32)
        shade[inside] = (0.5 + 0.24 * up - 0.10 * np.clip((rows - y) / radius, -1.0, 1.0))[inside]
        alpha[inside] = 1.0
    return _filled(shade + np.float32(0.04) * spectral_noise(rng, SIZE, 0.4), alpha)
