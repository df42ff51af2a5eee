"""Gaussian blur inside a traced function: the baseline that attributions start from, the smoothing of maps; pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from agent.backend import tf
from agent.types import Float32

BASELINE_SIGMA_PX = 10.0
"""Blur of the baseline [network px]: lane markings are gone, the light of the scene stays. A black baseline would make
bright pixels matter for being bright."""


@lru_cache(maxsize=64)
def gaussian(size_px: int, sigma_px: float) -> tuple[Float32, Float32]:
    """A blur along one side as two thin matrices: (size_px, cells) after (cells, size_px).

    Cells of half a sigma are averaged first: far fewer multiplications, and no visible difference.
    """
    cell = max(1, int(sigma_px / 2))
    cells = -(-size_px // cell)
    member = (np.arange(size_px) // cell)[None] == np.arange(cells)[:, None]
    average = member / member.sum(axis=1, keepdims=True)
    centres = average @ np.arange(size_px)
    weight = np.exp(-0.5 * ((np.arange(size_px)[:, None] - centres[None]) / sigma_px) ** 2) * member.sum(axis=1)[None]
    weight /= weight.sum(axis=1, keepdims=True)
    return weight.astype(np.float32), average.astype(np.float32)


def blurred(pictures: Any, sigma_px: float = BASELINE_SIGMA_PX) -> Any:
    """Pictures (n, h, w, channels), float32, blurred."""
    tall_out, tall_in = gaussian(pictures.shape[1], sigma_px)
    wide_out, wide_in = gaussian(pictures.shape[2], sigma_px)
    small = tf.einsum("rh,nhwc->nrwc", tall_in, pictures)
    small = tf.einsum("kw,nrwc->nrkc", wide_in, small)
    wide = tf.einsum("wk,nrkc->nrwc", wide_out, small)
    return tf.einsum("hr,nrwc->nhwc", tall_out, wide)


def smoothed(maps: Any, sigma_px: float) -> Any:
    """Maps (n, h, w), float32, blurred."""
    return blurred(maps[..., tf.newaxis], sigma_px)[..., 0]
