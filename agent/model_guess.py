"""What a stranger's network says of itself, and the likeliest guess where it says nothing; pure."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from agent.errors import ModelError
from agent.model_card import BinsCard, CropCard, InputCard, ModelCard, OutputCard, RangeCard
from agent.model_dialects import is_softmax, learns, normalises
from agent.model_graph import Outline

TALLEST_WIDTHS = 0.28  # half the height of a 16:9 picture, in its widths
_STEERING_NAMES = ("steer", "angle")
_GUESSED_WIDTHS = 4  # numbers in one output among which the first is taken for steering; more may be anything


@dataclass(frozen=True, slots=True)
class Feeding:
    """All that must be known to feed a network and to read its answer.

    Attributes:
        card: stated or guessed.
        size: height and width of the input [px].
        output: which output steers.
        guesses: in words, what was not stated; "" where nothing was guessed.
    """

    card: ModelCard
    size: tuple[int, int]
    output: OutputCard
    guesses: str


def feeding(seen: Outline, stated: ModelCard | None) -> Feeding:
    """Put together what the file, its card and guesses say.

    Raises:
        ModelError: they disagree, or leave something open that cannot be guessed.
    """
    card, guesses = stated, []
    if card is None:
        card, words = guess_card(seen, *_input_size(seen, None))
        guesses.append(words)
    if seen.channels == 1 and card.color != "GRAY":
        raise ModelError(f"the card says {card.color}, the network takes one channel: say color: GRAY")
    output = card.output
    if output is None:
        output, words = guess_output(seen)
        guesses.append(words)
    return Feeding(card, _input_size(seen, card.input), output, ", ".join(filter(None, guesses)))


def _input_size(seen: Outline, stated: InputCard | None) -> tuple[int, int]:
    """Height and width of the input [px], from the file or, where that leaves it open, from the card."""
    said = None if stated is None else (stated.height_px, stated.width_px)
    height_px, width_px = seen.height_px or (said or (0, 0))[0], seen.width_px or (said or (0, 0))[1]
    if not height_px or not width_px:
        raise ModelError(
            "it leaves the size of its input open: say it in a card (input: {height_px: 66, width_px: 200})"
        )
    if said not in (None, (height_px, width_px)):
        raise ModelError(f"the card says an input of {said}, the network takes {(height_px, width_px)} (height, width)")
    return height_px, width_px


def guess_card(seen: Outline, height_px: int, width_px: int) -> tuple[ModelCard, str]:
    """The likeliest card for a network without one, and the guess in words.

    The band: square pixels, a third of it above the optical centre. 66 x 200 gives this project's own band. Where a
    16:9 picture cannot hold the band it moves up, then is squeezed. The colours: RGB, or grey for one channel. The
    values: 0..1 where the network shows no normalisation of its own.
    """
    band = height_px / width_px
    bottom = round(min(band * 2 / 3, TALLEST_WIDTHS), 4)
    top = round(max(bottom - band, -TALLEST_WIDTHS), 4)
    head = itertools.takewhile(lambda record: not learns(record), seen.chains[0].records)
    card = ModelCard(
        crop=CropCard(top_widths=top, bottom_widths=bottom),
        color="RGB" if seen.channels == 3 else "GRAY",
        normalisation="in the network" if any(map(normalises, head)) else RangeCard(low=0.0, high=1.0),
    )
    values = "0..255" if card.normalisation == "in the network" else "0..1"
    return card, f"{card.color} {values}, crop {top:g}..{bottom:g} image widths"


def guess_output(seen: Outline) -> tuple[OutputCard, str]:
    """Which output steers, and the guess in words; "" where there was nothing to guess.

    Raises:
        ModelError: one output of many numbers that are no classes.
    """
    index = 0
    if len(seen.chains) > 1:
        names = [chain.name.lower() for chain in seen.chains]
        index = next((n for n, name in enumerate(names) if any(word in name for word in _STEERING_NAMES)), 0)
    chain = seen.chains[index]
    numbers = next((each["config"].get("units") for each in reversed(chain.records) if learns(each)), None)
    which = f"output '{chain.name[:40]}' of {len(seen.chains)} steers"
    if any(is_softmax(record) for record in chain.records[-2:]):
        return OutputCard(
            index=index, bins=BinsCard()
        ), f"{which}, {numbers} classes from -1 to 1, the likeliest counts"
    if len(seen.chains) > 1:
        return OutputCard(index=index), which
    if isinstance(numbers, int) and numbers > _GUESSED_WIDTHS:
        raise ModelError(
            f"it answers {numbers} numbers: say in a card which steers (output: {{index: 0}}, or bins: {{}})"
        )
    return OutputCard(), "" if numbers == 1 else f"the first of {numbers} numbers steers"
