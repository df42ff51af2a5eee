"""Suites, routes and gates: what is read, and the one line for what cannot be."""

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from agent.carla_world import read_map
from agent.errors import ConfigError, UserError
from agent.evaluation.checks import check
from agent.evaluation.folder import EvaluationFolder
from agent.evaluation.gate import Baseline, check_baseline, read_baseline, read_requirements, regressions, unmet
from agent.evaluation.leaderboard_routes import read_leaderboard_routes
from agent.evaluation.outcome import Outcome, write_outcome
from agent.evaluation.settings import SUITES, places_of, read_suite, trials_of
from agent.route import Destination, NoRouteError, lay_route

MAPS = Path(__file__).parent.parent / "configs" / "maps"
ROUTE = "routes:\n  a: {map: loop, start: {x: 243.2, y: -50.3}, length_m: 100}\n"


def suite_of(tmp_path, text, **flags):
    path = tmp_path / "suite.yaml"
    path.write_text(text)
    return read_suite(str(path), flags)


@pytest.mark.parametrize("name", sorted(path.stem for path in SUITES.glob("*.yaml")))
def test_every_shipped_suite_can_be_driven(name):
    suite = read_suite(name, {})
    check(suite, name)
    names = [trial.id for trial in trials_of(suite)]
    assert len(names) == len(set(names)) > 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ROUTE + "weather: [ClearNoon]\n", "unknown key 'weather': known are weathers"),
        (ROUTE + "weathers: [ClearNone]\n", "suite.yaml: weathers: unknown weather 'ClearNone': known are ClearNoon"),
        (ROUTE + "seeds: []\n", "seeds: got []"),
        (ROUTE + "weathers: [ClearNoon, ClearNoon]\n", "'ClearNoon' is named twice"),
        ("routes: [loop-town, loop-town]\n", "route 'loop-town' is named twice"),
        ("routes: [loop-tow]\n", "unknown route 'loop-tow': known are loop-town"),
        ("routes: {}\n", "routes: got {}"),
        ("routes: {a: {map: loop, lap: 1}}\n", "suite.yaml: routes.a: unknown key 'lap': known are laps, map"),
        ("routes: {a: {map: loop, laps: 1}, a: {map: hills, laps: 1}}\n", "suite.yaml: 'a' is there twice, line 1"),
        (ROUTE + "res: 9999x9999\n", "suite.yaml: res: got '9999x9999': wanted WIDTHxHEIGHT"),
        (ROUTE + "servers: ['127.0.0.1:9']\n", "suite.yaml: servers: no simulator at 127.0.0.1:9"),
        ("routes: {a: {map: lop, start: {x: 1, y: 2}, laps: 1}}\n", "unknown map 'lop': known are loop"),
        ("routes: {a: {map: loop, start: {x: 1, yy: 2}, laps: 1}}\n", "routes.a.start: unknown key 'yy': known are y"),
        ("routes: {a: {map: loop, start: {x: 1, y: [2]}, laps: 1}}\n", "suite.yaml: routes.a.start.y: got"),
        ("routes: {a: {map: no.xodr, laps: 1}}\n", "suite.yaml: routes.a.map: cannot read the map no.xodr"),
        ("routes: {a: {map: loop, laps: 1, length_m: 5}}\n", "exactly one of laps, length_m and goal"),
        ("routes: {a: {map: loop, start: {x: 9000, y: 0}, laps: 1}}\n", "no lane within 10 m of 9000, 0"),
        (
            "routes: {a: {map: loop, start: {x: 243.2, y: -50.3}, goal: {x: 5000, y: 0}}}\n",
            "no lane leads from the start to 5000.0, 0.0",
        ),
        (ROUTE + "models: [nosuchmodel]\n", "suite.yaml: models: unknown model 'nosuchmodel'"),
        (ROUTE + "models: [a/pilotnet, pilotnet]\n", "two models are called 'pilotnet'"),
        (ROUTE + "method: gradeint\n", "suite.yaml: method: unknown saliency method 'gradeint': known are gradient"),
        (ROUTE + "attention: true\nmethod: none\n", "a ledger of maps, and method is none"),
        (ROUTE + "attention_alarms: [ski > 4 % for 2 s]\n", "unknown attention class 'ski': known are sky"),
        (ROUTE + "video: events\nlog: false\n", "suite.yaml: video: events are clips of the log"),
        (ROUTE + "res: 5x5\n", "suite.yaml: res: got '5x5': wanted WIDTHxHEIGHT from 32x32"),
        ("routes:\n", "suite.yaml: routes: got None: wanted names of configs/routes"),
        ("routes: [nothere.xml]\n", "cannot read the routes nothere.xml"),
        ("- a\n", "wanted 'key: value' lines"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path, text, told):
    with pytest.raises(UserError) as raised:
        check(suite_of(tmp_path, text), "suite.yaml")
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_ledger_brings_its_maps_along(tmp_path):
    assert suite_of(tmp_path, ROUTE).method == "none"
    assert suite_of(tmp_path, ROUTE + "attention: true\n").method == "gradient"
    assert suite_of(tmp_path, ROUTE + "attention: true\nmethod: occlusion\n").method == "occlusion"


def test_an_unknown_suite_names_the_known_ones():
    with pytest.raises(ConfigError, match="unknown suite 'quik': known are quick"):
        read_suite("quik", {})


class TestRoutes:
    def test_a_lap_comes_back_and_two_are_twice_as_long(self):
        road_map = read_map(MAPS / "loop.xodr")
        start = road_map.generate_waypoints(50.0)[0]
        one, two = (lay_route(road_map, start, Destination(laps=laps)) for laps in (1, 2))
        assert np.hypot(*(one[0] - one[-1])) < 0.1
        assert len(two) - 1 == 2 * (len(one) - 1)
        assert np.median(np.hypot(*np.diff(one, axis=0).T)) == pytest.approx(2.0, abs=0.05)

    def test_a_goal_is_reached_by_the_places_on_the_way(self):
        road_map = read_map(MAPS / "loop.xodr")
        start = road_map.generate_waypoints(50.0)[0]
        lap = lay_route(road_map, start, Destination(laps=1))
        goal, via = tuple(lap[300]), (tuple(lap[100]), tuple(lap[200]))
        route = lay_route(road_map, start, Destination(goal=goal, via=via))
        assert np.abs(len(route) - 301) <= 3
        assert np.hypot(*(route[-1] - goal)) < 3.0

    def test_what_cannot_be_reached_is_refused(self):
        road_map = read_map(MAPS / "loop.xodr")
        start = road_map.generate_waypoints(50.0)[0]
        with pytest.raises(NoRouteError, match="no lane leads"):
            lay_route(road_map, start, Destination(goal=(5e4, 0.0)))

    def test_a_lane_is_changed_where_its_paint_allows_and_there_is_no_other_way(self):
        road_map = read_map(MAPS / "motorway.xodr")
        start = next(way for way in road_map.generate_waypoints(60.0) if str(way.lane_change) == "Left")
        beside = start.get_left_lane().next(60.0)[0].transform.location
        ahead = start.next(60.0)[0].transform.location
        kinks = {}
        for name, goal in (("beside", beside), ("ahead", ahead)):
            route = lay_route(road_map, start, Destination(goal=(goal.x, goal.y)))
            kinks[name] = int((np.hypot(*np.diff(route, axis=0).T) > 3.0).sum())
            assert np.hypot(*(route[-1] - (goal.x, goal.y))) < 3.0
            assert len(route) < 40
        assert kinks == {"beside": 1, "ahead": 0}


class TestLeaderboardRoutes:
    ONE = '<routes><route id="7" town="loop"><waypoint x="1" y="2" z="0"/><waypoint x="3" y="4"/></route></routes>'
    TWO = (
        '<routes><route id="1" town="loop"><weathers/><waypoints><position x="1.5" y="-2"/><position x="5" y="6"/>'
        '<position x="7" y="8"/></waypoints></route></routes>'
    )

    def test_both_layouts_are_read(self, tmp_path):
        for text, name, via in ((self.ONE, "r-7", 0), (self.TWO, "r-1", 1)):
            (tmp_path / "r.xml").write_text(text)
            (route,) = [read_leaderboard_routes(tmp_path / "r.xml")[name]]
            assert route["map"] == "loop"
            assert len(route["via"]) == via

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("<routes", "is not XML"),
            ("<routes/>", "has 0 routes"),
            ('<!DOCTYPE a [<!ENTITY b "c">]><routes/>', "defines entities"),
            ('<routes><route id="1" town="x"><waypoint x="1"/></route></routes>', "has 1 places"),
            (ONE.replace('"3"', '"nan"'), "x is 'nan', wanted a number"),
            (ONE.replace('x="3" ', ""), "x is 'missing', wanted a number"),
            (ONE.replace('"3"', '"1e300"'), "x is '1e300', wanted a number"),
            (ONE.replace("</routes>", ONE[8:]), "two routes have the id '7'"),
            (ONE.replace('"7"', '"a b"'), "a route has the id 'a b', wanted letters"),
        ],
    )
    def test_what_is_no_file_of_routes_is_refused(self, tmp_path, text, told):
        (tmp_path / "r.xml").write_text(text)
        with pytest.raises(ValueError, match=told):
            read_leaderboard_routes(tmp_path / "r.xml")

    def test_files_of_one_name_do_not_hide_each_other(self, tmp_path):
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "r.xml").write_text(self.ONE)
        with pytest.raises(ConfigError, match="has a route 'r-7', which is there already"):
            suite_of(tmp_path, f"routes: [{tmp_path}/a/r.xml, {tmp_path}/b/r.xml]\n")


def told(mean, low=None, high=None):
    return {"mean": mean, "low": mean if low is None else low, "high": mean if high is None else high}


class TestGate:
    SCORES: ClassVar = {"m": {"driving_score": told(90.0), "collisions": told(0.2), "success": told(None)}}

    def test_conditions_that_do_not_hold_are_told(self):
        conditions = read_requirements("driving_score>=90, collisions_per_km<=0.1,success>50")
        assert unmet(conditions, self.SCORES) == [
            "m: collisions_per_km is 0.2, required <= 0.1",
            "m: success is unknown, required > 50",
        ]

    def test_what_was_not_measured_is_not_met(self):
        lines = unmet(read_requirements("attention_sky<=0.4,attention_alarms_per_km<=0"), self.SCORES)
        assert [line.split(": ")[1] for line in lines] == [
            "attention_sky is unknown, required <= 0.4",
            "attention_alarms_per_km is unknown, required <= 0",
        ] * len(self.SCORES)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("driving_score=90", "wanted such as"),
            ("drivingscore>=9", "unknown score 'drivingscore'"),
            ("", "wanted such as"),
            (",", "wanted such as"),
        ],
    )
    def test_conditions_are_checked(self, text, told):
        with pytest.raises(ConfigError, match=told):
            read_requirements(text)

    def test_only_what_got_worse_beyond_the_noise_is_a_regression(self):
        before = {"m": {"driving_score": told(90.0, 85.0, 95.0), "offset_mean_m": told(0.1, 0.08, 0.12)}}
        noise = {"m": {"driving_score": told(86.0, 80.0, 92.0), "offset_mean_m": told(0.05, 0.04, 0.06)}}
        worse = {"m": {"driving_score": told(70.0, 66.0, 74.0), "offset_mean_m": told(0.2, 0.15, 0.25)}}
        looked = {"m": {"attention_sky": told(0.5, 0.4, 0.6)}}
        assert regressions({"m": {"attention_sky": told(0.9, 0.8, 1.0)}}, looked) == []  # neither good nor bad
        assert regressions(before, noise) == []
        assert [line.split()[1] for line in regressions(before, worse)] == ["driving_score", "offset_mean_m"]

    def test_a_baseline_must_know_the_model(self):
        scores = {"driving_score": told(90.0)}
        two, one = (Baseline(dict.fromkeys(names, scores), None) for names in ("mn", "m"))
        check_baseline(two, ["n"], "loop")
        check_baseline(one, ["renamed"], "loop")  # its only one
        with pytest.raises(ConfigError, match="--baseline: unknown model 'o': known are m, n"):
            check_baseline(two, ["m", "o"], "loop")

    def test_a_baseline_must_have_driven_the_same(self, tmp_path):
        one, longer = suite_of(tmp_path, ROUTE), suite_of(tmp_path, ROUTE.replace("100", "120"))
        other_car = suite_of(tmp_path, ROUTE + "models: [other]\nvideo: all\n")
        before = Baseline({"m": {}}, places_of(one))
        check_baseline(before, [], places_of(other_car))
        with pytest.raises(ConfigError, match="it drove other routes, weathers or seeds"):
            check_baseline(before, [], places_of(longer))

    def test_a_baseline_must_be_results(self, tmp_path):
        path = tmp_path / "r.json"
        words = json.dumps({"_checkpoint": {"progress": [2, 2]}, "estimates": {"m": {"success": told("x")}}})
        for text in ('{"estimates": []}', "[" * 100_000, words):
            path.write_text(text)
            with pytest.raises(ConfigError, match=r"is no results\.json"):
                read_baseline(path)
        path.write_text('{"_checkpoint": {"progress": [1, 4]}, "estimates": {}}')
        with pytest.raises(ConfigError, match="was stopped after 1 of 4 runs"):
            read_baseline(path)


class TestFolder:
    def test_earlier_results_are_kept(self, tmp_path):
        one = suite_of(tmp_path, ROUTE)
        other = suite_of(tmp_path, ROUTE + "seeds: [5]\n")
        EvaluationFolder(tmp_path / "out", "s", one, resume=False).begin()
        with pytest.raises(ConfigError, match="give --resume"):
            EvaluationFolder(tmp_path / "out", "s", one, resume=False)
        with pytest.raises(ConfigError, match="results of another suite"):
            EvaluationFolder(tmp_path / "out", "s", other, resume=True)
        assert EvaluationFolder(tmp_path / "out", "s", one, resume=True).driven(trials_of(one), {}) == []

    def test_what_failed_is_driven_again_and_other_weights_are_not_mixed_in(self, tmp_path):
        suite = suite_of(tmp_path, ROUTE + "seeds: [1, 2]\n")
        folder = EvaluationFolder(tmp_path / "out", "s", suite, resume=False)
        folder.begin()
        done, failed = trials_of(suite)
        for trial, status in ((done, "done"), (failed, "failed")):
            (folder.trials / trial.id).mkdir()
            outcome = Outcome(trial=trial, status=status, reason="completed", model_sha256="aa")
            write_outcome(folder.trials / trial.id, outcome)
        kept = EvaluationFolder(tmp_path / "out", "s", suite, resume=True)
        assert [each.trial.id for each in kept.driven(trials_of(suite), {"pilotnet": "aa"})] == [done.id]
        with pytest.raises(ConfigError, match="'pilotnet' has other weights than when it drove"):
            kept.driven(trials_of(suite), {"pilotnet": "bb"})

    def test_there_must_be_something_to_go_on_with(self, tmp_path):
        with pytest.raises(ConfigError, match="holds no evaluation to go on with"):
            EvaluationFolder(tmp_path / "out", "s", suite_of(tmp_path, ROUTE), resume=True)

    def test_a_folder_of_something_else_is_left_alone(self, tmp_path):
        suite = suite_of(tmp_path, ROUTE)
        with pytest.raises(ConfigError, match="holds no evaluation"):
            EvaluationFolder(tmp_path, "s", suite, resume=False)
