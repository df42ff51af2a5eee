"""Work ahead: an iterator runs on a thread of its own, a few items before whoever asks."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """The same items; the next ones are being made while the last is being used.

    An error of the source is raised where its item would have come. Closing the iterator stops the thread.

    Args:
        items: made on the thread.
        depth: how many may wait.
    """
    waiting: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(maxsize=depth)
    left = threading.Event()

    def hand_over(more: bool, item: T | BaseException | None) -> bool:
        while not left.is_set():
            try:
                waiting.put((more, item), timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        source = iter(items)
        try:
            for item in source:
                if not hand_over(True, item):
                    break
            hand_over(False, None)
        except BaseException as error:  # a thread has nobody to raise to
            hand_over(False, error)
        finally:
            if hasattr(source, "close"):
                source.close()

    thread = threading.Thread(target=work, name="ahead", daemon=True)
    thread.start()
    return _taken(waiting, left, thread)


def _taken(
    waiting: queue.Queue[tuple[bool, T | BaseException | None]], left: threading.Event, thread: threading.Thread
) -> Iterator[T]:
    try:
        while True:
            more, item = waiting.get()
            if isinstance(item, BaseException):
                raise item
            if not more:
                return
            yield item  # type: ignore[misc]  # an item, by `more`
    finally:
        left.set()
        thread.join()
