"""Replays of many runs on a Ray cluster: a node makes of each what the flags ask for, and it is put beside the run."""

from __future__ import annotations

import io
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from agent.cluster import MOST_SENT_BYTES, LostError, connected, on_cluster
from agent.errors import ConfigError, RecordingError, UserError
from agent.run_folder import LOG
from agent.stopping import Stop
from scripts import replay
from scripts.replay_names import MADE, made_names
from viz.progress import Progress


@dataclass(frozen=True, slots=True)
class Made:
    """What a node made of a run.

    Attributes:
        said: printed there.
        error: the one line why it could not be made; empty if it was.
        files: by path below the run's folder.
    """

    said: str
    error: str
    files: dict[str, bytes]


def replay_many(flags: Namespace, stop: Stop) -> None:
    """Replay every run below a folder by the flags given; a run that fails does not keep the others.

    Raises:
        ConfigError: no run there, or flags that do not go with many.
        RecordingError: runs could not be replayed; all others are.
    """
    runs = _left(flags, _runs(flags))
    asked = {**vars(flags), "ray": None, "display": False, "source": None}
    failed = []
    stop.patient = True
    with connected(flags.ray) as ray, Progress("run", len(runs)) as progress:
        for run, result in on_cluster(ray, replay_there, _orders(runs, asked)):
            error = f"{run}: {result}" if isinstance(result, LostError) else result.error or _keep(run, result)
            if error:
                failed.append(run)
                print(error, file=sys.stderr)
            progress.step()
            if stop.signal:
                return
    if failed:
        raise RecordingError(f"{len(failed)} of {len(runs)} runs could not be replayed: see above")


def _runs(flags: Namespace) -> list[Path]:
    """Folders of runs, small enough to be sent."""
    if flags.repair:
        raise ConfigError("--repair mends one run: leave --ray away")
    for name in MADE:
        value = getattr(flags, name)
        if value is not None and (Path(value).name != str(value) or str(value) == "-"):
            raise ConfigError(f"--{name} is {value}: with --ray give a bare name, it is made beside each run")
    runs = sorted(path.parent for path in flags.source.rglob(LOG)) if flags.source.is_dir() else []
    if not runs:
        raise ConfigError(f"no run ({LOG}) in {flags.source}: give a folder of runs")
    large = next((run for run in runs if (run / LOG).stat().st_size > MOST_SENT_BYTES), None)
    if large is not None:
        raise ConfigError(f"{large / LOG} is larger than {MOST_SENT_BYTES} bytes: replay it without --ray")
    return runs


def _left(flags: Namespace, runs: list[Path]) -> list[Path]:
    """Those that have nothing of what is to be made; of the others one line."""
    names = made_names(flags)
    left = [run for run in runs if not any((run / name).exists() for name in names)]
    if len(left) < len(runs):
        print(f"{len(runs) - len(left)} of {len(runs)} runs have {' or '.join(names)} already", file=sys.stderr)
    return left


def _orders(runs: list[Path], asked: dict[str, object]) -> Iterator[tuple[Path, tuple[object, ...]]]:
    for run in runs:
        yield run, (str(run), (run / LOG).read_bytes(), asked)


def _keep(run: Path, made: Made) -> str:
    """Put what was made beside the run and say what was said; why not, and nothing of either, if it cannot be."""
    taken = next((run / name for name in made.files if (run / name).exists()), None)
    if taken is not None:
        return f"{taken} is there already: nothing is overwritten"
    print(made.said, end="")
    try:
        for name, content in made.files.items():
            path = run / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        return f"{path} cannot be written ({error.strerror})"
    return ""


def replay_there(name: str, log: bytes, asked: dict[str, object]) -> Made:
    """Replay a run on the node this is called on.

    Args:
        name: of the run's folder; what is said of the copy here is said of it.
        log: its content.
        asked: the flags by name.
    """
    with tempfile.TemporaryDirectory() as place, redirect_stdout(io.StringIO()) as said:
        folder, error = Path(place) / Path(name).name, ""
        folder.mkdir()
        (folder / LOG).write_bytes(log)
        wanted = {key: folder / str(asked[key]) for key in MADE if asked[key] is not None}
        try:
            replay.run(Namespace(**{**asked, "source": folder, **wanted}), Stop())
        except UserError as told:
            error = str(told).replace(str(folder), name)
        files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != LOG
        }
    return Made(said.getvalue().replace(str(folder), name), error, {} if error else files)
