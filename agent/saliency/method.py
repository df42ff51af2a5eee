"""What a saliency method is: a name, what it draws and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from agent.saliency.anatomy import Scene, Target

Raw = Callable[[Scene, Target], Any]
"""(scene, target) -> unscaled maps, float32 (n, h, w), inside a traced function."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to see what a network looked at.

    Attributes:
        name: as flags and logs write it.
        raw: the computation.
        signed: whether the sign means right (positive) and left.
        unit: of the map before scaling, for the steering output.
        passes: about what it costs, in forward passes of the network.
        of: what its layer is: "target", the layer that is explained; "picture", a layer that is looked at, the
            steering being explained; "none", it has no layer.
        about: one line for people.
    """

    name: str
    raw: Raw
    unit: str
    passes: float
    about: str
    signed: bool = False
    of: Literal["target", "picture", "none"] = "target"
