"""One worker of an evaluation: orders as JSON lines on standard input; `scripts.evaluate` starts it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from agent.evaluation.crew import DONE
from agent.evaluation.settings import Suite, Trial
from agent.stopping import Stop
from scripts.door import open_door


def run(stop: Stop) -> None:
    """Drive what is asked until nobody asks any more."""
    from agent.evaluation.member import Member
    from agent.evaluation.trial import InterruptedTrialError
    from scripts.evaluation_video import card_of, watching

    task = json.loads(sys.stdin.readline() or "null")
    if task is None:
        return
    os.chdir(task["cwd"])  # whose folders and files are meant
    suite = Suite.model_validate(task["suite"])
    threading.Thread(target=_end_with_parent, args=(stop, os.getppid()), daemon=True).start()
    with Member(suite, task["server"], watch=watching(suite), card_of=card_of, stop=stop) as member:
        for line in sys.stdin:
            order = json.loads(line)
            stop.patient = True
            try:
                member.run(Trial.model_validate(order["trial"]), Path(order["folder"]))
            except InterruptedTrialError:
                return
            finally:
                stop.patient = False
            print(DONE, flush=True)


def _end_with_parent(stop: Stop, parent: int) -> None:
    """Stop the run once nobody waits for it any more, however our parent ended."""
    while os.getppid() == parent:
        time.sleep(0.5)
    stop.signal = signal.SIGHUP


def main() -> None:
    """Nothing to parse: the orders come line by line."""
    open_door(run)


if __name__ == "__main__":
    main()
