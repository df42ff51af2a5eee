"""What happens when vehicles bump into things and into each other: impulses and push-out; pure.

Rigid bodies in plan view with one contact point per pair: Newton's restitution along the normal, Coulomb's friction
across it (Catto, Iterative Dynamics with Temporal Coherence, 2005, without the iteration over many points).
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from agent.simulator.dynamics.grid import Grid
from agent.simulator.dynamics.oriented_box import Drum, Plan, Touch, cells, near, overlap, touch
from agent.simulator.dynamics.sweep import CLEARANCE_M, drum_around, swept
from agent.simulator.dynamics.vehicle import VehicleState, sub_steps
from agent.simulator.dynamics.vehicle_specs import VehicleSpec
from agent.simulator.nouns import Box, Label

RESTITUTION = 0.15  # car bodies crush: little comes back
SOFT_MPS = 1.0  # slower contacts do not bounce at all: a parked car stays quiet
SLIDING_FRICTION = 0.35  # sheet metal on concrete or steel
_MOST_PARTS = 1000
_PASSES = 4  # a car squeezed between two things is pushed out of both


@dataclass(frozen=True, slots=True)
class Contact:
    """One bump of one vehicle; two vehicles get one each.

    Attributes:
        body_id: the vehicle.
        other_id: the other vehicle, or None for the scenery.
        label: semantic class of what was hit.
        impulse_ns: on the vehicle, world axes [N s].
    """

    body_id: int
    other_id: int | None
    label: Label
    impulse_ns: tuple[float, float, float]


class _Body:
    """A vehicle while its tick is being resolved: place, world velocity, inverse masses (0: immovable)."""

    __slots__ = ("bottom", "inv_inertia", "inv_mass", "label", "plan", "r", "radius_m", "top", "vx", "vy")

    def __init__(self, spec: VehicleSpec, state: VehicleState) -> None:
        cosine, sine = math.cos(state.yaw_rad), math.sin(state.yaw_rad)
        self.plan = Plan(state.x_m, state.y_m, cosine, sine, 0.5 * spec.length_m, 0.5 * spec.width_m)
        self.radius_m = self.plan.radius_m
        self.bottom, self.top = state.z_m + CLEARANCE_M, state.z_m + spec.height_m
        self.vx = state.forward_mps * cosine - state.lateral_mps * sine
        self.vy = state.forward_mps * sine + state.lateral_mps * cosine
        self.r = state.yaw_rate_radps
        self.inv_mass, self.inv_inertia = 1.0 / spec.mass_kg, 1.0 / spec.yaw_inertia_kgm2
        self.label = spec.label

    @classmethod
    def of(cls, box: Box) -> _Body:
        """A thing that never moves."""
        body = cls.__new__(cls)
        body.plan = Plan(
            box.x_m, box.y_m, math.cos(box.yaw_rad), math.sin(box.yaw_rad), box.half_length_m, box.half_width_m
        )
        body.radius_m = body.plan.radius_m
        body.bottom, body.top = box.z_m - box.half_height_m, box.z_m + box.half_height_m
        body.vx = body.vy = body.r = body.inv_mass = body.inv_inertia = 0.0
        body.label = box.label
        return body

    def meets(self, other: _Body) -> Touch | None:
        """How it touches the other, or None."""
        return touch(self.plan, other.plan) if self.near(other) else None

    def near(self, other: _Body) -> bool:
        """Whether the circles around both meet, and their heights."""
        return near(self.drum(), other.drum())

    def drum(self) -> Drum:
        """The upright cylinder around it."""
        return self.plan.x_m, self.plan.y_m, self.radius_m, self.bottom, self.top

    def moved(self, dx: float, dy: float) -> None:
        """Shift it [m]."""
        if dx or dy:
            self.plan = self.plan._replace(x_m=self.plan.x_m + dx, y_m=self.plan.y_m + dy)

    def pushed(self, jx: float, jy: float, arm_x: float, arm_y: float) -> None:
        """Take an impulse [N s] at an arm from its origin [m]."""
        self.vx += jx * self.inv_mass
        self.vy += jy * self.inv_mass
        self.r += (arm_x * jy - arm_y * jx) * self.inv_inertia

    def state(self, before: VehicleState) -> VehicleState:
        """The vehicle's state after the bumps."""
        cosine, sine = self.plan.cosine, self.plan.sine
        return before._replace(
            x_m=self.plan.x_m,
            y_m=self.plan.y_m,
            forward_mps=self.vx * cosine + self.vy * sine,
            lateral_mps=self.vy * cosine - self.vx * sine,
            yaw_rate_radps=self.r,
        )


class CollisionWorld:
    """Things that stand still, found by a spatial hash, and the rule for bumping into them.

    Args:
        obstacles: order decides which of two simultaneous contacts is solved first.
    """

    def __init__(self, obstacles: Sequence[Box]) -> None:
        self._things = tuple(_Body.of(box) for box in obstacles)
        self._numbers = tuple(box.thing for box in obstacles)
        self._grid = Grid([(*thing.plan.bounds(), thing.bottom, thing.top) for thing in self._things])

    def hide(self, numbers: Set[int]) -> None:
        """Nobody bumps into these objects of the scenery from now on, everybody into all others."""
        self._grid.fill(index for index, number in enumerate(self._numbers) if number not in numbers or not number)

    def is_free(
        self, spec: VehicleSpec, state: VehicleState, bodies: Mapping[int, tuple[VehicleSpec, VehicleState]]
    ) -> bool:
        """Whether a vehicle could be put there without touching scenery or other vehicles."""
        body = _Body(spec, state)
        others = [_Body(*other) for _, other in sorted(bodies.items())]
        return not any(body.meets(other) for other in [*self._near(body), *others])

    def disturbed(self, ways: Mapping[int, tuple[VehicleSpec, VehicleState, VehicleState]]) -> set[int]:
        """The bodies that something may get in the way of during a tick; the others need not be resolved.

        Args:
            ways: of every body by id in rising order: spec, state now, state after the tick with nothing in its way.
        """
        drums: list[tuple[Drum, int]] = []
        for body_id, way in ways.items():
            drum = drum_around(*way)
            if drum is None:
                return set(ways)
            drums.append((drum, body_id))
        found: set[int] = set()
        plans: dict[int, Plan] = {}  # few are needed
        for a_id, b_id, thing in self._close(drums):
            for body_id in (a_id, b_id):
                if body_id not in plans:
                    plans[body_id] = swept(*ways[body_id])
            if overlap(plans[a_id], plans[b_id] if thing is None else thing.plan):
                found.update((a_id, b_id))
        return found

    def resolve(
        self, bodies: Mapping[int, tuple[VehicleSpec, VehicleState]]
    ) -> tuple[dict[int, VehicleState], tuple[Contact, ...]]:
        """States after all bumps of this tick, and the bumps, in the order of ids.

        Call it after each of `sub_ticks(...)` equal parts of a tick: a vehicle that has jumped across a wall is not
        brought back.
        """
        ids = sorted(bodies)
        moving = {body_id: _Body(*bodies[body_id]) for body_id in ids}
        impulses: dict[tuple[int, int | None, Label], tuple[float, float]] = {}
        touched: set[int] = set()
        for _ in range(_PASSES):
            settled = True
            for a_id, b_id, other in self._candidates(moving):
                met = moving[a_id].meets(other)
                if met is None:
                    continue
                settled = False
                touched.update((a_id,) if b_id is None else (a_id, b_id))
                jx, jy = _bump(moving[a_id], other, met)
                _add(impulses, (a_id, b_id, other.label), jx, jy)
                if b_id is not None:
                    _add(impulses, (b_id, a_id, moving[a_id].label), -jx, -jy)
            if settled:
                break
        states = {i: moving[i].state(bodies[i][1]) if i in touched else bodies[i][1] for i in ids}
        contacts = tuple(
            Contact(body_id, other_id, label, (jx, jy, 0.0))
            for (body_id, other_id, label), (jx, jy) in sorted(impulses.items(), key=lambda entry: entry[0][0])
            if jx or jy
        )
        return states, contacts

    def _close(self, drums: list[tuple[Drum, int]]) -> list[tuple[int, int, _Body | None]]:
        """(id, id of another body, None) and (id, id, thing) of those whose cylinders or boxes have room in common."""
        found: list[tuple[int, int, _Body | None]] = []
        farthest_m = 2.0 * max((drum[2] for drum, _ in drums), default=0.0)
        abreast: deque[tuple[Drum, int]] = deque()  # not too far behind, along x
        for drum, body_id in sorted(drums):
            x, y, radius_m, bottom, top = drum
            left, right, low, high = x - radius_m, x + radius_m, y - radius_m, y + radius_m
            for index, x0, x1, y0, y1, z0, z1 in self._grid.around(x, y, radius_m):
                if left < x1 and x0 < right and low < y1 and y0 < high and bottom < z1 and z0 < top:
                    found.append((body_id, body_id, self._things[index]))
            while abreast and x - abreast[0][0][0] >= farthest_m:
                abreast.popleft()
            for other, other_id in abreast:
                if near(drum, other):
                    found.append((other_id, body_id, None))
            abreast.append((drum, body_id))
        return found

    def _near(self, body: _Body) -> Iterator[_Body]:
        """Scenery that may touch the body, in the order of the list."""
        for index, *_ in self._grid.around(body.plan.x_m, body.plan.y_m, body.radius_m):
            yield self._things[index]

    def _candidates(self, moving: Mapping[int, _Body]) -> Iterator[tuple[int, int | None, _Body]]:
        """Pairs that may touch: each vehicle with vehicles of higher id, then with the scenery."""
        for a_id, b_id in _pairs(moving):
            yield a_id, b_id, moving[b_id]
        for a_id, body in moving.items():
            for thing in self._near(body):
                yield a_id, None, thing


def _pairs(bodies: Mapping[int, _Body]) -> list[tuple[int, int]]:
    """Pairs of ids, the lower first, that share a cell; in rising order."""
    residents: dict[tuple[int, int], list[int]] = defaultdict(list)
    for body_id, body in bodies.items():
        for cell in cells(body.plan):
            residents[cell].append(body_id)
    return sorted(
        {
            (low, high)
            for dwellers in residents.values()
            for place, low in enumerate(dwellers)  # ids come in rising order
            for high in dwellers[place + 1 :]
        }
    )


def sub_ticks(bodies: Mapping[int, tuple[VehicleSpec, VehicleState]], dt_s: float) -> int:
    """In how many equal parts to step and resolve a tick so that no vehicle moves a quarter of its width in one.

    The parts are made of whole sub-steps of the dynamics as long as nobody is too fast for these: who else is on the
    road does not change how a vehicle is integrated. At most 1000.
    """
    steps = sub_steps(dt_s)
    wanted = max(
        (
            math.ceil(4.0 * dt_s * math.hypot(state.forward_mps, state.lateral_mps) / min(spec.width_m, spec.length_m))
            for spec, state in bodies.values()
        ),
        default=1,
    )
    if wanted <= steps:
        return next(parts for parts in range(max(wanted, 1), steps + 1) if steps % parts == 0)
    return steps * min(math.ceil(wanted / steps), max(_MOST_PARTS // steps, 1))


def _bump(a: _Body, b: _Body, met: Touch) -> tuple[float, float]:
    """Push both out of each other and exchange the impulse; returns the one on `a`, world axes [N s]."""
    (nx, ny), (px, py) = met.normal, met.point
    shares = a.inv_mass + b.inv_mass
    ax, ay, bx, by = px - a.plan.x_m, py - a.plan.y_m, px - b.plan.x_m, py - b.plan.y_m
    a.moved(nx * met.depth_m * a.inv_mass / shares, ny * met.depth_m * a.inv_mass / shares)
    b.moved(-nx * met.depth_m * b.inv_mass / shares, -ny * met.depth_m * b.inv_mass / shares)

    def exchange(ux: float, uy: float, gain: float, most: float) -> float:
        """Impulse along u that takes away `gain` times the closing speed, within +-most."""
        closing = (a.vx - a.r * ay - b.vx + b.r * by) * ux + (a.vy + a.r * ax - b.vy - b.r * bx) * uy
        lever_a, lever_b = ax * uy - ay * ux, bx * uy - by * ux
        resistance = shares + lever_a**2 * a.inv_inertia + lever_b**2 * b.inv_inertia
        j = min(max(-gain * closing / resistance, -most), most)
        a.pushed(j * ux, j * uy, ax, ay)
        b.pushed(-j * ux, -j * uy, bx, by)
        return j

    approach = (a.vx - a.r * ay - b.vx + b.r * by) * nx + (a.vy + a.r * ax - b.vy - b.r * bx) * ny
    if approach >= 0.0:
        return 0.0, 0.0
    bounce = RESTITUTION if approach < -SOFT_MPS else 0.0
    along = exchange(nx, ny, 1.0 + bounce, math.inf)
    across = exchange(-ny, nx, 1.0, SLIDING_FRICTION * along)
    return along * nx - across * ny, along * ny + across * nx


def _add(
    impulses: dict[tuple[int, int | None, Label], tuple[float, float]],
    key: tuple[int, int | None, Label],
    jx: float,
    jy: float,
) -> None:
    """Sum the impulses of one pair over the passes."""
    before = impulses.get(key, (0.0, 0.0))
    impulses[key] = (before[0] + jx, before[1] + jy)
