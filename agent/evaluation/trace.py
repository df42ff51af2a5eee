"""What a run leaves for scores and report: one row a step, as arrays."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.types import Step

COLUMNS = ("time_s", "x_m", "y_m", "yaw_rad", "speed_mps", "steer", "throttle", "brake", "offset_m", "done_m")
Columns = dict[str, npt.NDArray[np.float64]]
_MOST_ROWS = 10_000_000


class Trace:
    """Rows of float64, grown step by step."""

    def __init__(self) -> None:
        self._values: array[float] = array("d")

    def add(self, step: Step, done_m: float) -> None:
        """Take in a step; the offset is NaN where no lane is known."""
        telemetry, control = step.frame.telemetry, step.control
        pose, offset = telemetry.pose, telemetry.lane_offset_m
        self._values.extend(
            (
                step.frame.time_s,
                pose.x_m,
                pose.y_m,
                pose.yaw_rad,
                telemetry.speed_mps,
                control.steer,
                control.throttle,
                control.brake,
                float("nan") if offset is None else offset,
                done_m,
            )
        )

    def columns(self) -> Columns:
        """Each of `COLUMNS` as float64 (N,)."""
        rows = np.array(self._values, np.float64).reshape(-1, len(COLUMNS))
        return {name: rows[:, index] for index, name in enumerate(COLUMNS)}


def write_trace(path: Path, columns: Columns) -> None:
    """Keep a trace as .npz, single precision but for the time."""
    kept: dict[str, Any] = {name: values.astype(np.float32) for name, values in columns.items()}
    np.savez_compressed(path, **{**kept, "time_s": columns["time_s"]})


def read_trace(path: Path) -> Columns:
    """Read a trace; no code in the file is run.

    Raises:
        ValueError: not a trace.
    """
    try:
        with np.load(path, allow_pickle=False) as read:
            columns = {name: np.asarray(read[name], np.float64) for name in COLUMNS}
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise ValueError(f"{path} is no trace of a run: {error}") from None
    lengths = {values.shape for values in columns.values()}
    if len(lengths) != 1 or len(next(iter(lengths))) != 1 or len(columns["time_s"]) > _MOST_ROWS:
        raise ValueError(f"{path} is no trace of a run: its columns differ in length")
    return columns
