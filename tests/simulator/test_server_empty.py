"""What is left when the last client has gone, and what a fuzzer's bytes leave behind."""

from __future__ import annotations

import contextlib
import socket
import time

import psutil
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulator.conftest import serving
from tests.simulator.test_server_strangers import Stranger

SYNCHRONOUS = [True, False, [True, 0.05], True, 0.01, 10, 0.0, True, 3000.0, 2000.0, True]
AUDI = [0, "vehicle.audi.tt", []]


def leave_a_car_behind(port: int) -> int:
    """A client that goes away in synchronous mode, without a word; its car's id."""
    with Stranger(port) as client:
        assert client.ask("set_episode_settings", SYNCHRONOUS)[0] == 1
        places = client.ask("get_map_info")[1][1]
        car = client.ask("spawn_actor", AUDI, places[0])[1]
        client.ask("add_traffic_manager_running", ["127.0.0.1", 8000])
        client.ask("tick_cue")
        client.send("tick_cue")  # and does not wait for the answer
    return car[0]


def test_nobody_ticks_for_who_has_left(straight_map):
    with serving("--map", straight_map, "--when-empty", "remove") as served:
        car = leave_a_car_behind(served.port)
        time.sleep(0.3)  # who comes before the server has noticed is there in time to be the last
        with Stranger(served.port) as client:
            found = client.ask("get_episode_settings")[1]
            assert (found[0], found[2]) == (False, [True, 0.05])  # asynchronous; the step stays, as in CARLA
            assert client.ask("is_traffic_manager_running", 8000)[1] is False
            assert len(client.ask("get_actors_by_id", [car])[1]) == 0
            with Stranger(served.port) as other:  # who is not the last takes nothing along
                assert client.ask("set_episode_settings", SYNCHRONOUS)[0] == 1
                assert other.ask("version")[1] == "0.9.16"
            time.sleep(0.1)
            assert client.ask("get_episode_settings")[1][0] is True


NAMES = st.sampled_from(
    [
        *(
            "spawn_actor",
            "spawn_actor_with_parent",
            "set_actor_transform",
            "replay_file",
            "start_recorder",
            "draw_debug_shape",
        ),
        *("apply_physics_control", "set_episode_settings", "cast_ray", "set_weather_parameters", "destroy_actor"),
        *("load_map_layer", "show_recorder_collisions", "get_sensor_token", "apply_control_to_walker", "no_such_call"),
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**31), 2**32) | st.floats() | st.text(max_size=8) | st.binary(max_size=8)
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=6), max_leaves=20)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, st.lists(VALUES, max_size=6))
def test_any_arguments_are_answered(served, name, args):
    with Stranger(served.port) as client:
        answered = client.ask(name, *args)
        assert isinstance(answered, list | bool) or answered in (0, 1)
        assert client.ask("version")[1] == "0.9.16"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2000), st.booleans(), st.integers(0, 40))
def test_any_bytes_on_either_port_harm_nobody(served, garbage, call_first, cut):
    """Random bytes, alone or after a true call, or a true call cut short."""
    with Stranger(served.port) as other:
        for port in (served.port, served.streaming_port):
            with Stranger(port) as stranger, contextlib.suppress(OSError):  # it may have hung up on us by then
                if call_first and port == served.port:
                    assert stranger.ask("version")[1] == "0.9.16"
                    stranger.socket.sendall(b"\x94\x00\x01\xa7version\x91\x91\xc2"[:cut] + garbage)
                else:
                    stranger.socket.sendall(garbage)
                stranger.socket.shutdown(socket.SHUT_WR)
        assert other.ask("version")[1] == "0.9.16"


def test_a_thousand_connects_leave_nothing(served):
    process = psutil.Process(served.process.pid)
    with Stranger(served.port) as steady:
        steady.ask("version")
        before = process.num_fds()
        for _ in range(500):
            for port in (served.port, served.streaming_port):
                socket.create_connection(("127.0.0.1", port)).close()
        steady.ask("version")
        deadline = time.monotonic() + 20
        while process.num_fds() > before and time.monotonic() < deadline:
            steady.ask("version")
        assert process.num_fds() <= before
