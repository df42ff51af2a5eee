"""The evaluation's door: real workers, real simulators, a report in a real browser."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.browser import in_a_browser, new_page

SUITE = """
routes:
  ahead: {map: loop, start: {x: 243.2, y: -50.3}, length_m: 60, speed_kmh: 30}
  wall: {map: loop, start: {x: 243.2, y: -50.3}, length_m: 60, offset_m: 2.9, askew_deg: 45, time_limit_s: 8}
weathers: [ClearNoon]
video: events
every: 4
attention: true
attention_alarms: ["terrain > 50 % for 1 s"]
"""


def evaluate(*flags, **options):
    command = [sys.executable, "-m", "scripts.evaluate", *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, **options)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """A suite driven once: one run straight on, one into the country."""
    folder = tmp_path_factory.mktemp("evaluation")
    (folder / "small.yaml").write_text(SUITE)
    ran = evaluate(folder / "small.yaml", "--out", folder / "out", "--workers", 1, "--require", "driving_score>=99.9")
    return folder, ran


def test_runs_are_scored_and_the_gate_tells(evaluated):
    folder, ran = evaluated
    assert ran.returncode == 1, ran.stderr
    assert "pilotnet: driving_score is" in ran.stderr
    assert "Traceback" not in ran.stderr
    results = json.loads((folder / "out" / "results.json").read_text())
    ahead, wall = sorted(results["runs"], key=lambda run: run["trial"]["route_name"])
    assert (ahead["status"], ahead["reason"], ahead["scores"]["driving_score"]) == ("done", "completed", 100.0)
    assert ahead["scores"]["offset_max_m"] < 0.8
    assert wall["infractions"]
    assert len(results["values"]) == len(results["labels"]) == 15
    overall, record = results["_checkpoint"]["global_record"], results["_checkpoint"]["records"][0]
    assert (overall["index"], overall["status"], results["_checkpoint"]["progress"]) == (-1, "Failed", [2, 2])
    assert set(overall["infractions"]) == set(record["infractions"])
    mean = np.mean([each["scores"]["score_composed"] for each in results["_checkpoint"]["records"]])
    assert float(results["values"][0]) == overall["scores_mean"]["score_composed"] == pytest.approx(mean)
    assert set(record) == {"index", "route_id", "status", "num_infractions", "infractions", "scores", "meta"}
    assert len((folder / "out" / "results.csv").read_text().splitlines()) == 3
    for run in results["runs"]:
        assert (folder / "out" / "trials" / run["trial"]["id"] / "run.mcap").stat().st_size > 10_000


def test_the_attention_ledger_is_kept_scored_and_raises_alarms(evaluated):
    from agent.attention import CLASSES
    from agent.evaluation.ledger import SHARES, read_along
    from agent.log import read_log

    folder, _ = evaluated
    results = json.loads((folder / "out" / "results.json").read_text())
    runs = {run["trial"]["route_name"]: run for run in results["runs"]}
    assert [one["kind"] for one in runs["wall"]["alarms"]] == ["attention_alarm"]
    assert runs["ahead"]["alarms"] == []
    for run in runs.values():
        place, scores = folder / "out" / "trials" / run["trial"]["id"], run["scores"]
        log = list(read_log(place / "run.mcap"))
        # a ledger stays as long as its map, and counts once
        new = [
            each.step for each in log if each.step.saliency and each.step.saliency.frame_index == each.step.frame.index
        ]
        seen = [step.attention for step in new if step.attention is not None]
        for ending, kept in (("", "saliency"), ("_sobel", "sobel"), ("_pixels", "pixels")):
            means = np.mean([getattr(one, kept) for one in seen], axis=0)
            assert [scores[SHARES[kind] + ending] for kind in CLASSES] == pytest.approx(means, abs=1e-9)
            assert means.sum() == pytest.approx(1.0)
        assert scores["attention_road_ratio"] == pytest.approx(
            scores["attention_road"] / scores["attention_road_pixels"]
        )
        assert scores["attention_alarms"] == len(run["alarms"])
        told = [event.text for each in log for event in each.events if event.kind == "attention"]
        assert told == [one["text"] for one in run["alarms"]]
        done_m, shares = read_along(place / "attention.npz")
        assert (len(done_m), done_m[-1] > 1.0) == (len(seen), True)
        assert shares[-1, 0] == pytest.approx(seen[-1].saliency, abs=1e-6)
    model = results["estimates"]["pilotnet"]
    total = sum(model[name]["mean"] for name in SHARES.values())
    assert total == pytest.approx(1.0)
    assert "attention_road_line_sobel" in (folder / "out" / "results.csv").read_text().splitlines()[0]


def test_runs_without_a_ledger_have_their_report_too(evaluated, tmp_path):
    from agent.evaluation.outcome import read_outcome
    from agent.evaluation.tables import estimates
    from viz.report import report_html

    folder, _ = evaluated
    shutil.copytree(
        folder / "out" / "trials",
        tmp_path,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("*.mcap", "attention.npz"),
    )
    outcomes = []
    for path in sorted(tmp_path.glob("*/result.json")):
        outcome = read_outcome(path.parent)
        scores = {name: value for name, value in outcome.scores.items() if not name.startswith("attention")}
        outcomes.append(outcome.model_copy(update={"scores": scores, "alarms": ()}))
    page = report_html("bare", date="", suite={}, estimates=estimates(outcomes), outcomes=outcomes, trials=tmp_path)
    assert len(outcomes) == 2
    assert 'class="series' in page
    assert 'id="attention"' not in page
    assert 'class="area"' not in page


def test_an_evaluation_can_be_started_anywhere_and_gone_on_with(tmp_path):
    """Relative names are those of the folder it is started in; what it left is not mixed with other weights."""
    home = Path(__file__).parents[1]
    shutil.copytree(home / "configs" / "models" / "pilotnet", tmp_path / "net")
    shutil.copy(home / "configs" / "maps" / "loop.xodr", tmp_path / "mine.xodr")
    route = "{map: mine.xodr, start: {x: 243.2, y: -50.3}, length_m: 20, speed_kmh: 30}"
    (tmp_path / "two.yaml").write_text(f"routes: {{a: {route}}}\nseeds: [0, 1]\nres: 200x88\n")
    there = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(home)}}
    flags = ("two.yaml", "--model", "net", "--out", "out", "--workers", 1)
    ran = evaluate(*flags, **there)
    assert ran.returncode == 0, ran.stderr
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [run["reason"] for run in results["runs"]] == ["completed", "completed"]
    assert (tmp_path / "out" / "trials" / results["runs"][1]["trial"]["id"] / "run.mcap").is_file()
    assert (results["_checkpoint"]["progress"], results["entry_status"]) == ([2, 2], "Finished")
    assert {path.name for path in tmp_path.iterdir()} == {"net", "mine.xodr", "two.yaml", "out"}
    with (tmp_path / "net" / "model.keras").open("ab") as file:
        file.write(b"\0")  # a zip file may have anything behind it
    again = evaluate(*flags, "--resume", **there)
    assert again.returncode == 2
    assert "'net' has other weights than when it drove: choose another --out" in again.stderr


def test_worst_moments_are_of_different_places_and_models(evaluated):
    """Of runs that met the same wall one is shown for each model; a lesser thing elsewhere has its place."""
    from agent.evaluation.outcome import read_outcome
    from agent.evaluation.referee import Infraction
    from scripts.evaluation_moments import worst

    folder, _ = evaluated
    real = next(read_outcome(path) for path in (folder / "out" / "trials").glob("wall.*"))

    def run(model, seed, *infractions):
        trial = real.trial.model_copy(update={"model": model, "seed": seed})
        return real.model_copy(update={"trial": trial, "infractions": infractions, "alarms": ()})

    wall = Infraction("collisions_layout", 20.0, 60.0, 100.0, 50.0, "hit static.building")
    line = Infraction("lane_invasion", 19.0, 58.0, 98.0, 50.0, "crossed Solid")
    early = Infraction("lane_invasion", 3.0, 8.0, 40.0, 50.0, "crossed Solid")
    runs = [run(model, seed, early, line, wall) for seed in range(20) for model in ("one", "other")]
    found = [(outcome.trial.model, one) for outcome, one in worst(runs)]
    assert sorted(found[:2], key=str) == [("one", wall), ("other", wall)]
    assert {(model, one.time_s) for model, one in found[2:]} == {(m, s) for m in ("one", "other") for s in (3.0, 19.0)}
    assert len(found) == 6


def test_resume_drives_nothing_twice(evaluated):
    folder, _ = evaluated
    results = sorted((folder / "out" / "trials").glob("*/result.json"))
    before = [path.stat().st_mtime_ns for path in results]
    again = evaluate(folder / "small.yaml", "--out", folder / "out", "--workers", 1, "--resume")
    assert again.returncode == 0, again.stderr
    assert [path.stat().st_mtime_ns for path in results] == before


def test_a_killed_evaluation_goes_on_and_scores_the_same(evaluated):
    """kill -9 in the middle; nothing is left running; --resume finishes; the embedded simulator repeats exactly."""
    folder, _ = evaluated
    out = folder / "killed"
    flags = [str(folder / "small.yaml"), "--out", str(out), "--workers", "1"]
    command = [sys.executable, "-m", "scripts.evaluate", *flags]
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(out.glob("trials/*/result.json")) and time.monotonic() < deadline:
        time.sleep(0.1)  # until the first run is over
    family = process.children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    assert len(list(out.glob("trials/*/result.json"))) < 2
    assert evaluate(folder / "small.yaml", "--out", out, "--workers", 1, "--resume").returncode == 0
    scores = [
        {run["trial"]["id"]: run["scores"] for run in json.loads((each / "results.json").read_text())["runs"]}
        for each in (folder / "out", out)
    ]
    assert scores[0] == scores[1]


def test_ctrl_c_breaks_off_the_run_under_way(tmp_path):
    suite, out = tmp_path / "long.yaml", tmp_path / "out"
    suite.write_text("routes: {long: {map: loop, start: {x: 243.2, y: -50.3}, laps: 20, speed_kmh: 30}}\n")
    command = [sys.executable, "-m", "scripts.evaluate", str(suite), "--out", str(out)]
    process = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(out.glob("trials/*/run.mcap")) and time.monotonic() < deadline:
        time.sleep(0.1)
    family = process.children(recursive=True)
    process.send_signal(signal.SIGINT)
    said, wrong = process.communicate(timeout=60)  # twenty laps would take an hour
    assert process.returncode == 130, said
    assert wrong == f"stopped: 0 of 1 runs are driven: --resume --out {out} goes on\n"
    _, alive = psutil.wait_procs(family, timeout=30)
    assert family and not alive
    assert not (out / "results.json").exists()  # there is none


def test_a_worker_that_dies_is_replaced_and_its_run_tried_again(evaluated):
    from threading import Event

    from agent.evaluation.crew import Worker, tried
    from agent.evaluation.settings import read_suite, trials_of

    folder, _ = evaluated
    suite = read_suite(str(folder / "small.yaml"), {})
    trial = next(trial for trial in trials_of(suite) if trial.route_name == "ahead")

    class Mortal(Worker):
        """Its first process is killed as soon as it runs."""

        starts = 0

        def _start(self):
            process = super()._start()
            self.starts += 1
            if self.starts == 1:
                os.kill(process.pid, signal.SIGKILL)
            return process

    worker = Mortal(suite, None, folder / "mortal.log")
    try:
        outcome = tried(worker, trial, folder / "mortal", Event())
    finally:
        worker.close()
    assert (outcome.status, outcome.attempts, worker.starts) == ("done", 2, 2)


def test_a_run_that_cannot_be_driven_is_told(tmp_path):
    (tmp_path / "far.yaml").write_text("routes: {far: {map: loop, start: 0, goal: 1}}\n")  # the other way round
    ran = evaluate(tmp_path / "far.yaml", "--out", tmp_path / "out", "--workers", 1)
    assert ran.returncode == 1, ran.stderr
    assert "failed: far.ClearNoon.s0.pilotnet.r0: route 'far': no lane leads from the start" in ran.stderr
    (run,) = json.loads((tmp_path / "out" / "results.json").read_text())["runs"]
    assert (run["status"], run["attempts"]) == ("failed", 2)
    assert "no lane leads from" in (tmp_path / "out" / "report.html").read_text()


def test_wrong_input_is_one_line_and_status_2(tmp_path):
    (tmp_path / "bad.yaml").write_text("routes: [nowhere]\n")
    (tmp_path / "far.yaml").write_text("routes: {far: {map: loop, start: 9999, length_m: 50}}\n")
    for flags, told in (
        ([tmp_path / "bad.yaml"], "unknown route 'nowhere'"),
        ([tmp_path / "far.yaml"], "far.yaml: routes.far.start: the map has spawn points 0 to 109, not 9999"),
        (["quick", "--resume"], "holds no evaluation to go on with"),
        (["quick", "--workers", "0"], "--workers is 0, wanted 1 to"),
        (["quick", "--require", "score>9"], "unknown score 'score'"),
        (["quick", "--baseline", tmp_path / "none.json"], "cannot read the baseline"),
    ):
        ran = evaluate(*flags, "--out", tmp_path / "out")
        assert ran.returncode == 2
        assert told in ran.stderr
        assert len(ran.stderr.strip().splitlines()) == 1
        assert not (tmp_path / "out").exists()


@in_a_browser
def test_the_report_opens_in_a_browser(evaluated):
    folder, _ = evaluated
    with new_page(viewport={"width": 390, "height": 800}) as page:
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((folder / "out" / "report.html").as_uri())
        assert page.title() == "Evaluation: small"
        facts = dict(
            zip(page.locator(".facts th").all_inner_texts(), page.locator(".facts td").all_inner_texts(), strict=True)
        )
        assert facts["command"].startswith("python -m scripts.evaluate")
        assert {"begun", "last run ended", "project's commit", "Python", "operating system"} <= set(facts)
        assert page.locator("svg path.path").count() >= 2
        assert page.locator("svg path.series").count() >= 3
        assert page.locator("svg path.area").count() >= 8
        assert page.locator("#attention tbody tr").count() >= 4
        assert "terrain for 1 s" in page.locator("#attention li").inner_text()
        assert page.locator("g.mark").count() >= 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        video = page.locator("video").first
        video.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        page.evaluate("document.querySelector('video').play()")
        page.wait_for_function("document.querySelector('video').currentTime > 0.2")
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.emulate_media(color_scheme="light")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert all(each.bounding_box()["height"] > 50 for each in page.locator("details svg").all())
        page.emulate_media(media="screen")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "A"
    assert said == []
    assert all(url.startswith(("file:", "data:")) for url in asked)
