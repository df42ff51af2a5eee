from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigError, ModelError
from agent.model_card import CARD_BYTES, ModelCard, RescalingCard, TrainingCard, read_card, write_card
from agent.model_graph import Chain, Outline
from agent.model_guess import guess_card


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    training = TrainingCard(frames=40000, held_out_runs=["0001-ClearNoon"], validation_mae_steer=0.01)
    card = ModelCard(
        color="BGR", normalisation=RescalingCard(scale=1 / 255, offset=0), steering_scale=0.1, training=training
    )
    write_card(tmp_path / "card.yaml", card)
    assert read_card(tmp_path / "card.yaml") == card


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("colour: RGB", "colour: Extra inputs"),
        ("color: CMYK", "color: "),
        ("camera: {x_m: far}", "camera.x_m: "),
        ("camera: {fov_deg: 400}", "camera.fov_deg: "),
        ("steering_scale: .nan", "steering_scale: "),
        ("steering_scale: 0", "steering_scale is 0"),
        ("crop: {top_widths: 0.3, bottom_widths: 0.1}", "not below top_widths"),
        ("[1, 2", "is not a model card"),
        ("just a word", "is not a model card"),
        ("!!python/object/apply:os.system ['true']", "is not a model card"),
        ("[" * 5000, "is not a model card"),
        ("#" * (CARD_BYTES + 1), "longer than"),
        ("color: \x00", "is not a model card"),
    ],
)
def test_a_bad_card_is_one_line_that_names_file_and_fault(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(text)
    with pytest.raises(ModelError) as caught:
        read_card(path)
    assert fault in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def outline_of(height: int, width: int, channels: int = 3, *, first: str = "Rescaling") -> Outline:
    records = ({"class_name": first, "config": {}}, {"class_name": "Dense", "config": {"units": 1}})
    return Outline(height, width, channels, (Chain("steering", records),))


def test_the_guess_for_pilotnet_is_this_projects_own_card() -> None:
    assert guess_card(outline_of(66, 200), 66, 200)[0] == ModelCard()


def test_a_network_that_does_not_normalise_is_fed_0_to_1() -> None:
    card, words = guess_card(outline_of(66, 200, 1, first="Flatten"), 66, 200)
    assert card.rescaling == RescalingCard(scale=1 / 255, offset=0)
    assert words == "GRAY 0..1, crop -0.11..0.22 image widths"


@pytest.mark.parametrize(("height", "width"), [(66, 200), (160, 320), (120, 160), (224, 224), (64, 64)])
def test_every_guessed_band_fits_a_16_to_9_picture(height: int, width: int) -> None:
    card, _ = guess_card(outline_of(height, width), height, width)
    preprocessing = card.preprocessing(height, width)
    place = preprocessing.placement(720, 1280)
    assert place.height_px / place.width_px == pytest.approx(min(height / width, 0.56), abs=0.002)
    with pytest.raises(ConfigError):
        preprocessing.placement(100, 1280)
