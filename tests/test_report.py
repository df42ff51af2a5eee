"""The report of an evaluation, of made-up runs: what it says, and how it lies on a screen."""

import re
from contextlib import contextmanager

import numpy as np
import pytest

from agent.evaluation.outcome import ROUTE, TRACE, Outcome
from agent.evaluation.referee import Infraction
from agent.evaluation.scores import scores_of
from agent.evaluation.settings import Suite, trials_of
from agent.evaluation.tables import estimates
from agent.evaluation.trace import COLUMNS, write_trace
from scripts.evaluate_results import in_order
from tests.browser import in_a_browser, new_page
from viz.report import Moment, report_html
from viz.report_maps import Route, cutout, path_map
from viz.report_tables import plain


def made(trial, folder, infractions=(), sway_m=0.3, way_m=152.0):
    """A run along a bend at 10 m/s, swaying; its trace and route are kept as real ones are."""
    time_s = np.arange(0.0, way_m / 10.0, 0.05)
    done_m, turn = 10.0 * time_s, 10.0 * time_s / 200.0
    offset_m = sway_m * np.sin(time_s)
    route = 200.0 * np.stack([np.sin(turn), 1.0 - np.cos(turn)], axis=1)
    columns = dict.fromkeys(COLUMNS, np.zeros(len(time_s))) | {
        "time_s": time_s,
        "x_m": route[:, 0],
        "y_m": route[:, 1] + offset_m,
        "yaw_rad": turn,
        "speed_mps": np.full(len(time_s), 10.0),
        "steer": 0.00002 * np.sin(time_s),
        "offset_m": offset_m,
        "done_m": done_m,
    }
    folder.mkdir(parents=True)
    write_trace(folder / TRACE, columns)
    np.savez_compressed(folder / ROUTE, route=route)
    scores = scores_of(columns, infractions, length_m=done_m[-1], off_road_m=0.0, target_mps=10.0)
    return Outcome(
        trial=trial,
        status="done",
        reason="completed",
        scores={name: float(value) if np.isfinite(value) else None for name, value in scores.items()},
        infractions=tuple(infractions),
        length_m=float(done_m[-1]),
        simulated_s=float(time_s[-1]),
    )


def page_of(suite, outcomes, trials, **facts):
    return report_html(
        "made up",
        date="",
        suite=suite.model_dump(mode="json"),
        estimates=estimates(outcomes),
        outcomes=outcomes,
        trials=trials,
        **facts,
    )


@pytest.fixture
def suite():
    route = {"map": "loop", "length_m": 152.0}
    return Suite(
        routes={"zigzag": route, "other": {**route, "map": "hills"}, "again": route}, models=["one", "another.keras"]
    )


@contextmanager
def opened(path, **options):
    """A report with everything in it unfolded."""
    with new_page(**options) as page:
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        yield page


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (999.99, "1000"),
        (123456.0, "123456"),
        (36.14, "36.1"),
        (9.999, "10"),
        (0.5, "0.5"),
        (0.000123, "0.000123"),
        (-0.0000694, "-0.000069"),
        (-1e-9, "0"),
        (0.0, "0"),
    ],
)
def test_numbers_are_written_as_people_do(value, written):
    assert plain(value) == written
    assert plain(value, "+") == (f"+{written}" if float(written) > 0 else written)


def test_shares_of_the_time_are_told_in_percent(suite, tmp_path):
    outcome = made(trials_of(suite)[0], tmp_path / "run")
    page = page_of(suite, [outcome], tmp_path)
    assert outcome.scores["speed_kept"] == 1.0
    assert "<td>100 <small></small></td>" in page.partition("speed kept [% of time]")[2].partition("</tr>")[0]
    assert "1 run, 0.2 km" in page
    assert "1 runs" not in page


def test_results_are_in_the_suites_order(suite, tmp_path):
    outcomes = [made(trial, tmp_path / trial.id) for trial in trials_of(suite)]
    assert [outcome.trial.route_name for outcome in outcomes][::2] == ["other", "zigzag", "again"]  # map by map
    ordered = in_order(suite, outcomes)
    assert [outcome.trial.route_name for outcome in ordered][::2] == ["zigzag", "other", "again"]
    assert [outcome.trial.model for outcome in ordered][:2] == ["one", "another.keras"]
    page = page_of(suite, ordered, tmp_path)
    assert page.index("<h3>loop</h3>") < page.index("<h3>hills</h3>")


def test_a_map_for_each_model_says_what_happened_where(suite, tmp_path):
    crash = Infraction("collisions_layout", 9.0, 90.0, 87.0, 20.0, "hit static.building <1>")
    invasion = Infraction("lane_invasion", 8.95, 89.0, 86.0, 20.0, "crossed Solid")
    later = Infraction("lane_invasion", 14.0, 140.0, 129.0, 47.0, "crossed Solid")
    outcomes = [
        made(trial, tmp_path / trial.id, [invasion, crash, later] if trial.model == "one" else [])
        for trial in trials_of(suite)
    ]
    page = page_of(suite, in_order(suite, outcomes), tmp_path)
    sides = page.partition('id="maps"')[2].partition("</section>")[0].split("<figure>")[1:]
    assert [side[: side.index("</figcaption>")] for side in sides] == ["<figcaption>one", "<figcaption>another"] * 2
    letters = [re.findall(r'<text x="[^>]*>([A-Z]+)</text>', side) for side in sides]
    assert letters == [["SL", "L"], [], ["SL", "L"], []]  # near to each other: one mark
    assert "hit static.building &lt;1&gt;" in sides[0]
    words = page.partition('id="maps"')[2]
    assert "hit scenery" in words
    assert "hit a pedestrian" not in words
    for side, routes in zip(sides, (2, 2, 1, 1), strict=True):
        assert side.count('class="start"') == side.count('class="goal"') == routes
        assert "50 m</text>" in side


def test_the_scale_bar_is_as_long_as_it_says():
    line = np.array([(0.0, 0.0), (100.0, 0.0), (100.0, 300.0)])
    part = cutout([Route("bend", line)], [])
    (from_x, from_y), _, (to_x, to_y) = part.placed(line[:, 0], line[:, 1])
    svg = path_map("", part, [Route("bend", line)], [], [])
    begin, end = re.search(r'class="ruler" d="M([\d.]+) .*?H([\d.]+)V', svg).groups()
    length_m = float(re.search(r">(\d+) m</text>", svg)[1])
    assert (float(end) - float(begin)) / length_m == pytest.approx((to_x - from_x) / 100.0, rel=0.01)
    assert (to_y - from_y) / 300.0 == pytest.approx((to_x - from_x) / 100.0)
    assert 0.0 < from_y < to_y < part.height


def row_of(page, name):
    """The cells of a row, without their tags."""
    row = page.partition(f">{name}<")[2].partition("</tr>")[0]
    return [re.sub("<.*?>", "", cell).strip() for cell in row.split("<td>")[1:]]


def test_latency_and_the_first_infraction_are_told_for_each_model(suite, tmp_path):
    outcomes = []
    first_s = (4.0, None, 8.0, None, None, None)
    for trial, at_s, median_ms in zip(trials_of(suite), first_s, (1, 9, 2, 7, 4, 8), strict=True):
        found = [Infraction("lane_invasion", at_s, 10 * at_s, 0.0, 0.0, "crossed Solid")] if at_s else []
        stages = {"driver_saliency": {"count": 9.0, "median_ms": median_ms, "p95_ms": 3 * median_ms}}
        run = made(trial, tmp_path / trial.id, found)
        outcomes.append(run.model_copy(update={"stages": stages}))
    page = page_of(suite, outcomes, tmp_path)
    assert row_of(page, "driver and saliency [ms a step]") == ["2 [95 %: 6]", "8 [95 %: 24]"]
    assert row_of(page, "first infraction after [s]") == ["6 [none in 1 of 3]", "– [none in 3 of 3]"]


def test_every_run_leads_to_its_files_and_what_made_it_is_told(suite, tmp_path):
    first, second, *_ = (made(trial, tmp_path / trial.id) for trial in trials_of(suite))
    (tmp_path / first.trial.id / "drive.mp4").touch()
    first = first.model_copy(update={"versions": {"git": "abc", "numpy": "2.0"}, "model_sha256": "77"})
    second = second.model_copy(update={"versions": {"git": "abc", "numpy": "2.1"}})
    page = page_of(suite, [first, second], tmp_path, told={"command": "python -m scripts.evaluate made.yaml"})
    assert f'<a href="trials/{first.trial.id}/drive.mp4">video</a>' in page
    assert f'<a href="trials/{second.trial.id}/">folder</a>' in page
    assert page.count(">video</a>") == 1
    facts = page.partition('class="facts"')[2].partition("</table>")[0]
    told = dict(re.findall(r"<th scope=\"row\">(.*?)</th><td>(.*?)</td>", facts))
    assert told == {
        "command": "python -m scripts.evaluate made.yaml",
        "model one": "one, weights SHA-256 77",
        "model another": "another.keras, weights SHA-256 not known",
        "project&#39;s commit": "abc",
        "numpy": "2.0; 2.1",
    }


@pytest.mark.parametrize(("log", "words"), [(False, "the suite keeps no log"), (True, "the log could not be read")])
def test_a_moment_without_a_picture_says_why(suite, tmp_path, log, words):
    outcomes = [made(trial, tmp_path / trial.id) for trial in trials_of(suite)[:1]]
    moment = Moment("hit scenery", "hit a wall", outcomes[0].trial.id, 3.0)
    page = page_of(suite.model_copy(update={"log": log}), outcomes, tmp_path, moments=[moment])
    assert f"no picture: {words}" in page


CUT_OFF = """Array.from(document.querySelectorAll('svg text')).filter(text => {
    const mine = text.getBoundingClientRect(), whole = text.ownerSVGElement.getBoundingClientRect();
    return mine.left < whole.left || mine.right > whole.right || mine.bottom > whole.bottom;
}).map(text => text.textContent)"""


@in_a_browser
@pytest.mark.parametrize("width", (390, 1280))
def test_no_letter_of_a_picture_is_cut_off(suite, tmp_path, width):
    outcomes = [made(trial, tmp_path / trial.id) for trial in trials_of(suite)]
    (tmp_path / "report.html").write_text(page_of(suite, outcomes, tmp_path))
    with opened(tmp_path / "report.html", viewport={"width": width, "height": 800}) as page:
        assert page.locator("svg text", has_text="150 m").count() >= 3
        assert page.evaluate(CUT_OFF) == []


@in_a_browser
def test_two_models_and_the_verdict_fit_on_a_phone(suite, tmp_path):
    outcomes = in_order(suite, [made(trial, tmp_path / trial.id) for trial in trials_of(suite)])
    (tmp_path / "report.html").write_text(page_of(suite, outcomes, tmp_path))
    with opened(tmp_path / "report.html", viewport={"width": 390, "height": 800}) as page:
        tables = page.locator(".scroll").all()
        assert len(tables) == 6
        assert all(table.evaluate("each => each.scrollWidth <= each.clientWidth") for table in tables)
        assert page.locator("#summary tbody tr").first.locator("td").count() == 2
        verdict = page.locator("#comparison td").nth(1)
        assert verdict.inner_text() == "cannot be told"  # of one route
        assert verdict.bounding_box()["x"] + verdict.bounding_box()["width"] <= 390


@in_a_browser
def test_names_stay_in_place_where_many_columns_are_scrolled(suite, tmp_path):
    weathers = [f"Weather{number}OfLongName" for number in range(12)]
    suite = suite.model_copy(update={"weathers": weathers})
    outcomes = in_order(suite, [made(trial, tmp_path / trial.id) for trial in trials_of(suite)])
    (tmp_path / "report.html").write_text(page_of(suite, outcomes, tmp_path))
    with opened(tmp_path / "report.html", viewport={"width": 390, "height": 800}) as page:
        table = page.locator("#routes .scroll").first
        name = table.locator("tbody th").first
        before = name.bounding_box()
        table.evaluate("each => { each.scrollLeft = 300 }")
        assert table.evaluate("each => each.scrollLeft") == 300
        assert name.bounding_box() == before
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
