"""Traffic lights and signs of a map."""

from __future__ import annotations

import math

import carla
import pytest

from agent.simulator.roads.opendrive import RoadError, parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.signal_boxes import signal_boxes
from tests.simulator.crossing_map import crossing_text
from tests.simulator.opendrive_text import LINE, document, lane, road, section


@pytest.fixture(scope="module")
def crossing() -> RoadNetwork:
    return parse_road_network(crossing_text(), "crossing")


def beside(signals: str, lanes: str = section()) -> RoadNetwork:
    text = document(road(LINE, lanes, extra=f"<signals>{signals}</signals>"))
    return parse_road_network(text, "test")


def test_signals_stand_where_the_client_has_its_landmarks(crossing):
    landmarks = {landmark.id: landmark for landmark in carla.Map("crossing", crossing.xodr).get_all_landmarks()}
    assert {signal.id for signal in crossing.signals} == set(landmarks)
    for signal in crossing.signals:
        landmark = landmarks[signal.id]
        at = landmark.transform.location
        assert (signal.pose.x_m, signal.pose.y_m, signal.pose.z_m) == pytest.approx((at.x, at.y, at.z), abs=1e-4)
        turned = math.degrees(signal.pose.yaw_rad) - landmark.transform.rotation.yaw
        assert math.remainder(turned, 360.0) == pytest.approx(0.0, abs=1e-3)
        validities = landmark.get_lane_validities()
        reached = [lane for reach in signal.reaches for lane in reach.lane_ids]
        assert reached == [lane for low, high in validities for lane in range(low, high + 1)]


def test_kinds_and_controllers(crossing):
    kinds = {signal.id: signal.kind for signal in crossing.signals}
    assert kinds == {"1": "traffic_light", "2": "traffic_light", "3": "traffic_light", "4": "traffic_light"} | {
        "5": "speed_limit"
    }
    turns = [(c.id, c.sequence, c.signal_ids, c.junction_ids) for c in crossing.controllers]
    assert turns == [("ew", 0, ("1", "2"), (9,)), ("ns", 1, ("3", "4"), (9,))]


@pytest.mark.parametrize(
    ("written", "limit_kmh"),
    [
        ('subtype="30" value="30" unit="km/h"', 30.0),
        ('subtype="55" value="55" unit="mph"', 88.51),
        ('subtype="60" value=""', 60.0),
        ('value="10" unit="m/s"', 36.0),
        ('value="-1"', None),
        ('value="fast"', None),
    ],
)
def test_a_speed_sign_has_a_limit(written, limit_kmh):
    (sign,) = beside(f'<signal id="a" s="10" t="-5" type="274" {written}/>').signals
    limit = None if sign.limit_mps is None else sign.limit_mps * 3.6
    assert limit == (None if limit_kmh is None else pytest.approx(limit_kmh, abs=0.01))


@pytest.mark.parametrize(("orientation", "lanes"), [("+", [1]), ("-", [-1]), ("none", [1, -1])])
def test_without_validity_the_orientation_says_for_which_lanes(orientation, lanes):
    network = beside(f'<signal id="a" s="10" t="-5" type="206" orientation="{orientation}"/>')
    (landmark,) = carla.Map("test", network.xodr).get_all_landmarks()
    client = [lane for low, high in landmark.get_lane_validities() for lane in range(low, high + 1)]
    assert client == lanes
    assert [lane for reach in network.signals[0].reaches for lane in reach.lane_ids] == lanes


def test_a_reference_reaches_more_lanes_and_unknown_ones_are_left_out():
    signals = (
        '<signal id="a" s="10" t="-5" type="206"><validity fromLane="-1" toLane="-1"/></signal>'
        '<signalReference id="a" s="50" t="3"><validity fromLane="0" toLane="1"/></signalReference>'
        '<signalReference id="b" s="60" t="3"/>'
    )
    (sign,) = beside(signals).signals
    assert [(reach.s_m, reach.lane_ids) for reach in sign.reaches] == [(10.0, (-1,)), (50.0, (1,))]


def test_a_light_stops_cars_before_its_line(crossing):
    (box,) = signal_boxes(crossing, crossing.signals[0])
    assert (box.x_m, box.y_m) == pytest.approx((-10.0 - 3.5, 1.75))  # line at s = 0.5, 1.5 m gap, half of 3 m
    assert (box.half_length_m, box.half_width_m) == (1.5, 0.875)
    assert math.cos(box.yaw_rad) == pytest.approx(1.0)


def test_a_light_inside_a_junction_stops_cars_where_they_come_from(crossing):
    valid = '<validity fromLane="-1" toLane="-1"/>'
    inside = f'<signals><signalReference id="1" s="4" t="0">{valid}</signalReference></signals>'
    text = crossing.xodr.replace('id="11" junction="9">', f'id="11" junction="9">{inside}')
    network = parse_road_network(text, "test")
    own, entry = signal_boxes(network, network.signals[0])
    assert (entry.x_m, entry.y_m) == pytest.approx((-10.0 - 3.0, 1.75))
    assert own.y_m == pytest.approx(entry.y_m)


def test_signals_for_sidewalks_have_no_box():
    lanes = section(lane(1), lane(-1, "sidewalk"))
    network = beside('<signal id="a" s="10" t="-5" type="1000001" orientation="-"/>', lanes)
    assert signal_boxes(network, network.signals[0]) == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('<signal id="a" s="nan" t="0" type="206"/>', "has s='nan'"),
        ('<signal id="a" t="0" type="206"/>', "has no s"),
        ('<signal id="a" s="1" t="0" type="206"/>' * 20_001, "more than 20000 signals"),
        ('<signal id="a" s="1" t="0" type="206"><validity fromLane="x" toLane="1"/></signal>', "wanted a whole number"),
    ],
)
def test_broken_signals_are_one_clear_error(text, complaint):
    with pytest.raises(RoadError, match=complaint):
        beside(text)
