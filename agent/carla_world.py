"""CARLA as a world: connect, spawn, tick in step with the cameras, and leave the server as it was found."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import carla
import numpy as np
import numpy.typing as npt

from agent.errors import ConfigError, SimulatorError, unknown
from agent.lanes import lane_of_travel, offset_m, path
from agent.pacing import Pace
from agent.readings import control, pose, rgb, speed_mps
from agent.readings import labels as labels_of
from agent.scenario import Scenario
from agent.sensor_queue import SensorQueue
from agent.spawning import camera_blueprint, spawn_car
from agent.types import FULL_STOP, Control, Frame, Telemetry

_LEAVING_TIMEOUT_S = 3.0
"""Longest wait for each answer while leaving: a dead server must not hold the program for long."""

WEATHERS: dict[str, Any] = {
    name: value
    for name, value in vars(carla.WeatherParameters).items()
    if isinstance(value, carla.WeatherParameters) and name != "Default"
}
"""CARLA's presets by name."""


def connect(host: str, port: int, timeout_s: float) -> Any:
    """A client of a CARLA server of our own version.

    Raises:
        SimulatorError: nobody listens there, it is no CARLA, or one of another version.
    """
    try:
        socket.create_connection((host, port), timeout=min(timeout_s, 5.0)).close()
    except OSError as error:
        raise SimulatorError(
            f"no simulator at {host}:{port} ({error}): start one, correct --host and --port, "
            "or leave both out to use the embedded one"
        ) from None
    client = carla.Client(host, port)
    client.set_timeout(min(timeout_s, 5.0))
    try:
        server, own = client.get_server_version(), client.get_client_version()
    except RuntimeError:
        raise SimulatorError(
            f"what listens at {host}:{port} does not answer as CARLA: check --host and --port"
        ) from None
    if server != own:
        raise SimulatorError(
            f"the simulator at {host}:{port} is CARLA {server}, this program speaks {own}: start a CARLA {own} there"
        )
    client.set_timeout(timeout_s)
    return client


class CarlaWorld:
    """A `World` on a CARLA server in synchronous mode; use it with `with`.

    `apply` sends the control and starts the next tick in the background, so the server renders while the caller
    explains, draws and records; asking for the next frame waits for that tick.

    Raises:
        SimulatorError: the server went away, answers too late, or is ticked by someone else.
        ConfigError: unknown map or weather, or no free spawn point.
    """

    def __init__(self, host: str, port: int, scenario: Scenario) -> None:
        self._scenario = scenario
        self._ticker = ThreadPoolExecutor(1, thread_name_prefix="tick")
        self._pending: Future[Frame] | None = None
        self._actors: list[Any] = []
        self._start_s: float | None = None
        self._pace = Pace()
        self._next_weather: str | None = None
        self._client = connect(host, port, scenario.timeout_s)
        self._world = self._client.get_world()
        self._found_settings = self._world.get_settings()
        self._found_weather = self._world.get_weather()
        self._found_map = str(self._world.get_map().name)
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> CarlaWorld:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except SimulatorError as failure:
            if error is None:
                raise
            logging.getLogger(__name__).warning("%s", failure)  # what ended the run is the news

    @property
    def map_name(self) -> str:
        """Name of the map that is driven, without its folder."""
        return str(self._map.name).rsplit("/", 1)[-1]

    @property
    def weather(self) -> str:
        """Name of the preset in force, or "custom"."""
        return self._weather

    @property
    def skipped_images(self) -> int:
        """Camera images that came for frames nobody waited for."""
        return self._camera.skipped

    def set_weather(self, name: str) -> None:
        """Change the weather with the next tick.

        Raises:
            ConfigError: CARLA has no such preset.
        """
        if name not in WEATHERS:
            raise ConfigError(unknown("weather", name, WEATHERS))
        self._next_weather = name

    def frames(self) -> Iterator[Frame]:
        """Tick for ever; each frame's image, labels and telemetry are of one and the same tick."""
        while True:
            pending = self._pending or self._ticker.submit(self._tick, None)
            self._pending = None
            yield pending.result()

    def apply(self, control: Control) -> None:
        """Send the control and let the world go on to the next frame."""
        if self._pending is not None:
            self._pending.result()
        self._pending = self._ticker.submit(self._tick, control)

    def path_ahead(self, spacing_m: float, count: int) -> npt.NDArray[np.float64]:
        """Centre of the lane from beside the car onward, float64 (count, 2) [m]; for experts, not for the network."""
        return path(self._lane, spacing_m, count)

    def close(self) -> None:
        """Brake, remove what is ours, put weather, map and settings back. Does all it can even if some of it fails.

        Raises:
            SimulatorError: something could not be put back.
        """
        self._ticker.shutdown(wait=True)
        self._client.set_timeout(_LEAVING_TIMEOUT_S)
        failures = [error for undo in (self._stop_car, self._destroy, self._restore) if (error := _attempt(undo))]
        self._actors.clear()
        if failures:
            raise SimulatorError(f"the server could not be left as it was found: {failures[0]}") from failures[0]

    # -- set-up -------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        scenario = self._scenario
        if scenario.weather is not None and scenario.weather not in WEATHERS:
            raise ConfigError(unknown("weather", scenario.weather, WEATHERS))
        if scenario.map is not None:
            self._load_map(scenario.map)
        self._map = self._world.get_map()
        if scenario.weather is not None:
            self._world.set_weather(WEATHERS[scenario.weather])
        self._weather = scenario.weather or _name_of(self._found_weather)
        self._ego = spawn_car(self._world, self._map, scenario)
        self._actors.append(self._ego)
        self._camera: SensorQueue[Any] = self._sense(
            "camera", camera_blueprint(self._world, "sensor.camera.rgb", scenario)
        )
        self._labels: SensorQueue[Any] | None = None
        if scenario.semantic:
            blueprint = camera_blueprint(self._world, "sensor.camera.semantic_segmentation", scenario)
            self._labels = self._sense("semantic camera", blueprint)
        library = self._world.get_blueprint_library()
        self._collisions: SensorQueue[Any] = self._sense("collision sensor", library.find("sensor.other.collision"))
        self._invasions: SensorQueue[Any] = self._sense("lane sensor", library.find("sensor.other.lane_invasion"))
        settings = self._world.get_settings()
        settings.synchronous_mode = True
        settings.fixed_delta_seconds = scenario.step_s
        self._world.apply_settings(settings)
        self._lane = lane_of_travel(self._map, self._ego.get_transform())

    def _load_map(self, name: str) -> None:
        """Load a map by name or from an OpenDRIVE file, unless it is loaded already."""
        if name.endswith(".xodr"):
            self._world = self._client.generate_opendrive_world(Path(name).read_text(encoding="utf-8"))
            return
        if self._found_map.rsplit("/", 1)[-1] == name:
            return
        known = [str(path).rsplit("/", 1)[-1] for path in self._client.get_available_maps()]
        if name not in known:
            raise ConfigError(unknown("map", name, known))
        self._world = self._client.load_world(name)

    def _sense(self, name: str, blueprint: Any) -> SensorQueue[Any]:
        mount = self._scenario.mount
        where = carla.Transform(
            carla.Location(x=mount.x_m, y=mount.y_m, z=mount.z_m),
            carla.Rotation(pitch=mount.pitch_deg, yaw=mount.yaw_deg),
        )
        sensor = self._world.spawn_actor(blueprint, where, attach_to=self._ego)
        self._actors.append(sensor)
        readings: SensorQueue[Any] = SensorQueue(name)
        sensor.listen(readings.put)
        return readings

    # -- one tick, on the ticker's thread -------------------------------------------------------------------------

    def _tick(self, command: Control | None) -> Frame:
        timeout_s = self._scenario.timeout_s
        try:
            if command is not None:
                self._ego.apply_control(
                    carla.VehicleControl(throttle=command.throttle, steer=command.steer, brake=command.brake)
                )
            if self._next_weather is not None:
                self._weather, self._next_weather = self._next_weather, None
                self._world.set_weather(WEATHERS[self._weather])
            number = self._world.tick(timeout_s)
            snapshot = self._world.get_snapshot()
            image = self._camera.of_frame(number, timeout_s)
            labels = self._labels.of_frame(number, timeout_s) if self._labels else None
            telemetry = self._telemetry(snapshot)
        except RuntimeError as error:
            raise SimulatorError(
                f"the simulator stopped answering ({error}): look at its own output, then start anew"
            ) from error
        if self._start_s is None:
            self._start_s = snapshot.timestamp.elapsed_seconds
            self._camera.skipped = 0  # images of the ticks that changing the settings took
        return Frame(
            index=number,
            time_s=snapshot.timestamp.elapsed_seconds - self._start_s,
            image=rgb(image),
            telemetry=telemetry,
            semantic=None if labels is None else labels_of(labels),
        )

    def _telemetry(self, snapshot: Any) -> Telemetry:
        actor = snapshot.find(self._ego.id)
        if actor is None:
            raise SimulatorError("the car is gone: another client destroyed it, or loaded another map")
        self._lane = lane_of_travel(self._map, actor.get_transform())
        return Telemetry(
            pose=pose(actor.get_transform()),
            speed_mps=speed_mps(actor.get_velocity()),
            applied=control(self._ego.get_control()),
            collision_ns=max((event.normal_impulse.length() for event in self._collisions.drain()), default=0.0),
            invaded_lanes=tuple(
                str(mark.type) for event in self._invasions.drain() for mark in event.crossed_lane_markings
            ),
            lane_offset_m=None if self._lane is None else offset_m(self._lane, actor.get_transform().location),
            speed_limit_mps=self._ego.get_speed_limit() / 3.6 or None,
            weather=self._weather,
            real_time_factor=self._pace.factor(snapshot.timestamp.elapsed_seconds),
        )

    # -- leaving ----------------------------------------------------------------------------------------------------

    def _stop_car(self) -> None:
        if self._actors:
            self._actors[0].apply_control(carla.VehicleControl(brake=FULL_STOP.brake))

    def _destroy(self) -> None:
        """Sensors before the car they sit on; one that another client destroyed already does not keep the others."""
        for actor in reversed(self._actors):
            if actor.is_alive:
                if actor.type_id.startswith("sensor."):
                    actor.stop()
                actor.destroy()

    def _restore(self) -> None:
        if str(self._world.get_map().name) != self._found_map:
            self._world = self._client.load_world(self._found_map)
        self._world.set_weather(self._found_weather)
        self._world.apply_settings(self._found_settings)


def _attempt(undo: Callable[[], None]) -> Exception | None:
    try:
        undo()
    except RuntimeError as error:  # what the client raises for every failed call
        return error
    return None


def _name_of(weather: Any) -> str:
    return next((name for name, preset in WEATHERS.items() if preset == weather), "custom")
