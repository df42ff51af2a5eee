"""Clients that call what CARLA's example scripts call, in their order: none of it may be refused but by name."""

from __future__ import annotations

import queue
import re

import carla
import pytest

from tests.simulator.conftest import spawn_car

EVENTS = {"sensor.other.collision", "sensor.other.lane_invasion", "sensor.other.obstacle", "sensor.camera.dvs"}
SMALL = {"image_size_x": "48", "image_size_y": "32", "points_per_second": "2000", "range": "30"}


def test_every_sensor_is_received_by_the_client(world):
    """All that send in every tick, at once; the client dies of a malformed one."""
    car = spawn_car(world, 60.0)
    library = world.get_blueprint_library()
    kept, measured = [], {}
    lidar = library.find("sensor.lidar.ray_cast")  # visualize_multiple_sensors takes the recommended loss
    assert list(lidar.get_attribute("dropoff_general_rate").recommended_values) == ["0.45"]
    for blueprint in library.filter("sensor.*"):
        for name, value in SMALL.items():
            if blueprint.has_attribute(name):
                blueprint.set_attribute(name, value)
        sensor = world.spawn_actor(blueprint, carla.Transform(carla.Location(x=1.5, z=2.0)), attach_to=car)
        kept.append(sensor)
        measured[blueprint.id] = queue.Queue()
        sensor.listen(measured[blueprint.id].put)
    car.enable_constant_velocity(carla.Vector3D(10.0, 0.0, 0.0))
    for _ in range(3):
        frame = world.tick()
    assert measured["sensor.camera.dvs"].get(timeout=60)  # when something changes, not in every tick
    for kind, found in measured.items():
        if kind not in EVENTS:
            frames = [found.get(timeout=60).frame]
            while frames[-1] < frame:
                frames.append(found.get(timeout=60).frame)
    assert len(measured) == 16
    for sensor in kept:
        sensor.stop()


def test_the_keys_of_manual_control(client, world):
    """Start, look at the head-up display's figures, press what there is, change the vehicle, leave."""
    library = world.get_blueprint_library()
    newer = [x for x in library.filter("vehicle.*") if int(x.get_attribute("generation")) == 2]
    blueprint = newer[0]
    blueprint.set_attribute("role_name", "hero")
    car = spawn_car(world, 60.0)
    physics = car.get_physics_control()
    physics.use_sweep_wheel_collision = True
    car.apply_physics_control(physics)
    presets = [
        getattr(carla.WeatherParameters, name) for name in dir(carla.WeatherParameters) if re.match("[A-Z]", name)
    ]
    for preset in presets:
        world.set_weather(preset)
    car.set_light_state(carla.VehicleLightState.All)
    car.enable_constant_velocity(carla.Vector3D(5, 0, 0))
    world.tick()
    car.disable_constant_velocity()
    car.show_debug_telemetry(True)
    world.load_map_layer(carla.MapLayer.NONE)
    world.unload_map_layer(carla.MapLayer.NONE)
    car.apply_ackermann_control(carla.VehicleAckermannControl(steer=0.1, speed=3.0))
    car.apply_ackermann_controller_settings(car.get_ackermann_controller_settings())
    client.start_recorder("manual_recording.rec")
    world.tick()
    client.stop_recorder()
    client.replay_file("manual_recording.rec", 0.0, 0.0, 0)
    world.tick()
    client.stop_replayer(True)
    told = (car.get_transform(), car.get_velocity(), car.get_acceleration(), car.get_control(), car.get_speed_limit())
    assert told[3].gear is not None
    assert car.get_traffic_light_state() == carla.TrafficLightState.Green
    waypoint = world.get_map().get_waypoint(car.get_location(), project_to_road=True)
    assert waypoint.lane_type == carla.LaneType.Driving
    here = car.get_transform()
    here.location.z += 2.0
    here.rotation.roll = here.rotation.pitch = 0.0
    assert car.destroy()
    world.tick()
    again = world.try_spawn_actor(blueprint, here)
    world.tick()
    assert again.attributes["role_name"] == "hero"
    again.set_autopilot(False, 8123)


def test_what_the_map_views_and_box_drawers_ask(client, world):
    car = spawn_car(world, 60.0)
    town_map = world.get_map()
    assert town_map.get_topology()
    assert town_map.generate_waypoints(2.0)
    assert town_map.to_opendrive()
    assert town_map.get_crosswalks() is not None
    vertices = car.bounding_box.get_world_vertices(car.get_transform())
    assert len(vertices) == 8
    assert min(vertex.z for vertex in vertices) == pytest.approx(car.get_location().z, abs=0.1)
    assert len(car.get_transform().get_inverse_matrix()) == 4
    assert [
        box for box in world.get_level_bbs(carla.CityObjectLabel.Car) if box.location.distance(car.get_location()) < 2
    ]
    assert world.get_lightmanager().get_all_lights() is not None
    assert client.get_available_maps()
    assert client.get_client_version() == client.get_server_version() == "0.9.16"
    for actor in world.get_actors():
        assert actor.get_transform() is not None
