"""The sensors' blueprints: names, order and defaults of the attributes are CARLA 0.9.16's.

Source: ActorBlueprintFunctionLibrary.cpp and DVSCamera.cpp of that version.
"""

from __future__ import annotations

from agent.simulator.world.blueprints import Attribute, AttributeKind, Blueprint, floats

_BOOL, _INT, _FLOAT, _STRING = AttributeKind.BOOL, AttributeKind.INT, AttributeKind.FLOAT, AttributeKind.STRING

_SIDES = ("front", "back", "left", "right", "front_left", "front_right", "back_left", "back_right")
_TICK = floats((("sensor_tick", 0.0),))
_SEED = Attribute("noise_seed", _INT, "0")
_LENS = (
    *floats((("lens_circle_falloff", 5.0), ("lens_circle_multiplier", 0.0), ("lens_k", -1.0))),
    *floats((("lens_kcube", 0.0), ("lens_x_size", 0.08), ("lens_y_size", 0.08))),
)
_FILM = (
    Attribute("enable_postprocess_effects", _BOOL, "true"),
    *floats((("gamma", 2.2), ("motion_blur_intensity", 0.45), ("motion_blur_max_distortion", 0.35))),
    *floats((("motion_blur_min_object_screen_size", 0.1), ("lens_flare_intensity", 0.1), ("bloom_intensity", 0.675))),
    Attribute("exposure_mode", _STRING, "histogram", ("histogram", "manual"), restricted=True),
    *floats((("exposure_compensation", 0.0), ("shutter_speed", 200.0), ("iso", 100.0), ("fstop", 1.4))),
    *floats((("exposure_min_bright", 10.0), ("exposure_max_bright", 12.0))),
    *floats((("exposure_speed_up", 3.0), ("exposure_speed_down", 1.0), ("calibration_constant", 16.0))),
    *floats((("focal_distance", 1000.0), ("blur_amount", 1.0), ("blur_radius", 0.0), ("min_fstop", 1.2))),
    Attribute("blade_count", _INT, "5"),
    *floats((("slope", 0.88), ("toe", 0.55), ("shoulder", 0.26), ("black_clip", 0.0), ("white_clip", 0.04))),
    *floats((("temp", 6500.0), ("tint", 0.0))),
    *floats((("chromatic_aberration_intensity", 0.0), ("chromatic_aberration_offset", 0.0))),
)
_EVENTS = (
    *floats((("positive_threshold", 0.3), ("negative_threshold", 0.3))),
    *floats((("sigma_positive_threshold", 0.0), ("sigma_negative_threshold", 0.0))),
    Attribute("refractory_period_ns", _INT, "0"),
    Attribute("use_log", _BOOL, "true"),
    *floats((("log_eps", 0.001),)),
)
_SWEEP = (
    Attribute("channels", _INT, "32"),
    *floats((("range", 10.0),)),
    Attribute("points_per_second", _INT, "56000"),
    *floats((("rotation_frequency", 10.0), ("upper_fov", 10.0), ("lower_fov", -30.0))),
)
_FULL_CIRCLE = floats((("horizontal_fov", 360.0),))
_ECHO = (
    *floats((("atmosphere_attenuation_rate", 0.004),)),
    _SEED,
    *floats((("dropoff_general_rate", 0.45), ("dropoff_intensity_limit", 0.8), ("dropoff_zero_intensity", 0.4))),
    *floats((("noise_stddev", 0.0),)),
)
_IMU = floats(
    (f"noise_{kind}_{axis}", 0.0) for kind in ("accel_stddev", "gyro_stddev", "gyro_bias") for axis in ("x", "y", "z")
)
_GNSS = floats((f"noise_{axis}_{kind}", 0.0) for axis in ("lat", "lon", "alt") for kind in ("stddev", "bias"))
_RADAR = (
    *floats((("horizontal_fov", 30.0), ("vertical_fov", 30.0), ("range", 100.0))),
    Attribute("points_per_second", _INT, "1500"),
)
_OBSTACLE = (
    *floats((("distance", 5.0), ("hit_radius", 0.5))),
    Attribute("only_dynamics", _BOOL, "false"),
    Attribute("debug_linetrace", _BOOL, "false"),
)


def _sensor(name: str, *extra: Attribute, sides: bool = False) -> Blueprint:
    blueprint = f"sensor.{name}"
    role = Attribute("role_name", _STRING, "front", _SIDES) if sides else Attribute("role_name", _STRING, "default")
    return Blueprint(blueprint, (role, Attribute("ros_name", _STRING, blueprint), *extra))


def _camera(name: str, *extra: Attribute) -> Blueprint:
    size = (Attribute("image_size_x", _INT, "800"), Attribute("image_size_y", _INT, "600"))
    fov = floats((("fov", 90.0),))
    return _sensor(f"camera.{name}", *_TICK, *fov, *size, *_LENS, *extra, sides=True)


SENSORS = (
    _camera("rgb", *_FILM),
    _camera("semantic_segmentation"),
    _camera("depth"),
    _camera("instance_segmentation"),
    _camera("normals"),
    _camera("optical_flow"),
    _camera("dvs", *_FILM, *_EVENTS),
    _sensor("lidar.ray_cast", *_TICK, *_SWEEP, *_ECHO, *_FULL_CIRCLE, sides=True),
    _sensor("lidar.ray_cast_semantic", *_TICK, *_SWEEP, *_FULL_CIRCLE, sides=True),
    _sensor("other.radar", *_TICK, *_RADAR),
    _sensor("other.obstacle", *_TICK, *_OBSTACLE),
    _sensor("other.collision"),  # no sensor_tick: a bump between two due ticks would be lost
    _sensor("other.lane_invasion"),
    _sensor("other.imu", *_TICK, _SEED, *_IMU),
    _sensor("other.gnss", *_TICK, _SEED, *_GNSS),
    _camera("cosmos_visualization"),
)
