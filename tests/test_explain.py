"""The explain door: figure sheets and the trust report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.errors import ConfigError
from agent.log import LogWriter
from agent.model_card import ModelCard
from agent.pictures import fitted, read_picture
from agent.saliency.causal import check, hottest
from agent.stopping import Stop
from agent.trust.curves import SHARES, area, curves
from agent.trust.judgement import Judged, verdict
from agent.trust.randomisation import cascade, one_by_one, similarities
from agent.trust.statistics import Estimate, estimate
from scripts.explain import parse, run
from tests.logs import CARD, make_steps
from tests.seeded_models import steering_model, write_model
from tests.test_saliency import explainer, picture

PREPROCESSING = ModelCard().preprocessing(66, 200)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "net", "dave2", card=ModelCard(steering_scale=0.5))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for number, size in enumerate(((455, 256), (200, 66), (300, 60))):
        soft = cv2.resize(rng.integers(0, 256, (9, 16, 3), np.uint8), size, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"drive{number}.png"), soft)
    (folder / "notes.txt").write_text("no image")
    return folder


def explain(*arguments: object) -> None:
    run(parse([str(argument) for argument in arguments]), Stop())


@pytest.mark.parametrize("mode", ["ours", "article"])
def test_each_image_becomes_a_sheet_and_arrays(
    model_folder: Path, images: Path, tmp_path: Path, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    explain(*sorted(images.glob("*.png")), "--model", model_folder, "--mode", mode, "--out", tmp_path, "--dense")
    said = capsys.readouterr().out
    assert "455x256: rows 78 to 228, as the camera's would be, resized to 200x66" in said
    assert "drive1 (as the network gets it)" in said
    assert "300x60, too flat for the camera's band: whole, resized to 200x66" in said
    for number in range(3):
        sheet = read_picture(tmp_path / f"drive{number}.png")
        assert min(sheet.shape[:2]) > 800
        arrays = np.load(tmp_path / f"drive{number}.npz", allow_pickle=False)
        assert list(arrays["layers"]) == [
            *(f"conv{n}" for n in range(1, 6)),
            *(f"dense{n}" for n in range(1, 5)),
            "steering",
        ]
        assert arrays["activations/conv1"].shape == (31, 98, 24)
        assert arrays["saliency/conv3"].shape == (66, 200)
        assert arrays["saliency/steering"].max() == pytest.approx(1.0, abs=0.05)
        assert (arrays["saliency/conv1"].max() == 0) == (mode == "article")


def test_the_sheet_of_the_network_is_the_live_map(model_folder: Path, images: Path, tmp_path: Path) -> None:
    from agent.model import load_model

    explain(images / "drive0.png", "--model", model_folder, "--out", tmp_path)
    arrays = np.load(tmp_path / "drive0.npz", allow_pickle=False)
    steer, heat, peak = explainer("gradient", load_model(str(model_folder))).steer_and_map(arrays["network_input"])
    np.testing.assert_allclose(arrays["saliency/steering"], heat, atol=1e-5)
    assert arrays["peaks"][-1] == pytest.approx(peak, rel=1e-4)
    assert arrays["steer"] == pytest.approx(steer, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.png"], "cannot open the image nowhere.png: No such file or directory"),
        ([], "nothing to explain: give images, or --trust with a run or images"),
        (["{images}/notes.txt"], "notes.txt is not an image: wanted PNG, JPEG, BMP, WebP or PPM"),
        (["{images}/drive0.png", "--layer", "cnov2"], "unknown layer 'cnov2': known are conv2, "),
        (["{images}/drive0.png", "--activations", "dense1"], "unknown layer with a picture 'dense1': known are "),
        (["--trust", "{images}", "--methods", "sailency"], "unknown saliency method 'sailency': known are "),
        (["--trust", "{images}/drive0.png"], "1 frame to judge on, wanted 2 or more"),
    ],
)
def test_bad_input_is_told_in_one_line(
    model_folder: Path, images: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    filled = [argument.format(images=images) for argument in arguments]
    with pytest.raises(ConfigError) as refusal:
        explain(*filled, "--model", model_folder, "--out", tmp_path)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


def test_the_door_exits_with_two(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.explain", tmp_path / "no.png", "--out", tmp_path / "out"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1 and ended.stderr.startswith("error: cannot open the image")


@pytest.fixture(autouse=True)
def _no_onednn_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door turns it on unless it is set; the processes that later tests start shall not inherit that."""
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")


def test_a_trust_report_of_a_run(model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").mkdir()
    with LogWriter(tmp_path / "run" / "run.mcap", CARD) as log:
        for number, step in enumerate(make_steps(5)):
            log.write(step, picture(number))
    out = tmp_path / "out"
    explain("--trust", tmp_path / "run", "--frames", 3, "--methods", "gradient", "visual_backprop",
            "--model", model_folder, "--out", out)  # fmt: skip
    report = json.loads((out / "trust.json").read_text())
    assert report["frames"] == 3
    judged = {each["name"]: each for each in report["methods"]}
    assert list(judged) == ["gradient", "visual_backprop", "sobel", "random"]
    for each in judged.values():
        for measure in ("deletion", "insertion"):
            for base in ("blur", "mean"):
                found = each[measure][base]
                assert 0 <= found["low"] <= found["mean"] <= found["high"]
                points = each[f"{measure}_curve"][base]
                assert len(points) == len(SHARES)
                assert all(point["low"] <= point["mean"] <= point["high"] for point in points)
    blind, sees = judged["visual_backprop"], judged["gradient"]
    assert next(iter(blind["cascade"])) == "steering"
    assert list(blind["cascade"])[-1] == "conv1"
    assert blind["head"]["mean"] == pytest.approx(1.0)  # it cannot know of the dense layers
    assert blind["cascade"]["conv1"]["mean"] < 0.999
    assert sees["head"]["mean"] < 0.95
    for each in judged.values():
        assert list(each["alone"]) == list(each["cascade"])
        assert all(-1 <= found["low"] <= found["mean"] <= found["high"] <= 1 for found in each["alone"].values())
    assert all(found["mean"] == 1.0 for found in judged["sobel"]["cascade"].values())
    assert all(abs(found["mean"]) < 0.1 for found in judged["random"]["cascade"].values())
    assert blind["alone"]["dense1"]["mean"] == pytest.approx(1.0)
    assert sees["alone"]["steering"] == sees["cascade"]["steering"]  # one layer so far, either way
    assert blind["verdict"].startswith("NOT ABOUT THE STEERING: ")
    assert judged["sobel"]["verdict"] == "control: knows nothing of the network"
    said = capsys.readouterr().out
    assert (out / "trust.txt").read_text().strip() in said
    assert "shuffling the weights of one layer alone" in said and "dense1" in said
    assert read_picture(out / "trust.png").shape[1] == 1640


def test_deletion_finds_what_a_network_looks_at() -> None:
    """Of a network that sees one corner alone, a map that is hottest there beats by far one that is coldest there."""
    pictures = np.stack([picture(seed) for seed in range(3)])
    corner = np.zeros((3, 66, 200), np.float32)
    corner[:, :20, :50] = 1.0
    elsewhere = np.broadcast_to(np.hypot(*np.ogrid[:66, :200]).astype(np.float32), corner.shape)

    def steer(levels: np.ndarray) -> np.ndarray:
        return levels[:, :20, :50].std(axis=(1, 2, 3)) / 100

    right, wrong = (curves(pictures, heat, steer, "mean") for heat in (corner, elsewhere))
    assert (area(right.deletion) > 5 * area(wrong.deletion)).all()
    assert (area(right.insertion) < area(wrong.insertion) / 3).all()


def test_the_causal_check_tells_the_region_that_matters() -> None:
    heat = np.zeros((66, 200), np.float32)
    heat[10:20, 20:40] = -1.0
    mask = hottest(heat, 0.01)
    assert mask[15, 30] and not mask[:, 60:].any()
    seen = picture(0)
    found = check(seen, heat, lambda shown: float(shown[10:20, 20:40].std()) / 100, share=0.03)
    assert abs(found.hidden - found.steer) > 10 * abs(found.elsewhere - found.steer)
    assert found.share == pytest.approx(0.03, abs=0.002)


def test_the_cascade_spoils_one_more_layer_each_time_and_keeps_the_values() -> None:
    twin = steering_model("pilotnet")
    before = {layer.name: layer.get_weights() for layer in twin.network.layers if layer.get_weights()}
    names = list(cascade(twin))
    assert names == list(before)[::-1]
    kernel, spoilt = before["conv1"][0], twin.network.get_layer("conv1").get_weights()[0]
    assert not np.array_equal(kernel, spoilt)
    assert np.array_equal(np.sort(kernel.ravel()), np.sort(spoilt.ravel()))


def test_spoilt_alone_a_layer_is_put_back() -> None:
    twin = steering_model("pilotnet")
    layers = {layer.name: layer for layer in twin.network.layers if layer.get_weights()}
    before = {name: layer.get_weights()[0] for name, layer in layers.items()}
    for name in one_by_one(twin):
        changed = [each for each, layer in layers.items() if not np.array_equal(layer.get_weights()[0], before[each])]
        assert changed == [name]
    assert all(np.array_equal(layer.get_weights()[0], before[name]) for name, layer in layers.items())


def test_likeness_is_a_rank_correlation() -> None:
    rng = np.random.default_rng(0)
    heat = rng.uniform(size=(4, 20, 30)).astype(np.float32)
    assert similarities(heat, -(heat**3)) == pytest.approx(np.ones(4))
    assert np.abs(similarities(heat, rng.uniform(size=heat.shape).astype(np.float32))).max() < 0.2
    assert similarities(heat, heat * 0) == pytest.approx(np.zeros(4))


def test_the_interval_holds_the_mean_and_narrows_with_frames() -> None:
    rng = np.random.default_rng(0)
    few, many = (estimate(rng.normal(3, 1, count).astype(np.float32)) for count in (8, 800))
    assert few.low < 3 < few.high
    assert many.high - many.low == pytest.approx(2 * 1.96 / np.sqrt(800), rel=0.15)
    assert many.high - many.low < (few.high - few.low) / 4


@pytest.mark.parametrize(
    ("gains", "head", "words"),
    [
        ((0.1, 0.2), 0.3, "BELIEVABLE"),
        ((0.1, 0.2), 0.8, "WITH CARE"),
        ((0.1, 0.2), 0.99, "NOT ABOUT THE STEERING: points at pixels that steer"),
        ((0.1, -0.2), 0.3, "WITH CARE"),
        ((0.0, 0.0), 0.3, "no better than an edge filter"),
        ((-0.1, -0.2), 0.3, "LESS than plain edges"),
    ],
)
def test_the_verdict_follows_the_measures(gains: tuple[float, float], head: float, words: str) -> None:
    gain = {base: Estimate(mean, mean - 0.01, mean + 0.01) for base, mean in zip(("blur", "mean"), gains, strict=True)}
    judged = Judged("gradient", {}, {}, gain, {}, {})
    assert words in verdict(judged, Estimate(head, head, head))


def test_a_map_whose_hottest_part_alone_does_not_steer_is_not_just_believed() -> None:
    better, worse = ({base: Estimate(sign, sign - 0.1, sign + 0.1) for base in ("blur", "mean")} for sign in (1, -1))
    likeness = Estimate(0.3, 0.3, 0.3)
    assert verdict(Judged("gradient", {}, {}, better, {}, {}, shown_gain=better), likeness).startswith("BELIEVABLE")
    said = verdict(Judged("gradient", {}, {}, better, {}, {}, shown_gain=worse), likeness)
    assert said.startswith("WITH CARE") and "hottest part alone steers worse" in said


def test_an_image_of_the_networks_size_is_taken_as_it_is() -> None:
    seen = picture(0)
    assert np.array_equal(fitted("x", seen, PREPROCESSING).network_input, seen)
