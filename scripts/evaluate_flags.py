"""The flags of `scripts.evaluate`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import ConfigError
from agent.evaluation.gate import Requirement, read_requirements
from agent.evaluation.settings import Suite, read_suite
from scripts.arguments import Parser

_MOST_WORKERS = 256


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: the suite, where it and its models were named, and how to drive it."""

    suite: Suite
    source: str
    models: str
    name: str
    out: Path | None
    workers: int
    ray: str | None
    resume: bool
    requirements: list[Requirement]
    baseline: Path | None


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, bool]:
    """The flags as given, and whether to say more."""
    parser = Parser(
        prog="python -m scripts.evaluate",
        description="Drive every route x weather x seed x model of a suite, score the runs, and write a report.",
        epilog="Suites: configs/suites. Exit: 0 done, 1 a run failed or a requirement is not met, 2 wrong input.",
    )
    parser.add_argument("suite", metavar="SUITE.yaml", help="a file, or the name of one in configs/suites")
    parser.add_argument("--model", action="append", dest="models", help="instead of the suite's; may be given again")
    parser.add_argument(
        "--workers", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="processes (%(default)s)"
    )
    parser.add_argument("--ray", metavar="ADDRESS", help="drive on a Ray cluster (local: start one here)")
    parser.add_argument("--out", type=Path, help="folder of the results (runs/<UTC>-<suite>)")
    parser.add_argument("--resume", action="store_true", help="go on where --out stopped")
    parser.add_argument("--video", choices=("none", "all", "events"), help="instead of the suite's")
    parser.add_argument("--require", metavar="CONDITIONS", help="e.g. driving_score>=90,collisions_per_km<=0")
    parser.add_argument("--baseline", type=Path, metavar="results.json", help="fail on what got worse beyond the noise")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    flags = parser.parse_args(arguments)
    return flags, bool(flags.verbose)


def wish_of(flags: argparse.Namespace) -> Wish:
    """The flags checked.

    Raises:
        ConfigError: something wrong in the suite or the conditions.
    """
    if not 1 <= flags.workers <= _MOST_WORKERS:
        raise ConfigError(f"--workers is {str(flags.workers)[:20]}, wanted 1 to {_MOST_WORKERS}")
    if flags.resume and flags.out is None:
        raise ConfigError("--resume goes on where --out stopped: give --out, the folder of the evaluation")
    suite = read_suite(flags.suite, {"models": flags.models, "video": flags.video})
    if suite.servers and flags.ray is not None:
        raise ConfigError(f"{flags.suite}: servers: a Ray cluster has simulators of its own: leave them or --ray away")
    return Wish(
        suite=suite,
        source=flags.suite,
        models="--model" if flags.models else "models",
        name=Path(flags.suite).stem,
        out=flags.out,
        workers=flags.workers,
        ray=flags.ray,
        resume=flags.resume,
        requirements=[] if flags.require is None else read_requirements(flags.require),
        baseline=flags.baseline,
    )
