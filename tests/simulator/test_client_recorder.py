"""CARLA's recorder and replayer through the real client: what drove once drives again."""

from __future__ import annotations

import carla
import pytest

from tests.simulator.conftest import attach, spawn_car

HIGH_BEAM = carla.VehicleLightState(carla.VehicleLightState.LowBeam | carla.VehicleLightState.LeftBlinker)


def state(world, actor_id):
    found = world.get_snapshot().find(actor_id)
    if found is None:
        return None
    at = found.get_transform()
    return [at.location.x, at.location.y, at.location.z, at.rotation.pitch, at.rotation.yaw]


def record(client, world, name, ticks=30):
    """A car that drives off and one that stands in its way; their paths, tick by tick."""
    car = spawn_car(world, 50.0, role_name="hero")
    parked = spawn_car(world, 68.0, kind="vehicle.tesla.model3")
    car.set_target_velocity(carla.Vector3D(12.0, 0.0, 0.0))
    path = client.start_recorder(name, True)
    seen = []
    for count in range(ticks):
        car.apply_control(carla.VehicleControl(throttle=0.4, steer=0.05))
        if count == 10:
            car.set_light_state(HIGH_BEAM)
        world.tick()
        seen.append((state(world, car.id), state(world, parked.id)))
    client.stop_recorder()
    return path, car, parked, seen


def test_a_recording_is_acted_out(client, world, recordings):
    path, car, parked, seen = record(client, world, "drive.log")
    assert path == str(recordings / "drive.log")
    ids = (car.id, parked.id)
    assert car.destroy()
    assert parked.destroy()
    world.tick()
    told = client.replay_file("drive.log", 0.0, 0.0, ids[0], False)
    assert told.startswith(f"Replaying File: {path}\nTotal time recorded: 1.45\nReplaying from 0 s - 1.45 s")
    replayed = []
    for _ in range(len(seen) - 1):
        world.tick()
        replayed.append(tuple(state(world, actor_id) for actor_id in ids))
    for then, now in zip(seen[1:], replayed, strict=True):
        for a, b in zip(then, now, strict=True):
            assert b == pytest.approx(a, abs=2e-3)
    again = world.get_actor(ids[0])
    assert again.type_id == "vehicle.audi.tt"
    assert again.attributes["role_name"] == "hero"
    assert again.get_light_state() == HIGH_BEAM
    spectator = world.get_spectator().get_transform()
    assert spectator.location.distance(again.get_location()) == pytest.approx(11.2, abs=0.5)  # 10 m behind, 5 m up
    for _ in range(20):  # it has ended: he stands, and obeys
        world.tick()
    assert again.get_velocity().length() == 0.0
    again.apply_control(carla.VehicleControl(throttle=1.0))
    here = again.get_location()
    for _ in range(20):
        world.tick()
    assert again.get_location().distance(here) > 0.3


def test_what_is_told_of_a_recording(client, world):
    _, car, parked, _ = record(client, world, "told.log")
    info = client.show_recorder_file_info("told.log", False)
    assert f" Create {car.id}: vehicle.audi.tt (1) at (" in info
    assert "  role_name = hero" in info
    assert info.startswith("Version: 1\nMap: straight\nDate: ")
    assert info.endswith("\nFrames: 30\nDuration: 1.45 seconds\n")
    everything = client.show_recorder_file_info("told.log", True)
    assert f"  Id: {car.id} LowBeam LeftBlinker" in everything
    assert everything.count(" Positions: ") == 30
    bumps = client.show_recorder_collisions("told.log", "h", "v").splitlines()[5:-3]
    assert [line.split()[1:] for line in bumps] == [
        ["v", "v", str(car.id), "vehicle.audi.tt", str(parked.id), "vehicle.tesla.model3"]
    ]
    stuck = client.show_recorder_actors_blocked("told.log", 0.5, 50.0)
    assert "vehicle.tesla.model3" in stuck
    assert "not found on server" in client.show_recorder_file_info("nothing.log", False)
    with pytest.raises(RuntimeError, match="no folder"):
        client.start_recorder("../escape.log")


def test_a_part_of_a_recording_twice_as_fast_without_the_hero(client, world):
    _, car, parked, seen = record(client, world, "part.log", ticks=21)
    car.destroy()
    parked.destroy()
    world.tick()
    client.set_replayer_time_factor(2.0)
    client.set_replayer_ignore_hero(True)
    try:
        told = client.replay_file("part.log", 0.2, 0.4, 0, False)
        assert "Replaying from 0.2 s - 0.6 s (1 s) at 2.0x\nIgnoring Hero vehicle\n" in told
        places = []
        for _ in range(6):
            world.tick()
            places.append(state(world, parked.id))
        assert places[0] == pytest.approx(seen[6][1], abs=2e-3)  # 0.1 s a tick from 0.2 s on
        assert state(world, car.id) is None
        client.stop_replayer(False)
    finally:
        client.set_replayer_time_factor(1.0)
        client.set_replayer_ignore_hero(False)


def test_sensors_come_back_and_go_with_their_replay(client, world):
    car = spawn_car(world, 50.0)
    camera, _ = attach(world, car, "sensor.camera.rgb", x=1.5, z=1.4, image_size_x="32", image_size_y="32")
    client.start_recorder("sensors.log")
    for _ in range(5):
        world.tick()
    client.stop_recorder()
    camera.stop()
    camera.destroy()
    car.destroy()
    world.tick()
    client.replay_file("sensors.log", 0.0, 0.0, 0, True)
    world.tick()
    found = [actor for actor in world.get_actors() if actor.type_id == "sensor.camera.rgb"]
    assert len(found) == 1
    assert found[0].parent.id == car.id
    assert found[0].get_transform().location.x == pytest.approx(51.5, abs=0.01)
    client.stop_replayer(False)
    world.tick()
    assert not list(world.get_actors().filter("vehicle.*")) + list(world.get_actors().filter("sensor.*"))
