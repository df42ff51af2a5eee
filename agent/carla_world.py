"""CARLA as a world: connect, spawn, tick in step with the cameras, and leave the server as it was found."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import carla
import numpy as np
import numpy.typing as npt

from agent.as_found import AsFound, map_stem
from agent.autopilots import Autopilots
from agent.car_watch import CarWatch
from agent.connecting import answering, connect
from agent.errors import ConfigError, SimulatorError, unknown
from agent.lanes import path
from agent.readings import labels as labels_of
from agent.readings import rgb
from agent.route import Destination, NoRouteError, lay_route
from agent.scenario import Scenario
from agent.sensor_queue import SensorQueue
from agent.spawning import camera_blueprint, spawn_car
from agent.ticking import ManagedTicks, MessageTicks, Ticks
from agent.types import FULL_STOP, Control, Frame
from agent.view import CameraMount

WEATHERS: dict[str, Any] = {
    name: value
    for name, value in vars(carla.WeatherParameters).items()
    if isinstance(value, carla.WeatherParameters) and name != "Default"
}
"""CARLA's presets by name."""
_GONE = ("not found", "is destroyed")
"""What CARLA, and the embedded simulator, say of an actor that another client has destroyed already."""


class CarlaWorld:
    """A `World` on a CARLA server in synchronous mode; use it with `with`.

    `apply` sends the control and lets the next tick begin, so the server renders while the caller explains, draws and
    records; asking for the next frame waits for that tick.

    Raises:
        SimulatorError: the server went away, answers too late, or is ticked by someone else.
        ConfigError: unknown map or weather, or no free spawn point.
    """

    def __init__(self, host: str, port: int, scenario: Scenario) -> None:
        self._scenario = scenario
        self._leaving = ExitStack()
        self._begun = False  # a tick is under way, or landed and not handed out yet
        self._landed: Any | None = None  # its snapshot
        self._actors: list[Any] = []
        self._start_s: float | None = None
        self._next_weather: str | None = None
        self._autopilots: Autopilots | None = None
        self._client = connect(carla.Client, host, port, scenario.timeout_s)
        with answering():
            self._found = AsFound(self._client, scenario.timeout_s)
        try:
            with answering():
                self._set_up()
        except BaseException as error:
            self.__exit__(type(error), error, None)
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
        return map_stem(self._map.name)

    @property
    def weather(self) -> str:
        """Name of the preset in force, or "custom"."""
        return self._weather

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
            if not self._begun:
                self._begin([])
            snapshot, self._begun, self._landed = self._settled(), False, None
            yield self._frame(snapshot)

    def apply(self, control: Control) -> None:
        """Send the control and let the world go on to the next frame."""
        if self._begun:  # nobody asked for that frame
            self._settled()
            self._landed = None
        command = carla.VehicleControl(throttle=control.throttle, steer=control.steer, brake=control.brake)
        self._begin([carla.command.ApplyVehicleControl(self._ego.id, command)])

    def path_ahead(self, spacing_m: float, count: int) -> npt.NDArray[np.float64]:
        """Centre of the lane from beside the car onward, float64 (count, 2) [m]; for experts, not for the network."""
        return path(self._watch.lane, spacing_m, count)

    @property
    def spawn_count(self) -> int:
        """Spawn points of the map."""
        return len(self._map.get_spawn_points())

    def route(self, destination: Destination) -> npt.NDArray[np.float64]:
        """Points along the lanes from beside the car to a destination, float64 (N, 2) [m].

        Raises:
            NoRouteError: it cannot be reached.
        """
        if self._watch.lane is None:
            raise NoRouteError("the car stands on no lane")
        return lay_route(self._map, self._watch.lane, destination)

    def autopilot(self, speed_mps: float | None) -> None:
        """Let CARLA's Traffic Manager drive our car at a speed, or take it back with None."""
        if self._begun:
            self._settled()
        with answering():
            autopilots = self._autopilots or self._manage()
            if speed_mps is None:
                autopilots.release(self._ego)
            else:
                autopilots.drive(self._ego, speed_mps)

    def close(self) -> None:
        """Brake, remove what is ours, put weather, map and settings back. Does all it can even if some of it fails.

        Raises:
            SimulatorError: something could not be put back.
        """
        self._leaving.close()
        failures = self._found.put_back(self._stop_car, self._silence, self._release, self._destroy)
        self._actors.clear()
        if failures:
            raise SimulatorError(f"the server could not be left as it was found: {failures[0]}") from failures[0]

    # -- set-up -------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        scenario = self._scenario
        if scenario.weather is not None and scenario.weather not in WEATHERS:
            raise ConfigError(unknown("weather", scenario.weather, WEATHERS))
        if scenario.map is not None:
            self._found.load_map(scenario.map)
        self._world = self._found.world
        self._map = self._world.get_map()
        if scenario.weather is not None:
            self._world.set_weather(WEATHERS[scenario.weather])
        self._weather = scenario.weather or _name_of(self._found.weather)
        self._ego = spawn_car(self._world, self._map, scenario)
        self._actors.append(self._ego)
        self._camera: SensorQueue[Any] = self._sense(
            "camera", camera_blueprint(self._world, "sensor.camera.rgb", scenario)
        )
        self._beside: list[SensorQueue[Any]] = [
            self._sense("side camera", camera_blueprint(self._world, "sensor.camera.rgb", scenario), mount)
            for mount in scenario.beside
        ]
        self._labels: SensorQueue[Any] | None = None
        if scenario.semantic:
            blueprint = camera_blueprint(self._world, "sensor.camera.semantic_segmentation", scenario)
            self._labels = self._sense("semantic camera", blueprint)
        library = self._world.get_blueprint_library()
        collisions = self._sense("collision sensor", library.find("sensor.other.collision"))
        invasions = self._sense("lane sensor", library.find("sensor.other.lane_invasion"))
        settings = self._world.get_settings()
        settings.synchronous_mode = True
        settings.fixed_delta_seconds = scenario.step_s
        settings.no_rendering_mode = False  # whoever wants no pictures: our driver does
        self._world.apply_settings(settings)
        self._watch = CarWatch(self._world, self._map, self._ego, collisions, invasions)
        self._tick_by(MessageTicks)
        if scenario.traffic:
            self._manage().spawn(self._map, scenario.traffic)

    def _manage(self) -> Autopilots:
        """Have the Traffic Manager at hand, and tick as it wants."""
        self._tick_by(ManagedTicks)
        self._autopilots = Autopilots(self._client, self._world, self._scenario.seed)
        return self._autopilots

    def _tick_by(self, way: type[Ticks]) -> None:
        self._leaving.close()
        self._ticks = way(self._client, self._world, self._scenario.timeout_s)
        self._leaving.callback(self._ticks.close)

    def _sense(self, name: str, blueprint: Any, mount: CameraMount | None = None) -> SensorQueue[Any]:
        mount = mount or self._scenario.mount
        where = carla.Transform(
            carla.Location(x=mount.x_m, y=mount.y_m, z=mount.z_m),
            carla.Rotation(pitch=mount.pitch_deg, yaw=mount.yaw_deg),
        )
        sensor = self._world.spawn_actor(blueprint, where, attach_to=self._ego)
        self._actors.append(sensor)
        readings: SensorQueue[Any] = SensorQueue(name)
        sensor.listen(readings.put)
        return readings

    # -- one tick ---------------------------------------------------------------------------------------------------

    def _begin(self, commands: list[Any]) -> None:
        if self._next_weather is not None:
            self._weather, self._next_weather = self._next_weather, None
            with answering():
                self._world.set_weather(WEATHERS[self._weather])
        self._ticks.begin(commands)
        self._begun = True

    def _settled(self) -> Any:
        """The snapshot of the tick that is under way, when it has landed."""
        if self._landed is None:
            self._landed = self._ticks.landed()
        return self._landed

    def _frame(self, snapshot: Any) -> Frame:
        timeout_s, number = self._scenario.timeout_s, int(snapshot.frame)
        with answering():
            telemetry = self._watch.placed(snapshot, self._weather)  # while the server draws
            image = self._camera.of_frame(number, timeout_s)
            beside = [camera.of_frame(number, timeout_s) for camera in self._beside]
            labels = self._labels.of_frame(number, timeout_s) if self._labels else None
        if self._start_s is None:
            self._start_s = snapshot.timestamp.elapsed_seconds
        return Frame(
            index=number,
            # a later start would show in the last bits
            time_s=round(snapshot.timestamp.elapsed_seconds - self._start_s, 6),
            image=rgb(image),
            telemetry=self._watch.with_events(telemetry),
            semantic=None if labels is None else labels_of(labels),
            beside=tuple(map(rgb, beside)),
        )

    # -- leaving ----------------------------------------------------------------------------------------------------

    def _stop_car(self) -> None:
        if self._actors and self._actors[0].is_alive:
            self._actors[0].apply_control(carla.VehicleControl(brake=FULL_STOP.brake))

    def _silence(self) -> None:
        for sensor in self._actors[1:]:
            sensor.stop()

    def _release(self) -> None:
        if self._autopilots is not None:
            self._autopilots.close()

    def _destroy(self) -> None:
        """Sensors before the car they sit on; one that cannot be destroyed does not keep the others."""
        actors = [*self._actors[::-1], *(self._autopilots.cars if self._autopilots is not None else ())]
        replies = self._client.apply_batch_sync([carla.command.DestroyActor(actor) for actor in actors])
        for actor, reply in zip(actors, replies, strict=True):
            if reply.has_error() and not any(words in reply.error for words in _GONE):
                raise SimulatorError(f"{actor.type_id} could not be destroyed: {reply.error}")


def maps_of(server: str) -> list[str]:
    """Names of the maps that a running server, HOST:PORT, can load.

    Raises:
        SimulatorError: nobody listens there, or it is no CARLA of our version.
    """
    host, _, port = server.rpartition(":")
    client = connect(carla.Client, host, int(port), Scenario().timeout_s)
    with answering():
        return [map_stem(name) for name in client.get_available_maps()]


def read_map(path: Path) -> Any:
    """A `carla.Map` of an OpenDRIVE file, without a server.

    Raises:
        ConfigError: no such file, or none that CARLA can read.
    """
    try:
        return carla.Map(path.stem, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(f"cannot read the map {path} ({error}): give an OpenDRIVE file.xodr") from None


def _name_of(weather: Any) -> str:
    return next((name for name, preset in WEATHERS.items() if preset == weather), "custom")
