from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest

from agent.writer_thread import WriterThread, settled


def test_does_everything_in_order_and_close_waits_for_it() -> None:
    done: list[int] = []
    thread = WriterThread("test", depth=2)
    for number in range(100):
        thread.put(partial(done.append, number))
    thread.close()
    thread.close()
    assert done == list(range(100))


def test_a_full_queue_makes_the_giver_wait() -> None:
    gate, third_is_in = threading.Event(), threading.Event()
    thread = WriterThread("test", depth=1)
    thread.put(gate.wait)
    thread.put(gate.wait)

    def give_a_third() -> None:
        thread.put(lambda: None)
        third_is_in.set()

    giver = threading.Thread(target=give_a_third)
    giver.start()
    assert not third_is_in.wait(0.2)
    gate.set()
    assert third_is_in.wait(10)
    giver.join()
    thread.close()


def test_a_failure_comes_back_at_put_and_stops_the_work() -> None:
    done: list[int] = []
    thread = WriterThread("test")
    thread.put(lambda: done.append(1))
    thread.put(partial(_fail, "disk full"))
    with pytest.raises(OSError, match="disk full"):
        for _ in range(1000):
            thread.put(lambda: done.append(2) if thread.failed else None)
    with pytest.raises(OSError, match="disk full"):
        thread.put(lambda: None)
    thread.close()  # said already
    assert done == [1]


def test_a_failure_that_nobody_heard_comes_back_at_close() -> None:
    thread = WriterThread("test")
    thread.put(partial(_fail, "disk full"))
    with pytest.raises(OSError, match="disk full"):
        thread.close()
    assert thread.failed


def test_an_idle_thread_is_asked_to_flush() -> None:
    flushed = threading.Event()
    thread = WriterThread("test", idle=flushed.set, idle_s=0.01)
    assert flushed.wait(10)
    thread.close()


def test_only_what_may_change_is_copied() -> None:
    mine = np.zeros((2, 2, 3), np.uint8)
    assert settled(mine) is not mine
    mine.flags.writeable = False
    assert settled(mine) is mine


def _fail(why: str) -> None:
    raise OSError(why)
