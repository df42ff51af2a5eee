"""Slow methods in a process of their own at a low priority: they take what the car leaves.

A thread would share TensorFlow's one worker with the driver, whose forward pass would wait for every slow kernel.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from agent.backend import configure_tensorflow
from agent.errors import UserError
from agent.model import SteeringModel
from agent.saliency.twin import Recipe, recipe_of, twin_of
from agent.types import Float32, UInt8

NICENESS = 10
"""A tenth of the weight of the car's processes, where cores are short. At 19 it would not even start beside a busy
simulator."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be computed, see `agent.saliency.make_explainer`; with `panel` the gradients of all convolutions."""

    method: str
    layer: str | None = None
    output: str | None = None
    panel: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One picture to explain."""

    choice: Choice
    network_input: UInt8


@dataclass(frozen=True, slots=True)
class Answer:
    """Its map, float32 (h, w), and peak and time taken; or why there is none."""

    map: Float32 | None = None
    peak: float = 0.0
    elapsed_s: float = 0.0
    error: str = ""


class Apart:
    """The other process. It ends with this one, however that ends; Ctrl-C, which is for the run, it never hears."""

    def __init__(self, model: SteeringModel) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, recipe_of(model)), daemon=True, name="explainer")
        resource_tracker.ensure_running()  # starting it later would let the signal through
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited: also while it still imports
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self._busy = False

    @property
    def free(self) -> bool:
        """Whether nothing is being computed."""
        return not self._busy

    def ask(self, asked: Asked) -> None:
        """Hand a picture over; only when `free`."""
        self._busy = True
        with suppress(OSError):  # it is gone: `answer` says so
            self._ours.send(asked)

    def answer(self) -> Answer | None:
        """The answer to what was asked, None while it is being computed."""
        try:
            if not self._busy or not self._ours.poll():
                return None
            answer: Answer = self._ours.recv()
        except (EOFError, OSError):
            answer = Answer(error="the background explainer has died")
        self._busy = False
        return answer

    def close(self) -> None:
        """End it. Calling it again does nothing."""
        self._ours.close()
        self._process.join(1.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(pipe: Connection, recipe: Recipe) -> None:
    """Answer until the other side is gone."""
    os.nice(NICENESS)
    configure_tensorflow()
    from agent.saliency import make_explainer  # it imports this file

    model = twin_of(recipe)
    made: dict[Choice, Any] = {}
    with suppress(EOFError, OSError):
        while True:
            asked: Asked = pipe.recv()
            pipe.send(_answer(asked, made, model, make_explainer))


def _answer(asked: Asked, made: dict[Choice, Any], model: SteeringModel, make_explainer: Any) -> Answer:
    choice = asked.choice
    try:
        if choice not in made:
            made[choice] = make_explainer(choice.method, choice.layer, model, output=choice.output)
        start_s = time.perf_counter()
        _, heat, peak = made[choice].steer_and_map(asked.network_input)
        return Answer(heat, peak, time.perf_counter() - start_s)
    except UserError as error:
        return Answer(error=str(error))
