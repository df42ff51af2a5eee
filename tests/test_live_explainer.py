from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from agent.errors import ConfigError
from agent.model_card import ModelCard
from agent.saliency import METHODS
from agent.saliency.apart import Choice
from agent.saliency.live import LiveExplainer
from agent.types import Frame, Saliency
from tests.fakes import make_frame
from tests.seeded_models import steering_model

MODEL = steering_model("pilotnet", card=ModelCard(steering_scale=0.1))
LONG_S = 1e6  # everything fits between two frames of this distance


@pytest.fixture
def frames() -> Iterator[Iterator[Frame]]:
    yield (make_frame(index, width=320, height=180) for index in count(1))


def settle(explain: LiveExplainer, frames: Iterator[Frame], method: str, layer: str, limit_s: float = 90.0) -> Saliency:
    """Frame after frame until the map is of this method and layer."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        saliency = explain(next(frames))
        if saliency is not None and (saliency.method, saliency.layer) == (method, layer):
            return saliency
        time.sleep(0.01)
    raise AssertionError(f"no map of {method} at {layer}")


def test_keys_walk_through_methods_and_layers(frames: Iterator[Frame]) -> None:
    explain = LiveExplainer(MODEL, Choice("gradient"), step_s=LONG_S)
    first = explain(next(frames))
    assert first is not None and (first.method, first.layer) == ("gradient", "steering")
    explain.next_layer(-1)
    assert explain.take_notice() == "gradient · dense3"
    assert explain.take_notice() == ""
    settle(explain, frames, "gradient", "dense3")
    explain.next_layer(+1)
    explain.next_method(-2)  # back over "none" to the last
    assert (explain.method, explain.layer) == (list(METHODS)[-1], "steering")
    explain.next_method(+1)
    assert (explain.method, explain.layer, explain(next(frames))) == ("off", "", None)
    explain.next_method(+1)
    settle(explain, frames, "gradient", "steering")
    explain.toggle_panel()
    settle_panel = next(s for s in (explain(frame) for frame in frames) if s is not None and s.panels)
    assert [panel.layer for panel in settle_panel.panels] == [*(f"conv{n}" for n in range(1, 6)), "steering"]
    explain.close()


def test_on_few_cores_a_slow_method_rests_after_a_map(frames: Iterator[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.saliency.apart.REST", 1e6)
    explain = LiveExplainer(MODEL, Choice("smoothgrad"), step_s=1e-6)
    shown = settle(explain, frames, "smoothgrad", "steering")
    assert explain._apart is not None and not explain._apart.free
    later = explain(next(frames))
    assert later is not None and later.frame_index == shown.frame_index
    explain.close()


def test_a_slow_method_works_behind_on_the_newest_frame_and_ends_with_the_run(frames: Iterator[Frame]) -> None:
    explain = LiveExplainer(MODEL, Choice("smoothgrad"), step_s=1e-6)  # nothing fits
    assert explain(next(frames)) is None  # nobody waited for it
    assert explain._apart is not None
    process = explain._apart._process
    shown = settle(explain, frames, "smoothgrad", "steering")
    if sys.platform == "linux":  # the car's processes come first
        assert os.sched_getscheduler(process.pid) == os.SCHED_IDLE
        assert os.getsid(process.pid) == process.pid
    assert (shown.unit, shown.signed) == ("steering per grey level", False)
    from tests.test_saliency import explainer

    again = explainer("smoothgrad", MODEL)(make_frame(shown.frame_index, width=320, height=180))
    np.testing.assert_allclose(shown.map, again.map, atol=1e-5)
    assert shown.peak == pytest.approx(again.peak, rel=1e-4)
    explain.next_layer(-1)
    settle(explain, frames, "smoothgrad", "dense3")
    process.kill()  # what ends it must not end the run
    process.join()
    while not (notice := explain.take_notice()) or "dense3" in notice:
        explain(next(frames))
    assert notice == "the background explainer has died"
    assert explain.method == "off"
    explain.close()


def test_what_cannot_be_explained_leaves_a_notice_and_the_last_map(frames: Iterator[Frame]) -> None:
    explain = LiveExplainer(MODEL, Choice("gradient"), step_s=LONG_S)
    explain(next(frames))
    explain._choose(Choice("grad_cam", "dense1"))
    assert explain.take_notice().startswith("layer 'dense1' has no picture to look at")
    assert explain.method == "gradient"
    assert explain(next(frames)).method == "gradient"  # type: ignore[union-attr]
    explain.next_method(list(METHODS).index("visual_backprop"))
    explain.next_layer()
    assert explain.take_notice() == "visual_backprop has no layers to choose from"
    explain.close()
    with pytest.raises(ConfigError, match="unknown saliency method"):
        LiveExplainer(MODEL, Choice("lime"), step_s=LONG_S)


def test_auto_explains_as_often_as_its_share_of_the_time_allows(frames: Iterator[Frame]) -> None:
    often = LiveExplainer(MODEL, Choice("gradient"), step_s=LONG_S, auto=True)
    seldom = LiveExplainer(MODEL, Choice("gradient", "dense3"), step_s=LONG_S, auto=True)
    seldom._auto_s = 1e-5  # a map takes a hundred times that
    seen: tuple[set[int], set[int]] = (set(), set())
    for _ in range(40):
        frame = next(frames)
        for explain, indices in zip((often, seldom), seen, strict=True):
            saliency = explain(frame)
            assert saliency is not None
            indices.add(saliency.frame_index)
    assert (len(seen[0]), often.every) == (40, 1)
    assert len(seen[1]) < 12 < 4 * seldom.every
    often.close()
    seldom.close()


def test_the_causal_check_hides_what_matters(frames: Iterator[Frame]) -> None:
    explain = LiveExplainer(MODEL, Choice("gradient"), step_s=LONG_S, checking=True)
    frame = next(frames)
    saliency = explain(frame)
    assert saliency is not None and saliency.check is not None
    assert saliency.check.steer == MODEL.steer(MODEL.preprocessor(frame))
    assert saliency.check.share == pytest.approx(0.05, abs=0.001)
    assert saliency.check.hidden != saliency.check.steer
    explain.toggle_check()
    after = explain(next(frames))
    assert after is not None and after.check is None
    explain.close()
