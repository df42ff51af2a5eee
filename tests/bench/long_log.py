"""An hour's log: how long opening takes, what a seek takes, whether memory stays: `tests.bench.long_log RUN [STEPS]`.

The log is a run's own steps over and over with times that go on; it is written beside the temporary files and removed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from agent.footage import open_footage
from agent.footage.events import notable
from agent.footage.logged import LogFootage
from agent.log import SeekableLog
from agent.log.assembly import facts_of
from agent.log.records import CONTROL, FRAME, SALIENCY, FrameStamp, SaliencyFacts, json_of, noun_of
from agent.log.sink import LogFile
from agent.log.timeline import TimelineBuilder
from agent.replay import AsLogged, Skips, played
from viz.hud import Hud
from viz.rewind import Rewind
from viz.video import VideoWriter

AN_HOUR = 72_000


def write_long(source: Path, target: Path, count: int) -> None:
    """A log of so many steps, made of a shorter one's."""
    with SeekableLog(source) as log:
        parts = [log.parts(number) for number in range(len(log))]
        file, builder = LogFile(target, log.card, log.format), TimelineBuilder()
        for number in range(count):
            messages = dict(parts[number % len(parts)])
            _, telemetry, control = facts_of(messages)
            stamp = FrameStamp(number, number * log.card.step_s)
            messages[FRAME], map_of = json_of(stamp), None
            if SALIENCY in messages:
                facts = replace(noun_of(SaliencyFacts, messages[SALIENCY]), frame_index=number)
                messages[SALIENCY], map_of = json_of(facts), (number, facts.peak)
            last = messages.pop(CONTROL)
            for topic, message in (*messages.items(), (CONTROL, last)):
                file.add(topic, round(stamp.time_s * 1e9), message)
            builder.add(stamp, telemetry, control, map_of)
        file.finish(builder.timeline())


def resident_mb() -> float:
    return psutil.Process().memory_info().rss / 1e6


def seeks_ms(footage: LogFootage) -> list[float]:
    """What a person waits for at a hundred places in no order: the picture with its overlay, as it was logged."""
    hud, view, rewind, times_ms = Hud(*footage.size_px, footage.card), AsLogged(footage), Rewind(footage), []
    for number in np.random.default_rng(0).integers(0, len(footage), 100):
        begin_s = time.perf_counter()
        [step] = view([int(number)], [footage.step(int(number))])
        hud.history = rewind.before(int(number), step, footage.card)
        hud.draw(step)
        times_ms.append(1e3 * (time.perf_counter() - begin_s))
    return times_ms


def played_through(footage: LogFootage, video: Path) -> list[float]:
    """Resident memory [MB] after every twelfth of the run, rendered from beginning to end."""
    hud, memory = Hud(*footage.size_px, footage.card), []
    every = max(1, len(footage) // 12)
    with VideoWriter(video, *footage.size_px, 20) as writer:
        for count, (_, step) in enumerate(played(footage, AsLogged(footage), range(len(footage)), Skips(footage))):
            writer.write(hud.draw(step), step.frame.time_s)
            if count % every == every - 1:
                memory.append(resident_mb())
    return memory


def main() -> None:
    count = int(sys.argv[2]) if len(sys.argv) > 2 else AN_HOUR
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "run.mcap"
        write_long(Path(sys.argv[1]) / "run.mcap", path, count)
        before_mb, begin_s = resident_mb(), time.perf_counter()
        footage = open_footage(path)
        took_s = time.perf_counter() - begin_s
        assert isinstance(footage, LogFootage)
        with closing(footage):
            print(f"{path.stat().st_size / 1e9:.2f} GB, {len(footage)} steps, {len(notable(footage))} events")
            print(f"opened in {took_s:.3f} s (<= 1), {resident_mb() - before_mb:.0f} MB", flush=True)
            print(
                f"seek, with what the HUD remembers: median {statistics.median(seeks_ms(footage)):.1f} ms", flush=True
            )
            memory = played_through(footage, Path(place) / "replay.mp4")
        print("resident while rendering it all [MB]:", *(f"{each:.0f}" for each in memory))


if __name__ == "__main__":
    main()
