"""Lanes and markings as strips for a renderer; all edges have the same stations, so neighbours share them exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.roads.geometry_curves import Float64
from agent.simulator.roads.lanes import LaneMark, LaneSection
from agent.simulator.roads.road import Road
from agent.simulator.roads.road_network import RoadNetwork

Float32 = npt.NDArray[np.float32]
_SAGITTA_M = 0.01  # how far the outermost edge may leave its chord
_PROBE_M = 0.5
_VARYING_STEP_M = 1.0  # where a width, an offset or the elevation bends


@dataclass(frozen=True, slots=True, eq=False)
class LaneStrip:
    """One lane of one section as a strip of quads.

    Attributes:
        kind: OpenDRIVE's lane type.
        road_id, lane_id: as in the file.
        vertices: float32 (N, 2, 3): x, y, z [m] of the left and the right edge, left as seen along s.
        along_m: float32 (N,): s along the road.
    """

    kind: str
    road_id: int
    lane_id: int
    vertices: Float32
    along_m: Float32


@dataclass(frozen=True, slots=True, eq=False)
class MarkStrip:
    """One painted line.

    Attributes:
        type: "solid", "broken" or "botts dots"; double lines are two strips.
        color: "white", "yellow", ...
        width_m: of the paint.
        dash_m, gap_m: lengths of paint and of nothing along it; gap 0 is a solid line.
        center: float32 (N, 3): x, y, z [m].
        normals: float32 (N, 2): unit, to the left as seen along s, in the plane.
        along_m: float32 (N,): from where the first dash begins.
        road_id, lane_id: whose outer edge it follows; lane 0 is the road's centre.
        worn: old paint, half gone.
    """

    type: str
    color: str
    width_m: float
    dash_m: float
    gap_m: float
    center: Float32
    normals: Float32
    along_m: Float32
    road_id: int
    lane_id: int
    worn: bool = False


def lane_strips(network: RoadNetwork, step_m: float = 5.0) -> tuple[LaneStrip, ...]:
    """All lanes of a map; stations at most `step_m` apart, closer in bends."""
    return tuple(
        strip for road in network.roads for section in road.sections for strip in _section_lanes(road, section, step_m)
    )


def mark_strips(network: RoadNetwork, step_m: float = 5.0) -> tuple[MarkStrip, ...]:
    """All painted lines of a map, on the same stations as the lanes."""
    return tuple(
        strip for road in network.roads for section in road.sections for strip in _section_marks(road, section, step_m)
    )


def _section_lanes(road: Road, section: LaneSection, step_m: float) -> list[LaneStrip]:
    s = _stations(road, section, step_m)
    points = road.point(s, section.boundaries(s))
    left_up, right_up = section.heights(s)
    strips = []
    for row, lane in enumerate(section.lanes):
        vertices = np.stack([points[row], points[row + 1]], axis=1)
        vertices[:, 0, 2] += left_up[row]
        vertices[:, 1, 2] += right_up[row]
        strips.append(LaneStrip(lane.kind, road.id, lane.id, _frozen(vertices), _frozen(s)))
    return strips


def _section_marks(road: Road, section: LaneSection, step_m: float) -> list[MarkStrip]:
    s = _stations(road, section, step_m)
    edges = section.boundaries(s)
    left_up, right_up = section.heights(s)
    marked = [(section.center_row, 0, section.center_marks, np.zeros_like(s))]
    for row, lane in enumerate(section.lanes):
        up = left_up[row] if lane.id > 0 else right_up[row]
        marked.append((row if lane.id > 0 else row + 1, lane.id, lane.marks, up))
    return [
        strip
        for row, lane_id, marks, up in marked
        for mark in marks
        for strip in _mark_lines(road, lane_id, mark, np.stack([s, edges[row], up]))
    ]


def _mark_lines(road: Road, lane_id: int, mark: LaneMark, edge: Float64) -> list[MarkStrip]:
    """`edge` (3, N): s, t and height of the lane's edge."""
    s, t, up = edge[:, (edge[0] >= mark.start_m - 1e-9) & (edge[0] <= mark.end_m + 1e-9)]
    heading = road.line.sample(s).heading_rad
    normals = np.stack([np.sin(heading), -np.cos(heading)], axis=1)
    strips = []
    for line in mark.lines:
        center = road.point(s, t + line.t_m)
        center[:, 2] += up
        kind = "botts dots" if mark.type == "botts dots" else "broken" if line.gap_m > 0.0 else "solid"
        arrays = (_frozen(center), _frozen(normals), _frozen(s - mark.start_m - line.phase_m))
        look = (kind, mark.color, line.width_m, line.dash_m, line.gap_m)
        strips.append(MarkStrip(*look, *arrays, road.id, lane_id, mark.worn))
    return strips


def _stations(road: Road, section: LaneSection, step_m: float) -> Float64:
    """Places along s: the section's ends, every place where something starts, and enough between."""
    knots = _knots(road, section)
    curves = [section.offset, road.elevation, road.banking.superelevation, *(lane.width for lane in section.lanes)]
    cap = step_m if all(curve.is_straight for curve in curves) else min(step_m, _VARYING_STEP_M)
    probes = np.unique(np.concatenate([knots, np.arange(section.start_m, section.end_m, _PROBE_M)]))
    middles = (probes[1:] + probes[:-1]) / 2.0
    curvature = road.line.sample(middles).curvature_per_m
    edges = section.boundaries(middles)[[0, -1]]
    stretch = np.max(np.abs(1.0 + curvature * edges), axis=0)  # the outer edge is longer than the reference line
    step = np.minimum(cap, np.sqrt(8.0 * _SAGITTA_M / np.maximum(np.abs(curvature) * stretch, 1e-9)))
    effort = np.concatenate([[0.0], np.cumsum(np.diff(probes) / step)])
    at_knots = np.interp(knots, probes, effort)
    counts = np.maximum(np.ceil(np.diff(at_knots) - 1e-9).astype(int), 1)
    wanted = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(at_knots[:-1], at_knots[1:], counts, strict=True)]
    s: Float64 = np.interp(np.concatenate([*wanted, at_knots[-1:]]), effort, probes)
    s[np.concatenate([[0], np.cumsum(counts)])] = knots  # to the last bit
    return s


def _knots(road: Road, section: LaneSection) -> Float64:
    starts = [road.line.starts_m, section.offset.starts_m, road.elevation.starts_m, road.banking.starts_m]
    starts += [lane.width.starts_m for lane in section.lanes]
    starts += [lane.height[0].starts_m for lane in section.lanes if lane.height is not None]
    for marks in (section.center_marks, *(lane.marks for lane in section.lanes)):
        starts.append(np.array([place for mark in marks for place in (mark.start_m, mark.end_m)]))
    inside = np.unique(np.concatenate(starts))
    inside = inside[(inside > section.start_m + 1e-3) & (inside < section.end_m - 1e-3)]
    return np.concatenate([[section.start_m], inside, [section.end_m]])


def _frozen(array: Float64) -> Float32:
    frozen = array.astype(np.float32)
    frozen.flags.writeable = False
    return frozen
