"""The recorder and the replayer of a simulation: at most one of them runs at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agent.simulator.recording.folder import make_room, recording_path
from agent.simulator.recording.info import file_info
from agent.simulator.recording.log_reader import LogReader
from agent.simulator.recording.log_writer import LogWriter
from agent.simulator.recording.packets import RecordingError
from agent.simulator.recording.tables import blocked, collisions
from agent.simulator.world.blueprints import BlueprintLibrary
from agent.simulator.world.episode import Episode
from agent.simulator.world.recorder import Recorder
from agent.simulator.world.replayer import Replayer, Showing

_LOG = logging.getLogger(__name__)
_FASTEST = 1000.0


class Recordings:
    """What clients record and replay.

    Args:
        folder: where recordings are kept; made when the first one begins.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recorder: Recorder | None = None
        self._replayer: Replayer | None = None
        self._factor = 1.0
        self._ignore_hero = False
        self._ignore_spectator = True

    def start(self, name: str, episode: Episode, *, additional: bool) -> str:
        """Record from the next tick on; returns the file's path.

        Raises:
            RecordingError: a bad name, no room, or the file cannot be written.
        """
        path = recording_path(self._folder, name)
        self.stop_replayer(keep_actors=True)
        self.stop_recorder()
        try:
            make_room(self._folder)
            log = LogWriter(path, episode.town.network.name, int(time.time()))
        except OSError as error:
            raise RecordingError(f"the recording {path} cannot be written: {error.strerror or error}") from error
        self._recorder = Recorder(log, additional=additional)
        return str(path)

    def stop_recorder(self) -> None:
        """End the recording, if one runs."""
        recorder, self._recorder = self._recorder, None
        try:
            if recorder is not None:
                recorder.close()
        except OSError as error:
            _LOG.warning("the recording could not be finished: %s", error)

    def replay(
        self,
        name: str,
        showing: Showing,
        duration_s: float,
        *,
        stage: Callable[[str], Episode],
        library: BlueprintLibrary,
    ) -> str:
        """Act a recording out from the next tick on; returns what CARLA says of it.

        Args:
            name: of the recording.
            showing: from when (negative: before the end), whom; its end and what is ignored are filled in here.
            duration_s: 0 is all of it.
            stage: gives the episode of a map, loaded first if it is another one.
            library: what can be spawned.

        Raises:
            RecordingError: no recording, or a damaged one.
            ValueError: its map is not here.
        """
        self.stop_recorder()
        self.stop_replayer(keep_actors=True)
        path = recording_path(self._folder, name)
        log = self._open(path)
        if isinstance(log, str):
            return f"Replaying File: {path}\n{log}"
        try:
            total_s = log.last().elapsed_s
            start_s = max(total_s + showing.start_s, 0.0) if showing.start_s < 0.0 else showing.start_s
            stop_s = start_s + duration_s if duration_s > 0.0 else total_s
            showing = replace(
                showing,
                start_s=start_s,
                stop_s=stop_s,
                ignore_hero=self._ignore_hero,
                ignore_spectator=self._ignore_spectator,
            )
            self._replayer = Replayer(log, showing, stage(log.head.map_name), library)
        except ValueError:
            log.close()
            raise
        told = (
            f"Replaying File: {path}\nTotal time recorded: {total_s:g}\n"
            f"Replaying from {start_s:g} s - {stop_s:g} s ({total_s:g} s) at {self._factor:.1f}x\n"
        )
        told += "Ignoring Hero vehicle\n" if self._ignore_hero else ""
        return told + ("Ignoring Spectator camera\n" if self._ignore_spectator else "")

    def stop_replayer(self, *, keep_actors: bool) -> None:
        """End the replay, if one runs."""
        replayer, self._replayer = self._replayer, None
        if replayer is not None:
            replayer.stop(keep_actors=keep_actors)

    def set_factor(self, factor: float) -> None:
        """How many recorded seconds pass in one; above 0, at most 1000."""
        if not 0.0 < factor <= _FASTEST:
            raise RecordingError(f"got a time factor of {factor:g}, wanted above 0 and at most {_FASTEST:g}")
        self._factor = factor

    def ignore_hero(self, ignored: bool) -> None:
        """Leave the hero's car out of replays that begin from now on."""
        self._ignore_hero = ignored

    def ignore_spectator(self, ignored: bool) -> None:
        """Leave the spectator alone in replays that begin from now on."""
        self._ignore_spectator = ignored

    def after_tick(self, episode: Episode) -> None:
        """Write a tick down, or bring the stage up to it; what goes wrong ends it and is said in the log."""
        try:
            if self._recorder is not None:
                self._recorder.observe(episode)
            elif self._replayer is not None and not self._replayer.advance(episode.delta_s, self._factor):
                self.stop_replayer(keep_actors=True)
        except (RecordingError, OSError) as error:
            _LOG.warning("%s", error)
            self.stop_recorder()
            self.stop_replayer(keep_actors=True)

    def end(self) -> None:
        """The episode is over."""
        self.stop_recorder()
        self.stop_replayer(keep_actors=True)

    def info(self, name: str, *, show_all: bool) -> str:
        """What is in a recording.

        Raises:
            RecordingError: a damaged one, or a bad name.
        """
        return self._tell(name, lambda log: file_info(log, show_all=show_all))

    def collisions(self, name: str, first: str, second: str) -> str:
        """Who met whom.

        Raises:
            RecordingError: a damaged one, a bad name, or no such category.
        """
        return self._tell(name, lambda log: collisions(log, first, second))

    def blocked(self, name: str, min_time_s: float, min_distance_cm: float) -> str:
        """Who did not get on.

        Raises:
            RecordingError: a damaged one, or a bad name.
        """
        return self._tell(name, lambda log: blocked(log, min_time_s, min_distance_cm))

    def _tell(self, name: str, tell: Callable[[LogReader], str]) -> str:
        log = self._open(recording_path(self._folder, name))
        if isinstance(log, str):
            return log
        with log:
            return tell(log)

    def _open(self, path: Path) -> LogReader | str:
        """The recording, or what CARLA answers where there is none."""
        try:
            return LogReader(path)
        except FileNotFoundError:
            return f"File {path} not found on server\n"
        except OSError as error:
            raise RecordingError(f"the recording {path} cannot be read: {error.strerror or error}") from error
