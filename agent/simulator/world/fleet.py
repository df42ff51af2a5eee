"""The blueprint library: CARLA's vehicles, pedestrians and sensors by their ids."""

from __future__ import annotations

from agent.simulator.dynamics.vehicle_specs import BLUEPRINTS, spec_for
from agent.simulator.nouns import Label
from agent.simulator.world.blueprints import Attribute, AttributeKind, Blueprint, BlueprintLibrary, fixed
from agent.simulator.world.sensor_blueprints import SENSORS

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


def blueprint_library() -> BlueprintLibrary:
    """All blueprints in a fixed order."""
    return BlueprintLibrary(
        (
            *(_vehicle(blueprint, order) for order, blueprint in enumerate(BLUEPRINTS)),
            *(_walker(order) for order in range(1, _WALKERS + 1)),
            Blueprint("controller.ai.walker", (_role("default"),)),
            *SENSORS,
        )
    )
