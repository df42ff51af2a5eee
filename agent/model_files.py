"""Read a Keras model file from a stranger: its JSON and its arrays, never its code.

Layouts: .keras is a zip of config.json and model.weights.h5, whose arrays lie under layers/<class, numbered>/vars/<n>
(keras/src/saving/saving_lib.py; Keras 2.12-2.15 wrote _layer_checkpoint_dependencies for layers); .h5 has the JSON in
the attribute model_config (or in a .json beside it) and the arrays under model_weights/<layer>, named in order by the
attribute weight_names (keras/src/legacy/saving/legacy_h5_format.py; the same since Keras 1).
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import struct
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import h5py
import numpy as np

from agent.errors import ModelError
from agent.types import Float32

MODEL_SUFFIXES = (".keras", ".h5", ".hdf5")
WEIGHTS_BYTES = 512 * 1024 * 1024
CONFIG_BYTES = 4 * 1024 * 1024
MEMBERS = 64
LAYERS = 500
ARRAYS_PER_LAYER = 8
FILTERS = {1, 2, 3}  # gzip, shuffle, checksum: built into HDF5; any other number could name a plug-in

Json = dict[str, Any]


_UNREADABLE = (
    *(OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, ArithmeticError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)
"""What zipfile, zlib, json and h5py raise on a broken file."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """What a model file says, unchecked for sense.

    Attributes:
        sha256: of the file, hexadecimal.
        old: written by Keras 1 or 2, whose words differ.
        config: the model's JSON: class_name and config.
        weights: layer name -> its arrays in Keras's order; float32, finite. Layers without arrays are left out.
    """

    sha256: str
    old: bool
    config: Json
    weights: dict[str, tuple[Float32, ...]]


def read_model_file(path: Path) -> StoredModel:
    """Read a .keras or .h5 file.

    Raises:
        ModelError: missing, a SavedModel folder, another kind of file, too large, links out of the file, NaN weights.
    """
    if path.is_dir():
        raise ModelError(
            f"{path} is a folder (a SavedModel?): its graph could run any operation; export it again as .keras"
        )
    if path.suffix not in MODEL_SUFFIXES:
        raise ModelError(f"{path} is not a model file: wanted one of {' '.join(MODEL_SUFFIXES)}")
    content = _content(path)
    try:
        old, config, weights = _read_keras(content) if path.suffix == ".keras" else _read_h5(content, path)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except _UNREADABLE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path} is not a {path.suffix} model file: {reason}") from error
    return StoredModel(hashlib.sha256(content).hexdigest(), old, config, weights)


def layer_records(config: Json) -> list[Json]:
    """The layers of a model's JSON in stored order; a Sequential of early Keras 2 is a bare list.

    Raises:
        ModelError: no list of layers in it, or too many.
    """
    inner = config.get("config")
    layers = inner if isinstance(inner, list) else inner.get("layers") if isinstance(inner, dict) else None
    if not isinstance(layers, list) or not all(
        isinstance(each, dict) and isinstance(each.get("config"), dict) for each in layers
    ):
        raise ModelError("its JSON has no list of layers: wanted a Sequential or functional Keras model")
    if len(layers) > LAYERS:
        raise ModelError(f"it has {len(layers)} layers, more than {LAYERS}")
    return layers


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(WEIGHTS_BYTES + 1)
    except FileNotFoundError as error:
        raise ModelError(f"no model file {path}: name a folder of configs/models or a .keras or .h5 file") from error
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    if len(content) > WEIGHTS_BYTES:
        raise ModelError(f"{path} is larger than {WEIGHTS_BYTES >> 20} MiB: too large to drive a car in real time")
    return content


_Read = tuple[bool, Json, dict[str, tuple[Float32, ...]]]


def _read_keras(content: bytes) -> _Read:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if len(archive.infolist()) > MEMBERS:
            raise ModelError(f"it holds {len(archive.infolist())} files, more than {MEMBERS}")
        config = _parse(_member(archive, "config.json", CONFIG_BYTES))
        metadata = (
            _parse(_member(archive, "metadata.json", CONFIG_BYTES)) if "metadata.json" in archive.namelist() else {}
        )
        weights_file = io.BytesIO(_member(archive, "model.weights.h5", WEIGHTS_BYTES))
    shelf = _Shelf()
    numbers: Counter[str] = Counter()
    with h5py.File(weights_file, "r") as file:
        layers = _walk(file, "layers") or _walk(file, "_layer_checkpoint_dependencies")
        for record in layer_records(config):
            kind = _snake_case(str(record.get("class_name")))
            group = _walk(layers, f"{kind}_{numbers[kind]}/vars" if numbers[kind] else f"{kind}/vars")
            numbers[kind] += 1
            if group is not None:
                shelf.put(str(record["config"].get("name")), group, [str(index) for index in range(len(group))])
    return str(metadata.get("keras_version", "3")).startswith("2"), config, shelf.weights


def _read_h5(content: bytes, path: Path) -> _Read:
    with h5py.File(io.BytesIO(content), "r") as file:
        config = _parse(file.attrs["model_config"] if "model_config" in file.attrs else _json_beside(path))
        weights = _walk(file, "model_weights")
        shelf = _Shelf(flipped=_text(file.attrs.get("backend", "")) == "theano")
        for record in layer_records(config):
            name = str(record["config"].get("name"))
            group = _walk(file if weights is None else weights, name)
            if group is not None:
                shelf.put(name, group, [_text(each) for each in group.attrs["weight_names"]])
        version = _text(file.attrs.get("keras_version", config.get("keras_version", "1")))
    return not version.startswith("3"), config, shelf.weights


def _json_beside(path: Path) -> bytes:
    """The architecture of a file that holds weights alone: model.json beside model.h5, as to_json() gave it."""
    try:
        with path.with_suffix(".json").open("rb") as file:
            return file.read(CONFIG_BYTES + 1)
    except OSError:
        raise ModelError(
            f"it has weights but no model_config, and there is no {path.with_suffix('.json').name} beside it: "
            "save the whole model as .keras"
        ) from None


class _Shelf:
    """The arrays read so far, and the bytes that may still be read: a few kilobytes can claim to be terabytes.

    Args:
        flipped: kernels lie about their centre the other way round: Theano convolves where others correlate.
    """

    def __init__(self, *, flipped: bool = False) -> None:
        self._flipped = flipped
        self.weights: dict[str, tuple[Float32, ...]] = {}
        self._bytes_left = WEIGHTS_BYTES

    def put(self, layer_name: str, group: Any, names: list[str]) -> None:
        """Read a layer's arrays."""
        if len(names) > ARRAYS_PER_LAYER:
            raise ModelError(f"layer '{layer_name}' has {len(names)} arrays, more than {ARRAYS_PER_LAYER}")
        if layer_name in self.weights:
            raise ModelError(f"two layers are called '{layer_name}'")
        arrays = tuple(self._array(_walk(group, name), f"{layer_name}/{name}") for name in names)
        if self._flipped:
            arrays = tuple(array[::-1, ::-1] if array.ndim == 4 else array for array in arrays)
        if arrays:
            self.weights[layer_name] = arrays

    def _array(self, dataset: object, name: str) -> Float32:
        if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind != "f":
            raise ModelError(f"weight {name} is missing or not an array of numbers")
        plist = dataset.id.get_create_plist()
        filters = {plist.get_filter(index)[0] for index in range(plist.get_nfilters())}
        if dataset.external or dataset.is_virtual or not filters <= FILTERS:
            raise ModelError(f"weight {name} is stored outside the file or needs a plug-in to unpack")
        self._bytes_left -= math.prod(dataset.shape) * dataset.dtype.itemsize
        if self._bytes_left < 0:
            raise ModelError(f"its weights unpack to more than {WEIGHTS_BYTES >> 20} MiB")
        array = np.asarray(dataset[()], np.float32)
        if not np.isfinite(array).all():
            raise ModelError(f"weight {name} holds NaN or infinity: its training went wrong")
        return array


def _text(name: object) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    with archive.open(name) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise ModelError(f"{name} in it unpacks to more than {limit >> 20} MiB")
    return content


def _parse(text: object) -> Json:
    if not isinstance(text, str | bytes) or len(text) > CONFIG_BYTES:
        raise ModelError("its configuration is missing or too long")
    config = json.loads(text)
    if not isinstance(config, dict):
        raise ModelError("its configuration is not a JSON object")
    return cast(Json, config)


def _walk(group: Any, path: str) -> Any:
    """Follow a path of hard links, None where it ends early: soft and external links can point into any file."""
    here = group
    for part in path.split("/"):
        link = here.get(part, getlink=True) if isinstance(here, h5py.Group) else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise ModelError(f"'{path}' in it is a link to elsewhere")
        here = here[part]
    return here


def _snake_case(name: str) -> str:
    """Conv2D -> conv2d, MaxPooling2D -> max_pooling2d, ReLU -> re_lu: how Keras numbers layers of a class."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()
