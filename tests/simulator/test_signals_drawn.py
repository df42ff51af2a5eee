"""Traffic lights and signs in the picture."""

from itertools import count

import numpy as np
import pytest

from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import build_scene
from agent.simulator.nouns import Label, Pose, View
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.world.light_groups import LightState
from agent.simulator.world.signal_actors import TrafficLight, new_signals
from agent.simulator.world.weathers import WEATHERS
from tests.simulator.crossing_map import crossing_text

BEFORE_THE_LIGHT = View(Pose(-24.0, 1.9, 1.6), 60.0, 320, 180)
BEFORE_THE_SIGN = View(Pose(-76.0, 2.5, 1.8, yaw_rad=0.44), 40.0, 320, 180)


@pytest.fixture(scope="module")
def crossing():
    network = parse_road_network(crossing_text(), "crossing")
    return network, build_scene(network, 0)


@pytest.fixture(scope="module")
def renderer(crossing):
    with Renderer(crossing[1]) as made:
        yield made


def seen(renderer, network, state, weather="ClearNoon", view=BEFORE_THE_LIGHT):
    signs, _ = new_signals(network, count(1))
    for light in signs:
        if isinstance(light, TrafficLight):
            light.group.states[light.id] = state
    looks = [look for sign in signs for look in sign.looks()]
    return renderer.render(view, WEATHERS[weather], looks, labels=True)


@pytest.mark.parametrize("weather", ["ClearNoon", "ClearNight"])
def test_the_lens_that_shines_has_its_colour(crossing, renderer, weather):
    off = seen(renderer, crossing[0], LightState.OFF, weather).bgra.astype(int)
    places = []
    for state, bright, dark in ((LightState.RED, 2, 1), (LightState.GREEN, 1, 2)):
        shown = seen(renderer, crossing[0], state, weather).bgra.astype(int)
        lit = np.abs(shown - off).max(axis=2) > 60
        assert 10 < lit.sum() < 200
        assert np.median(shown[lit][:, bright]) > 220
        assert np.median(shown[lit][:, bright] - shown[lit][:, dark]) > 60
        places.append(np.nonzero(lit)[0].mean())
    assert places[0] < places[1]  # red is on top


def test_what_lights_and_signs_are_labelled(crossing, renderer):
    light = seen(renderer, crossing[0], LightState.RED).labels
    assert {Label.TRAFFIC_LIGHT, Label.POLES} <= set(np.unique(light).tolist())
    sign = seen(renderer, crossing[0], LightState.RED, view=BEFORE_THE_SIGN)
    plate = sign.labels == Label.TRAFFIC_SIGNS
    assert plate.sum() > 100
    blue, green, red = sign.bgra[plate].astype(int).T[:3]
    assert np.mean(red - green > 60) > 0.15  # the rim
    assert np.mean((red > 110) & (green > 110) & (blue > 110)) > 0.2  # the face, in the shade
    assert np.mean((red < 60) & (green < 60)) > 0.03  # the figure


def test_a_post_is_an_obstacle(crossing):
    posts = [box for box in crossing[1].obstacles if box.label is Label.POLES]
    assert any(abs(box.x_m + 10.25) < 0.01 and abs(box.y_m - 6.5) < 0.01 for box in posts)
