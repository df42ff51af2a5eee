"""Writes tests/golden/xplique.npz: gradient maps as xplique makes them, `python -m tests.golden_xplique`.

xplique 2.0.2 needs TensorFlow 2.20 and does not install beside ours. In an environment of its own: tensorflow 2.20,
xplique 2.0.2, tf-keras 2.20, tensorflow-probability, opencv-python-headless, pydantic, pyyaml, h5py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agent.backend import tf
from agent.model import SteeringModel, load_model
from tests.seeded_models import NETWORKS, steering_model

GOLDEN = Path(__file__).parent / "golden" / "xplique.npz"
PICTURES = 2


def models() -> dict[str, SteeringModel]:
    """The networks that are compared, by name."""
    return {**{name: steering_model(name) for name in NETWORKS}, "trained": load_model("pilotnet")}


def pictures(model: SteeringModel) -> Any:
    """The network inputs that are compared, uint8 (PICTURES, h, w, 3)."""
    return np.random.default_rng(20).integers(0, 256, (PICTURES, *model.input_shape), np.uint8)


def main() -> None:
    from xplique.attributions import Saliency

    def steering(network: Any, inputs: Any, targets: Any) -> Any:
        return tf.reduce_sum(network(inputs) * targets, axis=-1)

    maps = {
        name: Saliency(model.network, operator=steering)
        .explain(pictures(model).astype(np.float32), np.ones((PICTURES, 1), np.float32))
        .numpy()[..., 0]
        for name, model in models().items()
    }
    np.savez_compressed(GOLDEN, **maps)


if __name__ == "__main__":
    main()
