"""Walkable cells -> the binary of a Recast/Detour navigation mesh, as CARLA 0.9.16's client reads it.

The layout is Detour's (`dtNavMesh` tiles of version 7 in a `MSET` file, 32-bit references) as published in
DetourNavMesh.h and the Recast demo; areas and flags are CARLA's (`carla/nav/Navigation.h`). Detour's axes are CARLA's
x, z, y. Every walkable cell is a square polygon, its neighbours those of the grid; tiles are joined at their borders.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import WALK_CROSSING, WALK_SIDEWALK, WalkGrid

Array = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]

TILE_CELLS = 64
_SET = struct.Struct("<3i5f2i")
_TILE_HEAD = struct.Struct("<Ii")
_HEADER = struct.Struct("<5iI9i10f")
_SET_MAGIC, _SET_VERSION = 0x4D534554, 1  # "MSET"
_TILE_MAGIC, _TILE_VERSION = 0x444E4156, 7  # "DNAV"
_AGENT_HEIGHT_M, _AGENT_RADIUS_M, _CLIMB_M = 1.8, 0.3, 0.4
_LINK_BYTES = 12
_EXTERNAL = 0x8000  # a border's edge: its side is in the low bits
_POLYGON = np.dtype(
    [
        ("link", "<u4"),
        ("vertices", "<u2", 6),
        ("neighbours", "<u2", 6),
        ("flags", "<u2"),
        ("count", "u1"),
        ("area", "u1"),
    ]
)
_DETAIL = np.dtype([("vertex", "<u4"), ("triangle", "<u4"), ("vertices", "u1"), ("triangles", "u1"), ("pad", "<u2")])
_CORNERS = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])  # row (y) and column (x) of a cell's corners are [1], [0] here
_BEYOND = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])  # the cell beyond the edge that begins at each corner
_SIDES = np.array([4, 2, 0, 6])  # Detour's number of that side of a tile


_FLAGS = {WALK_SIDEWALK: 0x02, WALK_CROSSING: 0x04}
"""Of the areas, which filters go by."""


def nav_mesh(grid: WalkGrid) -> bytes:
    """The file; the same grid gives the same bytes."""
    rows, columns = (-(-size // TILE_CELLS) for size in grid.area.shape)
    used = [
        (row, column) for row in range(rows) for column in range(columns) if grid.area[_span(row), _span(column)].any()
    ]
    tile_bits, polygon_bits = max(len(used) - 1, 0).bit_length(), (TILE_CELLS**2 - 1).bit_length()
    side_m = TILE_CELLS * grid.cell_m
    low_m = float(grid.height_m.min()) if used else 0.0
    params = (grid.x_m, low_m, grid.y_m, side_m, side_m, len(used), TILE_CELLS**2)
    parts = [_SET.pack(_SET_MAGIC, _SET_VERSION, len(used), *params)]
    for index, (row, column) in enumerate(used):
        tile = _tile(grid, row, column)
        reference = (1 << (tile_bits + polygon_bits)) | (index << polygon_bits)
        parts += [_TILE_HEAD.pack(reference, len(tile)), tile]
    return b"".join(parts)


def _span(number: int) -> slice:
    return slice(number * TILE_CELLS, (number + 1) * TILE_CELLS)


def _tile(grid: WalkGrid, row: int, column: int) -> bytes:
    """One tile: header, vertices, polygons, room for links, details; no tree of bounding boxes, for tiles are small."""
    area = np.zeros((TILE_CELLS + 2, TILE_CELLS + 2), np.uint8)  # with a rim of the neighbouring tiles
    top, left = row * TILE_CELLS - 1, column * TILE_CELLS - 1
    high = grid.area[max(top, 0) : top + TILE_CELLS + 2, max(left, 0) : left + TILE_CELLS + 2]
    start = (max(-top, 0), max(-left, 0))
    area[start[0] : start[0] + high.shape[0], start[1] : start[1] + high.shape[1]] = high
    cells = np.argwhere(area[1:-1, 1:-1])
    vertices, corner_of = _vertices(grid, cells, row, column)
    polygons, edges = _polygons(area, cells, corner_of)
    details, triangles = _details(len(cells))
    low, high_at = vertices.min(axis=0), vertices.max(axis=0)
    corner = np.array([grid.x_m, 0.0, grid.y_m]) + TILE_CELLS * grid.cell_m * np.array([column, 0, row])
    low[[0, 2]], high_at[[0, 2]] = corner[[0, 2]], corner[[0, 2]] + TILE_CELLS * grid.cell_m
    counts = (len(cells), len(vertices), edges, len(cells), 0, len(triangles), 0, 0, len(cells))
    head = _HEADER.pack(
        _TILE_MAGIC, _TILE_VERSION, column, row, 0, 0, *counts,
        _AGENT_HEIGHT_M, _AGENT_RADIUS_M, _CLIMB_M, *low, *high_at, 0.0,
    )  # fmt: skip
    body = (vertices.astype("<f4"), polygons, bytes(edges * _LINK_BYTES), details, triangles)
    return head + b"".join(part if isinstance(part, bytes) else part.tobytes() for part in body)


def _vertices(grid: WalkGrid, cells: Int, row: int, column: int) -> tuple[Array, Int]:
    """Corners (V, 3) in Detour's axes, each once, and the number of each place of the tile's lattice."""
    side = TILE_CELLS + 1
    places = (cells[:, None] + _CORNERS[None, :, ::-1]).reshape(-1, 2)
    used, inverse = np.unique(places[:, 0] * side + places[:, 1], return_inverse=True)
    at = np.stack([used // side + row * TILE_CELLS, used % side + column * TILE_CELLS], axis=1)
    x, y = grid.x_m + at[:, 1] * grid.cell_m, grid.y_m + at[:, 0] * grid.cell_m
    return np.stack([x, grid.height_m[at[:, 0], at[:, 1]], y], axis=1), inverse.reshape(-1, 4).astype(np.int64)


def _polygons(area: npt.NDArray[np.uint8], cells: Int, corner_of: Int) -> tuple[npt.NDArray[np.void], int]:
    """The squares with their neighbours, and how many links they need at most."""
    number = np.zeros(area.shape, np.int64)
    number[cells[:, 0] + 1, cells[:, 1] + 1] = np.arange(1, len(cells) + 1)
    polygons = np.zeros(len(cells), _POLYGON)
    polygons["link"] = 0xFFFFFFFF
    polygons["vertices"][:, :4] = corner_of
    kind = area[cells[:, 0] + 1, cells[:, 1] + 1]
    links = 0
    for edge, ((along_x, along_y), side) in enumerate(zip(_BEYOND.tolist(), _SIDES.tolist(), strict=True)):
        beyond = (cells[:, 0] + 1 + along_y, cells[:, 1] + 1 + along_x)
        inside = number[beyond]
        outside = (inside == 0) & (area[beyond] > 0)
        polygons["neighbours"][:, edge] = np.where(outside, _EXTERNAL | side, inside)
        links += int((inside > 0).sum() + 4 * outside.sum())
    for found, flags in _FLAGS.items():
        polygons["flags"][kind == found] = flags
    polygons["count"] = 4
    polygons["area"] = kind
    return polygons, links


def _details(count: int) -> tuple[npt.NDArray[np.void], npt.NDArray[np.uint8]]:
    """Two triangles a square; their flags mark the square's own edges."""
    details = np.zeros(count, _DETAIL)
    details["triangle"] = 2 * np.arange(count)
    details["triangles"] = 2
    return details, np.tile(np.array([[0, 1, 2, 0b000101], [0, 2, 3, 0b010100]], np.uint8), (count, 1))
