"""Textures of upright and paved things: one picture per layer of a texture array, made by numpy from a seed.

Every layer is uint8 (SIZE, SIZE, 4): RGB is the square root of linear light; alpha says whose colour counts:
0 the vertex's paint tints the texture, 0.5 the texture alone (frames, mortar), 1 window glass (lit at night).
"""

from __future__ import annotations

import enum
from collections.abc import Callable

import numpy as np

from agent.simulator.look.textures import Float32, UInt8, smoothstep, spectral_noise, to_bytes

SIZE = 256


class Layer(enum.IntEnum):
    """Layers of the array; facades span 2 bays by 2 floors (6 m), the others say their tile below."""

    PLAIN = 0
    PLASTER = 1
    SHUTTERS = 2
    BRICK = 3
    MODERN = 4
    TIMBER = 5
    SHOP = 6
    TILES = 7
    FLAT_ROOF = 8
    CONCRETE = 9
    SLABS = 10
    GRAVEL = 11
    BARK = 12
    LEAVES = 13
    PLANKS = 14
    ROLLER_DOOR = 15


TILE_M = {
    Layer.PLAIN: 4.0,
    Layer.TILES: 3.0,
    Layer.FLAT_ROOF: 5.0,
    Layer.CONCRETE: 4.0,
    Layer.SLABS: 2.4,
    Layer.GRAVEL: 2.5,
    Layer.BARK: 1.2,
    Layer.LEAVES: 2.0,
    Layer.PLANKS: 2.0,
    Layer.ROLLER_DOOR: 3.0,
}
FACADE_M = 6.0
FACADES = (Layer.PLASTER, Layer.SHUTTERS, Layer.BRICK, Layer.MODERN, Layer.TIMBER)


def wall_layers(seed: int) -> UInt8:
    """All layers, uint8 (layers, SIZE, SIZE, 4)."""
    rng = np.random.default_rng(seed)
    makers: dict[Layer, Callable[[np.random.Generator], UInt8]] = {
        Layer.PLASTER: _plaster,
        Layer.SHUTTERS: _shutters,
        Layer.BRICK: _brick,
        Layer.MODERN: _modern,
        Layer.TIMBER: _timber,
        Layer.SHOP: _shop,
        Layer.TILES: _tiles,
        Layer.SLABS: _slabs,
        Layer.GRAVEL: _gravel,
        Layer.BARK: _bark,
        Layer.LEAVES: _leaves,
        Layer.PLANKS: _planks,
        Layer.ROLLER_DOOR: _roller_door,
        Layer.CONCRETE: _concrete,
    }
    return np.stack([makers.get(layer, _plain)(rng) for layer in Layer])


def _paint(level: Float32) -> UInt8:
    return to_bytes(level, level, level, np.zeros_like(level))


def _plain(rng: np.random.Generator) -> UInt8:
    return _paint(np.asarray(0.93 + 0.03 * spectral_noise(rng, SIZE, 0.9), np.float32))


def _plaster_ground(rng: np.random.Generator) -> UInt8:
    stains = 0.022 * spectral_noise(rng, SIZE, 1.4) + 0.02 * spectral_noise(rng, SIZE, 0.3)
    return _paint(np.asarray(0.93 + stains, np.float32))


def _box(  # noqa: PLR0917 - a rectangle is four numbers
    picture: UInt8, left: float, top: float, wide: float, tall: float, rgba: tuple[int, int, int, int]
) -> None:
    """Fill a rectangle given in metres of the 6 m facade, from its top left."""
    scale = SIZE / 6.0
    rows = slice(round(top * scale), round((top + tall) * scale))
    columns = slice(round(left * scale), round((left + wide) * scale))
    picture[rows, columns] = rgba


def _window(  # noqa: PLR0917 - a rectangle is four numbers
    picture: UInt8, left: float, top: float, wide: float, tall: float, panes: int
) -> None:
    """A window with reveal, sill, frame and glass that is darker towards its top, as a room is."""
    _box(picture, left - 0.1, top - 0.1, wide + 0.2, tall + 0.2, (196, 192, 186, 20))
    _box(picture, left - 0.16, top + tall + 0.04, wide + 0.32, 0.12, (206, 202, 194, 128))
    _box(picture, left - 0.1, top + tall + 0.16, wide + 0.2, 0.08, (120, 116, 110, 0))
    _box(picture, left, top, wide, tall, (232, 230, 226, 128))
    pane = (wide - 0.1 * (panes + 1)) / panes
    for number in range(panes):
        x = left + 0.1 + number * (pane + 0.1)
        _box(picture, x, top + 0.1, pane, 0.3 * tall, (50, 60, 72, 255))
        _box(picture, x, top + 0.1 + 0.3 * tall, pane, 0.7 * tall - 0.2, (78, 92, 106, 255))
    _box(picture, left, top, wide, 0.07, (112, 110, 106, 128))


def _plaster(rng: np.random.Generator) -> UInt8:
    picture = _plaster_ground(rng)
    for left in (0.9, 3.9):
        for top in (0.7, 3.7):
            _window(picture, left, top, 1.2, 1.45, 2)
    return picture


def _shutters(rng: np.random.Generator) -> UInt8:
    picture = _plaster_ground(rng)
    for left in (1.0, 4.0):
        for top in (0.65, 3.65):
            _window(picture, left, top, 1.0, 1.55, 2)
            for side in (left - 0.66, left + 1.1):
                _box(picture, side, top - 0.05, 0.56, 1.65, (128, 136, 126, 60))
                for slat in np.arange(0.05, 1.6, 0.16).tolist():
                    _box(picture, side + 0.06, top + slat, 0.44, 0.07, (88, 96, 88, 60))
    return picture


def _courses(rng: np.random.Generator, course_px: int, brick_px: int, spread: float) -> Float32:
    """Bond of bricks: each brick its shade, mortar lighter."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    course = rows // course_px
    shifted = (columns + (course % 2) * (brick_px // 2)) % SIZE
    shade = rng.normal(0.0, spread, (SIZE // course_px + 1, SIZE // brick_px + 1))[course, shifted // brick_px]
    mortar = (rows % course_px == 0) | (shifted % brick_px == 0)
    return np.asarray(np.where(mortar, 1.0, 0.84 + shade), np.float32)


def _brick(rng: np.random.Generator) -> UInt8:
    picture = _paint(_courses(rng, 4, 16, 0.05))
    for left in (0.8, 3.8):
        for top in (0.75, 3.75):
            _box(picture, left - 0.15, top - 0.3, 1.7, 0.28, (214, 206, 196, 100))
            _window(picture, left, top, 1.4, 1.4, 2)
    return picture


def _modern(rng: np.random.Generator) -> UInt8:
    picture = _plaster_ground(rng)
    for top in (0.55, 3.55):
        _box(picture, 0.0, top + 1.75, 6.0, 0.5, (208, 208, 206, 70))
        for left in (0.25, 3.25):
            _window(picture, left, top, 2.3, 1.6, 3)
    return picture


def _timber(rng: np.random.Generator) -> UInt8:
    board = np.arange(SIZE) % 11
    level = 0.88 - 0.16 * (board == 0) + 0.05 * (board / 11.0)
    grain = 0.03 * spectral_noise(rng, SIZE, 0.7, 0.3)
    picture = _paint(np.asarray(level[:, None] + grain, np.float32))
    for left in (1.0, 4.0):
        for top in (0.75, 3.75):
            _box(picture, left - 0.22, top - 0.22, 1.44, 1.75, (226, 224, 218, 128))
            _window(picture, left, top, 1.0, 1.3, 2)
    return picture


def _shop(rng: np.random.Generator) -> UInt8:
    picture = _plaster_ground(rng)
    for top in (0.0, 3.0):
        _box(picture, 0.0, top + 0.15, 6.0, 0.5, (150, 150, 150, 0))
        for left in (0.3, 3.3):
            _box(picture, left - 0.08, top + 0.82, 2.56, 1.84, (70, 68, 66, 128))
            _box(picture, left, top + 0.9, 2.4, 1.7, (64, 74, 84, 255))
            _box(picture, left, top + 1.7, 2.4, 0.9, (92, 96, 98, 255))
            _box(picture, left + 1.17, top + 0.9, 0.06, 1.7, (70, 68, 66, 128))
    return picture


def _tiles(rng: np.random.Generator) -> UInt8:
    """3 m of clay pantiles: rounded rows with dark joints."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    course, wave = rows % 21, columns % 16
    shade = rng.normal(0.0, 0.045, (SIZE // 21 + 1, SIZE // 16))[rows // 21, columns // 16]
    level = 0.66 + 0.16 * np.sin(np.pi * wave / 16.0) + 0.07 * course / 21.0 - 0.2 * (course < 3) + shade
    return _paint(np.asarray(level + 0.03 * spectral_noise(rng, SIZE, 1.2), np.float32))


def _slabs(rng: np.random.Generator) -> UInt8:
    """2.4 m of paving: four by four slabs of 0.6 m in half bond."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    course = rows // 64
    shifted = (columns + (course % 2) * 32) % SIZE
    shade = rng.normal(0.0, 0.03, (4, 4))[course, shifted // 64]
    joint = np.minimum(np.minimum(rows % 64, 63 - rows % 64), np.minimum(shifted % 64, 63 - shifted % 64))
    level = 0.86 + shade + 0.022 * spectral_noise(rng, SIZE, 0.4) + 0.03 * spectral_noise(rng, SIZE, 1.4)
    return _paint(np.asarray(level - 0.22 * (joint < 1) - 0.06 * (joint < 3), np.float32))


def _gravel(rng: np.random.Generator) -> UInt8:
    stones = spectral_noise(rng, SIZE, 0.55)
    return _paint(np.asarray(0.8 + 0.1 * stones + 0.03 * spectral_noise(rng, SIZE, 1.4), np.float32))


def _bark(rng: np.random.Generator) -> UInt8:
    return _paint(np.asarray(0.75 + 0.12 * spectral_noise(rng, SIZE, 0.8, 0.25).T, np.float32))


def _leaves(rng: np.random.Generator) -> UInt8:
    """Foliage seen from near: bright leaves over dark gaps."""
    rough = spectral_noise(rng, SIZE, 0.75)
    level = 0.62 + 0.22 * smoothstep(-0.3, 1.6, rough) - 0.3 * smoothstep(0.0, -1.8, rough)
    return _paint(np.asarray(level + 0.04 * spectral_noise(rng, SIZE, 0.1), np.float32))


def _planks(rng: np.random.Generator) -> UInt8:
    columns = np.arange(SIZE)
    shade = rng.normal(0.0, 0.05, 16)[columns // 16]
    level = (0.84 + shade - 0.35 * (columns % 16 == 0))[None, :]
    return _paint(np.asarray(level + 0.05 * spectral_noise(rng, SIZE, 0.8, 0.2).T, np.float32))


def _roller_door(rng: np.random.Generator) -> UInt8:
    level = (0.88 - 0.14 * (np.arange(SIZE) % 20 < 3))[:, None]
    return _paint(np.asarray(level + 0.015 * spectral_noise(rng, SIZE, 1.0), np.float32))


def _concrete(rng: np.random.Generator) -> UInt8:
    """4 m of cast concrete: stains that run down, a joint every 4 m."""
    level = 0.86 + 0.03 * spectral_noise(rng, SIZE, 1.3, 0.3) + 0.02 * spectral_noise(rng, SIZE, 0.2)
    joint = np.arange(SIZE) < 3
    return _paint(np.asarray(level - 0.3 * joint[None, :], np.float32))
