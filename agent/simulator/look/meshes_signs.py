"""Traffic lights without their light, and the plates of signs, as meshes."""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np

from agent.simulator.look.meshes import Array, Mesh, boxes, column, flat, join
from agent.simulator.look.textures_walls import Layer
from agent.simulator.nouns import Label
from agent.simulator.roads.signal_posts import HEAD_HALF_M, LENS_M, LENSES_M, POST_M, SignalPost

_STEEL, _DARK, _BACK = (118, 122, 126), (44, 46, 48), (126, 128, 130)
_RED, _WHITE, _BLACK = (196, 30, 30), (240, 240, 236), (24, 24, 26)
_OFF = ((84, 26, 24), (88, 66, 24), (20, 70, 40))
_SIGN_RADIUS_M, _YIELD_RADIUS_M = 0.34, 0.45
_PROUD_M = 0.006  # of what is painted on a plate, so that it hides the plate from afar too


def light_meshes(post: SignalPost) -> tuple[Mesh, Mesh]:
    """Post with arm, and the heads with dark lenses."""
    x, y, z = post.foot
    top = (x, y, z + (post.arm[2] - z if post.arm else POST_M))
    parts = [column((x, y, z - 0.3), top, (0.09, 0.07), _STEEL, Label.POLES, sides=8)]
    if post.arm:
        parts.append(column(top, post.arm, (0.06, 0.045), _STEEL, Label.POLES))
    hangers = [(head, (head[0], head[1], top[2])) for head in post.heads[1:]]
    parts += [column(head, above, (0.03, 0.03), _STEEL, Label.POLES, sides=4) for head, above in hangers]
    return join(parts), join([_head(head, post.face_rad) for head in post.heads])


def sign_meshes(post: SignalPost, kind: str, figure: str) -> tuple[Mesh, Mesh]:
    """Post and plate of a stop, yield or speed sign; `figure` is what a speed sign says."""
    x, y, z = post.foot
    (plate,) = post.heads
    pole = column((x, y, z - 0.3), (x, y, plate[2] + 0.3), (0.035, 0.035), _STEEL, Label.POLES, sides=6)
    return pole, _Plate(plate, post.face_rad).sign(kind, figure)


def _head(at: tuple[float, float, float], face_rad: float) -> Mesh:
    """A dark box with three lenses under hoods."""
    plate = _Plate(at, face_rad)
    parts = [boxes(at, HEAD_HALF_M, face_rad, _DARK, Label.TRAFFIC_LIGHT)]
    front = HEAD_HALF_M[0]
    for up, paint in zip(LENSES_M, _OFF, strict=True):
        parts.append(plate.disc(LENS_M, paint, front + 0.5 * _PROUD_M, up, Label.TRAFFIC_LIGHT))
        hood = plate.point(0.0, up + LENS_M + 0.015, front + 0.09)
        parts.append(boxes(hood, (0.09, LENS_M, 0.012), face_rad, _DARK, Label.TRAFFIC_LIGHT))
    return join(parts)


class _Plate:
    """An upright plane: u to the right as one looks at it, v up, n towards the looker [m]."""

    def __init__(self, at: tuple[float, float, float], face_rad: float) -> None:
        self._at = np.array(at)
        self._right = np.array([math.sin(face_rad), -math.cos(face_rad), 0.0])
        self._ahead = np.array([math.cos(face_rad), math.sin(face_rad), 0.0])

    def point(self, u: float, v: float, n: float) -> Array:
        """A place in the world."""
        return np.asarray(self._at + u * self._right + v * np.array([0.0, 0.0, 1.0]) + n * self._ahead)

    def sign(self, kind: str, figure: str) -> Mesh:
        """A sign's plate, painted."""
        if kind == "stop":
            rim = self.disc(_SIGN_RADIUS_M, _WHITE, _PROUD_M, sides=8)
            face = self.disc(0.93 * _SIGN_RADIUS_M, _RED, 2 * _PROUD_M, sides=8)
            return join([*self._backed(rim, _SIGN_RADIUS_M, 8), face, self._text("STOP", 0.48, _WHITE)])
        if kind == "yield":
            rim = self.disc(_YIELD_RADIUS_M, _RED, _PROUD_M, sides=3)
            face = self.disc(0.62 * _YIELD_RADIUS_M, _WHITE, 2 * _PROUD_M, sides=3)
            return join([*self._backed(rim, _YIELD_RADIUS_M, 3), face])
        rim = self.disc(_SIGN_RADIUS_M, _RED, _PROUD_M)
        face = self.disc(0.8 * _SIGN_RADIUS_M, _WHITE, 2 * _PROUD_M)
        return join([*self._backed(rim, _SIGN_RADIUS_M, 24), face, self._text(figure, 0.36, _BLACK)])

    def disc(
        self,
        radius_m: float,
        paint: tuple[int, int, int],
        n: float,
        up: float = 0.0,
        label: Label = Label.TRAFFIC_SIGNS,
        *,
        sides: int = 24,
        back: bool = False,
    ) -> Mesh:
        """A regular polygon; an octagon stands on a side, a triangle on a corner."""
        shift = math.pi / 2 if sides == 3 else math.pi / sides
        turn = np.linspace(0.0, 2.0 * math.pi, sides + 1) - shift
        rim = [self.point(radius_m * math.cos(a), up + radius_m * math.sin(a), n) for a in turn.tolist()]
        middle = self.point(0.0, up, n)
        ends = zip(rim[1:], rim[:-1], strict=True)
        corners = [[middle, a, b, b] if back else [middle, b, a, a] for b, a in ends]
        return flat(corners, paint, Layer.PLAIN, label, 4.0)

    def _backed(self, rim: Mesh, radius_m: float, sides: int) -> list[Mesh]:
        return [rim, self.disc(radius_m, _BACK, _PROUD_M - 0.004, sides=sides, back=True)]

    def _text(self, text: str, width_m: float, paint: tuple[int, int, int]) -> Mesh:
        """Letters as rectangles."""
        spans = _letters(text)
        u0, u1, v0, v1 = (spans * width_m).T
        n = 3 * _PROUD_M
        corners = [
            [self.point(a, c, n), self.point(a, d, n), self.point(b, d, n), self.point(b, c, n)]
            for a, b, c, d in zip(u0.tolist(), u1.tolist(), v0.tolist(), v1.tolist(), strict=True)
        ]
        return flat(corners, paint, Layer.PLAIN, Label.TRAFFIC_SIGNS, 4.0)


@cache
def _letters(text: str) -> Array:
    """A text as rectangles (N, 4) u0, u1, v0, v1 around the origin, in shares of its width."""
    (wide, tall), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1.5, 4)
    picture = np.zeros((tall + below + 8, wide + 8), np.uint8)
    cv2.putText(picture, text, (4, tall + 4), cv2.FONT_HERSHEY_DUPLEX, 1.5, 255, 4)
    rows, columns = np.nonzero(picture > 127)
    picture = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] > 127
    tall, wide = picture.shape
    open_: dict[tuple[int, int], int] = {}
    spans: list[tuple[int, int, int, int]] = []
    for row in range(tall + 1):
        line = np.zeros(wide + 2, np.int8)
        if row < tall:
            line[1:-1] = picture[row]
        edges = np.flatnonzero(np.diff(line)).reshape(-1, 2)
        runs = {(int(a), int(b)) for a, b in edges}
        spans += [(a, b, first, row) for (a, b), first in open_.items() if (a, b) not in runs]
        open_ = {run: open_.get(run, row) for run in runs}
    found = np.array(sorted(spans), np.float64)
    u, v = found[:, :2] - wide / 2.0, tall / 2.0 - found[:, :1:-1]
    return np.concatenate([u, v], axis=1) / wide
