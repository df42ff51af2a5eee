from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import DriveConfig, load_settings
from agent.errors import ConfigError
from agent.training.settings import TrainConfig


@pytest.fixture
def yaml_file(tmp_path):
    def write(text):
        path = tmp_path / "drive.yaml"
        path.write_text(text)
        return path

    return write


def test_flags_lie_over_the_file(yaml_file):
    path = yaml_file("every: 3\nres: 640x360\ndisplay: off\n")
    config = load_settings(DriveConfig, path, {"every": 5, "seed": None})
    assert (config.every, config.res, config.display, config.seed) == (5, (640, 360), "off", 0)


def test_the_shipped_file_is_valid_and_says_what_the_code_says():
    shipped = load_settings(DriveConfig, Path("configs/drive.yaml"), {})
    assert shipped == DriveConfig(weather="ClearNoon", seconds=60)


@pytest.mark.parametrize(
    ("text", "flags", "wanted"),
    [
        ("evry: 3", {}, r"drive\.yaml: unknown key 'evry': known are every"),
        ("every: 0", {}, r"drive\.yaml: every: got 0: input should be greater than or equal to 1"),
        ("", {"every": 0}, r"^--every: got 0"),
        ("", {"res": "12x9"}, r"^--res: got '12x9': wanted WIDTHxHEIGHT"),
        ("", {"seconds": -1.0}, r"^--seconds: got -1"),
        ("", {"speed_kmh": -1.0}, r"^--speed-kmh: got -1"),
        ("", {"max_real_time_factor": 1e-9}, r"^--max-real-time-factor: got 1e-09"),
        ("", {"fps": 9}, r"^--fps: got 9: input should be greater than or equal to 10"),
        ("res: [100000, 100000]", {}, r"drive\.yaml: res: got \[100000, 100000\]: wanted WIDTHxHEIGHT from 200x100 to"),
        ("res: [-4, 0]", {}, r"res: got \[-4, 0\]: wanted WIDTHxHEIGHT"),
        ("res: [640]", {}, r"res: got \[640\]: wanted WIDTHxHEIGHT"),
        ("res: 640", {}, r"res: got 640: wanted WIDTHxHEIGHT"),
        ("res: ٦٤٠x٣٦٠", {}, r"res: got '٦٤٠x٣٦٠': wanted WIDTHxHEIGHT"),
        ("map: 2000-99-99", {}, r"is not YAML"),
        ("1: 2", {}, r"unknown key '1'"),
        ("", {"port": 2000}, r"a port without a host"),
        ("", {"host": "h", "port": 70000}, r"^--port: got 70000"),
        ("- a\n- b", {}, r"holds a list"),
        ("a: [", {}, r"is not YAML"),
        ("!!python/object/apply:os.system [echo]", {}, r"is not YAML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(yaml_file, text, flags, wanted):
    with pytest.raises(ConfigError, match=wanted) as caught:
        load_settings(DriveConfig, yaml_file(text), flags)
    assert "\n" not in str(caught.value)


def test_a_size_may_be_a_pair(yaml_file):
    assert load_settings(DriveConfig, yaml_file("res: [640, 360]"), {}).res == (640, 360)


def test_what_is_wrong_is_said_in_a_short_line(yaml_file):
    for text in (
        "map: [" + "[xxxxxxxxx, y, z]," * 4_000 + "]",
        "map: {" + "a: [1, 2]," * 9 + "}",
        "x" * 90_000 + ": 1",
    ):
        with pytest.raises(ConfigError) as caught:
            load_settings(DriveConfig, yaml_file(text), {})
        assert len(str(caught.value)) < 1000
        assert "\n" not in str(caught.value)


def test_an_alias_bomb_is_not_unpacked(yaml_file):
    layers = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    merged = "".join(f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 9)}]}}\n" for n in range(1, 30))
    for text in (f"a0: &a0 [x]\n{layers}map: *a29", f"b0: &b0 {{x: 1}}\n{merged}"):
        with pytest.raises(ConfigError, match=r"drive\.yaml uses a YAML alias"):
            load_settings(DriveConfig, yaml_file(text), {})


def test_a_device_without_end_is_no_configuration():
    with pytest.raises(ConfigError, match="/dev/zero is larger than 1000000 bytes"):
        load_settings(DriveConfig, Path("/dev/zero"), {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("augment: {flp: 1}", r"unknown key 'flp': known are flip, "),
        ("augment: {flip: 2}", r"drive\.yaml: augment\.flip: got 2: "),
        ("augment: 3", r"drive\.yaml: augment: got 3: "),
    ],
)
def test_a_key_within_a_key_is_named(yaml_file, text, said):
    with pytest.raises(ConfigError, match=said):
        load_settings(TrainConfig, yaml_file(f"data: a\nout: b\n{text}"), {})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read the configuration .*none\.yaml"):
        load_settings(DriveConfig, tmp_path / "none.yaml", {})


@given(seconds=st.floats(0.1, 1000), frames=st.integers(1, 100_000), fps=st.integers(10, 100))
def test_the_shorter_limit_counts(seconds, frames, fps):
    config = DriveConfig(seconds=seconds, frames=frames, fps=fps)
    assert config.frame_limit == min(frames, max(1, round(seconds * fps)))
    assert DriveConfig().frame_limit is None
