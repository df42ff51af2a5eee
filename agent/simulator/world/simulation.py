"""What the calls act on: settings, frame count, the episode, and where messages go. No sockets."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Protocol

from agent.simulator.nouns import Weather
from agent.simulator.protocol.messages import Parts
from agent.simulator.protocol.structs import EpisodeSettings
from agent.simulator.protocol.tokens import WORLD_STREAM, stream_token
from agent.simulator.recording.folder import default_folder
from agent.simulator.world.actors import Actor
from agent.simulator.world.episode import Episode, EpisodeError
from agent.simulator.world.fleet import blueprint_library
from agent.simulator.world.maps import MapShelf, stem
from agent.simulator.world.recordings import Recordings

VARIABLE_STEP_S = 1.0 / 30.0
"""Step of a synchronous tick when the client fixed none: the same every time, so that runs repeat."""


class Outlet(Protocol):
    """Where stream messages go: the server's subscriptions."""

    def wanted(self, stream_id: int) -> bool:
        """Whether anybody listens to a stream."""

    def publish(self, stream_id: int, parts: Parts) -> None:
        """Send a message to all who listen; never waits."""

    def expect(self, stream_id: int) -> None:
        """Somebody was told this stream's token and will subscribe soon."""


class Simulation:
    """One simulator: a map with actors, and the clock that clients turn.

    Args:
        shelf: the maps.
        first_map: its name.
        seed: of scenery and noise.
        weather: of each new episode.
        outlet: of the messages.
        streaming_port: told to clients in tokens.
        recordings: folder where clients' recordings are kept, None for the user's cache.
        keep_actors: what clients spawned stays when the last of them has left.

    Raises:
        MapError: the first map is unknown or unreadable.
    """

    def __init__(
        self,
        shelf: MapShelf,
        first_map: str,
        *,
        seed: int,
        weather: Weather,
        outlet: Outlet,
        streaming_port: int,
        recordings: Path | None = None,
        keep_actors: bool = True,
    ) -> None:
        self.shelf = shelf
        self.settings = EpisodeSettings()
        self.frame = 0
        self.streaming_port = streaming_port
        self.library = blueprint_library()
        self.traffic_servers: dict[int, str] = {}
        self.refused: set[str] = set()
        self.recordings = Recordings(recordings or default_folder())
        self._outlet = outlet
        self._seed = seed
        self._ids = count(WORLD_STREAM + 1)
        self._weather = weather
        self._stepped_since = 0
        self._keep_actors = keep_actors
        self.last_state = b""
        self._unseen = False  # a tick of which the cameras have not seen anything yet
        town = shelf.open(first_map)
        self.episode = Episode(1, town, ids=self._ids, seed=seed, map_changed=False, weather=weather)
        self._advance(VARIABLE_STEP_S)  # so that there is a state to show to the first client

    def load(self, name: str, *, reset_settings: bool) -> None:
        """Begin a new episode on a map; '' is the current one. Everything spawned is gone. Its first state is not sent.

        Raises:
            MapError: unknown or unreadable; the old episode goes on.
        """
        old = self.episode.town
        town = self.shelf.open(name) if name else old
        self.recordings.end()
        if town is not old:
            old.painter.close()
        changed = town is not old
        if town is old:
            self.episode.restore()
        self.episode = Episode(
            self.episode.id + 1, town, ids=self._ids, seed=self._seed, map_changed=changed, weather=self._weather
        )
        self._stepped_since, self._unseen = self.frame, False
        if reset_settings:
            self.settings = EpisodeSettings()
        self._step(self.settings.fixed_delta_seconds or VARIABLE_STEP_S)

    def stage(self, map_name: str) -> Episode:
        """The episode of a map: this one, or a new one if it is another map.

        Raises:
            MapError: unknown or unreadable; the old episode goes on.
        """
        if stem(map_name) != self.episode.town.network.name:
            self.load(map_name, reset_settings=False)
            self._outlet.publish(WORLD_STREAM, (self.last_state,))
        return self.episode

    def set(self, settings: EpisodeSettings) -> int:
        """Take over the settings; returns the frame after which they hold."""
        if settings.synchronous_mode and not self.settings.synchronous_mode:
            self._stepped_since = self.frame
        self.settings = settings
        return self.frame

    def abandoned(self) -> None:
        """The last client has left: nobody ticks any more, and its Traffic Managers are gone."""
        if self.settings.synchronous_mode:
            self.set(replace(self.settings, synchronous_mode=False))
        self.traffic_servers.clear()
        if not self._keep_actors:
            self.recordings.end()
            self.episode.clear()

    def close(self) -> None:
        """End what is being recorded and give the graphics back."""
        self.recordings.end()
        self.episode.town.painter.close()

    def set_weather(self, weather: Weather) -> None:
        """Weather from now on; CARLA's `Default` (all -1) is that of the start."""
        self.episode.weather = self._weather if weather.cloudiness < 0.0 else weather

    def tick_cue(self) -> int:
        """A client's tick: the frame it shall wait for. What cameras see of it comes with `look`."""
        if not self.settings.synchronous_mode:
            return self.frame + 1
        self._advance(self.settings.fixed_delta_seconds or VARIABLE_STEP_S)
        return self.frame

    def run_free(self, elapsed_s: float) -> None:
        """A tick of the simulator's own in asynchronous mode."""
        self._advance(self.settings.fixed_delta_seconds or elapsed_s)
        self.look()

    def look(self) -> None:
        """Let the cameras see the newest tick, once. Drawing takes longest: meanwhile the client can go on."""
        if not self._unseen:
            return
        self._unseen = False
        if not self.settings.no_rendering_mode:
            shown = self.frame - self._stepped_since  # the rain falls alike in runs that began at different frames
            for message in self.episode.images(self.frame, self._outlet.wanted, shown):
                self._outlet.publish(*message)
        self.episode.debug.after_frame(self.episode.elapsed_s)

    def token(self, stream_id: int) -> bytes:
        """The token of a stream somebody is about to subscribe to.

        Raises:
            EpisodeError: no number of a stream.
        """
        if not 0 <= stream_id < 2**32:
            raise EpisodeError(f"stream {stream_id} is none, wanted a 32-bit number")
        actor = self.episode.actors.get(stream_id)
        if stream_id == WORLD_STREAM or (actor is not None and actor.stream_id == stream_id):
            self._outlet.expect(stream_id)
        return stream_token(stream_id, self.streaming_port)

    def issued(self, stream_id: int) -> bool:
        """Whether a stream of this id exists or once did."""
        return WORLD_STREAM <= stream_id <= self.episode.newest_id

    def as_tuple(self, actor: Actor) -> list[object]:
        """The Actor tuple for a client."""
        return actor.as_tuple(self.streaming_port)

    def _step(self, dt_s: float) -> None:
        self.frame += 1
        self.episode.step(dt_s)
        self.recordings.after_tick(self.episode)
        self.last_state = self.episode.state_message(self.frame)

    def _advance(self, dt_s: float) -> None:
        self.look()
        self._step(dt_s)
        self._outlet.publish(WORLD_STREAM, (self.last_state,))
        self._unseen = True
        for message in self.episode.measure(self.frame, self._outlet.wanted, self.streaming_port):
            self._outlet.publish(*message)
