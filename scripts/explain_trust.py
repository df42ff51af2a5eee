"""The trust report: table, plots and JSON for the frames of a run or for images."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

import numpy as np

from agent.errors import ConfigError, RecordingError, unknown
from agent.log import read_log
from agent.model import SteeringModel
from agent.pictures import SUFFIXES, fitted, read_picture
from agent.run_folder import LOG
from agent.saliency import METHODS
from agent.saliency.occlusion import OCCLUSION
from agent.stopping import Stop
from agent.trust.curves import SHARES
from agent.trust.judgement import judge_methods
from agent.types import UInt8
from viz.sheet import write_png
from viz.trust_plots import trust_plots
from viz.trust_table import trust_table


def judge(flags: Namespace, model: SteeringModel, out: Path, stop: Stop) -> None:
    """Measure, print the table, write trust.json, trust.png and trust.txt.

    Raises:
        ConfigError: no frames, an unknown method.
        RecordingError: a log that cannot be read, a folder that cannot be written.
    """
    methods = flags.methods or [name for name in METHODS if name != OCCLUSION.name]  # minutes: on request
    for name in methods:
        if name not in METHODS:
            raise ConfigError(unknown("saliency method", name, METHODS))
    if flags.frames < 2:
        raise ConfigError(f"--frames is {flags.frames}, wanted 2 or more: one frame has no uncertainty")
    pictures = [picture for source in flags.trust for picture in _frames(source, model, flags.frames)]
    if len(pictures) < 2:
        raise ConfigError(f"{len(pictures)} frame to judge on, wanted 2 or more: give more images or a longer run")

    def tell(stage: str) -> None:
        if stop.signal:
            raise KeyboardInterrupt
        print(f"{stage} ...", flush=True)

    judged = judge_methods(model, methods, np.stack(pictures), tell)
    title = f"Worth believing? {model.name}, {len(pictures)} frames"
    table = trust_table(judged, title)
    print(table)
    facts = {"model": model.name, "sha256": model.sha256, "frames": len(pictures), "shares": SHARES}
    try:
        (out / "trust.json").write_text(json.dumps({**facts, "methods": [asdict(each) for each in judged]}, indent=2))
        (out / "trust.txt").write_text(table + "\n", encoding="utf-8")
    except OSError as error:
        raise RecordingError(f"cannot write into {out}: {error.strerror}: choose another --out") from None
    write_png(out / "trust.png", trust_plots(judged, title))
    print(f"{out / 'trust.png'}, trust.json, trust.txt")


def _frames(source: Path, model: SteeringModel, count: int) -> list[UInt8]:
    """Network inputs of a run, evenly spread, of an image, or of a folder of images."""
    preprocessing = model.preprocessor.preprocessing
    log = source / LOG if source.is_dir() else source
    if log.suffix == ".mcap" and log.exists():
        run = read_log(log)
        chosen = set(np.linspace(0, run.count - 1, min(count, run.count)).round().astype(int).tolist())
        kept = run.card.model_sha256 == model.sha256
        logged = (each for number, each in enumerate(run) if number in chosen)
        return [
            each.network_input
            if kept and each.network_input is not None
            else fitted("frame", each.step.frame.image, preprocessing).network_input
            for each in logged
        ]
    if source.is_dir():
        files = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES)
        if not files:
            raise ConfigError(f"{source} holds neither {LOG} nor images")
        spread = np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int)
        return [fitted(files[n].stem, read_picture(files[n]), preprocessing).network_input for n in spread]
    return [fitted(source.stem, read_picture(source), preprocessing).network_input]
