"""The explainer of a live run: switched by keys, never in the car's way.

A method that fits into a part of the frame's time is computed at once, between two frames; a slower one in a process of
its own, always on the newest frame. A new choice is made ready in the background while the last one goes on; one that
cannot be made leaves a notice and the last one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import numpy as np

from agent.errors import ConfigError, ModelError
from agent.model import SteeringModel
from agent.saliency import layers_of, make_explainer, method_named, method_names, target_of
from agent.saliency.anatomy import Anatomy, Target
from agent.saliency.apart import Apart, Asked, Choice
from agent.saliency.behind import Behind
from agent.saliency.causal import check
from agent.saliency.explainer import layer_label
from agent.saliency.method import Method
from agent.saliency.panel import PanelExplainer
from agent.saliency.shown import Shown, Source
from agent.types import Frame, Saliency

BUDGET = 0.25
"""Part of the frame's time that a method may take between two frames."""
AUTO_SHARE = 0.1
"""Part of the run's time that `--every auto` spends on explaining."""


class LiveExplainer:
    """Frame -> newest Saliency, maybe of an earlier frame, with switches.

    Attributes:
        checking: whether the hottest region of every map is hidden for a second prediction.
        every: with `auto`, a map every so many frames just now; else 1.
        explained: the frame of the newest map; None before the first.
    """

    def __init__(
        self, model: SteeringModel, choice: Choice, *, step_s: float, auto: bool = False, checking: bool = False
    ) -> None:
        """
        Args:
            model: that drives.
            choice: to begin with.
            step_s: simulated time between frames, which is what a frame may take [s].
            auto: choose how often by what a map takes, instead of one at every call.
            checking: see the attribute.

        Raises:
            ConfigError: an unknown method, layer or output, or some that do not go together.
        """
        self.checking = checking
        self.every = 1
        self.explained: Frame | None = None
        self._model, self._anatomy = model, Anatomy(model)
        self._budget_s, self._auto_s = BUDGET * step_s, AUTO_SHARE * step_s if auto else math.inf
        self._forward_s = _forward_s(model)
        self._sources: dict[Choice, Source] = {}
        self._tracer = ThreadPoolExecutor(1, thread_name_prefix="tracer")
        self._apart: Apart | None = None
        self._skip = 0
        self._newest: Saliency | None = None
        self._notice = ""
        self._choice, self._good = choice, choice
        self._source: Source | None = None
        self._trial: Source | None = None
        self._coming: Future[Source] | None = None
        self._begin(choice)
        self._take_over_first()

    @property
    def method(self) -> str:
        """Name of the chosen method; "off" for none."""
        return "off" if method_named(self._choice.method) is None else self._choice.method

    @property
    def layer(self) -> str:
        """What it explains or looks at."""
        kind = method_named(self._choice.method)
        return "" if kind is None else layer_label(kind, self._target(kind, self._choice))

    def next_method(self, by: int = 1) -> None:
        """Walk through the methods; the layer stays where the method has it."""
        names = method_names()
        name = names[(names.index(self._choice.method) + by) % len(names)]
        kept = self._choice.layer if self._choice.layer in layers_of(name, self._anatomy) else None
        self._choose(replace(self._choice, method=name, layer=kept, panel=False))

    def next_layer(self, by: int = 1) -> None:
        """Walk through the layers of the method."""
        layers = layers_of(self._choice.method, self._anatomy)
        if not layers:
            self._notice = f"{self.method} has no layers to choose from"
            return
        at = layers.index(self.layer) if self.layer in layers else -1
        self._choose(replace(self._choice, layer=layers[(at + by) % len(layers)], panel=False))

    def toggle_panel(self) -> None:
        """The gradient of all convolutions and of the output at once, or of the output alone again."""
        self._choose(Choice("gradient", None, self._choice.output, not self._choice.panel))

    def toggle_check(self) -> None:
        """The causal check on or off."""
        self.checking = not self.checking
        self._notice = f"causal check {'on: the hottest region is hidden' if self.checking else 'off'}"

    def take_notice(self) -> str:
        """What there is to tell the person, once; else ""."""
        notice, self._notice = self._notice, ""
        return notice

    def close(self) -> None:
        """End the other process."""
        self._tracer.shutdown(wait=True, cancel_futures=True)
        if self._apart is not None:
            self._apart.close()

    def __call__(self, frame: Frame) -> Saliency | None:
        """The newest map, maybe of an earlier frame; None before the first and without a method.

        Raises:
            ModelError: the network answered NaN.
        """
        self._take_over(frame)
        if self._skip > 0:
            self._skip -= 1
        elif self._source is not None:
            start_s = time.perf_counter()
            self._attempt(self._source, frame)
            self._pace(time.perf_counter() - start_s)
        return self._newest

    # -- inside -----------------------------------------------------------------------------------------------------

    def _choose(self, choice: Choice) -> None:
        self._choice = choice
        try:
            self._begin(choice)
        except ConfigError as error:
            self._refuse(error)
            return
        label = f"{self.method} · {self.layer}" if self.method != "off" else "saliency off"
        label += " · all convolutions" if choice.panel else ""
        self._notice = label + (" · comes from the background" if self._trial is not None else "")

    def _begin(self, choice: Choice) -> None:
        """Make a choice ready: at once, on the tracer's thread or in the other process.

        Raises:
            ConfigError: it cannot be.
        """
        kind = method_named(choice.method)
        target = None if kind is None else self._target(kind, choice)
        self._coming = self._trial = None
        self._skip = 0
        if kind is None or target is None:
            self._source, self._newest, self._good = None, None, choice
        elif not choice.panel and kind.passes * self._forward_s > self._budget_s:
            self._apart = self._apart or Apart(self._model)
            self._trial = Behind(self._model, self._apart, choice, kind, target)
            if isinstance(self._source, Behind):  # there is one other process
                self._source = None
        elif choice in self._sources:
            self._source, self._good = self._sources[choice], choice
        else:
            self._coming = self._tracer.submit(self._trace, choice)

    def _trace(self, choice: Choice) -> Source:
        explain: Callable[[Frame], Saliency | None]
        if choice.panel:
            explain = PanelExplainer(self._anatomy, choice.output)
        else:
            explain = make_explainer(choice.method, choice.layer, self._model, output=choice.output, beside_driver=True)

        def source(frame: Frame) -> Shown | None:
            saliency = explain(frame)
            return None if saliency is None else Shown(saliency, frame, self._model.preprocessor(frame))

        self._sources[choice] = source
        return source

    def _take_over(self, frame: Frame) -> None:
        """Let a new choice take over once it is ready."""
        if self._coming is not None and self._coming.done():
            coming, self._coming = self._coming, None
            try:
                self._source, self._good = coming.result(), self._choice
            except ConfigError as error:
                self._refuse(error)
        if self._trial is not None and self._attempt(self._trial, frame):
            self._source, self._trial, self._good = self._trial, None, self._choice

    def _take_over_first(self) -> None:
        """Nothing drives yet: wait for what is being traced, here or in the other process."""
        if self._coming is not None:
            self._source, self._coming = self._coming.result(), None
        if self._apart is not None:
            self._apart.warm(Asked(self._choice, np.zeros(self._model.input_shape, np.uint8)))

    def _attempt(self, source: Source, frame: Frame) -> bool:
        """Ask a source for a map; whether there is a new one."""
        try:
            shown = source(frame)
        except ConfigError as error:
            self._refuse(error)
            return False
        if shown is None:
            return False
        self._newest, self.explained = shown.saliency, shown.frame
        if self.checking:
            with suppress(ModelError):  # what a network makes of a picture with a hole is no reason to stop the car
                causal = check(shown.network_input, self._newest.map, self._model.steer)
                self._newest = replace(self._newest, check=causal)
        return True

    def _pace(self, elapsed_s: float) -> None:
        """Move the rhythm of `auto` a step towards what the last map asks for."""
        if math.isfinite(self._auto_s):
            wanted = max(1, math.ceil(elapsed_s / self._auto_s))
            self.every += (wanted > self.every) - (wanted < self.every)
            self._skip = self.every - 1

    def _refuse(self, error: ConfigError) -> None:
        """Tell it, and go on with the last choice that worked, or with nothing if that is the one that failed."""
        failed, self._trial, self._coming = self._choice, None, None
        self._choice = self._good if self._good != failed else Choice("none")
        self._notice = str(error)
        self._begin(self._choice)

    def _target(self, kind: Method, choice: Choice) -> Target:
        return target_of(kind, self._anatomy, choice.layer, choice.output)


def _forward_s(model: SteeringModel) -> float:
    """What a forward pass takes here [s]; the best of a few, as other programs only ever add to it."""
    blank = np.zeros(model.input_shape, np.uint8)
    taken = []
    for _ in range(6):
        start_s = time.perf_counter()
        model.steer(blank)
        taken.append(time.perf_counter() - start_s)
    return min(taken)
