"""A server that others use too is left as it was found: map, weather, settings, actors; whatever went wrong."""

import contextlib
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import carla
import pytest

from agent import carla_world
from agent.carla_world import CarlaWorld
from agent.embedded import embedded_simulator
from agent.errors import ConfigError, SimulatorError
from agent.scenario import Scenario
from tests.relay import relay_to
from tests.seeded_models import write_model

LOOP = (Path(__file__).parents[1] / "configs" / "maps" / "loop.xodr").read_text(encoding="utf-8")
FOUND_WEATHER = carla.WeatherParameters(cloudiness=33.0, precipitation=4.0, sun_altitude_angle=27.0)


def scenario(**more):
    return Scenario(width_px=240, height_px=136, weather="HardRainSunset", spawn=3, **more)


def state_of(client):
    world = client.get_world()
    settings, weather = world.get_settings(), world.get_weather()
    return (
        (settings.synchronous_mode, settings.fixed_delta_seconds, settings.no_rendering_mode),
        (weather.cloudiness, weather.precipitation, weather.sun_altitude_angle),
        [actor.type_id for actor in world.get_actors() if actor.type_id.startswith(("vehicle", "sensor"))],
        world.get_map().name,
        world.get_map().to_opendrive(),
    )


@pytest.fixture
def client(simulator):
    """Another client of the server, which has weather and settings of its own; all is put right for the next test."""
    client = carla.Client(simulator.host, simulator.port)
    client.set_timeout(30)
    world = client.get_world()
    usual_settings, usual_weather = world.get_settings(), world.get_weather()
    settings = world.get_settings()
    settings.fixed_delta_seconds = 0.04
    world.apply_settings(settings)
    world.set_weather(FOUND_WEATHER)
    yield client
    world = client.get_world()
    world.apply_settings(usual_settings)
    if not world.get_map().name.endswith("loop"):
        world = client.load_world("loop")
        world.apply_settings(usual_settings)
    for actor in world.get_actors():
        if actor.type_id.startswith(("vehicle", "sensor")):
            actor.destroy()
    world.set_weather(usual_weather)
    world.wait_for_tick(10)


@pytest.fixture
def another_map(tmp_path):
    path = tmp_path / "another.xodr"
    path.write_text(LOOP.replace("<header", "<!-- another --><header", 1), encoding="utf-8")
    return str(path)


def settled(client):
    """The state once the server has ticked on."""
    world = client.get_world()
    if world.get_settings().synchronous_mode:
        world.tick(10)
    else:
        world.wait_for_tick(10)
    return state_of(client)


def there(address):
    return address.host, address.port


def stand_still(client):
    world = client.get_world()
    settings = world.get_settings()
    settings.synchronous_mode, settings.fixed_delta_seconds = True, 0.1
    world.apply_settings(settings)


def visit(simulator, wanted, frames=3):
    with CarlaWorld(*there(simulator), wanted) as world:
        return list(islice(world.frames(), frames))


@pytest.mark.parametrize("error", [None, KeyError, KeyboardInterrupt])
def test_after_the_end_an_error_or_an_interrupt(simulator, client, error):
    before = state_of(client)
    with contextlib.suppress(KeyError, KeyboardInterrupt), CarlaWorld(*there(simulator), scenario()) as world:
        assert next(world.frames()).telemetry.weather == "HardRainSunset"
        assert state_of(client)[:3] != before[:3]
        if error is not None:
            raise error
    assert settled(client) == before


@pytest.mark.parametrize("case", ["slow", "sent"])
def test_the_map_that_was_found_comes_back(another_map, case):
    """In a process and on a server of its own: see tests/map_put_back.py."""
    with embedded_simulator("loop", 0) as address:
        command = [sys.executable, "-m", "tests.map_put_back", case, str(address().port), another_map]
        for _ in range(3):
            done = subprocess.run(command, capture_output=True, text=True, timeout=200)
            if done.returncode >= 0:  # else the client itself crashed, as 0.9.16 now and then does when a map changes
                break
    assert done.returncode == 0, done.stderr


def test_a_server_that_renders_nothing_is_driven_and_renders_nothing_again(simulator, client):
    world = client.get_world()
    settings = world.get_settings()
    settings.no_rendering_mode = True
    world.apply_settings(settings)
    before = state_of(client)
    assert visit(simulator, scenario())[-1].image.std() > 5
    assert settled(client) == before


def test_an_interrupted_set_up_leaves_no_car_on_a_server_that_waits_for_ticks(simulator, client, monkeypatch, caplog):
    """Though one step of the clean-up fails; and it is the interrupt that comes out."""

    def interrupted(*_):
        raise KeyboardInterrupt

    def failing(_):
        raise RuntimeError("time-out")

    stand_still(client)
    before = state_of(client)
    monkeypatch.setattr(carla_world, "camera_blueprint", interrupted)
    monkeypatch.setattr(CarlaWorld, "_stop_car", failing)
    with pytest.raises(KeyboardInterrupt):
        visit(simulator, scenario())
    assert settled(client) == before
    assert "could not be left as it was found: time-out" in caplog.text


def test_a_sensor_that_another_client_destroyed_does_not_keep_the_others(simulator, client):
    before = state_of(client)
    with CarlaWorld(*there(simulator), scenario()) as world:
        next(world.frames())
        next(iter(client.get_world().get_actors().filter("sensor.other.*"))).destroy()
        next(world.frames())
    assert settled(client) == before


def test_a_foreign_car_stays(simulator, client):
    world = client.get_world()
    blueprint = world.get_blueprint_library().find("vehicle.mini.cooper_s")
    car = world.spawn_actor(blueprint, world.get_map().get_spawn_points()[3])
    visit(simulator, scenario())  # wants the same spot
    world.wait_for_tick(10)
    assert [actor.id for actor in world.get_actors().filter("vehicle.*")] == [car.id]


def test_what_is_refused_leaves_nothing_behind(simulator, client, tmp_path):
    no_roads, no_text = tmp_path / "no_roads.xodr", tmp_path / "no_text.xodr"
    no_roads.write_text("<OpenDRIVE/>")
    no_text.write_bytes(b"\xff\xfe\x00")
    before, episode = state_of(client), client.get_world().id
    for wanted, kind, words in (
        (Scenario(map="Atlantis"), ConfigError, "unknown map 'Atlantis': known are .*loop"),
        (Scenario(map="/nowhere/x.xodr"), ConfigError, "cannot read the map /nowhere/x.xodr"),
        (Scenario(map=str(tmp_path) + "/" + "x" * 300 + ".xodr"), ConfigError, "cannot read the map"),
        (Scenario(map=str(no_text)), ConfigError, "cannot read the map .*no_text.xodr"),
        (Scenario(map=str(no_roads)), SimulatorError, "could not load map .*no_roads.xodr"),
        (Scenario(weather="Hail"), ConfigError, "unknown weather 'Hail'"),
        (Scenario(role_name="\udcff"), ConfigError, "role name"),
    ):
        with pytest.raises(kind, match=words):
            CarlaWorld(*there(simulator), wanted)
    assert settled(client) == before
    assert client.get_world().id == episode  # nobody else's cars went with a needless load


def test_on_a_dead_server_the_first_failure_is_the_last():
    taken = []
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(embedded_simulator("loop", 0))()
        world = CarlaWorld(*there(address), scenario(timeout_s=2.0))
        next(world.frames())
        stack.close()
    failures = world._found.put_back(world._world.get_settings, lambda: taken.append("a long wait"))
    assert len(failures) == 1
    assert not taken


@pytest.mark.parametrize(
    ("method", "signals"),
    [("spawn_actor_with_parent", [signal.SIGINT]), ("apply_batch", [signal.SIGINT, signal.SIGTERM])],
)
def test_after_signals_in_the_middle_of_setting_up_and_of_leaving(simulator, client, tmp_path, method, signals):
    before = state_of(client)
    model = write_model(tmp_path / "model")
    with relay_to(simulator.port, method, 1.0) as relay:
        command = [sys.executable, "-m", "scripts.drive", "--host", "127.0.0.1", "--port", relay.port, "--no-display"]
        flags = ["--no-video", "--res", "240x136", "--model", model, "--out", tmp_path / "run", "--frames", "8"]
        with subprocess.Popen([*map(str, command + flags)], stderr=subprocess.PIPE, text=True) as drive:
            relay.wait_for_call()
            for number in signals:
                drive.send_signal(number)
                time.sleep(0.2)  # else the system hands them over in an order of its own
            _, err = drive.communicate(timeout=120)
    assert drive.returncode == 130, err
    assert "Traceback" not in err
    assert settled(client) == before
