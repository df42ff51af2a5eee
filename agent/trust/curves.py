"""Deletion and insertion: take the hottest pixels away, or bring them back first, and see what the steering does.

After Samek et al., "Evaluating the Visualization of What a Deep Neural Network Has Learned" (2017), and Petsiuk et al.,
"RISE" (2018), for a regression output: the curve is |steering - steering of the whole picture|.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from agent.saliency.causal import blurred_picture
from agent.types import Float32, UInt8

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75)
"""Parts of the view that are taken away or brought back."""
BASELINES = ("blur", "mean")
Predict = Callable[[Float32], Float32]


@dataclass(frozen=True, slots=True)
class Curves:
    """Of one method on one baseline; float32 (frames, len(SHARES)) [steer].

    Attributes:
        deletion: change of the steering when the hottest part is hidden: higher is better.
        insertion: error of the steering when only the hottest part is shown: lower is better.
    """

    deletion: Float32
    insertion: Float32


def curves(pictures: UInt8, heat: Float32, predict: Predict, baseline: str) -> Curves:
    """Both curves of all frames.

    Args:
        pictures: uint8 (n, h, w, channels).
        heat: maps, float32 (n, h, w); their magnitude counts.
        predict: grey levels, float32 (m, h, w, channels) -> steering (m,).
        baseline: one of `BASELINES`.
    """
    whole = predict(pictures.astype(np.float32))
    deletion, insertion = [], []
    for picture, each, before in zip(pictures, heat, whole, strict=True):
        rank = _ranks(each)
        masks = np.stack([rank < share for share in SHARES])[..., None]
        levels, blank = picture.astype(np.float32), hidden(picture, baseline).astype(np.float32)
        steer = predict(np.concatenate([np.where(masks, blank, levels), np.where(masks, levels, blank)]))
        change = np.abs(steer - before)
        deletion.append(change[: len(SHARES)])
        insertion.append(change[len(SHARES) :])
    return Curves(np.stack(deletion), np.stack(insertion))


def area(curve: Float32) -> Float32:
    """Mean height of curves (n, len(SHARES)) over the parts, by the trapezium rule: (n,)."""
    widths = np.diff(np.array(SHARES, np.float32))
    made: Float32 = ((curve[:, 1:] + curve[:, :-1]) / 2.0 @ widths / widths.sum()).astype(np.float32)
    return made


def hidden(picture: UInt8, baseline: str) -> UInt8:
    """The picture with nothing to see: blurred, or its mean colour."""
    if baseline == "blur":
        return blurred_picture(picture)
    return np.broadcast_to(picture.mean(axis=(0, 1)).astype(np.uint8), picture.shape)


def _ranks(heat: Float32) -> Float32:
    """Part of the pixels that are hotter than each, [0, 1); smoothed a little, as single pixels mean nothing."""
    smooth = cv2.GaussianBlur(np.abs(heat), (0, 0), 1.0).ravel()
    rank = np.empty(smooth.size, np.float32)
    rank[np.argsort(-smooth, kind="stable")] = np.arange(smooth.size, dtype=np.float32) / smooth.size
    return rank.reshape(heat.shape)
