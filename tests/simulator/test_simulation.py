"""What the calls act on, without sockets and without pictures."""

import pytest

from agent.simulator.dynamics.collision import CollisionWorld
from agent.simulator.nouns import Pose, Weather
from agent.simulator.protocol.structs import ActorDescription, EpisodeSettings
from agent.simulator.protocol.tokens import WORLD_STREAM
from agent.simulator.protocol.wire import Call
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.world.calls import answer
from agent.simulator.world.episode import EpisodeError
from agent.simulator.world.maps import MapShelf, Town
from agent.simulator.world.simulation import Simulation
from tests.simulator.opendrive_text import document, road


class Outlet:
    """Nobody listens; remembers who is expected."""

    def __init__(self):
        self.expected = []

    def wanted(self, stream_id):
        return False

    def publish(self, stream_id, parts):
        pass

    def expect(self, stream_id):
        self.expected.append(stream_id)


@pytest.fixture
def outlet():
    return Outlet()


@pytest.fixture
def simulation(tmp_path, outlet):
    path = tmp_path / "short.xodr"
    path.write_text(document(road()), encoding="utf-8")

    def build(xodr, name):
        return Town(name, parse_road_network(xodr, name), CollisionWorld([]), painter=None, rays=None)

    made = Simulation(
        MapShelf(build, path), "short", seed=0, weather=Weather(cloudiness=7.0), outlet=outlet, streaming_port=1
    )
    made.set(EpisodeSettings(synchronous_mode=True, fixed_delta_seconds=0.05))
    return made


def spawned(simulation, kind, pose=Pose(50.0, 1.75, 0.3)):  # noqa: B008  (frozen)
    return simulation.episode.spawn(simulation.library.checked(ActorDescription(0, kind)), pose)


def test_only_streams_that_somebody_can_join_are_waited_for(simulation, outlet):
    car, sensor = spawned(simulation, "vehicle.audi.tt"), spawned(simulation, "sensor.other.imu")
    for stream_id in (WORLD_STREAM, car.id, sensor.id, 999_999):
        assert len(simulation.token(stream_id)) == 24
    assert outlet.expected == [WORLD_STREAM, sensor.id]
    simulation.episode.destroy(sensor.id)
    simulation.token(sensor.id)
    assert len(outlet.expected) == 2


@pytest.mark.parametrize("stream_id", [-1, 2**32, 2**40])
def test_what_is_no_stream_has_no_token(simulation, stream_id):
    with pytest.raises(EpisodeError, match="wanted a 32-bit number"):
        simulation.token(stream_id)


def test_each_episode_begins_with_the_weather_told_at_the_start(simulation):
    simulation.set_weather(Weather(cloudiness=90.0))
    simulation.load("", reset_settings=False)
    assert simulation.episode.weather.cloudiness == 7.0


def test_the_dead_are_told_from_the_unknown(simulation):
    car = spawned(simulation, "vehicle.audi.tt")
    simulation.episode.destroy(car.id)
    with pytest.raises(EpisodeError, match=f"actor {car.id} is destroyed"):
        simulation.episode.find(car.id)
    with pytest.raises(EpisodeError, match="actor 999999 not found"):
        simulation.episode.find(999_999)


def test_forces_and_torques_are_bounded(simulation):
    car = spawned(simulation, "vehicle.audi.tt")
    car.force_n, car.torque_nm = (3e38, -3e38, 0.0), 3e38
    simulation.tick_cue()
    assert max(abs(speed) for speed in car.velocity_mps) <= 150.0
    assert abs(car.state.yaw_rate_radps) <= 20.0


def test_constant_velocity_is_seen_by_the_collisions_of_its_first_tick(simulation):
    car = spawned(simulation, "vehicle.audi.tt", Pose(20.0, 1.75, 0.3))
    parked = spawned(simulation, "vehicle.audi.tt", Pose(26.0, 1.75, 0.3))
    simulation.tick_cue()
    car.held_mps = (150.0, 0.0, 0.0)  # 7.5 m in a tick
    simulation.tick_cue()
    assert parked.pose.x_m > 26.5
    assert car.pose.x_m < parked.pose.x_m - 4.0


@pytest.mark.parametrize("z_m", [-20.0, 0.3, 5.0, 29.0, 500.0])
def test_who_is_put_in_the_air_lands_on_the_road(simulation, z_m):
    car = spawned(simulation, "vehicle.audi.tt", Pose(50.0, 1.75, z_m))
    simulation.tick_cue()
    assert car.pose.z_m == pytest.approx(0.0)
    simulation.episode.put(car, Pose(60.0, 1.75, z_m))
    simulation.tick_cue()
    assert car.pose.z_m == pytest.approx(0.0)


def test_what_was_spawned_stays_when_the_last_client_leaves(simulation):
    car = spawned(simulation, "vehicle.audi.tt")
    simulation.traffic_servers[8000] = "127.0.0.1"
    simulation.abandoned()
    assert simulation.settings == EpisodeSettings(synchronous_mode=False, fixed_delta_seconds=0.05)
    assert not simulation.traffic_servers  # they ran in clients
    assert simulation.episode.find(car.id) is car
    simulation.episode.clear()
    assert list(simulation.episode.actors.values()) == [simulation.episode.spectator]


def test_doors_are_answered(simulation):
    car = spawned(simulation, "vehicle.audi.tt")
    assert answer(simulation, Call(1, "open_vehicle_door", [car.id, 6])) == [[False]]
    assert answer(simulation, Call(2, "close_vehicle_door", [car.id, 0])) == [[False]]
    assert "wanted 0 to 6" in str(answer(simulation, Call(3, "open_vehicle_door", [car.id, 7])))
