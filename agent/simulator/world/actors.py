"""Actors: what lives in the episode. Mutable, owned by the episode alone, never sent anywhere but as bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import degrees, hypot

from agent.simulator.dynamics.ackermann import AckermannDriver
from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.vehicle import VehicleState
from agent.simulator.dynamics.vehicle_specs import VehicleSpec
from agent.simulator.nouns import ActorLook, Pose
from agent.simulator.poses import Vector, along_ground, attached, axes, inward
from agent.simulator.protocol.messages import ZERO, actor_row, added, scaled, vehicle_row
from agent.simulator.protocol.structs import ActorDescription, VehicleControl, actor_tuple, box_tuple
from agent.simulator.protocol.tokens import NO_STREAM, stream_token

WALKER_MIDDLE_M = 0.93
"""A pedestrian's origin stands this far above the ground, as CARLA's capsules do."""

_MAX_SPEED_MPS = 150.0
_MAX_TURNING_RADPS = 20.0


def bounded(velocity_mps: Vector) -> Vector:
    """A velocity of at most 150 m/s."""
    speed = hypot(*velocity_mps)
    return velocity_mps if speed <= _MAX_SPEED_MPS else scaled(velocity_mps, _MAX_SPEED_MPS / speed)


@dataclass(slots=True, eq=False)
class Actor:
    """Anything with an id: the base of all, and in itself what has no motion of its own (the spectator).

    Attributes:
        id: never used twice.
        description: as spawned, attributes checked.
        pose: in the world.
        parent: what it is attached to; None also after the parent is gone.
        parent_id: 0 without.
        relative: pose in the parent's axes.
        stream_id: of its sensor stream, 0 without.
    """

    id: int
    description: ActorDescription
    pose: Pose
    parent: Actor | None = None
    relative: Pose = field(default_factory=Pose)
    parent_id: int = 0
    stream_id: int = 0

    @property
    def tags(self) -> bytes:
        """Semantic labels, one byte each."""
        return b""

    @property
    def velocity_mps(self) -> Vector:
        """In world axes."""
        return self.parent.velocity_mps if self.parent else ZERO

    @property
    def acceleration_mps2(self) -> Vector:
        """In world axes."""
        return self.parent.acceleration_mps2 if self.parent else ZERO

    @property
    def turning_radps(self) -> Vector:
        """About the world's x, y and z (clockwise from above)."""
        return self.parent.turning_radps if self.parent else ZERO

    def follow(self) -> None:
        """Go where the parent went."""
        if self.parent is not None:
            self.pose = attached(self.parent.pose, self.relative)

    def put(self, pose: Pose) -> None:
        """Stand somewhere else from now on."""
        self.pose = pose

    def box(self) -> list[object]:
        """The bounding box, a BoundingBox tuple in the actor's axes."""
        return box_tuple(actor_id=self.id)

    def look(self) -> ActorLook | None:
        """How it is drawn; None for what cannot be seen."""
        return None

    def looks(self) -> tuple[ActorLook, ...]:
        """All that is drawn of it."""
        look = self.look()
        return () if look is None else (look,)

    def row(self) -> bytes:
        """Its 119 bytes in the world's state."""
        x, y, z = self.turning_radps
        return actor_row(
            self.id,
            self.pose,
            velocity_mps=self.velocity_mps,
            turning_degps=(degrees(x), degrees(y), degrees(z)),
            acceleration_mps2=self.acceleration_mps2,
            status=self._status(),
        )

    def _status(self) -> bytes:
        return b""

    def as_tuple(self, streaming_port: int) -> list[object]:
        """The Actor tuple for the client."""
        token = stream_token(self.stream_id, streaming_port) if self.stream_id else NO_STREAM
        return actor_tuple(self.id, self.parent_id, self.description, box=self.box(), tags=self.tags, token=token)


@dataclass(slots=True, eq=False)
class Body(Actor):
    """An actor that takes room and can be bumped into.

    Attributes:
        spec: size and mass; of a vehicle also its dynamics.
        state: place and motion; `pose` follows it.
        simulated: False while physics is switched off: it stands still, others bump into it.
        solid: False while collisions are switched off: nobody bumps into it.
        grounded: False until it has been set on the ground where it stands now.
        middle_m: height of its origin above the ground.
        velocity, acceleration: in world axes, the acceleration as the mean of the last tick, bumps included.
        force_n, torque_nm: to act during the next tick, world axes.
    """

    spec: VehicleSpec = field(kw_only=True)
    state: VehicleState = field(kw_only=True)
    simulated: bool = True
    solid: bool = True
    grounded: bool = False
    force_n: Vector = ZERO
    torque_nm: float = 0.0
    middle_m: float = 0.0
    velocity: Vector = ZERO
    acceleration: Vector = ZERO

    @property
    def tags(self) -> bytes:
        """Semantic labels, one byte each."""
        return bytes([self.spec.label])

    @property
    def velocity_mps(self) -> Vector:
        """In world axes."""
        return self.velocity

    @property
    def acceleration_mps2(self) -> Vector:
        """In world axes."""
        return self.acceleration

    @property
    def turning_radps(self) -> Vector:
        """About the world's x, y and z (clockwise from above)."""
        return (0.0, 0.0, self.state.yaw_rate_radps)

    def box(self) -> list[object]:
        """The bounding box, a BoundingBox tuple in the actor's axes."""
        half = (0.5 * self.spec.length_m, 0.5 * self.spec.width_m, 0.5 * self.spec.height_m)
        return box_tuple((0.0, 0.0, half[2] - self.middle_m), half, self.id)

    def settle(self, state: VehicleState, pitch_rad: float = 0.0, roll_rad: float = 0.0) -> None:
        """Take over a new state; `state.z_m` is the ground's."""
        self.state = state
        self.pose = Pose(state.x_m, state.y_m, state.z_m + self.middle_m, pitch_rad, state.yaw_rad, roll_rad)
        self.velocity = along_ground(self.pose, state.forward_mps, state.lateral_mps)

    def put(self, pose: Pose) -> None:
        """Stand somewhere else from now on; as in CARLA the velocity over ground stays, whatever the new heading."""
        velocity_mps, z_m = self.velocity, pose.z_m - self.middle_m
        self.grounded = False
        self.settle(self.state._replace(x_m=pose.x_m, y_m=pose.y_m, z_m=z_m, yaw_rad=pose.yaw_rad), pose.pitch_rad)
        self.fly(velocity_mps)

    def carry(self, pose: Pose, velocity_mps: Vector) -> None:
        """Be exactly there, attitude included, and move this fast: what a recording says."""
        z_m = pose.z_m - self.middle_m
        self.state = self.state._replace(x_m=pose.x_m, y_m=pose.y_m, z_m=z_m, yaw_rad=pose.yaw_rad)
        self.pose = pose
        self.fly(velocity_mps)
        self.velocity = bounded(velocity_mps)

    def fly(self, velocity_mps: Vector) -> None:
        """Have this velocity, world axes; at most 150 m/s of it."""
        forward, lateral, _ = inward(axes(self.pose), bounded(velocity_mps))
        self.settle(
            self.state._replace(forward_mps=forward, lateral_mps=lateral), self.pose.pitch_rad, self.pose.roll_rad
        )

    def spin(self, turning_radps: float) -> None:
        """Turn this fast, clockwise from above; at most 20 rad/s."""
        turning_radps = min(max(turning_radps, -_MAX_TURNING_RADPS), _MAX_TURNING_RADPS)
        self.settle(self.state._replace(yaw_rate_radps=turning_radps), self.pose.pitch_rad, self.pose.roll_rad)

    def push(self, dt_s: float) -> None:
        """Let the waiting force and torque act for one tick."""
        if self.force_n != ZERO:
            self.fly(added(self.velocity_mps, self.force_n, dt_s / self.spec.mass_kg))
        if self.torque_nm:
            self.spin(self.state.yaw_rate_radps + self.torque_nm * dt_s / self.spec.yaw_inertia_kgm2)
        self.force_n, self.torque_nm = ZERO, 0.0


@dataclass(slots=True, eq=False)
class Vehicle(Body):
    """A car, a truck, a motorcycle.

    Attributes:
        control: the last one applied.
        color: RGB 0..255.
        lights: VehicleLightState flags.
        shown_steer_rad: angle the front wheels are shown at, whatever they do; None: as they are.
        held_mps: constant velocity (forward, right, up) it is held at, or None.
        physics: the VehiclePhysicsControl tuple a client applied, or None.
        friction: of its tyres on the road, 1 as built.
        speed_limit_kmh: where it is now, signs included.
        road_id: of the road it is on, None beside all.
        ackermann, by_ackermann: the controller, and whether it drives now.
        light_state, light_id: TrafficLightState it has to obey, and the light that shows it, 0 for none.
    """

    control: VehicleControl = field(default_factory=VehicleControl)
    color: tuple[int, int, int] = (128, 128, 128)
    lights: int = 0
    shown_steer_rad: float | None = None
    held_mps: Vector | None = None
    physics: list[object] | None = None
    friction: float = 1.0
    speed_limit_kmh: float = 30.0
    road_id: int | None = None
    ackermann: AckermannDriver = field(default_factory=AckermannDriver)
    by_ackermann: bool = False
    light_state: int = 2
    light_id: int = 0
    _road_limit_kmh: float = 0.0

    def command(self) -> VehicleCommand:
        """The control as the dynamics take it; gear -1 by hand is reverse."""
        control = self.control
        reverse = control.reverse or (control.manual_gear_shift and control.gear < 0)
        return VehicleCommand(control.throttle, control.steer, control.brake, control.hand_brake, reverse)

    def think(self, dt_s: float) -> None:
        """Let the Ackermann controller set the control for the next tick, if it drives."""
        if self.by_ackermann:
            pedals = self.ackermann.step(self.state.forward_mps, self.control.steer, self.spec.max_steer_rad, dt_s)
            self.control = VehicleControl(pedals.throttle, pedals.steer, pedals.brake, reverse=pedals.reverse)

    def enter(self, road_id: int, limit_kmh: float) -> None:
        """Be on a road with this limit; it ends that of a sign where it differs from the road's limit before."""
        self.road_id = road_id
        if limit_kmh != self._road_limit_kmh:
            self.speed_limit_kmh = self._road_limit_kmh = limit_kmh

    def obey_sign(self, limit_kmh: float) -> None:
        """Have passed a speed sign."""
        self.speed_limit_kmh = limit_kmh

    def look(self) -> ActorLook:
        """How it is drawn."""
        return ActorLook(
            self.id,
            self.description.id,
            self.pose,
            self.color,
            self.state.steer_rad if self.shown_steer_rad is None else self.shown_steer_rad,
            self.state.wheel_turn_rad,
            self.control.brake > 0.0,
            self.lights,
        )

    def row(self) -> bytes:
        """Its 119 bytes in the world's state."""
        return vehicle_row(
            self.id,
            self.pose,
            self.control,
            velocity_mps=self.velocity,
            turning_degps=(0.0, 0.0, degrees(self.state.yaw_rate_radps)),
            acceleration_mps2=self.acceleration,
            gear=self.state.gear,
            speed_limit_kmh=self.speed_limit_kmh,
            light_state=self.light_state,
            light_id=self.light_id,
        )
