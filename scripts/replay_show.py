"""A replay put together from the rooms; owns every resource of it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from agent.errors import ConfigError, RecordingError
from agent.log.records import json_of
from agent.logged_world import LoggedWorld
from agent.pacing import at_most
from agent.run_folder import LOG
from agent.stages import Stages
from agent.stopping import Stop
from agent.types import Picture, RunCard, Step
from viz.audience import Audience
from viz.cockpit import WindowCockpit
from viz.hud import Hud
from viz.progress import Progress
from viz.video import VideoWriter
from viz.window import Window, display_available

REPLAY = "replay.mp4"


class ReplayShow:
    """Steps of a log and who watches them.

    Attributes:
        steps: what to show.
        audience: shows one.
    """

    def __init__(self, flags: Namespace, stop: Stop) -> None:
        """
        Args:
            flags: of `scripts.replay`.
            stop: ends a pause.

        Raises:
            UserError: the log, the model, the method or the video's place is wrong.
        """
        folder: Path = flags.source
        world = LoggedWorld(folder / LOG if folder.is_dir() else folder)
        first = next(iter(world.run), None)
        if first is None:
            raise RecordingError(f"{world.run.path}: the log holds no step, nothing to replay")
        self._shown = flags.display and display_available()
        self._video = _video(flags.out, world.run.path, shown=self._shown)
        self._cockpit: WindowCockpit | None = None
        self._count = 0
        self._stop = stop
        card, self.steps = _steps(world, flags)
        height, width = first.step.frame.image.shape[:2]
        hud = Hud(width, height, card)
        self.audience = Audience(hud.draw, Stages())
        with ExitStack() as stack:
            self._gather(stack, world, hud, (width, height))
            self._stack = stack.pop_all()

    def __enter__(self) -> ReplayShow:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if self._video is not None and error is None:
            print(f"{self._count} frames: {self._video}")

    @property
    def closed(self) -> bool:
        """Whether the person closed the window."""
        return self._cockpit is not None and self._cockpit.closed

    def _gather(self, stack: ExitStack, world: LoggedWorld, hud: Hud, size_px: tuple[int, int]) -> None:
        path, card = world.run.path, hud.card
        if self._video is not None:
            facts = {"card": json_of(card).decode(), "replay_of": str(path)}
            self._writer = stack.enter_context(VideoWriter(self._video, *size_px, 1 / card.step_s, facts))
            self.audience.add_viewer("video", self._record)
        if self._shown:
            window = stack.enter_context(Window(*size_px, f"replay of {path}"))
            self._cockpit = WindowCockpit(
                window, hud, folder=path.parent, stopped=lambda: self._stop.signal is not None
            )
            self.audience.add_viewer("window", self._cockpit.show)
            self.steps = at_most(1.0, self.steps)
        progress = stack.enter_context(Progress("frame", world.run.count))
        self.audience.add_reader("progress", lambda step: progress.step())

    def _record(self, step: Step, picture: Picture) -> None:
        self._writer.write(picture, step.frame.time_s)
        self._count += 1


def _video(out: Path | None, log: Path, *, shown: bool) -> Path | None:
    """Where the video goes: where it was asked for; without a window beside the log; else nowhere."""
    video = out or (None if shown else log.with_name(REPLAY))
    if video is not None and video.exists():
        raise RecordingError(f"{video} is there already: choose another --out, nothing is overwritten")
    return video


def _steps(world: LoggedWorld, flags: Namespace) -> tuple[RunCard, Iterator[Step]]:
    card = world.run.card
    if flags.every is not None and flags.every < 1:
        raise ConfigError(f"--every is {flags.every}, wanted 1 or more")
    if not (flags.model or flags.method or flags.layer or flags.every):
        return card, (logged.step for logged in world.run)
    from agent.model import configure_tensorflow, load_model  # seconds of start-up that a plain replay need not wait
    from agent.replay import recompute

    configure_tensorflow()
    model = load_model(flags.model or card.model)
    every = flags.every or card.every
    return recompute(world, model, method=flags.method or card.method, layer=flags.layer, every=every)
