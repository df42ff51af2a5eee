"""What the HUD shows of explanations: signed maps, layer strip, causal check, attention ledger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agent.attention import CLASSES
from agent.types import FULL_STOP, Attention, CausalCheck, LayerMap, Step
from tests.fakes import make_frame, make_saliency
from tests.logs import CARD
from viz.blend import overlay
from viz.explain_cards import CLASS_COLORS
from viz.hud import Hud
from viz.layout import lay_out
from viz.palettes import signed_alpha_table, signed_color_table

SIZES = [(1280, 720), (640, 360)]
GREY = np.full((360, 640, 3), 90, np.uint8)


def test_right_and_left_have_a_colour_each_and_nothing_has_none() -> None:
    frame = replace(make_frame(1, width=640, height=360), image=GREY)
    heat = np.zeros((66, 200), np.float32)
    heat[20:40, 20:60], heat[20:40, 140:180] = -1.0, 1.0
    saliency = replace(make_saliency(frame), map=heat, signed=True)
    picture = overlay(GREY, saliency, saliency.peak).astype(int)
    left, right, middle = picture[200, 120], picture[200, 500], picture[200, 320]
    assert left[2] > left[0] + 60  # blue
    assert right[0] > right[2] + 60  # orange
    assert (middle == 90).all()
    assert (overlay(GREY, replace(saliency, map=-heat), saliency.peak)[200, 120] == right).all()


def test_the_signed_tables_are_invisible_in_the_middle() -> None:
    opacity = signed_alpha_table(0.7)
    assert signed_color_table().shape == (256, 3)
    assert opacity[128] == opacity[127] == 0
    assert opacity[0] == opacity[255] == opacity.max() == 178


@pytest.mark.parametrize("size", SIZES)
def test_the_ledger_fills_its_bar_by_share(size: tuple[int, int]) -> None:
    frame = make_frame(1, width=size[0], height=size[1])
    shares = tuple({"sky": 0.75, "road": 0.25}.get(kind, 0.0) for kind in CLASSES)
    seen = Attention(1, shares, shares, shares)
    hud = Hud(*size, CARD)
    step = Step(frame, FULL_STOP, make_saliency(frame), seen)
    box = lay_out(*size).attention
    shown = hud.draw(step)[box.top : box.bottom, box.left : box.right]
    counts = {kind: (shown == CLASS_COLORS[kind]).all(axis=2).sum() for kind in ("sky", "road")}
    assert counts["sky"] / (counts["sky"] + counts["road"]) == pytest.approx(0.75, abs=0.03)
    hud.attention = False
    assert not (hud.draw(step)[box.top : box.bottom, box.left : box.right] == CLASS_COLORS["sky"]).all(axis=2).any()


@pytest.mark.parametrize("size", SIZES)
def test_the_strip_shows_each_layer_where_its_map_is_hot(size: tuple[int, int]) -> None:
    frame = replace(make_frame(1, width=640, height=360), image=GREY)
    maps = []
    for number in range(6):
        heat = np.zeros((66, 200), np.float32)
        heat[:, 160:] = float(number == 5)
        maps.append(LayerMap(f"layer{number}", heat, float(heat.max())))
    saliency = replace(make_saliency(frame), map=heat * 0, peak=0.0, panels=tuple(maps))
    strip = lay_out(*size).panels
    rows = Hud(*size, CARD).draw(Step(frame, FULL_STOP, saliency))[strip.bottom - 12 : strip.bottom - 8].astype(int)
    colour = (rows.max(axis=2) - rows.min(axis=2)).mean(axis=0)
    hot = np.flatnonzero(colour > 30)  # glass and grey have less
    assert hot.min() > size[0] * 0.93  # the right end of the last tile, and nowhere else
    assert len(hot) > size[0] * 0.02


def test_a_notice_leaves_the_strip_free() -> None:
    size = (1280, 720)
    frame = replace(make_frame(1, width=640, height=360), image=GREY)
    panels = tuple(LayerMap(f"layer{number}", np.ones((66, 200), np.float32), 1.0) for number in range(6))
    hud, step = Hud(*size, CARD), Step(frame, FULL_STOP, replace(make_saliency(frame), panels=panels))
    silent = hud.draw(step)
    hud.notice = "all convolutions"
    said = np.argwhere((hud.draw(step) != silent).any(axis=2))
    strip = lay_out(*size).panels
    assert len(said) > 0
    tall = strip.width // 6 * 33 // 100  # of a tile
    assert said[:, 0].max() < strip.bottom - tall


def test_the_check_moves_the_ghost_of_the_wheel() -> None:
    frame = make_frame(1, width=1280, height=720)
    saliency = make_saliency(frame)
    box = lay_out(1280, 720).driving
    pictures = []
    for hidden in (None, -0.2, 0.2):
        check = None if hidden is None else CausalCheck(0.0, hidden, 0.01, 0.05)
        step = Step(frame, FULL_STOP, replace(saliency, check=check))
        pictures.append(Hud(1280, 720, CARD).draw(step)[box.top : box.bottom, box.left : box.right].astype(int))
    for picture, left_of_wheel in ((pictures[1], True), (pictures[2], False)):
        changed = np.argwhere(np.abs(picture - pictures[0]).sum(axis=2) > 120)[:, 1].mean()
        assert (changed < 198 * lay_out(1280, 720).unit_px) == left_of_wheel


def test_a_map_that_is_small_for_its_layer_looks_small_after_switching_layers() -> None:
    """Each method and layer has a scale of its own: a conv layer's tiny gradients are not drowned by the output's."""
    frame = replace(make_frame(1, width=640, height=360), image=GREY)
    strong = make_saliency(frame, peak=1.0)
    hud = Hud(640, 360, CARD)
    hud.draw(Step(frame, FULL_STOP, strong))
    later = replace(frame, index=2, time_s=0.1)
    other = replace(strong, frame_index=2, layer="conv1", peak=1e-6)
    assert (hud.draw(Step(later, FULL_STOP, other)) != hud.draw(Step(later, FULL_STOP, replace(other, peak=0.0)))).any()
