"""The blueprint library: CARLA's vehicles, pedestrians and sensors by their ids."""

from __future__ import annotations

from agent.simulator.dynamics.vehicle_specs import BLUEPRINTS, spec_for
from agent.simulator.nouns import Label
from agent.simulator.world.blueprints import Attribute, AttributeKind, Blueprint, BlueprintLibrary, fixed, floats

_BOOL, _INT, _FLOAT = AttributeKind.BOOL, AttributeKind.INT, AttributeKind.FLOAT
_STRING, _COLOR = AttributeKind.STRING, AttributeKind.COLOR

_PAINTS = ("17,37,103", "137,0,0", "180,44,44", "28,31,36", "202,205,208", "66,84,96", "214,152,41", "38,97,73")
_SECOND_GENERATION = ("_2020", "_2021", ".crown", ".fusorosa", ".ambulance", ".firetruck", ".sprinter", ".european_hgv")
_VANS = ("vehicle.mercedes.sprinter", "vehicle.volkswagen.t2", "vehicle.volkswagen.t2_2021")
_EMERGENCY = ("police", "firetruck", "ambulance")
_ELECTRIC = ("tesla.", "etron", "microlino")
_BASE_TYPES = {
    Label.CAR: "car",
    Label.TRUCK: "truck",
    Label.BUS: "bus",
    Label.MOTORCYCLE: "motorcycle",
    Label.BICYCLE: "bicycle",
}
_WALKERS = 14


def _role(default: str, *recommended: str) -> Attribute:
    return Attribute("role_name", _STRING, default, recommended)


def _vehicle(blueprint: str, order: int) -> Blueprint:
    spec = spec_for(blueprint)
    base_type = "van" if blueprint in _VANS else _BASE_TYPES[spec.label]
    special = "emergency" if any(part in blueprint for part in _EMERGENCY) else ""
    if any(part in blueprint for part in _ELECTRIC):
        special = "electric"
    paints = _PAINTS[order % len(_PAINTS) :] + _PAINTS[: order % len(_PAINTS)]
    generation = "2" if blueprint.endswith(_SECOND_GENERATION) else "1"
    return Blueprint(
        blueprint,
        (
            fixed("object_type", _STRING, ""),
            fixed("base_type", _STRING, base_type),
            fixed("special_type", _STRING, special),
            fixed("number_of_wheels", _INT, str(spec.number_of_wheels)),
            fixed("generation", _INT, generation),
            fixed("has_lights", _BOOL, "true"),
            fixed("has_dynamic_doors", _BOOL, "false"),
            Attribute("color", _COLOR, paints[0], paints),
            Attribute("driver_id", _INT, "0", ("0",)),
            Attribute("sticky_control", _BOOL, "true"),
            Attribute("terramechanics", _BOOL, "false"),
            _role("autopilot", "autopilot", "scenario", "ego_vehicle"),
        ),
    )


def _walker(order: int) -> Blueprint:
    return Blueprint(
        f"walker.pedestrian.{order:04d}",
        (
            fixed("gender", _STRING, "female" if order % 2 else "male"),
            fixed("age", _STRING, "adult"),
            fixed("generation", _INT, "2" if order > _WALKERS // 2 else "1"),
            Attribute("is_invincible", _BOOL, "true"),
            Attribute("speed", _FLOAT, "1.400000", ("0.0", "1.400000", "2.500000")),
            _role("pedestrian", "pedestrian"),
        ),
    )


def _camera(name: str, *, offered: bool = True, extra: tuple[Attribute, ...] = ()) -> Blueprint:
    attributes = (
        _role("front", "front", "back", "left", "right", "front_left", "front_right", "back_left", "back_right"),
        Attribute("image_size_x", _INT, "800"),
        Attribute("image_size_y", _INT, "600"),
        *floats((("fov", 90.0), ("sensor_tick", 0.0))),
        *floats((("lens_circle_falloff", 5.0), ("lens_circle_multiplier", 0.0), ("lens_k", -1.0))),
        *floats((("lens_kcube", 0.0), ("lens_x_size", 0.08), ("lens_y_size", 0.08))),
        *extra,
    )
    return Blueprint(f"sensor.camera.{name}", attributes, offered)


def _sensor(name: str, *extra: Attribute, offered: bool = True) -> Blueprint:
    return Blueprint(f"sensor.{name}", (_role("front"), *extra), offered)


_SEED = Attribute("noise_seed", _INT, "0")
_TICK = floats((("sensor_tick", 0.0),))
_RGB = (
    Attribute("enable_postprocess_effects", _BOOL, "true"),
    Attribute("exposure_mode", _STRING, "histogram", ("histogram", "manual"), restricted=True),
    *floats((("gamma", 2.2), ("shutter_speed", 200.0), ("iso", 100.0), ("fstop", 1.4), ("bloom_intensity", 0.675))),
    *floats((("exposure_compensation", 0.0), ("motion_blur_intensity", 0.45), ("lens_flare_intensity", 0.1))),
    *floats((("chromatic_aberration_intensity", 0.0), ("chromatic_aberration_offset", 0.0))),
)
_IMU = floats(
    (f"noise_{kind}_{axis}", 0.0) for kind in ("accel_stddev", "gyro_stddev", "gyro_bias") for axis in ("x", "y", "z")
)
_GNSS = floats((f"noise_{axis}_{kind}", 0.0) for axis in ("alt", "lat", "lon") for kind in ("bias", "stddev"))
_LIDAR = (
    Attribute("channels", _INT, "32"),
    Attribute("points_per_second", _INT, "56000"),
    *floats((("range", 10.0), ("rotation_frequency", 10.0), ("upper_fov", 10.0), ("lower_fov", -30.0))),
    *floats((("sensor_tick", 0.0), ("atmosphere_attenuation_rate", 0.004), ("noise_stddev", 0.0))),
)
_SENSORS = (
    _camera("rgb", extra=_RGB),
    _camera("semantic_segmentation"),
    _camera("depth"),
    _camera("instance_segmentation"),
    _sensor("other.collision"),  # no sensor_tick, as in CARLA: a bump between two due ticks would be lost
    _sensor("other.lane_invasion"),
    _sensor("other.imu", *_TICK, _SEED, *_IMU),
    _sensor("other.gnss", *_TICK, _SEED, *_GNSS),
)
_LISTED_ONLY = (
    _camera("dvs", offered=False),
    _camera("normals", offered=False),
    _camera("optical_flow", offered=False),
    _camera("cosmos_visualization", offered=False),
    _sensor("lidar.ray_cast", *_LIDAR, offered=False),
    _sensor("lidar.ray_cast_semantic", *_LIDAR, offered=False),
    _sensor(
        "other.radar", *floats((("range", 100.0), ("horizontal_fov", 30.0), ("vertical_fov", 30.0))), offered=False
    ),
    _sensor("other.obstacle", *floats((("distance", 5.0), ("hit_radius", 0.5))), offered=False),
)


def blueprint_library() -> BlueprintLibrary:
    """All blueprints in a fixed order."""
    return BlueprintLibrary(
        (
            *(_vehicle(blueprint, order) for order, blueprint in enumerate(BLUEPRINTS)),
            *(_walker(order) for order in range(1, _WALKERS + 1)),
            Blueprint("controller.ai.walker", (_role("default"),), offered=False),
            *_SENSORS,
            *_LISTED_ONLY,
        )
    )
