"""The real client: spawning, driving, placing, batches."""

import math

import carla
import pytest

from tests.simulator.conftest import STEP_S, attach, spawn_car


def test_a_car_is_as_its_blueprint_says(world):
    car = spawn_car(world, role_name="hero", color="10,20,30")
    assert car.type_id == "vehicle.audi.tt"
    assert car.attributes["role_name"] == "hero"
    assert car.attributes["color"] == "10,20,30"
    assert car.attributes["number_of_wheels"] == "4"
    assert car.semantic_tags == [14]
    extent = car.bounding_box.extent
    assert (2 * extent.x, 2 * extent.y, 2 * extent.z) == pytest.approx((4.181, 1.994, 1.385), abs=1e-3)
    assert car.get_location().z == pytest.approx(0.0, abs=1e-3)  # it stands on its wheels
    assert car.get_speed_limit() == pytest.approx(50.0)


def test_a_place_is_taken_once(world):
    spawn_car(world)
    blueprint = world.get_blueprint_library().find("vehicle.tesla.model3")
    where = carla.Transform(carla.Location(51.0, 1.75, 0.3))
    assert world.try_spawn_actor(blueprint, where) is None
    with pytest.raises(RuntimeError, match="collision at spawn"):
        world.spawn_actor(blueprint, where)


def test_throttle_drives_and_brakes_stop(world):
    car = spawn_car(world)
    car.apply_control(carla.VehicleControl(throttle=0.6))
    for _ in range(60):
        world.tick()
    control = car.get_control()
    assert control.throttle == pytest.approx(0.6)
    assert control.gear >= 1
    velocity = car.get_velocity()
    assert velocity.x > 5.0
    assert abs(velocity.y) < 0.1
    before = car.get_location().x
    world.tick()
    assert car.get_location().x - before == pytest.approx(velocity.x * STEP_S, rel=0.05)
    car.apply_control(carla.VehicleControl(brake=1.0))
    for _ in range(60):
        world.tick()
    assert car.get_velocity().length() == pytest.approx(0.0, abs=1e-3)


def test_steering_right_turns_clockwise(world):
    car = spawn_car(world)
    car.apply_control(carla.VehicleControl(throttle=0.4, steer=0.2))
    for _ in range(30):
        world.tick()
    assert car.get_transform().rotation.yaw > 3.0
    assert car.get_angular_velocity().z > 1.0
    assert car.get_location().y > 1.75


def test_what_is_attached_moves_along(world):
    car = spawn_car(world)
    blueprint = world.get_blueprint_library().find("sensor.other.gnss")
    relative = carla.Transform(carla.Location(2.0, -1.0, 1.5), carla.Rotation(yaw=-30.0))
    sensor = world.spawn_actor(blueprint, relative, attach_to=car)
    car.set_transform(carla.Transform(carla.Location(100.0, 1.75, 0.0), carla.Rotation(yaw=90.0)))
    world.tick()
    assert sensor.parent.id == car.id
    place = sensor.get_transform()
    assert (place.location.x, place.location.y, place.location.z) == pytest.approx((101.0, 3.75, 1.5), abs=1e-3)
    assert place.rotation.yaw == pytest.approx(60.0, abs=1e-3)


def test_destroyed_actors_are_gone_and_harmless(world):
    car = spawn_car(world)
    assert car.destroy()
    world.tick()
    assert not car.is_alive
    assert car.id not in [actor.id for actor in world.get_actors()]
    with pytest.raises(RuntimeError, match="destroyed actor"):
        car.get_transform()


def test_a_sensor_outlives_its_parent(world):
    car = spawn_car(world)
    sensor, _ = attach(world, car, "sensor.other.imu")
    car.destroy()
    world.tick()
    assert sensor.is_alive
    assert sensor.destroy()


def test_velocities_and_impulses_act(world):
    car = spawn_car(world)
    car.set_target_velocity(carla.Vector3D(10.0, 0.0, 0.0))
    world.tick()
    assert car.get_velocity().x == pytest.approx(10.0, rel=0.05)
    car.add_impulse(carla.Vector3D(-5.0 * car.get_physics_control().mass, 0.0, 0.0))
    world.tick()
    assert car.get_velocity().x == pytest.approx(5.0, rel=0.1)
    car.enable_constant_velocity(carla.Vector3D(3.0, 0.0, 0.0))
    for _ in range(20):
        world.tick()
    assert car.get_velocity().x == pytest.approx(3.0)
    car.disable_constant_velocity()
    car.set_target_angular_velocity(carla.Vector3D(0.0, 0.0, 40.0))
    world.tick()
    assert car.get_angular_velocity().z > 1.0  # the tyres take most of it within the tick


def test_a_car_that_is_turned_keeps_its_velocity_over_ground(world):
    car = spawn_car(world)
    car.set_target_velocity(carla.Vector3D(5.0, 0.0, 0.0))
    car.set_transform(carla.Transform(carla.Location(100.0, 1.75, 0.0), carla.Rotation(yaw=90.0)))
    world.tick()
    assert car.get_velocity().x > 3.0
    assert abs(car.get_velocity().y) < 1.0


def test_without_physics_a_car_stands(world):
    car = spawn_car(world)
    car.set_simulate_physics(False)
    car.apply_control(carla.VehicleControl(throttle=1.0))
    for _ in range(20):
        world.tick()
    assert car.get_location().x == pytest.approx(50.0, abs=0.1)


def test_physics_are_told_and_taken(world):
    car = spawn_car(world)
    physics = car.get_physics_control()
    assert physics.mass == pytest.approx(1410.0)
    assert len(physics.wheels) == 4
    assert physics.wheels[0].max_steer_angle == pytest.approx(70.0)
    physics.mass = 3000.0
    physics.final_ratio = 3.25
    physics.torque_curve = [carla.Vector2D(0.0, 100.0), carla.Vector2D(5000.0, 200.0)]
    car.apply_physics_control(physics)
    car.set_location(carla.Location(150.0, 1.75, 0.0))
    world.tick()
    found = car.get_physics_control()
    assert (found.mass, found.final_ratio) == pytest.approx((3000.0, 3.25))
    assert [(point.x, point.y) for point in found.torque_curve] == [(0.0, 100.0), (5000.0, 200.0)]
    front, rear = found.wheels[0].position, found.wheels[2].position
    assert front.x - rear.x == pytest.approx(251.0, abs=1.0)  # the wheelbase [cm]
    assert 0.5 * (front.x + rear.x) == pytest.approx(15000.0, abs=20.0)  # where the car is now


@pytest.mark.parametrize(("place", "value"), [(0, [[[[1.0]]]]), (1, "junk"), (10, [[1.0]]), (13, [0.0]), (15, [[1.0]])])
def test_physics_that_are_none_are_refused_and_not_told_again(world, served, place, value):
    from tests.simulator.test_server_strangers import Stranger

    car = spawn_car(world)
    with Stranger(served.port) as stranger:
        before = stranger.ask("get_physics_control", car.id)[1]
        wrong = [*before[:place], value, *before[place + 1 :]]
        assert stranger.ask("apply_physics_control", car.id, wrong)[0] == 0
        assert stranger.ask("get_physics_control", car.id)[1] == before


def test_lights_are_kept(world):
    car = spawn_car(world)
    lights = carla.VehicleLightState(carla.VehicleLightState.LowBeam | carla.VehicleLightState.Brake)
    car.set_light_state(lights)
    assert car.get_light_state() == lights
    assert dict(world.get_vehicles_light_states())[car.id] == lights


def test_a_walker_walks(world):
    blueprint = world.get_blueprint_library().find("walker.pedestrian.0001")
    walker = world.spawn_actor(blueprint, carla.Transform(carla.Location(80.0, 1.75, 1.0)))
    walker.apply_control(carla.WalkerControl(carla.Vector3D(0.0, -1.0, 0.0), 2.0))
    world.tick()
    for _ in range(20):
        world.tick()
    assert walker.get_location().y == pytest.approx(1.75 - 21 * 2.0 * STEP_S, abs=0.02)
    assert walker.get_transform().rotation.yaw == pytest.approx(-90.0, abs=0.1)


def test_a_batch_answers_each_command(world, client):
    library = world.get_blueprint_library()
    cars = [carla.Transform(carla.Location(x, 1.75, 0.3)) for x in (50.0, 70.0, 70.5)]
    spawn = carla.command.SpawnActor
    ahead = carla.command.ApplyVehicleControl(carla.command.FutureActor, carla.VehicleControl(throttle=0.9))
    answers = client.apply_batch_sync([spawn(library.find("vehicle.audi.tt"), where).then(ahead) for where in cars])
    assert [bool(answer.error) for answer in answers] == [False, False, True]
    ids = [answer.actor_id for answer in answers[:2]]
    for _ in range(20):
        world.tick()
    assert all(actor.get_velocity().x > 1.0 for actor in world.get_actors(ids))
    command = carla.command
    done = client.apply_batch_sync(
        [
            command.ApplyTransform(
                ids[0], carla.Transform(carla.Location(200.0, -1.75, 0.0), carla.Rotation(yaw=180.0))
            ),
            command.ApplyTargetVelocity(ids[0], carla.Vector3D(-8.0, 0.0, 0.0)),
            command.ApplyTargetAngularVelocity(ids[0], carla.Vector3D()),
            command.SetVehicleLightState(ids[0], carla.VehicleLightState.HighBeam),
            command.SetSimulatePhysics(ids[1], False),
            command.SetEnableGravity(ids[1], True),
            command.ApplyImpulse(ids[0], carla.Vector3D(1.0, 0.0, 0.0)),
            command.ApplyForce(ids[0], carla.Vector3D(1.0, 0.0, 0.0)),
            command.ApplyAngularImpulse(ids[0], carla.Vector3D(0.0, 0.0, 1.0)),
            command.ApplyTorque(ids[0], carla.Vector3D(0.0, 0.0, 1.0)),
            command.ApplyVehiclePhysicsControl(ids[0], world.get_actor(ids[0]).get_physics_control()),
            command.ApplyVehicleAckermannControl(ids[0], carla.VehicleAckermannControl()),
            command.DestroyActor(999999),
        ]
    )
    assert [bool(answer.error) for answer in done] == [False] * 12 + [True]
    world.tick()
    moved = world.get_actor(ids[0])
    assert moved.get_location().x == pytest.approx(200.0 - 8.0 * STEP_S, abs=0.1)
    assert math.isclose(moved.get_velocity().x, -8.0, rel_tol=0.1)
    assert moved.get_light_state() == carla.VehicleLightState.HighBeam
    gone = client.apply_batch_sync([command.DestroyActor(actor_id) for actor_id in ids])
    assert not any(answer.error for answer in gone)


def test_a_senseless_image_size_is_refused(world):
    blueprint = world.get_blueprint_library().find("sensor.camera.rgb")
    blueprint.set_attribute("image_size_x", "0")
    with pytest.raises(RuntimeError, match="image_size_x of sensor.camera.rgb is 0, wanted 1 to 4096"):
        world.spawn_actor(blueprint, carla.Transform())
