"""Strangers at both ports for a while: `python -m tests.bench.fuzz_server [--seconds 60] [--seed 0]`.

Random bytes, true calls cut short, changed or with random arguments, subscribers that do not read or break off, and
hordes that connect and say nothing; beside them one client that only ticks. Prints what was sent, how the server's
memory and file descriptors stand, and how long the client had to wait at most. Ends with status 1 if the server did.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable

import msgpack
import psutil

from agent.simulator.world.calls import TABLE
from tests.simulator.conftest import Served, serving
from tests.simulator.test_server_strangers import Stranger

SYNCHRONOUS = [True, False, [True, 0.05], True, 0.01, 10, 0.0, True, 3000.0, 2000.0, True]
NOT_ASKED = {"load_new_episode", "copy_opendrive_to_file"}  # a map takes its time; they have tests of their own
METHODS = sorted(TABLE.keys() - NOT_ASKED)


def some_value(dice: random.Random, depth: int = 3) -> object:
    """Anything msgpack can say."""
    kind = dice.randrange(9 if depth else 7)
    if kind >= 7:
        return [some_value(dice, depth - 1) for _ in range(dice.randrange(6))]
    return (
        None,
        dice.random() < 0.5,
        dice.randrange(-3, 40),
        dice.choice([0, -1, 2**31, 2**32 - 1, 2**63, -(2**63)]),
        dice.choice([0.0, 1e300, float("nan"), float("inf"), dice.uniform(-500.0, 500.0)]),
        "".join(dice.choices("ab/.\\0ä", k=dice.randrange(12))),
        dice.randbytes(dice.randrange(30)),
    )[kind]


def call(dice: random.Random, method: str) -> bytes:
    arguments = [some_value(dice) for _ in range(dice.randrange(6))]
    packed: bytes = msgpack.packb([0, dice.randrange(2**32), method, [[dice.random() < 0.5], *arguments]])
    return packed


def say(port: int, said: bytes, *, listen: bool = False) -> None:
    """Connect, say something, maybe hear what comes back, go."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
        stranger.sendall(said)
        if listen:
            stranger.recv(1 << 16)


def true_call(dice: random.Random, served: Served) -> None:
    say(served.port, b"".join(call(dice, dice.choice(METHODS)) for _ in range(dice.randrange(1, 20))), listen=True)


def changed_call(dice: random.Random, served: Served) -> None:
    said = bytearray(call(dice, dice.choice(METHODS)))
    for _ in range(dice.randrange(1, 6)):
        said[dice.randrange(len(said))] = dice.randrange(256)
    say(served.port, bytes(said))


def cut_call(dice: random.Random, served: Served) -> None:
    said = call(dice, dice.choice(METHODS))
    say(served.port, said[: dice.randrange(len(said))])


def noise(dice: random.Random, served: Served) -> None:
    say(dice.choice((served.port, served.streaming_port)), dice.randbytes(dice.randrange(4000)))


def subscriber(dice: random.Random, served: Served) -> None:
    """Of a true stream; hears a little, then is gone in the middle of a message, or says too much."""
    greeting = dice.randrange(1, 6).to_bytes(4, "little")
    say(served.streaming_port, greeting + dice.randbytes(dice.randrange(200)), listen=dice.random() < 0.5)


def horde(dice: random.Random, served: Served) -> None:
    connected = []
    with contextlib.suppress(OSError):
        for _ in range(50):
            port = dice.choice((served.port, served.streaming_port))
            connected.append(socket.create_connection(("127.0.0.1", port), timeout=5))
    for stranger in connected:
        stranger.close()


ATTACKS: tuple[Callable[[random.Random, Served], None], ...] = (
    *(true_call, true_call, true_call, changed_call, changed_call, cut_call),
    *(noise, noise, subscriber, horde),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    dice, done, longest_s = random.Random(chosen.seed), Counter(), 0.0
    with serving("--map", "loop") as served, Stranger(served.port) as client:
        process = psutil.Process(served.process.pid)
        client.ask("tick_cue")
        print(f"before: {process.memory_info().rss / 1e6:.0f} MB, {process.num_fds()} file descriptors", flush=True)
        until_s = time.monotonic() + chosen.seconds
        while time.monotonic() < until_s and served.process.poll() is None:
            attack = dice.choice(ATTACKS)
            attack(dice, served)
            done[attack.__name__] += 1
            asked_s = time.monotonic()
            client.ask("set_episode_settings", SYNCHRONOUS)  # strangers may have changed them
            client.ask("tick_cue")
            longest_s = max(longest_s, time.monotonic() - asked_s)
        time.sleep(6.0)  # who said nothing is let go of after 5 s
        client.ask("tick_cue")
        print(", ".join(f"{count} {name}" for name, count in sorted(done.items())))
        print(f"after: {process.memory_info().rss / 1e6:.0f} MB, {process.num_fds()} file descriptors")
        print(f"the other client waited {1e3 * longest_s:.0f} ms at most for a tick")
        alive = served.process.poll() is None
    print("the server lives" if alive else "the server ended")
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())
