"""Slow methods in a process of their own at the lowest priority: they take what the car leaves.

A thread would share TensorFlow's one worker with the driver, whose forward pass would wait for every slow kernel.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from agent.backend import configure_tensorflow
from agent.errors import UserError
from agent.model import SteeringModel
from agent.saliency.twin import Recipe, recipe_of, twin_of
from agent.types import Float32, UInt8

SESSION_NICENESS = 15
"""A thirtieth of the weight of the car's sessions, where cores are short: maps grow old, but there are some."""
REST = 2.0 if (os.cpu_count() or 1) < 4 else 0.0
"""Rest after a map, as a multiple of the time that it took. Where simulator, driver and encoder fill the cores, even a
process of idle priority costs every step a fifth while it computes: the caches are shared."""
_START_LIMIT_S = 60.0


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
        self._busy = True  # until it says that it is there
        self._rested_s = 0.0

    @property
    def free(self) -> bool:
        """Whether nothing is being computed and it has rested."""
        return not self._busy and time.monotonic() >= self._rested_s

    def warm(self, asked: Asked) -> None:
        """Wait until it is there and has computed this once; what comes of it is told when it is asked again.

        Starting takes seconds of processor time, which a car on the road would miss.
        """
        self._ours.poll(_START_LIMIT_S)
        self.answer()
        if self.free:
            self.ask(asked)
            self._ours.poll(_START_LIMIT_S)
            self.answer()
        self._rested_s = 0.0

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
        self._busy, self._rested_s = False, time.monotonic() + REST * answer.elapsed_s
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
    _step_aside()
    configure_tensorflow()
    from agent.saliency import make_explainer  # it imports this file

    model = twin_of(recipe)
    _make_light()  # only now: beside a busy simulator it would take minutes to start
    made: dict[Choice, Any] = {}
    with suppress(EOFError, OSError):
        pipe.send(Answer())  # here, and free
        while True:
            asked: Asked = pipe.recv()
            pipe.send(_answer(asked, made, model, make_explainer))


def _step_aside() -> None:
    """Run when nobody else wants to; called before any other thread is made, which inherits it.

    Where Linux shares the time among sessions first, priorities count only within the own one (sched(7), "The autogroup
    feature"), and the simulator, in another, would be given no more than the explainer. So this becomes a session, too.
    """
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        os.setsid()
    else:
        os.nice(19)


def _make_light() -> None:
    """Let the own session count for little beside the others."""
    with suppress(OSError):  # a system without autogroups
        Path("/proc/self/autogroup").write_text(str(SESSION_NICENESS))


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
