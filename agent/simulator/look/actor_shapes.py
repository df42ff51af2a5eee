"""Blueprint id -> shape: which body an actor has, how large it is, what it is labelled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from agent.simulator.dynamics.vehicle_specs import spec_for
from agent.simulator.look.car_parts import Finish, Lamp, Soup, box, disc, gathered, soup
from agent.simulator.look.car_shapes import STYLES, car
from agent.simulator.look.other_shapes import bus, lorry, two_wheeler
from agent.simulator.look.walker_shapes import walker, walker_height_m
from agent.simulator.nouns import LENS, Label
from agent.simulator.roads.signal_posts import LENS_M

_STYLE_OF = (  # first word found in the blueprint's id
    ("cybertruck", "pickup"),
    ("ambulance", "van"),
    ("sprinter", "van"),
    ("volkswagen.t2", "van"),
    ("patrol", "suv"),
    ("wrangler", "suv"),
    ("etron", "suv"),
    ("grandtourer", "suv"),
    ("cooper_s_2021", "suv"),
    ("tt", "coupe"),
    ("mustang", "coupe"),
    ("coupe", "coupe"),
    ("a2", "hatch"),
    ("c3", "hatch"),
    ("cooper", "hatch"),
    ("micra", "hatch"),
    ("microlino", "hatch"),
    ("leon", "hatch"),
    ("prius", "hatch"),
)


@dataclass(frozen=True, slots=True, eq=False)
class ActorShape:
    """A mesh for `car.glsl`.

    Attributes:
        vertices: car_parts.VERTEX (V,), each once.
        triangles: uint32 (3 T,) into them.
        half_size_m: half length, half width, height of what throws a shadow.
        label: semantic class.
    """

    vertices: npt.NDArray[np.void]
    triangles: npt.NDArray[np.uint32]
    half_size_m: tuple[float, float, float]
    label: Label


@cache
def shape_of(blueprint: str) -> ActorShape:
    """The shape of a CARLA blueprint id; a crate for what is neither vehicle nor walker."""
    if blueprint.startswith("walker."):
        return ActorShape(*_indexed(walker(blueprint)), (0.25, 0.25, walker_height_m(blueprint)), Label.PEDESTRIANS)
    if blueprint == LENS:
        return ActorShape(*_indexed(_lens()), (0.01, LENS_M, LENS_M), Label.TRAFFIC_LIGHT)
    if not blueprint.startswith("vehicle."):
        return ActorShape(
            *_indexed([soup(box((0, 0, 0.4), (0.4, 0.4, 0.4)), Finish.WHITE)]), (0.4, 0.4, 0.8), Label.DYNAMIC
        )
    spec = spec_for(blueprint)
    if spec.number_of_wheels == 2:
        parts = two_wheeler(spec, motor=spec.label is Label.MOTORCYCLE)
    elif spec.label is Label.BUS:
        parts = bus(spec)
    elif spec.label is Label.TRUCK and "carlamotors" in blueprint:
        parts = lorry(spec)
    else:
        style = next((style for word, style in _STYLE_OF if word in blueprint), "saloon")
        parts = car(spec, STYLES[style])
    half = (spec.length_m / 2, spec.width_m / 2 * 0.93, spec.height_m)
    return ActorShape(*_indexed(parts), half, spec.label)


def _lens() -> list[Soup]:
    """A disc that faces forward."""
    across = disc((0.0, 0.0, 0.0), LENS_M, 1.0)[:, :, [1, 0, 2]]  # faced right: its x becomes y, which turns it over
    return [soup(across[:, ::-1], Finish.PAINT, lamp=Lamp.HEAD)]


def _indexed(parts: list[Soup]) -> tuple[npt.NDArray[np.void], npt.NDArray[np.uint32]]:
    """Equal vertices once, in order of first use."""
    soup_ = gathered(parts)
    rows = soup_.view(np.uint8).reshape(len(soup_), -1)
    _, first, index = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return soup_[first[order]], rank[index.reshape(-1)].astype(np.uint32)
