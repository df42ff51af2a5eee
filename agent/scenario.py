"""What a run asks of the server: map, weather, car, camera."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.view import CameraMount


@dataclass(frozen=True, slots=True)
class Scenario:
    """What to set up on the server.

    Attributes:
        map: name of a map, an OpenDRIVE file, or None for the one that is loaded.
        weather: name of a preset, or None for the one in force.
        mount: the camera.
        beside: further cameras, of the same field of view.
        width_px, height_px: size of the camera image.
        step_s: fixed simulated time between frames.
        vehicle: blueprint of the car; another one if the server has it not.
        role_name: of the car.
        seed: chooses the spawn point where none is given.
        spawn: index of the spawn point, or None.
        place: x, y [m] and yaw [deg] to start at instead, on the lane nearest to it; yaw None: the lane's.
        offset_m: the car stands so far right of there.
        askew_deg: and is turned so far to the right.
        traffic: other cars, driven by the Traffic Manager.
        semantic: whether frames carry labels.
        timeout_s: longest wait for any answer.
    """

    map: str | None = None
    weather: str | None = None
    mount: CameraMount = field(default_factory=CameraMount)
    beside: tuple[CameraMount, ...] = ()
    width_px: int = 1280
    height_px: int = 720
    step_s: float = 0.05
    vehicle: str = "vehicle.audi.tt"
    role_name: str = "hero"
    seed: int = 0
    spawn: int | None = None
    place: tuple[float, float, float | None] | None = None
    offset_m: float = 0.0
    askew_deg: float = 0.0
    traffic: int = 0
    semantic: bool = False
    timeout_s: float = 20.0
