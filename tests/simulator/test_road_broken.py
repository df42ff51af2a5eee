"""Maps that are not maps: one line says what is wrong."""

from __future__ import annotations

import pytest

from agent.simulator.roads import opendrive, opendrive_xml
from agent.simulator.roads.opendrive import RoadError, parse_road_network
from tests.simulator.opendrive_text import LINE, document, lane, road, section

_CLIFF = '<elevationProfile><elevation s="0" a="0" b="0" c="0" d="0"/><elevation s="50" a="5000" b="0" c="0" d="0"/>'
_CLIFF += "</elevationProfile>"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><OpenDRIVE>&b;</OpenDRIVE>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not XML"),
        ("a: 1", "not XML"),
        ("<OpenDRIVE>", "not XML"),
        ("<OpenDRIVE>\ud800</OpenDRIVE>", "not XML"),
        (LAUGHS, "document type declaration"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><OpenDRIVE/>', "document type declaration"),
        ("<a>" * 100 + "</a>" * 100, "deeper than"),
        ("<opendrive/>", "root is <opendrive>"),
        (document(), "no <road>"),
        (document(road("")), "no <geometry>"),
        (document(road(lanes="")), "no <laneSection>"),
        (document(road(lanes=section("", ""))), "without lanes"),
        (document(road(lanes=section(left='<lane id="1" type="driving"/>'))), "without <width>"),
        (document(road(lanes=section(left=lane(-1)))), "wrong side"),
        (document(road(lanes=section(left=lane(1) + lane(1)))), "twice"),
        (document(road(), road()), "same id"),
        (document(road(head='id="a"')), "whole number"),
        (document(road(LINE.replace('x="0"', 'x="nan"'))), "x='nan'"),
        (document(road(LINE.replace('x="0"', 'x="inf"'))), "x='inf'"),
        (document(road(LINE.replace('y="0"', 'y="5e6"'))), "y='5e6'"),
        (document(road(LINE.replace(' x="0"', ""))), "no x"),
        (document(road(LINE.replace("<line/>", "<circle/>"))), "circle"),
        (document(road(LINE.replace("<line/>", ""))), "without a shape"),
        (document(road(length=0.0)), "more than 0"),
        (document(road(lanes=section(left=lane(1, width='a="1e4" b="0" c="0" d="0"')))), "reference line"),
        (document(road(extra=_CLIFF)), "rises more than 1500 m"),
        (document(road(extra=_CLIFF.replace('"0"', '"9000"'))), "above or below 6000 m"),
        (document(road(extra='<type s="0" type="town"><speed max="9" unit="knots"/></type>')), "knots"),
        (document(road(objects='<object id="1" s="x" t="0"/>')), "s='x'"),
        (
            document(road(objects='<object id="1" s="0" t="0"><repeat s="0" length="99" distance="1e-5"/></object>')),
            "repeated more than",
        ),
        (document(road(objects='<object id="1" s="0" t="0" height="1e6"/>')), "sizes 0, 0, 1e.06 m, wanted 0 to 500"),
        (document(road(objects='<object id="1" s="0" t="0" width="-1"/>')), "wanted 0 to 500"),
        (document(road(objects='<object id="1" s="0" t="90000"/>')), "is 90 km across, at most 30 km"),
    ],
)
def test_one_line_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(RoadError, match=message) as caught:
        parse_road_network(text, "test")
    assert "\n" not in str(caught.value)


def test_errors_name_the_road() -> None:
    with pytest.raises(RoadError, match="^road 17: has no <laneSection>"):
        parse_road_network(document(road(), road(lanes="", head='id="17"')), "test")


def test_a_text_too_long_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opendrive_xml, "_GREATEST_CHARACTERS", 100)
    with pytest.raises(RoadError, match="at most 100"):
        parse_road_network(document(road()), "test")


def test_a_declared_encoding_does_not_matter_for_decoded_text() -> None:
    text = document(road()).replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    assert parse_road_network(text, "test").roads[0].length_m == 100.0


def test_barriers_are_counted_while_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = '<object id="1" type="barrier" s="0" t="5" height="1"><repeat s="0" length="100" distance="0"/></object>'
    assert len(parse_road_network(document(road(objects=barrier * 3)), "test").objects) == 3
    monkeypatch.setattr(opendrive, "_MOST_LINE_POINTS", 150)
    with pytest.raises(RoadError, match="more than .* 150 points of barriers"):
        parse_road_network(document(road(objects=barrier * 3)), "test")
