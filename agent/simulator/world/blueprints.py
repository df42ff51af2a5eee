"""Blueprints: what can be spawned, with which attributes; the clients' view of `vehicle_specs`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from agent.simulator.protocol.structs import ActorDescription, StructError


class AttributeKind(IntEnum):
    """CARLA's ActorAttributeType."""

    BOOL = 1
    INT = 2
    FLOAT = 3
    STRING = 4
    COLOR = 5


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a blueprint; all values are text.

    Attributes:
        name, kind, value: as CARLA's; `value` is the default.
        recommended: values scripts choose from.
        modifiable: whether a client may set it.
        restricted: to the recommended values.
    """

    name: str
    kind: AttributeKind
    value: str
    recommended: tuple[str, ...] = ()
    modifiable: bool = True
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Something that can be spawned.

    Attributes:
        id: e.g. "vehicle.audi.tt".
        attributes: in CARLA's order.
    """

    id: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class BlueprintLibrary:
    """All blueprints; a blueprint's number is its place, from 1."""

    blueprints: tuple[Blueprint, ...]
    _by_id: Mapping[str, Blueprint] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {blueprint.id: blueprint for blueprint in self.blueprints})

    def definitions(self) -> list[list[object]]:
        """The ActorDefinition tuples."""
        return [_definition(uid, blueprint) for uid, blueprint in enumerate(self.blueprints, 1)]

    def checked(self, description: ActorDescription) -> ActorDescription:
        """The description with known attributes only, missing ones at their default, fixed ones as they are.

        Raises:
            StructError: unknown blueprint, or a value that does not fit its kind.
        """
        blueprint = self._by_id.get(description.id)
        if blueprint is None:
            raise StructError(f"blueprint '{description.id:.60}' not found")
        chosen = {name: value for name, _, value in description.attributes}
        return ActorDescription(
            description.uid, blueprint.id, tuple(_chosen(attribute, chosen) for attribute in blueprint.attributes)
        )


def _chosen(attribute: Attribute, chosen: Mapping[str, str]) -> tuple[str, int, str]:
    value = chosen.get(attribute.name, attribute.value) if attribute.modifiable else attribute.value
    try:
        if attribute.kind is AttributeKind.INT:
            value = _whole(value)
        elif attribute.kind is AttributeKind.FLOAT:
            float(value)
        elif attribute.kind is AttributeKind.COLOR:
            read_color(value)
        elif attribute.kind is AttributeKind.BOOL and value.lower() not in ("true", "false"):
            raise ValueError(value)
    except ValueError as error:
        raise StructError(f"{attribute.name} is '{value:.40}', wanted a {attribute.kind.name.lower()}") from error
    if attribute.restricted and value not in attribute.recommended:
        raise StructError(f"{attribute.name} is '{value:.40}', wanted one of {', '.join(attribute.recommended)}")
    return attribute.name, int(attribute.kind), value


def _whole(value: str) -> str:
    """A whole number; of one with decimals what CARLA reads of it: a script of its examples asks for 64.0 channels.

    Raises:
        ValueError: something else.
    """
    try:
        return str(int(value))
    except ValueError:
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(value) from None
        return str(int(number))


def read_color(value: str) -> tuple[int, int, int]:
    """RGB 0..255 of "r,g,b".

    Raises:
        ValueError: something else.
    """
    red, green, blue = (int(part) for part in value.split(","))
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError(f"colour {value} outside 0..255")
    return red, green, blue


def _definition(uid: int, blueprint: Blueprint) -> list[object]:
    tags = ",".join(blueprint.id.split("."))
    return [uid, blueprint.id, tags, [_attribute_tuple(attribute) for attribute in blueprint.attributes]]


def _attribute_tuple(attribute: Attribute) -> list[object]:
    return [
        attribute.name,
        int(attribute.kind),
        attribute.value,
        list(attribute.recommended),
        attribute.modifiable,
        attribute.restricted,
    ]


def fixed(name: str, kind: AttributeKind, value: str) -> Attribute:
    """An attribute that no client can change."""
    return Attribute(name, kind, value, modifiable=False)


def floats(defaults: Iterable[tuple[str, float]]) -> tuple[Attribute, ...]:
    """Modifiable float attributes; as in CARLA's sensors the default is what is recommended, scripts look there."""
    values = ((name, f"{value:g}") for name, value in defaults)
    return tuple(Attribute(name, AttributeKind.FLOAT, value, (value,)) for name, value in values)
