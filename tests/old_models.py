"""Files as Keras 1 wrote them, and what such a network answers, computed by NumPy alone.

Layout after keras 1.2.2, keras/models.py save_model and the layers' get_config; the answers after its documentation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def conv(pictures: Any, kernel: Any, bias: Any, stride: int, *, same: bool = False) -> Any:
    """Correlation, channels last, padded as TensorFlow pads."""
    if same:
        pads = []
        for size, kernel_px in zip(pictures.shape[1:3], kernel.shape, strict=False):
            whole = max((-(-size // stride) - 1) * stride + kernel_px - size, 0)
            pads.append((whole // 2, whole - whole // 2))
        pictures = np.pad(pictures, ((0, 0), *pads, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(pictures, kernel.shape[:2], axis=(1, 2))
    return np.einsum("nhwcij,ijco->nhwo", windows[:, ::stride, ::stride], kernel, optimize=True) + bias


def elu(x: Any) -> Any:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


class Keras1Course:
    """A course's network: crop, Lambda, two convolutions, batch normalisation, pooling, dense layers, hard sigmoid."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        make = lambda *shape: rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape)  # noqa: E731
        self.weights: dict[str, list[Any]] = {
            "convolution2d_1": [make(5, 5, 3, 6), rng.normal(0, 0.1, 6)],
            "convolution2d_2": [make(3, 3, 6, 8), rng.normal(0, 0.1, 8)],
            "batchnormalization_1": [rng.uniform(0.5, 1.5, 8), rng.normal(0, 0.1, 8), rng.normal(0, 0.1, 8),
                                     rng.uniform(0.5, 1.5, 8)],
            "dense_1": [make(10 * 19 * 8, 10), rng.normal(0, 0.1, 10)],
            "dense_2": [make(10, 1), rng.normal(0, 0.1, 1)],
        }  # fmt: skip
        self.weights = {name: [array.astype(np.float32) for array in arrays] for name, arrays in self.weights.items()}

    def answer(self, pictures: Any) -> Any:
        """Of uint8 (n, 60, 80, 3), cropped by 10 rows above and 6 below."""
        w = self.weights
        x = pictures[:, 10:-6].astype(np.float64) / 127.5 - 1
        x = elu(conv(x, *w["convolution2d_1"], 2, same=True))
        x = np.maximum(conv(x, *w["convolution2d_2"], 1), 0)
        gamma, beta, mean, variance = w["batchnormalization_1"]
        x = (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta
        x = x.reshape(len(x), 10, 2, 19, 2, 8).max(axis=(2, 4))
        kernel, bias = w["dense_1"]
        x = np.clip(0.2 * (x.reshape(len(x), -1) @ kernel + bias) + 0.5, 0, 1)  # Keras 1's and 2's hard sigmoid
        kernel, bias = w["dense_2"]
        return (x @ kernel + bias)[:, 0]

    def layers(self) -> list[dict[str, Any]]:
        common = {"trainable": True}
        image = {"batch_input_shape": [None, 60, 80, 3], "input_dtype": "float32"}
        convolution = {**common, "dim_ordering": "tf", "bias": True, "W_constraint": None, "b_constraint": None,
                       "activity_regularizer": None, "W_regularizer": None, "b_regularizer": None,
                       "init": "glorot_uniform"}  # fmt: skip
        dense = {**common, "init": "glorot_uniform", "bias": True, "input_dim": None, "W_constraint": None}
        return [
            {"class_name": "Cropping2D", "config": {**common, **image, "name": "cropping2d_1", "dim_ordering": "tf",
                                                    "cropping": [[10, 6], [0, 0]]}},
            {"class_name": "Lambda", "config": {**common, "name": "lambda_1", "function_type": "lambda",
                                                "output_shape": None, "output_shape_type": "raw", "arguments": {},
                                                "function": ["4wEAAAAAAAAAAAAA", None, None]}},
            {"class_name": "Convolution2D", "config": {**convolution, "name": "convolution2d_1", "nb_filter": 6,
                "nb_row": 5, "nb_col": 5, "subsample": [2, 2], "border_mode": "same", "activation": "linear"}},
            {"class_name": "ELU", "config": {**common, "name": "elu_1", "alpha": 1.0}},
            {"class_name": "Convolution2D", "config": {**convolution, "name": "convolution2d_2", "nb_filter": 8,
                "nb_row": 3, "nb_col": 3, "subsample": [1, 1], "border_mode": "valid", "activation": "relu"}},
            {"class_name": "BatchNormalization", "config": {**common, "name": "batchnormalization_1", "epsilon": 1e-5,
                "mode": 0, "axis": -1, "momentum": 0.99, "gamma_regularizer": None, "beta_regularizer": None}},
            {"class_name": "MaxPooling2D", "config": {**common, "name": "maxpooling2d_1", "pool_size": [2, 2],
                "strides": [2, 2], "border_mode": "valid", "dim_ordering": "tf"}},
            {"class_name": "Dropout", "config": {**common, "name": "dropout_1", "p": 0.5}},
            {"class_name": "Flatten", "config": {**common, "name": "flatten_1"}},
            {"class_name": "Dense", "config": {**dense, "name": "dense_1", "output_dim": 10,
                                               "activation": "hard_sigmoid"}},
            {"class_name": "Dense", "config": {**dense, "name": "dense_2", "output_dim": 1, "activation": "linear"}},
        ]  # fmt: skip

    def functional(self) -> dict[str, Any]:
        """The same as Model: layers carry a name and where they take their input from."""
        image = {"batch_input_shape": [None, 60, 80, 3], "input_dtype": "float32", "name": "input_1"}
        records = [{"class_name": "InputLayer", "name": "input_1", "inbound_nodes": [], "config": image}]
        before = "input_1"
        for layer in self.layers():
            name = layer["config"]["name"]
            config = {key: value for key, value in layer["config"].items() if key != "batch_input_shape"}
            records.append({**layer, "config": config, "name": name, "inbound_nodes": [[[before, 0, 0]]]})
            before = name
        ends = {"input_layers": [["input_1", 0, 0]], "output_layers": [[before, 0, 0]]}
        return {"class_name": "Model", "config": {"name": "model_1", "layers": records, **ends}}

    def write(self, path: Path, *, functional: bool = False, whole: bool = True, backend: str | None = None) -> Path:
        """As save_model did; not `whole`: as save_weights and to_json did, two files."""
        config = self.functional() if functional else {"class_name": "Sequential", "config": self.layers()}
        with h5py.File(path, "w") as file:
            group = file.create_group("model_weights") if whole else file
            for layer in self.layers():
                name = layer["config"]["name"]
                arrays = self.weights.get(name, [])
                if backend == "theano":
                    arrays = [array[::-1, ::-1] if array.ndim == 4 else array for array in arrays]
                parts = ("gamma", "beta", "running_mean", "running_std") if len(arrays) == 4 else ("W", "b")
                own = group.create_group(name)
                own.attrs["weight_names"] = np.array([f"{name}_{part}".encode() for part in parts[: len(arrays)]])
                for part, array in zip(parts, arrays, strict=False):
                    own[f"{name}_{part}"] = array
            group.attrs["layer_names"] = np.array([layer["config"]["name"].encode() for layer in self.layers()])
            if whole:
                file.attrs["keras_version"] = b"1.2.2"
                file.attrs["model_config"] = json.dumps(config).encode()
            if backend:
                file.attrs["backend"] = backend.encode()
        if not whole:
            path.with_suffix(".json").write_text(json.dumps({**config, "keras_version": "1.2.2"}))
        return path
