"""A server's calls, one of them held up: a slow map load, a spawn that a signal falls into.

`python -m tests.relay PORT METHOD SECONDS` prints its own port, then METHOD each time it is called. It is a process of
its own: some calls of the client keep Python's other threads waiting.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgpack


@dataclass(frozen=True)
class Relay:
    port: int
    process: subprocess.Popen[str]

    def wait_for_call(self) -> None:
        """Until the method is called, and held up."""
        assert self.process.stdout.readline()


@contextlib.contextmanager
def relay_to(port: int, method: str, delay_s: float) -> Iterator[Relay]:
    command = [sys.executable, "-m", "tests.relay", str(port), method, str(delay_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Relay(int(process.stdout.readline()), process)
        finally:
            process.kill()


def pass_on(source: socket.socket, target: socket.socket, method: str | None, delay_s: float) -> None:
    unpacker = msgpack.Unpacker(raw=True, strict_map_key=False)
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            if method is not None:
                unpacker.feed(chunk)
                for call in unpacker:
                    if call[2].decode() == method:
                        print(method, flush=True)
                        time.sleep(delay_s)
            target.sendall(chunk)
    target.close()


def main() -> None:
    port, method, delay_s = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            client, _ = server.accept()
            there = socket.create_connection(("127.0.0.1", port))
            for way in ((client, there, method, delay_s), (there, client, None, 0.0)):
                threading.Thread(target=pass_on, args=way, daemon=True).start()


if __name__ == "__main__":
    main()
