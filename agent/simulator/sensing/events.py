"""An event camera: what got brighter or darker since the last picture, pixel by pixel. After CARLA's DVSCamera.cpp."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.sensing.attributes import number, switch

Array = npt.NDArray[np.float64]
EVENT = np.dtype([("x", "<u2"), ("y", "<u2"), ("t", "<i8"), ("pol", "?")])
"""One event of 13 bytes: column, row, time [ns], brighter."""
_GRAY = np.array([0.114, 0.587, 0.2989])  # of B, G, R
_STILL = 1e-6
_LEAST_CONTRAST = 0.01
_MOST_ROUNDS = 1000  # events of one pixel between two pictures
_Round = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class EventCamera:
    """What an event camera's attributes ask for.

    Attributes:
        rise, fall: change of (the logarithm of) brightness that is an event.
        rise_sigma, fall_sigma: spread of these from pixel to pixel.
        rest_ns: how long a pixel is blind after an event.
        logarithmic: the logarithm counts, of brightness 0..1 plus `dark`.
    """

    rise: float
    fall: float
    rise_sigma: float
    fall_sigma: float
    rest_ns: int
    logarithmic: bool
    dark: float

    @classmethod
    def of(cls, description: ActorDescription) -> EventCamera:
        """From a blueprint's checked attributes."""
        return cls(
            rise=number(description, "positive_threshold"),
            fall=number(description, "negative_threshold"),
            rise_sigma=number(description, "sigma_positive_threshold"),
            fall_sigma=number(description, "sigma_negative_threshold"),
            rest_ns=int(number(description, "refractory_period_ns")),
            logarithmic=switch(description, "use_log"),
            dark=number(description, "log_eps"),
        )

    def brightness(self, bgra: npt.NDArray[np.uint8]) -> Array:
        """(H, W) of a picture."""
        gray = bgra[..., :3] @ _GRAY
        return np.log(self.dark + gray / 255.0) if self.logarithmic else np.asarray(gray)


@dataclass(slots=True)
class Retina:
    """What an event camera keeps from picture to picture, (H, W) each: brightness, that of the last event, its time."""

    camera: EventCamera
    dice: np.random.Generator
    time_ns: int = 0
    before: Array | None = None
    level: Array = field(default_factory=lambda: np.zeros(0))
    last_ns: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def see(self, bgra: npt.NDArray[np.uint8], time_s: float) -> npt.NDArray[np.void]:
        """Events EVENT (N,) since the last picture, in order of time; none for the first."""
        now, time_ns = self.camera.brightness(bgra), round(time_s * 1e9)
        before, start_ns, self.before, self.time_ns = self.before, self.time_ns, now, time_ns
        if before is None:
            self.level, self.last_ns = now.copy(), np.zeros(now.shape, np.int64)
            return np.zeros(0, EVENT)
        found = self._crossings(before.ravel(), now.ravel(), start_ns, time_ns - start_ns)
        pixel, at_ns, up = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(at_ns, kind="stable")
        events = np.zeros(len(order), EVENT)
        events["y"], events["x"] = np.divmod(pixel[order], now.shape[1])
        events["t"], events["pol"] = at_ns[order], up[order]
        return events

    def _crossings(self, before: Array, now: Array, start_ns: int, step_ns: int) -> list[_Round]:
        """Round by round the pixels whose brightness crossed one more threshold: pixel, time [ns], whether upwards."""
        level, last = self.level.reshape(-1), self.last_ns.reshape(-1)
        left = np.flatnonzero(np.abs(now - before) > _STILL)
        up = now[left] >= before[left]
        contrast = self._contrast(up)
        reached = level[left]
        found: list[_Round] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool))]
        for _ in range(_MOST_ROUNDS if len(left) else 0):
            reached = reached + np.where(up, contrast, -contrast)
            a, b = before[left], now[left]
            crossed = np.where(up, (reached > a) & (reached <= b), (reached < a) & (reached >= b))
            left, up, contrast, reached, a, b = (x[crossed] for x in (left, up, contrast, reached, a, b))
            at = start_ns + ((reached - a) / (b - a) * step_ns).astype(np.int64)
            awake = (last[left] == 0) | (at - last[left] >= self.camera.rest_ns)
            level[left] = reached
            last[left[awake]] = at[awake]
            found.append((left[awake], at[awake], up[awake]))
            if not len(left):
                break
        return found

    def _contrast(self, up: npt.NDArray[np.bool_]) -> Array:
        camera = self.camera
        contrast = np.where(up, camera.rise, camera.fall)
        sigma = np.where(up, camera.rise_sigma, camera.fall_sigma)
        if sigma.any():
            contrast = np.where(sigma > 0.0, contrast + sigma * self.dice.standard_normal(len(up)), contrast)
        return np.asarray(np.maximum(contrast, _LEAST_CONTRAST))
