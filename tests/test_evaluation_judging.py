"""Routes, referee and scores, value by value."""

import math

import numpy as np
import pytest

from agent.evaluation.progress import RouteProgress
from agent.evaluation.referee import Infraction, Referee
from agent.evaluation.scores import comfort, scores_of
from agent.evaluation.statistics import Scored, difference, estimate, told
from agent.evaluation.trace import COLUMNS, Trace, read_trace, write_trace
from agent.types import FULL_STOP, Control, Frame, Pose, Step, Telemetry

BLANK = np.zeros((4, 4, 3), np.uint8)
STRAIGHT = np.array([(0.0, 0.0), (50.0, 0.0), (100.0, 0.0)])


def step_at(x, time_s, *, y=0.0, speed=10.0, steer=0.0, **telemetry):
    seen = Telemetry(Pose(x, y, 0, 0, 0, 0), speed, FULL_STOP, lane_offset_m=y, **telemetry)
    return Step(Frame(round(time_s * 20), time_s, BLANK, seen), Control(steer, 0.5, 0.0), None)


def judged(steps, limit_s=100.0):
    progress = RouteProgress(STRAIGHT)
    referee, trace = Referee(progress, limit_s), Trace()
    for step in steps:
        referee.watch(step)
        trace.add(step, progress.done_m)
        if referee.verdict:
            break
    return referee, trace.columns(), progress


def scored(steps, limit_s=100.0):
    referee, columns, progress = judged(steps, limit_s)
    scores = scores_of(
        columns, referee.infractions, length_m=progress.length_m, off_road_m=referee.off_road_m, target_mps=10.0
    )
    return referee, scores


class TestProgress:
    def test_goes_forward_only(self):
        progress = RouteProgress(STRAIGHT)
        for x, done in ((10, 10), (30, 30), (20, 30), (60, 60)):
            progress.move(x, 1.5)
            assert progress.done_m == pytest.approx(done)
            assert progress.away_m == pytest.approx(1.5)

    def test_the_end_of_a_lap_is_not_its_start(self):
        angle = np.linspace(0, 2 * np.pi, 200)
        lap = 50 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        progress = RouteProgress(lap)
        progress.move(50.0, -0.5)
        assert not progress.arrived
        for point in lap[1:]:
            progress.move(*point)
        assert progress.arrived


class TestReferee:
    def test_a_clean_run_completes_without_infraction(self):
        referee, scores = scored([step_at(0.5 * k, 0.05 * k) for k in range(400)])
        assert (referee.verdict, referee.infractions) == ("completed", [])
        assert scores["driving_score"] == scores["success"] == 100.0
        assert scores["distance_m"] == pytest.approx(99.0, abs=1.0)

    @pytest.mark.parametrize(
        ("other", "kind", "penalty"),
        [
            ("walker.pedestrian.0001", "collisions_pedestrian", 0.5),
            ("vehicle.audi.tt", "collisions_vehicle", 0.6),
            ("static.wall", "collisions_layout", 0.65),
        ],
    )
    def test_each_crash_counts_once_and_costs_its_coefficient(self, other, kind, penalty):
        hits = set(range(100, 110)) | {180}
        steps = [
            step_at(0.5 * k, 0.05 * k, collision_ns=900.0 * (k in hits), collided_with=(other,) if k in hits else ())
            for k in range(400)
        ]
        referee, scores = scored(steps)
        assert [one.kind for one in referee.infractions] == [kind, kind]
        assert scores["infraction_penalty"] == pytest.approx(penalty**2)
        assert scores["driving_score"] == pytest.approx(100 * penalty**2)
        assert scores["success"] == 0.0

    def test_a_red_light_is_run_when_it_is_left_rolling(self):
        def steps(speed):
            return [
                step_at(0.5 * k, 0.05 * k, speed=speed, traffic_light="Red" if 50 <= k < 60 else None)
                for k in range(400)
            ]

        assert [one.kind for one in judged(steps(10.0))[0].infractions] == ["red_light"]
        assert not judged(steps(0.2))[0].infractions

    def test_off_road_metres_do_not_count_as_completed(self):
        steps = [step_at(0.5 * k, 0.05 * k, off_road=100 <= k < 150) for k in range(400)]
        referee, scores = scored(steps)
        assert referee.off_road_m == pytest.approx(25.0)
        assert scores["route_completion"] == pytest.approx(75.0, abs=0.5)

    @pytest.mark.parametrize(
        ("steps", "verdict"),
        [
            ([step_at(10.0, 0.05 * k, y=31.0) for k in range(5)], "route_deviation"),
            ([step_at(10.0, 1.0 * k, speed=0.0) for k in range(400)], "blocked"),
            ([step_at(0.01 * k, 1.0 * k) for k in range(400)], "timeout"),
        ],
    )
    def test_a_run_ends(self, steps, verdict):
        referee, _, _ = judged(steps, limit_s=300.0)
        assert referee.verdict == verdict == referee.infractions[-1].kind


class TestScores:
    def test_offsets_smoothness_and_interventions(self):
        steps = [step_at(0.5 * k, 0.05 * k, y=2.0 if 50 <= k < 60 else 0.1, steer=0.01 * (k % 2)) for k in range(150)]
        _, scores = scored(steps)
        assert scores["offset_max_m"] == pytest.approx(2.0)
        assert scores["offset_mean_m"] == pytest.approx((140 * 0.1 + 10 * 2.0) / 150)
        assert scores["steer_change"] == pytest.approx(0.01)
        assert scores["interventions"] == 1.0
        assert scores["autonomy"] == pytest.approx(100 * (1 - 6 / (149 * 0.05)), abs=0.1)

    def test_comfort_is_lost_by_hard_braking(self):
        time_s = np.arange(200) * 0.05
        calm = {name: np.zeros(200) for name in COLUMNS} | {"time_s": time_s, "speed_mps": np.full(200, 10.0)}
        assert comfort(calm) == 100.0
        braking = calm | {"speed_mps": np.clip(10.0 - 8.0 * (time_s - 4.0), 0.0, 10.0)}
        assert comfort(braking) < 95.0
        swerving = calm | {"yaw_rad": 0.3 * np.sin(6.0 * time_s)}
        assert comfort(swerving) < 50.0

    def test_traces_come_back(self, tmp_path):
        _, columns, _ = judged([step_at(0.5 * k, 0.05 * k) for k in range(30)])
        write_trace(tmp_path / "trace.npz", columns)
        again = read_trace(tmp_path / "trace.npz")
        for name in COLUMNS:
            np.testing.assert_allclose(again[name], columns[name], rtol=1e-6)

    def test_a_stranger_s_trace_is_refused(self, tmp_path):
        path = tmp_path / "trace.npz"
        np.savez(path, time_s=np.array([{"a": 1}], dtype=object))
        with pytest.raises(ValueError, match="no trace"):
            read_trace(path)


def run_of(seed, *, km=1.0, route="a", repetition=0, model="m", **scores):
    return Scored(route, "ClearNoon", seed, model, repetition, {"distance_m": 1000.0 * km, **scores})


class TestStatistics:
    def test_rates_are_pooled_not_averaged(self):
        runs = [run_of(0, km=9.0, collisions=0.0), run_of(1, km=1.0, collisions=1.0)]
        assert estimate(runs, "collisions").mean == pytest.approx(0.1)

    def test_attention_is_over_its_pixels_pooled_and_told_only_where_a_ledger_was_kept(self):
        bare = [run_of(0, driving_score=1.0)]
        kept = [
            run_of(0, attention_sky=0.2, attention_sky_pixels=0.1, attention_sky_ratio=2.0, attention_alarms=1.0),
            run_of(1, attention_sky=0.1, attention_sky_pixels=0.9, attention_sky_ratio=1 / 9, attention_alarms=0.0),
        ]
        assert not any(name.startswith("attention") for name in told(bare))
        assert {"attention_sky", "attention_sky_ratio", "attention_alarms"} <= set(told(kept))
        assert estimate(kept, "attention_sky").mean == pytest.approx(0.15)
        assert estimate(kept, "attention_sky_ratio").mean == pytest.approx(0.3 / 1.0)
        assert estimate(kept, "attention_alarms").mean == pytest.approx(0.5)

    def test_the_interval_holds_the_mean_and_narrows_with_runs(self):
        rng = np.random.default_rng(0)
        few = [run_of(seed, driving_score=value) for seed, value in enumerate(rng.normal(80, 5, 5))]
        many = [run_of(seed, driving_score=value) for seed, value in enumerate(rng.normal(80, 5, 200))]
        wide, narrow = estimate(few, "driving_score"), estimate(many, "driving_score")
        assert wide.low < wide.mean < wide.high
        assert narrow.high - narrow.low < 0.5 * (wide.high - wide.low)
        assert estimate(few, "driving_score") == wide

    def test_repetitions_tell_the_noise(self):
        runs = [run_of(0, repetition=r, driving_score=v) for r, v in enumerate((70.0, 80.0, 90.0))]
        assert estimate(runs, "driving_score").repeat_std == pytest.approx(10.0)
        assert math.isnan(estimate(runs[:1], "driving_score").repeat_std)

    def test_models_are_compared_run_by_run(self):
        one = [run_of(seed, driving_score=50.0 + seed) for seed in range(20)]
        other = [run_of(seed, driving_score=53.0 + seed) for seed in range(20)]
        mean, low, high = difference(one, other, "driving_score")
        assert mean == low == high == pytest.approx(3.0)

    def test_rates_are_compared_pooled_over_the_runs_that_both_drove(self):
        one = [run_of(seed, km=9.0, collisions=0.0) for seed in range(5)]
        other = [run_of(seed, km=1.0, collisions=2.0) for seed in range(5)] + [run_of(9, collisions=100.0)]
        assert difference(one, other, "collisions") == pytest.approx((2.0, 2.0, 2.0))

    def test_one_route_and_seed_says_nothing_of_others(self):
        runs = [run_of(0, repetition=r, driving_score=80.0 + r) for r in range(3)]
        told_of_one = estimate(runs, "driving_score")
        assert told_of_one.mean == pytest.approx(81.0)
        assert math.isnan(told_of_one.low) and math.isnan(told_of_one.high)
        mean, low, high = difference(runs, [run_of(0, driving_score=90.0)], "driving_score")
        assert mean == pytest.approx(10.0) and math.isnan(low) and math.isnan(high)

    def test_models_are_compared_by_route_and_seed_not_by_run(self):
        """Ten weathers of a route are no ten opinions: the interval is as wide as that of the five routes."""
        places = [(route, repetition) for route in "abcde" for repetition in range(10)]
        one = [run_of(0, route=route, repetition=r, driving_score=50.0) for route, r in places]
        gain = dict(zip("abcde", (-4.0, -2.0, 0.0, 2.0, 9.0), strict=True))
        other = [run_of(0, route=route, repetition=r, driving_score=50.0 + gain[route]) for route, r in places]
        _, low, high = difference(one, other, "driving_score")
        assert low < -1.0 and high > 4.0


def test_infractions_are_told_with_place_and_time():
    referee, _, _ = judged([step_at(0.5 * k, 0.05 * k, collision_ns=5.0 * (k == 20)) for k in range(40)])
    assert referee.infractions == [
        Infraction("collisions_layout", 1.0, pytest.approx(10.0), 10.0, 0.0, "hit something with 5 N s")
    ]
