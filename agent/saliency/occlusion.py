"""Occlusion: hide a patch, predict again, wherever it may be. Slow, and needs no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from agent.backend import tf
from agent.saliency.anatomy import Scene, Target
from agent.saliency.blur import blurred
from agent.saliency.method import Method
from agent.types import Float32

PATCH_SHARE = 6
"""A patch is a sixth of the input's height wide and high, and moves by half of that."""


def occlusion(scene: Scene, target: Target) -> Any:
    """What the target loses when a patch is replaced by the blurred picture, averaged over the patches on a pixel.

    After Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks" (2014), who hide by grey.
    """
    height_px, width_px, channels = scene.levels.shape[1:]
    masks = patches(height_px, width_px)
    covered = tf.constant(masks.reshape(len(masks), -1) / masks.sum(axis=0).reshape(-1))

    def of_one(pair: tuple[Any, Any, Any]) -> Any:
        levels, baseline, whole = pair
        hidden = levels + masks[..., None] * (baseline - levels)
        lost = whole - target.of(scene.anatomy.walk(tf.reshape(hidden, (len(masks), height_px, width_px, channels))))
        return tf.reshape(tf.linalg.matvec(covered, lost, transpose_a=True), (height_px, width_px))

    whole = target.of(scene.plain)
    given = (scene.levels, blurred(scene.levels), whole)
    return tf.map_fn(of_one, given, fn_output_signature=tf.float32, parallel_iterations=1)


def patches(height_px: int, width_px: int) -> Float32:
    """All places of the patch, float32 (count, height_px, width_px), 1 where it hides; every pixel is hidden."""
    side = max(1, round(height_px / PATCH_SHARE))
    step = max(1, side // 2)
    made = []
    for top in range(0, max(1, height_px - side + step), step):
        for left in range(0, max(1, width_px - side + step), step):
            mask = np.zeros((height_px, width_px), np.float32)
            mask[top : top + side, left : left + side] = 1.0
            made.append(mask)
    return np.stack(made)


OCCLUSION = Method("occlusion", occlusion, "steering", 400.0, "what the steering loses when a patch is hidden", True)
