"""CARLA's tuples: out as the client wants them, in from strangers."""

import math

import pytest

from agent.simulator.nouns import Pose, Weather
from agent.simulator.protocol.structs import (
    ActorDescription,
    EpisodeSettings,
    StructError,
    VehicleControl,
    actor_tuple,
    box_tuple,
    number,
    read_control,
    read_description,
    read_location,
    read_settings,
    read_transform,
    read_weather,
    settings_tuple,
    transform_tuple,
    weather_tuple,
)
from agent.simulator.world.fleet import blueprint_library

LIBRARY = blueprint_library()


def test_transforms_are_degrees_outside_and_radians_inside():
    pose = Pose(1.0, 2.0, 3.0, 0.1, -2.0, 0.3)
    assert transform_tuple(pose) == [[1.0, 2.0, 3.0], [math.degrees(0.1), math.degrees(-2.0), math.degrees(0.3)]]
    there_and_back = read_transform(transform_tuple(pose))
    assert there_and_back.yaw_rad == pytest.approx(-2.0)


@pytest.mark.parametrize("step_s", [None, 0.05])
def test_settings_there_and_back(step_s):
    settings = EpisodeSettings(synchronous_mode=True, fixed_delta_seconds=step_s, max_substeps=5)
    assert settings_tuple(settings)[2] == ([False] if step_s is None else [True, step_s])
    assert read_settings(settings_tuple(settings)) == settings


def test_a_step_of_zero_is_a_variable_one_and_a_huge_one_is_refused():
    packed = settings_tuple(EpisodeSettings())
    packed[2] = [True, 0.0]
    assert read_settings(packed).fixed_delta_seconds is None
    packed[2] = [True, 1e6]
    with pytest.raises(StructError, match="fixed_delta_seconds"):
        read_settings(packed)


def test_weather_there_and_back():
    weather = Weather(cloudiness=12.0, dust_storm=3.0)
    assert len(weather_tuple(weather)) == 14
    assert read_weather(weather_tuple(weather)) == weather


def test_control_is_clamped():
    assert read_control([2.0, -3.0, -1.0, 1, 0, False, 3]) == VehicleControl(1.0, -1.0, 0.0, True, False, False, 3)


@pytest.mark.parametrize(
    "bad",
    [[math.nan, 0, 0, 0, 0, 0, 0], [0, math.inf, 0, 0, 0, 0, 0], ["1", 0, 0, 0, 0, 0, 0], [0, 0], "control", None],
)
def test_a_bad_control_is_refused(bad):
    with pytest.raises(StructError):
        read_control(bad)


@pytest.mark.parametrize("bad", [[[0, 0, math.nan], [0, 0, 0]], [[1e9, 0, 0], [0, 0, 0]], [[0, 0, 0]], [0, 0]])
def test_a_bad_transform_is_refused(bad):
    with pytest.raises(StructError):
        read_transform(bad)


def test_actor_and_box_tuples():
    description = ActorDescription(3, "vehicle.audi.tt", (("color", 5, "1,2,3"),))
    box = box_tuple((0.0, 0.0, 0.7), (2.0, 1.0, 0.7), 9)
    assert box == [[0.0, 0.0, 0.7], [2.0, 1.0, 0.7], [0.0, 0.0, 0.0], 9]
    packed = actor_tuple(9, 4, description, box=box, tags=b"\x0e", token=bytes(24))
    assert packed == [9, 4, [3, "vehicle.audi.tt", [["color", 5, "1,2,3"]]], box, b"\x0e", bytes(24)]
    assert read_description(packed[2]) == description


def test_library_has_what_scripts_look_for():
    by_id = {definition[1]: {entry[0]: entry for entry in definition[3]} for definition in LIBRARY.definitions()}
    for name in ("generation", "base_type", "color", "role_name", "number_of_wheels", "special_type", "driver_id"):
        assert name in by_id["vehicle.audi.tt"]
    assert by_id["vehicle.audi.tt"]["base_type"][2] == "car"
    assert by_id["vehicle.carlamotors.firetruck"]["base_type"][2] == "truck"
    assert by_id["vehicle.dodge.charger_2020"]["generation"][2] == "2"
    assert len([name for name in by_id if name.startswith("vehicle.")]) > 12
    assert {"image_size_x", "image_size_y", "fov", "sensor_tick"} <= set(by_id["sensor.camera.rgb"])


def test_descriptions_are_checked():
    wanted = ActorDescription(
        1, "vehicle.audi.tt", (("color", 5, "1,2,3"), ("number_of_wheels", 2, "9"), ("x", 4, "y"))
    )
    checked = LIBRARY.checked(wanted)
    assert checked.value("color") == "1,2,3"
    assert checked.value("number_of_wheels") == "4"  # not the client's to change
    assert checked.value("x", "unknown") == "unknown"
    decimals = ActorDescription(1, "sensor.lidar.ray_cast", (("channels", 2, "64.0"),))
    assert LIBRARY.checked(decimals).value("channels") == "64"  # lidar_to_camera asks so
    for blueprint, attribute, message in (
        ("sensor.lidar.ray_cast", (("channels", 2, "inf"),), "channels"),
        ("vehicle.nobody.knows", (), "not found"),
        ("vehicle.audi.tt", (("color", 5, "300,0,0"),), "color"),
        ("sensor.camera.rgb", (("image_size_x", 2, "many"),), "image_size_x"),
    ):
        with pytest.raises(StructError, match=message):
            LIBRARY.checked(ActorDescription(1, blueprint, attribute))


@pytest.mark.parametrize("raw", [1e39, -1e300, math.inf, math.nan, 2**200, "1", None])
def test_numbers_fit_the_wire(raw):
    with pytest.raises(StructError, match="wanted a finite number"):
        number(raw)


def test_places_and_weathers_are_of_this_world():
    assert read_location([1, 2.5, -3.0]) == (1.0, 2.5, -3.0)
    for far in ([1e8, 0, 0], [0, 0, -1e8]):
        with pytest.raises(StructError, match="out of this world"):
            read_location(far)
    with pytest.raises(StructError, match="weather"):
        read_weather([1e30] * 14)


def test_angles_are_wrapped():
    pose = read_transform([[0, 0, 0], [30.0, 270.0, -3.6e30]])
    assert (pose.pitch_rad, pose.yaw_rad) == (math.radians(30.0), math.radians(-90.0))
    assert abs(pose.roll_rad) <= math.pi


def test_a_step_too_short_is_refused():
    with pytest.raises(StructError, match="fixed_delta_seconds is 1e-300, wanted 0.0001 to 10"):
        read_settings([True, False, [True, 1e-300], True, 0.01, 10, 0.0, True, 3000.0, 2000.0, True])
