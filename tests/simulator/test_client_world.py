"""The real client: episode, settings, ticks, map, weather."""

import time

import carla
import pytest

from tests.simulator.conftest import STEP_S, connect, spawn_car, straight_map_text, synchronous


def test_it_is_a_carla_of_this_version(client):
    assert client.get_server_version() == client.get_client_version() == "0.9.16"


def test_the_map_is_read_by_the_client(world):
    town = world.get_map()
    assert town.name == "Carla/Maps/straight"
    points = town.get_spawn_points()
    assert len(points) == 20
    waypoint = town.get_waypoint(carla.Location(100.0, 1.75, 0.0))
    assert (waypoint.road_id, waypoint.lane_id) == (1, -1)
    assert len(town.generate_waypoints(50.0)) >= 14


def test_ticks_count_frames_and_seconds(world):
    before = world.get_snapshot()
    frames = [world.tick() for _ in range(5)]
    after = world.get_snapshot()
    assert frames == [before.frame + count for count in range(1, 6)]
    assert after.frame == frames[-1]
    assert after.timestamp.elapsed_seconds == pytest.approx(before.timestamp.elapsed_seconds + 5 * STEP_S)
    assert after.timestamp.delta_seconds == pytest.approx(STEP_S)


def test_settings_are_taken_and_given_back(world):
    settings = world.get_settings()
    settings.no_rendering_mode = True
    settings.max_substeps = 7
    settings.fixed_delta_seconds = 0.1
    world.apply_settings(settings)
    found = world.get_settings()
    assert found.synchronous_mode
    assert found.no_rendering_mode
    assert found.max_substeps == 7
    assert found.fixed_delta_seconds == pytest.approx(0.1)
    assert world.get_snapshot().timestamp.delta_seconds == pytest.approx(0.1)


def test_without_synchronous_mode_it_ticks_by_itself(world):
    synchronous(world, None)
    first = world.wait_for_tick(10.0)
    later = world.wait_for_tick(10.0)
    assert later.frame > first.frame
    assert later.timestamp.elapsed_seconds > first.timestamp.elapsed_seconds


def test_weather_round_trip(world):
    wet = carla.WeatherParameters.HardRainSunset
    world.set_weather(wet)
    assert world.get_weather() == wet
    world.set_weather(carla.WeatherParameters(cloudiness=12.5, fog_density=3.0))
    assert world.get_weather().cloudiness == pytest.approx(12.5)


def test_a_new_episode_is_empty_and_has_its_default_weather(world, client):
    world.set_weather(carla.WeatherParameters.HardRainNoon)
    car = spawn_car(world)
    old_id = world.id
    fresh = client.reload_world(False)
    assert fresh.id != old_id
    assert fresh.get_settings().synchronous_mode
    assert fresh.get_weather() == carla.WeatherParameters.ClearNoon
    assert fresh.get_actor(car.id) is None
    assert [actor.type_id for actor in fresh.get_actors()] == ["spectator"]


def test_maps_are_listed_and_an_unknown_one_is_refused(world, client):
    assert "/Game/Carla/Maps/loop" in client.get_available_maps()
    with pytest.raises(RuntimeError, match="map 'Town99' not found; known maps: .*loop"):
        client.load_world("Town99")
    assert world.tick() > 0


def test_a_map_sent_as_text_is_driven_on(world, client):
    made = client.generate_opendrive_world(straight_map_text().replace("400", "300"))
    assert made.get_map().name.endswith("OpenDriveMap")
    assert len(made.get_map().get_spawn_points()) == 16
    back = client.load_world("straight")
    assert back.get_map().name == "Carla/Maps/straight"


def test_a_map_that_is_none_is_refused(world, client):
    with pytest.raises(RuntimeError, match="OpenDriveMap"):
        client.generate_opendrive_world("<OpenDRIVE></OpenDRIVE>")
    assert world.get_map().name == "Carla/Maps/straight"


def test_what_is_not_supported_says_its_name(world):
    with pytest.raises(RuntimeError, match="apply_color_texture_to_objects is not supported by the embedded simulator"):
        world.apply_color_texture_to_object("house", carla.MaterialParameter.Diffuse, carla.TextureColor(4, 4))


def test_spectator_stands_where_it_is_put(world):
    world.get_spectator().set_transform(
        carla.Transform(carla.Location(5.0, 6.0, 7.0), carla.Rotation(-30.0, 90.0, 0.0))
    )
    world.tick()
    found = world.get_spectator().get_transform()
    assert (found.location.x, found.location.y, found.location.z) == (5.0, 6.0, 7.0)
    assert (found.rotation.pitch, found.rotation.yaw) == pytest.approx((-30.0, 90.0))


def test_debug_shapes_are_accepted(world):
    world.debug.draw_point(carla.Location())
    world.debug.draw_box(carla.BoundingBox(carla.Location(), carla.Vector3D(1, 1, 1)), carla.Rotation())
    world.debug.draw_string(carla.Location(), "here")
    assert world.tick() > 0


def test_two_clients_share_one_world(world, served):
    car = spawn_car(world)
    other = connect(served.port).get_world()
    assert other.get_settings().synchronous_mode
    deadline_s = time.monotonic() + 10
    while not len(other.get_actors()) and time.monotonic() < deadline_s:
        time.sleep(0.01)  # what the client knows comes by its stream, beside the answers to its calls
    assert car.id in [actor.id for actor in other.get_actors()]  # without any tick since it came
    frame = other.tick()
    assert world.tick() == frame + 1
    seen = other.get_actor(car.id)
    seen.apply_control(carla.VehicleControl(throttle=0.7))
    for _ in range(5):
        other.tick()
    assert world.get_actor(car.id).get_control().throttle == pytest.approx(0.7)
