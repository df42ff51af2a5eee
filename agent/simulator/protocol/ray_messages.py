"""Stream messages of the sensors that cast rays, as bytes; layouts of CARLA 0.9.16, little endian.

The client checks none of them: golden bytes are in the tests.
"""

from __future__ import annotations

import struct

import msgpack
import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Pose
from agent.simulator.protocol.messages import Kind, Parts, Stamp, header

_SWEEP = struct.Struct("<fI")

SEMANTIC_POINT = np.dtype(
    [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("cosine", "<f4"), ("actor", "<u4"), ("label", "<u4")]
)
"""One point of a semantic lidar: place in the sensor's axes [m], cosine of the incidence, actor hit (0 none), label."""


def lidar(
    stamp: Stamp, pose: Pose, angle_rad: float, counts: npt.NDArray[np.uint32], points: npt.NDArray[np.generic]
) -> Parts:
    """A part of a sweep.

    Args:
        stamp: of the tick.
        pose: of the sensor in the world.
        angle_rad: how far the sweep has come.
        counts: (C,) points of each channel; the points are sorted by channel.
        points: float32 (N, 4), x, y, z in the sensor's axes [m] and intensity 0..1; or SEMANTIC_POINT (N,).
    """
    kind = Kind.LIDAR_SEMANTIC if points.dtype == SEMANTIC_POINT else Kind.LIDAR
    start = header(kind, stamp, pose) + _SWEEP.pack(angle_rad, len(counts)) + counts.astype("<u4").tobytes()
    return (start + points.tobytes(),)


def radar(stamp: Stamp, pose: Pose, detections: npt.NDArray[np.float32]) -> Parts:
    """Detections (N, 4): closing speed, negative when nearing [m/s], azimuth, altitude [rad], distance [m]."""
    return (header(Kind.RADAR, stamp, pose) + np.ascontiguousarray(detections, "<f4").tobytes(),)


def obstacle(stamp: Stamp, pose: Pose, own: object, other: object, distance_m: float) -> Parts:
    """What stands ahead: the two actors as `structs.actor_tuple` packs them."""
    body: bytes = msgpack.packb([own, other, distance_m])
    return (header(Kind.OBSTACLE, stamp, pose) + body,)
