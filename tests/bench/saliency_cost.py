"""What each method costs in forward passes of the network, beside tf-keras-vis: one process, interleaved, medians.

`python -m tests.bench.saliency_cost [MODEL ...]`. Columns: wall time, processor time (for busy machines), their ratios.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from agent.backend import keras, tf
from agent.model import SteeringModel, configure_tensorflow
from agent.model_card import ModelCard
from agent.saliency import METHODS, Explainer, make_explainer
from agent.saliency.anatomy import Anatomy
from agent.saliency.panel import PanelExplainer
from agent.training.architectures import ARCHITECTURES

ROUNDS = 60
Call = Callable[[Any], object]
TARGETS = {
    "gradient": 2.3,
    "six maps": 8.0,
    "grad_cam": 1.4,
    "visual_backprop": 1.4,
    "integrated_gradients": 9.0,
    "smoothgrad": 25.0,
}


def bare_forward(model: SteeringModel) -> Call:
    """The network in a tf.function with a fixed uint8 signature, called with an array, answer read back."""
    signature = [tf.TensorSpec(model.input_shape, tf.uint8)]
    traced = tf.function(lambda picture: model.network(tf.cast(picture[None], tf.float32)), input_signature=signature)
    return lambda picture: traced(picture).numpy()


def ours(model: SteeringModel) -> dict[str, Call]:
    calls: dict[str, Call] = {}
    for name in METHODS.keys() - {"occlusion"}:
        explain = make_explainer(name, None, model)
        assert isinstance(explain, Explainer)
        calls[name] = explain.steer_and_map
    calls["six maps"] = PanelExplainer(Anatomy(model)).maps
    return calls


def theirs(model: SteeringModel) -> dict[str, Call]:
    """tf-keras-vis, its model change done once, as its users would."""
    from tf_keras_vis.saliency import Saliency

    warnings.filterwarnings("ignore", message="The structure of `inputs`")
    saliency = Saliency(keras.Model(model.network.input, model.network.output), clone=False)

    def score(output: Any) -> Any:
        return output[:, 0]

    return {
        "tf-keras-vis gradient": lambda picture: saliency(score, picture[None].astype(np.float32)),
        "tf-keras-vis smoothgrad 16": lambda picture: saliency(
            score, picture[None].astype(np.float32), smooth_samples=16, smooth_noise=0.1
        ),
    }


def xpliques(model: SteeringModel) -> dict[str, Call]:
    """xplique where it is installed (see `tests.golden_xplique`)."""
    try:
        from xplique.attributions import Saliency, SmoothGrad
    except ImportError:
        return {}
    one = np.ones((1, 1), np.float32)
    methods = {
        f"xplique {name}": kind(model.network, operator=lambda net, inputs, targets: net(inputs)[:, 0], **options)
        for name, kind, options in (("gradient", Saliency, {}), ("smoothgrad 16", SmoothGrad, {"nb_samples": 16}))
    }
    return {
        name: lambda picture, method=method: method.explain(picture[None].astype(np.float32), one)
        for name, method in methods.items()
    }


def seconds(call: Call, picture: Any) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    call(picture)
    return time.perf_counter() - wall, time.process_time() - processor


def measure(calls: dict[str, Call], pictures: Any, rounds: int = ROUNDS) -> dict[str, tuple[float, float]]:
    """Median wall and processor time of each call [s], interleaved."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for number in range(rounds):
        for name, call in calls.items():
            taken[name].append(seconds(call, pictures[number % len(pictures)]))
    return {
        name: (statistics.median(wall for wall, _ in each), statistics.median(spent for _, spent in each))
        for name, each in ((name, each[len(each) // 10 :]) for name, each in taken.items())
    }


def main() -> None:
    configure_tensorflow()
    pictures = np.random.default_rng(0).integers(0, 256, (16, 66, 200, 3), dtype=np.uint8)
    for name in sys.argv[1:] or ARCHITECTURES:
        model = SteeringModel(name, "", ModelCard(steering_scale=1e-3), ARCHITECTURES[name]())
        found = measure({"forward": bare_forward(model), **ours(model), **theirs(model), **xpliques(model)}, pictures)
        print(f"{name}: {'':<28} wall ms  x forward   processor ms  x forward   wanted")
        wall, spent = found["forward"]
        for call, (each_wall, each_spent) in sorted(found.items(), key=lambda item: item[1][1]):
            wanted = f"<= {TARGETS[call]:g}" if call in TARGETS else ""
            print(
                f"  {call:<34} {1e3 * each_wall:8.2f} {each_wall / wall:10.2f} {1e3 * each_spent:14.2f}"
                f" {each_spent / spent:10.2f}   {wanted}"
            )
        for other in ("tf-keras-vis", "xplique"):
            for what, ours_name in (("gradient", "gradient"), ("smoothgrad 16", "smoothgrad")):
                if (name := f"{other} {what}") in found:
                    print(f"  {name} takes {found[name][1] / found[ours_name][1]:.1f} x ours")


if __name__ == "__main__":
    main()
