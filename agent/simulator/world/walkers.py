"""Pedestrians: where they go, how they jump, and that they fall when they are run into."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from agent.simulator.dynamics.vehicle import VehicleState
from agent.simulator.dynamics.vehicle_specs import GRAVITY_MPS2
from agent.simulator.nouns import ActorLook
from agent.simulator.protocol.messages import walker_status
from agent.simulator.protocol.structs import WalkerControl
from agent.simulator.world.actors import Body

_JUMP_MPS = 4.2  # Unreal's JumpZVelocity
_LYING_M = 0.2  # middle of a lying body above the ground
_LYING_SIZE_M = (1.75, 0.5, 0.4)
_ON_THE_BACK_RAD = 0.5 * math.pi  # nose up
_FALL_MPS = 1.5  # a push that changes the speed by more knocks down
_SLIDING_MPS2 = 6.0  # clothes on asphalt
_STEPS_M = 1.5  # two steps
_STRIDE_RAD, _STRIDE_MPS = 0.42, 1.4  # widest, and the speed from which it is


@dataclass(slots=True, eq=False)
class Walker(Body):
    """A pedestrian; goes straight where it is told, up to what it bumps into; who is run into falls and stays down.

    Attributes:
        control: the last one applied.
        down: lies on the ground; controls are without effect.
        lift_m, rising_mps: of a jump, above the ground.
    """

    control: WalkerControl = field(default_factory=WalkerControl)
    down: bool = False
    lift_m: float = 0.0
    rising_mps: float = 0.0

    def settle(self, state: VehicleState, pitch_rad: float = 0.0, roll_rad: float = 0.0) -> None:
        """Take over a new state, upright whatever the slope."""
        Body.settle(self, state)
        if self.lift_m > 0.0:
            self.pose = self.pose._replace(z_m=self.pose.z_m + self.lift_m)

    def jump(self, dt_s: float) -> None:
        """Go up or come down for one tick; who is told to jump takes off from the ground alone."""
        if self.lift_m <= 0.0:
            if not self.control.jump or self.down:
                return
            self.rising_mps = _JUMP_MPS
        self.lift_m = max(self.lift_m + self.rising_mps * dt_s - 0.5 * GRAVITY_MPS2 * dt_s * dt_s, 0.0)
        self.rising_mps -= GRAVITY_MPS2 * dt_s

    def knock(self, impulse_ns: float) -> None:
        """Fall if the push was hard."""
        if self.down or impulse_ns < _FALL_MPS * self.spec.mass_kg:
            return
        length_m, width_m, height_m = _LYING_SIZE_M
        self.down, self.lift_m, self.middle_m = True, 0.0, _LYING_M
        self.spec = replace(self.spec, length_m=length_m, width_m=width_m, height_m=height_m)

    def lead(self, speed_mps: float) -> None:
        """Be moved by somebody else, straight ahead at this speed, without walking by itself."""
        ahead = (math.cos(self.pose.yaw_rad), math.sin(self.pose.yaw_rad), 0.0)
        self.control = WalkerControl(ahead, 0.0)
        self.state = self.state._replace(forward_mps=speed_mps, lateral_mps=0.0)
        self.velocity = (speed_mps * ahead[0], speed_mps * ahead[1], 0.0)

    def walked(self, state: VehicleState, dt_s: float) -> VehicleState:
        """The state after walking as told, or sliding to a stop after a fall."""
        if self.down:
            return _slid(state, dt_s)
        x, y, _ = self.control.direction
        length = math.hypot(x, y)
        speed = self.control.speed_mps if length > 1e-6 else 0.0
        if speed == 0.0:
            return state._replace(forward_mps=0.0, lateral_mps=0.0, yaw_rate_radps=0.0)
        return state._replace(
            x_m=state.x_m + speed * dt_s * x / length,
            y_m=state.y_m + speed * dt_s * y / length,
            yaw_rad=math.atan2(y, x),
            forward_mps=speed,
            lateral_mps=0.0,
            yaw_rate_radps=0.0,
            wheel_turn_rad=(state.wheel_turn_rad + 2.0 * math.pi * speed * dt_s / _STEPS_M) % (2.0 * math.pi),
        )

    def look(self) -> ActorLook:
        """How it is drawn; its feet are where a lying body turns about."""
        ground = self.pose._replace(z_m=self.pose.z_m - self.middle_m)
        if self.down:
            x = ground.x_m + 0.5 * self.spec.length_m * math.cos(ground.yaw_rad)
            y = ground.y_m + 0.5 * self.spec.length_m * math.sin(ground.yaw_rad)
            ground = ground._replace(x_m=x, y_m=y, z_m=ground.z_m + _LYING_M, pitch_rad=_ON_THE_BACK_RAD)
        share = 0.0 if self.down else min(self.state.forward_mps / _STRIDE_MPS, 1.0)
        stride = _STRIDE_RAD * share * math.sin(self.state.wheel_turn_rad)
        return ActorLook(self.id, self.description.id, ground, (90, 90, 110), stride_rad=stride)

    def _status(self) -> bytes:
        return walker_status(self.control.direction, self.control.speed_mps, self.control.jump)


def _slid(state: VehicleState, dt_s: float) -> VehicleState:
    """What slides over the ground until friction has stopped it."""
    speed = math.hypot(state.forward_mps, state.lateral_mps)
    left = max(speed - _SLIDING_MPS2 * dt_s, 0.0) / speed if speed > 0.0 else 0.0
    mean_s = 0.5 * (1.0 + left) * dt_s
    cosine, sine = math.cos(state.yaw_rad), math.sin(state.yaw_rad)
    return state._replace(
        x_m=state.x_m + (state.forward_mps * cosine - state.lateral_mps * sine) * mean_s,
        y_m=state.y_m + (state.forward_mps * sine + state.lateral_mps * cosine) * mean_s,
        forward_mps=left * state.forward_mps,
        lateral_mps=left * state.lateral_mps,
        yaw_rate_radps=0.0,
    )
