"""<objects> -> plain values in the world, repeats expanded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import numpy as np

from agent.simulator.nouns import Pose
from agent.simulator.roads.geometry_curves import Float64
from agent.simulator.roads.opendrive_xml import number
from agent.simulator.roads.road import Road
from agent.simulator.roads.road_errors import RoadError
from agent.simulator.roads.road_objects import RoadObject

_MOST_COPIES = 10_000
_LARGEST_M = 500.0
_LINE_STEP_M = 2.0
_PAINTED = ("crosswalk", "stopLine")
_KINDS = {  # lower case type or subtype -> kind
    "guardrail": "guardRail",
    "stonewall": "stoneWall",
    "wall": "wall",
    "jerseybarrier": "wall",
    "soundbarrier": "wall",
    "noiseprotection": "wall",
    "barrier": "wall",
    "fence": "fence",
    "railing": "fence",
    "hedge": "hedge",
    "building": "house",
    "house": "house",
    "tree": "tree",
    "vegetation": "tree",
    "pole": "pole",
    "streetlamp": "lamp",
    "crosswalk": "crosswalk",
    "stopline": "stopLine",
}


def parse_objects(road: Road, element: Element) -> Iterator[RoadObject]:
    """What stands along one road, in the file's order.

    Raises:
        RoadError: numbers out of range, sizes that are negative or above 500 m, more than 10 000 copies along the road.
    """
    room = _MOST_COPIES
    for found in element.findall("objects/object"):
        repeats = found.findall("repeat")
        if not repeats:
            yield _single(road, found)
        for repeat in repeats:
            if number(repeat, "distance", 0.0) > 0.0:
                copies = list(_copies(road, found, repeat, room))
                room -= len(copies)
                yield from copies
            else:
                yield _barrier(road, found, repeat)


def _single(road: Road, element: Element) -> RoadObject:
    s, t = number(element, "s"), number(element, "t")
    length, width, height = _sizes(element)
    pose = _pose(road, element, s, t, number(element, "zOffset", 0.0))
    outline = _outline(road, element, pose)
    if len(outline) and not (length or width) and _kind(element) not in _PAINTED:
        pose, length, width = _around(pose, outline)
        tall = [number(corner, "height", 0.0, limit=_LARGEST_M) for corner in element.iterfind(".//outline/*")]
        height = height or max(tall, default=0.0)
    return _object(road, element, pose, (length, width, height), outline=outline)


def _around(pose: Pose, outline: Float64) -> tuple[Pose, float, float]:
    """The middle of an outline, its length and its width [m] in the axes of the pose."""
    along = np.array([math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)])
    across = np.array([-along[1], along[0]])
    u, v = outline[:, :2] @ along, outline[:, :2] @ across
    x, y = ((u.min() + u.max()) / 2.0 * along + (v.min() + v.max()) / 2.0 * across).tolist()
    return pose._replace(x_m=x, y_m=y), float(np.ptp(u)), float(np.ptp(v))


def _copies(road: Road, element: Element, repeat: Element, room: int) -> Iterator[RoadObject]:
    distance, length = number(repeat, "distance"), max(number(repeat, "length"), 0.0)
    count = math.floor(length / distance + 1e-6) + 1
    if count > room:
        raise RoadError(f"has objects repeated more than {_MOST_COPIES} times")
    share = np.minimum(np.arange(count) * distance / length, 1.0) if length > 0.0 else np.zeros(1)
    s = number(repeat, "s") + share * length
    t, z, size = _along(element, repeat, share)
    for row in range(count):
        pose = _pose(road, element, float(s[row]), float(t[row]), float(z[row]))
        yield _object(road, element, pose, (float(size[0][row]), float(size[1][row]), float(size[2][row])))


def _barrier(road: Road, element: Element, repeat: Element) -> RoadObject:
    start = number(repeat, "s")
    length = min(max(number(repeat, "length"), 0.0), max(road.length_m - start, 0.0))
    stations = max(1, math.ceil(length / _LINE_STEP_M))
    share = np.arange(stations + 1) / stations
    t, z, size = _along(element, repeat, share)
    line = road.point(start + share * length, t)
    line[:, 2] += z
    line.flags.writeable = False
    pose = _pose(road, element, start, float(t[0]), float(z[0]))
    return _object(road, element, pose, (length, float(size[1][0]), float(size[2][0])), line=line)


def _along(element: Element, repeat: Element, share: Float64) -> tuple[Float64, Float64, list[Float64]]:
    """t, z above the road and the three sizes at shares [0, 1] of a repeat."""

    def between(name: str, default: float) -> Float64:
        first = number(repeat, f"{name}Start", default)
        return np.asarray(first + share * (number(repeat, f"{name}End", first) - first))

    sizes = zip(("length", "width", "height"), _sizes(element), strict=True)
    t, z = between("t", number(element, "t", 0.0)), between("zOffset", number(element, "zOffset", 0.0))
    return t, z, [between(name, default) for name, default in sizes]


def _sizes(element: Element) -> tuple[float, float, float]:
    diameter = 2.0 * number(element, "radius", 0.0)
    length, width = number(element, "length", 0.0) or diameter, number(element, "width", 0.0) or diameter
    return length, width, number(element, "height", 0.0)


def _pose(road: Road, element: Element, s: float, t: float, z: float) -> Pose:
    x, y, ground = road.point(s, t).tolist()
    yaw = float(road.sample(s).heading_rad) - number(element, "hdg", 0.0)
    pitch, roll = -number(element, "pitch", 0.0), number(element, "roll", 0.0)  # OpenDRIVE: positive pitch is nose down
    return Pose(x, y, ground + z, pitch, (yaw + math.pi) % (2.0 * math.pi) - math.pi, roll)


def _outline(road: Road, element: Element, pose: Pose) -> Float64:
    """Corners given along the road, or from the object's own place and heading."""
    on_road = element.findall(".//cornerRoad")
    if on_road:
        s, t, dz = (np.array([number(corner, name, 0.0) for corner in on_road]) for name in ("s", "t", "dz"))
        outline = road.point(s, t)
        outline[:, 2] += dz
        outline.flags.writeable = False
        return outline
    corners = [
        (number(corner, "u"), number(corner, "v"), number(corner, "z", 0.0))
        for corner in element.iterfind(".//cornerLocal")
    ]
    if not corners:
        return np.zeros((0, 3))
    u, v, z = np.array(corners, np.float64).T  # v points to the left
    cos, sin = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    outline = np.stack([pose.x_m + u * cos + v * sin, pose.y_m + u * sin - v * cos, pose.z_m + z], axis=1)
    outline.flags.writeable = False
    return outline


def _object(
    road: Road, element: Element, pose: Pose, sizes: tuple[float, float, float], **shape: Float64
) -> RoadObject:
    checked = sizes[1:] if "line" in shape else sizes  # a barrier is as long as its road
    if not all(0.0 <= size <= _LARGEST_M for size in checked):
        named = f"object {element.get('id', '?')[:40]}"
        raise RoadError(f"{named} has the sizes {sizes[0]:g}, {sizes[1]:g}, {sizes[2]:g} m, wanted 0 to {_LARGEST_M:g}")
    return RoadObject(
        id=element.get("id", ""),
        name=element.get("name", ""),
        kind=_kind(element),
        road_id=road.id,
        pose=pose,
        length_m=sizes[0],
        width_m=sizes[1],
        height_m=sizes[2],
        **shape,
    )


def _kind(element: Element) -> str:
    """From subtype, type and name, in this order; CARLA's towns have no subtypes and telling names."""
    for attribute in ("subtype", "type"):
        word = element.get(attribute, "").lower()
        if word in _KINDS and not (attribute == "type" and word == "barrier" and _named(element)):
            return _KINDS[word]
    return _named(element) or element.get("type") or "none"


def _named(element: Element) -> str | None:
    name = element.get("name", "").lower().replace("_", "").replace(" ", "")
    return next((kind for word, kind in _KINDS.items() if word in name), None)
