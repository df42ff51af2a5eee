"""Teach a network to steer from recorded driving: `python -m scripts.train --help`."""

from __future__ import annotations

import sys
from pathlib import Path

from agent.config import load_settings
from agent.stopping import Stop
from agent.training.settings import TrainConfig
from scripts.arguments import Parser
from scripts.door import open_door

_CONFIG = Path(__file__).parents[1] / "configs" / "train.yaml"


def run(config: TrainConfig, stop: Stop) -> None:
    """One training run, epoch by epoch; stopping keeps the best network so far."""
    from agent.backend import configure_tensorflow
    from agent.training.dataset import open_dataset
    from agent.training.fit import Fit
    from agent.training.folders import make_writable
    from agent.training.outcome import write_judgement, write_model, write_record

    configure_tensorflow(threads=0, fused=True)
    recorded = open_dataset(config.data, config.split)
    make_writable(config.out, "--out")  # hours before it is needed
    make_writable(config.record_folder / "checkpoints", "--record")
    fit = Fit(config, recorded)
    print(
        f"{fit.frames_per_epoch} of {len(fit.labels)} frames an epoch, {len(fit.held_out_labels)} held out", flush=True
    )
    stop.patient = True
    for epoch in fit:
        print(
            f"epoch {epoch.number}/{config.epochs}: loss {epoch.loss:.4f}, steer off by {epoch.mae:.4f}, "
            f"in bends {epoch.bend_mae:.4f} ({epoch.elapsed_s:.0f} s)",
            flush=True,
        )
        write_record(fit)
        if stop.signal:
            break
    print(f"best: epoch {fit.best.number}, steer off by {fit.best.mae:.4f}: {write_model(fit)}")
    write_judgement(fit)


def main() -> None:
    """Parse, wire, run."""
    parser = Parser(prog="python -m scripts.train", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--data", type=Path, nargs="+", help="folders that scripts.collect or scripts.import_drives wrote"
    )
    parser.add_argument("--out", type=Path, help="model folder to write, e.g. configs/models/pilotnet")
    parser.add_argument("--record", type=Path, help="folder of checkpoints and curves (default: runs/train-<model>)")
    parser.add_argument("--resume", action="store_true", default=None, help="go on from the newest checkpoint")
    parser.add_argument("--start", help="model of the same architecture whose weights to begin with")
    parser.add_argument("--architecture", help="pilotnet, dave2 or dave2-small")
    parser.add_argument("--held-out-maps", nargs="+", metavar="MAP", help="none of whose runs is trained on")
    parser.add_argument("--held-out-weathers", nargs="+", metavar="PRESET", help="the same of weathers")
    parser.add_argument("--epochs", help="at most so many")
    parser.add_argument("--seed", help="of the split, the weights and the order")
    parser.add_argument("--config", type=Path, default=_CONFIG, help="YAML file of settings; flags win")
    flags = vars(parser.parse_args(sys.argv[1:]))
    path = flags.pop("config")
    open_door(lambda stop: run(load_settings(TrainConfig, path, flags), stop))


if __name__ == "__main__":
    main()
