"""A trained network as an agent of the CARLA leaderboard 1.0 and 2.0, watched and recorded as in a drive of our own.

The leaderboard is given this very file (`--agent`) and a YAML file (`--agent-config`); the folder above must be on
PYTHONPATH. The network steers by what it sees: it knows nothing of the route, and the pedals nothing of other cars, as
the leaderboard's sensors tell of none.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import carla

from agent.config import load_settings
from agent.leaderboard_run import LeaderboardRun, LeaderboardSettings
from agent.leaderboard_senses import Place, Readings, Senses, sensors_for
from agent.model import configure_tensorflow, load_model
from agent.saliency import make_explainer
from agent.view import CameraMount

try:
    from leaderboard.autoagents.autonomous_agent import AutonomousAgent, Track
except ModuleNotFoundError as missing:
    if not (missing.name or "").startswith("leaderboard"):
        raise  # it is there, and lacks something

    class AutonomousAgent:  # type: ignore[no-redef]
        """Stands in where no leaderboard is installed."""

        def __init__(self, *_: object) -> None:
            pass

    Track = None

_SETTINGS = Path(__file__).resolve().parents[1] / "configs" / "leaderboard.yaml"


def get_entry_point() -> str:
    """Name of the agent's class: what the leaderboard asks a file for."""
    return "LeaderboardAgent"


class LeaderboardAgent(AutonomousAgent):  # type: ignore[misc]
    """Called by the leaderboard: `set_global_plan` and `setup`, `sensors`, `run_step` a tick, `destroy`."""

    _start: Place = (
        0.0,
        0.0,
        0.0,
    )  # the class's, as 2.0 gives the plan before setup, and 1.0 sets up in the constructor
    _run: LeaderboardRun | None = None

    def setup(self, path_to_conf_file: str) -> None:
        """Load the model; the recording begins with the first step.

        Args:
            path_to_conf_file: the YAML file of settings; "" for configs/leaderboard.yaml.

        Raises:
            UserError: something wrong in the settings, the model or its card.
        """
        self.track = None if Track is None else Track.SENSORS
        path = Path(path_to_conf_file) if path_to_conf_file else _SETTINGS
        settings = self._settings = load_settings(LeaderboardSettings, path, {})
        with suppress(RuntimeError):  # the program around us has started TensorFlow already: its thread counts stand
            configure_tensorflow()
        model = self._model = load_model(settings.model)
        width_px, height_px = settings.size_px
        model.preprocessor.preprocessing.placement(height_px, width_px)
        self._explain = make_explainer(settings.method, settings.layer, model, beside_driver=True)
        camera = model.card.camera
        mount = CameraMount(x_m=camera.x_m, z_m=camera.z_m, pitch_deg=camera.pitch_deg, fov_deg=camera.fov_deg)
        self._sensors = sensors_for(mount, width_px, height_px)

    def sensors(self) -> list[dict[str, Any]]:
        """The sensors the leaderboard is to put on the car."""
        return self._sensors

    def set_global_plan(self, global_plan_gps: Sequence[Any], global_plan_world_coord: Sequence[Any]) -> None:
        """Note where the route starts: that places the car on the map."""
        inherited = getattr(super(), "set_global_plan", None)
        if inherited is not None:
            inherited(global_plan_gps, global_plan_world_coord)
        start = global_plan_world_coord[0][0].location
        self._start = (start.x, start.y, start.z)

    def run_step(self, input_data: Readings, timestamp: float) -> carla.VehicleControl:
        """Drive one tick.

        Args:
            input_data: by id, frame and reading of each sensor.
            timestamp: the leaderboard's clock [s].

        Raises:
            UserError: a sensor or the disk failed, or the network did and the car stands by now.
        """
        if self._run is None:
            senses = Senses(*self._settings.size_px, self._start)
            self._run = LeaderboardRun(self._settings, self._model, self._explain, senses)
        told = self._run.step(input_data, timestamp)
        return carla.VehicleControl(steer=told.steer, throttle=told.throttle, brake=told.brake)

    def destroy(self) -> None:
        """Finish the recording of this route; harmless where nothing was begun."""
        run, self._run = self._run, None
        if run is not None:
            run.close()
