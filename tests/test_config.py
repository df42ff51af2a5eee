import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import DriveConfig, load_settings
from agent.errors import ConfigError


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
    from pathlib import Path

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


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read the configuration .*none\.yaml"):
        load_settings(DriveConfig, tmp_path / "none.yaml", {})


@given(seconds=st.floats(0.1, 1000), frames=st.integers(1, 100_000), fps=st.integers(5, 100))
def test_the_shorter_limit_counts(seconds, frames, fps):
    config = DriveConfig(seconds=seconds, frames=frames, fps=fps)
    assert config.frame_limit == min(frames, max(1, round(seconds * fps)))
    assert DriveConfig().frame_limit is None
