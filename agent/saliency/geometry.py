"""Where in the network's input a layer's cells lie: receptive fields, and maps brought back to input pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from agent.backend import keras, tf
from agent.saliency.anatomy import Anatomy
from agent.types import Float32

_STRIDED = (keras.layers.Conv2D, keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)


@dataclass(frozen=True, slots=True)
class Grid:
    """Centres of a layer's cells along one side: offset + stride x number [input px]."""

    offset: float = 0.0
    stride: float = 1.0

    def through(self, reach: float, stride: int, before: int) -> Grid:
        """The grid after a window of `reach` + 1 cells that steps by `stride`, padded by `before` cells."""
        return Grid(self.offset + self.stride * (reach / 2.0 - before), self.stride * stride)


def grids(anatomy: Anatomy, name: str) -> tuple[Grid, Grid]:
    """Rows and columns of a layer's output in input pixels.

    Follows centres of receptive fields (Dumoulin & Visin, "A guide to convolution arithmetic", 2016). A plain stretch
    would put the outermost cells of PilotNet's last convolution 25 pixels too far out.
    """
    rows, columns = Grid(), Grid()
    for layer in _way_to(anatomy, name):
        if isinstance(layer, _STRIDED):
            windows, strides = window(layer), layer.strides
            before = padding_before(layer)
            rows = rows.through(windows[0] - 1, strides[0], before[0])
            columns = columns.through(windows[1] - 1, strides[1], before[1])
        elif isinstance(layer, keras.layers.ZeroPadding2D):
            rows = rows.through(0, 1, layer.padding[0][0])
            columns = columns.through(0, 1, layer.padding[1][0])
        elif isinstance(layer, keras.layers.Cropping2D):
            rows = rows.through(0, 1, -layer.cropping[0][0])
            columns = columns.through(0, 1, -layer.cropping[1][0])
    return rows, columns


def window(layer: Any) -> tuple[int, int]:
    """Height and width of what one cell of a convolution or pooling looks at [cells before it]."""
    if isinstance(layer, keras.layers.Conv2D):
        height, width = (
            (size - 1) * step + 1 for size, step in zip(layer.kernel_size, layer.dilation_rate, strict=True)
        )
        return height, width
    return layer.pool_size[0], layer.pool_size[1]


def padding_before(layer: Any) -> tuple[int, int]:
    """Cells of padding above and to the left of a convolution's or pooling's input."""
    if layer.padding != "same":
        return 0, 0
    sizes, windows = layer.input.shape[1:3], window(layer)
    top, left = (
        max((-(-size // stride) - 1) * stride + reach - size, 0) // 2
        for size, reach, stride in zip(sizes, windows, layer.strides, strict=True)
    )
    return top, left


def spread(size_px: int, cells: int, grid: Grid) -> Float32:
    """Matrix (size_px, cells) that interpolates linearly between the centres of cells; outside them the edge holds."""
    at = np.clip((np.arange(size_px) - grid.offset) / grid.stride, 0.0, cells - 1.0)
    distance = np.abs(at[:, None] - np.arange(cells)[None])
    made: Float32 = np.maximum(0.0, 1.0 - distance).astype(np.float32)
    return made


def to_input_pixels(anatomy: Anatomy, name: str, heat: Any) -> Any:
    """A map over a layer's cells, float32 (n, rows, columns), in input pixels (n, h, w)."""
    height_px, width_px = anatomy.model.input_shape[:2]
    rows, columns = grids(anatomy, name)
    tall, wide = spread(height_px, heat.shape[1], rows), spread(width_px, heat.shape[2], columns)
    return tf.linalg.matmul(tall[None], tf.linalg.matmul(heat, wide.T[None]))


def _way_to(anatomy: Anatomy, name: str) -> list[Any]:
    """The layers from the input to a layer, along the first of several inputs."""
    makers = {id(layer.output): layer for layer in anatomy.layers}
    layer = next(layer for layer in anatomy.layers if layer.name == name)
    way: list[Any] = []
    while layer is not None:
        way.insert(0, layer)
        source = layer.input[0] if isinstance(layer.input, list) else layer.input
        layer = makers.get(id(source))
    return way
