"""A road above another gets a deck with piers beside the lanes below it."""

from __future__ import annotations

import numpy as np

from agent.simulator.look.bridges import build_bridges
from agent.simulator.look.meshes_road import road_sections
from agent.simulator.look.scenery import Scenery
from agent.simulator.look.site import Site
from agent.simulator.look.survey import survey
from agent.simulator.nouns import Label
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_strips import lane_strips
from tests.simulator.opendrive_text import document, road


def test_a_bridge_has_a_deck_and_piers_off_the_lanes() -> None:
    up = '<elevationProfile><elevation s="0" a="7" b="0" c="0" d="0"/></elevationProfile>'
    line = '<geometry s="0" x="50" y="-50" hdg="1.5707963267948966" length="100"><line/></geometry>'
    network = parse_road_network(document(road(), road(line, head='id="2" junction="-1"', extra=up)), "bridge")
    strips = lane_strips(network, 2.0)
    scenery = Scenery(Site(survey(strips, np.random.default_rng(1))), np.random.default_rng(2))
    build_bridges(scenery, road_sections(strips, network), network)
    deck = np.concatenate([mesh.vertices["position"] for mesh in scenery.solid])
    assert {int(kind) for mesh in scenery.solid for kind in mesh.vertices["kind"][:, 1]} == {Label.BRIDGE}
    assert np.ptp(deck[:, 1]) < 60.0  # not where the upper road lies on its embankment
    assert np.abs(deck[:, 1]).min() < 4.0  # but over the lower one
    assert scenery.obstacles
    for pier in scenery.obstacles:
        found = network.locate(pier.x_m, pier.y_m, 0.0)
        assert found is None or found.road_id == 2
        assert pier.z_m + pier.half_height_m < 6.9
