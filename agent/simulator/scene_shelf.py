"""Scenes kept on the disk from run to run: made once for each map, seed and version of the code that makes them."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import time
from functools import cache
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from agent.simulator.look.array_file import MAX_FILE_BYTES, ArrayFileError
from agent.simulator.look.scene import Scene, build_scene
from agent.simulator.look.scene_file import read_scene, write_scene
from agent.simulator.recording.folder import cache_folder
from agent.simulator.rehearsal import rehearsing
from agent.simulator.roads.road_network import RoadNetwork

_LOG = logging.getLogger(__name__)
_KEPT_BYTES = 2 * MAX_FILE_BYTES
_ENDING, _UNFINISHED, _COMPILED = ".scene", ".unfinished", ".shaders"
_LONGEST_WRITE_S = 3600.0
_CODE = Path(__file__).resolve().parent


def default_scenes() -> Path:
    """Where the user's are kept."""
    return cache_folder() / "scenes"


class SceneShelf:
    """Where scenes are kept.

    Any number of simulators may use a folder at once: a file appears whole or not at all. What cannot be read is made
    again; what cannot be written is done without.

    Args:
        folder: need not exist; None keeps nothing.
        most_bytes: kept in it; those not used for longest go first.
    """

    def __init__(self, folder: Path | None, most_bytes: int = _KEPT_BYTES) -> None:
        self._folder, self._most_bytes = folder, most_bytes

    def scene(self, network: RoadNetwork, seed: int) -> Scene:
        """The scene of a map, read or made; the same either way."""
        if self._folder is None:
            return build_scene(network, seed)
        path = self._folder / f"{_key(network, seed)}{_ENDING}"
        try:
            scene = read_scene(path)
            os.utime(path)  # used just now
            return scene
        except FileNotFoundError:
            pass
        except (ArrayFileError, OSError) as error:
            _LOG.info("a kept scene is made anew: %s", error)
        with rehearsing(self._folder / f"{_shaders_key()}{_COMPILED}"):
            scene = build_scene(network, seed)
        with contextlib.suppress(ArrayFileError, OSError):
            self._keep(path, scene)
            return read_scene(path)  # it need not stay in memory
        return scene

    def _keep(self, path: Path, scene: Scene) -> None:
        """Write it beside its place, then put it there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix=_UNFINISHED, dir=path.parent)
        os.close(descriptor)
        try:
            write_scene(Path(name), scene)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
        self._clear(path)

    def _clear(self, newest: Path) -> None:
        """Remove what there is too much of."""
        found = [(entry.stat().st_mtime, entry.stat().st_size, entry) for entry in newest.parent.glob(f"*{_ENDING}")]
        left = self._most_bytes
        for _, size, entry in sorted(found, reverse=True, key=lambda one: (one[2] == newest, one[0])):
            left -= size
            if left < 0 and entry != newest:
                entry.unlink(missing_ok=True)
        for entry in newest.parent.glob(f"*{_UNFINISHED}"):
            if entry.stat().st_mtime < time.time() - _LONGEST_WRITE_S:  # its writer was killed
                entry.unlink(missing_ok=True)


def _key(network: RoadNetwork, seed: int) -> str:
    """What a scene is made from, as a name."""
    made_from = [network.name, str(seed), network.xodr, *_makers()]
    return sha256("\0".join(made_from).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@cache
def _makers() -> tuple[str, ...]:
    """What makes scenes: the code, and the libraries that count in it."""
    return _digest("look/*.py", "roads/*.py", "nouns.py"), np.__version__, cv2.__version__, sys.version


@cache
def _shaders_key() -> str:
    """What is compiled for a picture, as a name."""
    return _digest("look/*.py", "look/glsl/*")[:32]


def _digest(*patterns: str) -> str:
    """Of files of the simulator's code."""
    code = sha256()
    for path in sorted(path for pattern in patterns for path in _CODE.glob(pattern)):
        code.update(path.read_bytes())
    return code.hexdigest()
