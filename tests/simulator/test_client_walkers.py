"""Pedestrians and the Ackermann controller, through the real client."""

import carla
import pytest

from tests.simulator.conftest import attach, spawn_car


def spawn_walker(world, x, y=1.75):
    blueprint = world.get_blueprint_library().find("walker.pedestrian.0003")
    walker = world.spawn_actor(blueprint, carla.Transform(carla.Location(x, y, 1.0)))
    world.tick()
    return walker


def drain(measured):
    events = []
    while not measured.empty():
        events.append(measured.get())
    return events


def test_a_walker_walks_where_it_is_told_and_jumps(world):
    walker = spawn_walker(world, 50.0)
    walker.apply_control(carla.WalkerControl(carla.Vector3D(0.0, 1.0, 0.0), 1.5, False))
    for _ in range(20):
        world.tick()
    at = walker.get_transform()
    assert (at.location.x, at.location.y) == pytest.approx((50.0, 3.25), abs=0.01)
    assert at.rotation.yaw == pytest.approx(90.0, abs=0.1)
    walker.apply_control(carla.WalkerControl(carla.Vector3D(0.0, 1.0, 0.0), 0.0, True))
    heights = []
    for tick in range(30):
        world.tick()
        heights.append(walker.get_location().z)
        if tick == 2:
            walker.apply_control(carla.WalkerControl())
    assert max(heights) == pytest.approx(0.93 + 4.2**2 / 2 / 9.81, abs=0.12)
    assert heights[-1] == pytest.approx(0.93, abs=1e-3)


def test_who_is_run_into_is_thrown_falls_and_stays_down(world):
    walker, car = spawn_walker(world, 70.0), spawn_car(world, 50.0)
    car.set_target_velocity(carla.Vector3D(10.0, 0.0, 0.0))
    sensor, at_car = attach(world, car, "sensor.other.collision")
    other, at_walker = attach(world, walker, "sensor.other.collision")
    walker.apply_control(carla.WalkerControl(carla.Vector3D(0.0, 1.0, 0.0), 0.1, False))
    speeds = []
    for tick in range(120):
        world.tick()
        speeds.append((car.get_velocity().x, walker.get_velocity().x))
        if tick == 60:
            car.apply_control(carla.VehicleControl(brake=1.0))
    world.tick()
    hits, felt = drain(at_car), drain(at_walker)
    assert hits[0].other_actor.id == walker.id
    assert felt[0].other_actor.id == car.id
    assert hits[0].normal_impulse.x == pytest.approx(-felt[0].normal_impulse.x, rel=1e-4)
    first = next(tick for tick, (_, speed) in enumerate(speeds) if speed > 1.0)
    lost_ns = (speeds[first - 1][0] - speeds[first][0]) * 1410.0
    assert lost_ns == pytest.approx(felt[0].normal_impulse.x, rel=0.25)  # the rest is drag, in the same tick
    assert walker.get_velocity().length() == 0.0
    lies = walker.get_location()
    assert lies.x > 72.0
    assert lies.z < 0.5
    walker.apply_control(carla.WalkerControl(carla.Vector3D(1.0, 0.0, 0.0), 2.0, False))
    for _ in range(10):
        world.tick()
    assert walker.get_location().distance(lies) < 0.3
    assert walker.is_alive
    sensor.stop()
    other.stop()


def test_the_ackermann_controller_reaches_speed_and_steering(world):
    car = spawn_car(world, 30.0)
    settings = car.get_ackermann_controller_settings()
    got = [
        settings.speed_kp,
        settings.speed_ki,
        settings.speed_kd,
        settings.accel_kp,
        settings.accel_ki,
        settings.accel_kd,
    ]
    assert got == pytest.approx([0.15, 0.0, 0.25, 0.01, 0.0, 0.01])
    settings.accel_kp = 0.02
    car.apply_ackermann_controller_settings(settings)
    car.apply_ackermann_control(carla.VehicleAckermannControl(speed=8.0, acceleration=3.0))
    speeds = []
    for _ in range(400):
        world.tick()
        speeds.append(car.get_velocity().length())
    assert car.get_ackermann_controller_settings().accel_kp == pytest.approx(0.02)
    assert speeds[-1] == pytest.approx(8.0, abs=0.3)
    assert max(speeds) < 10.5
    car.apply_ackermann_control(carla.VehicleAckermannControl(steer=0.05, steer_speed=0.1, speed=8.0))
    world.tick()
    world.tick()
    assert 0.0 < car.get_control().steer < 0.012  # 0.1 rad/s of a lock of 70 degrees
    for _ in range(20):
        world.tick()
    assert car.get_control().steer == pytest.approx(0.05 / 1.2217, abs=1e-3)
    car.apply_ackermann_control(carla.VehicleAckermannControl(speed=0.0))
    for _ in range(300):
        world.tick()
    assert car.get_velocity().length() < 0.1
    assert car.get_control().brake == 1.0
    car.apply_control(carla.VehicleControl(throttle=0.5))
    world.tick()
    world.tick()
    assert (car.get_control().throttle, car.get_control().brake) == (0.5, 0.0)
