"""What every door has in common: how it ends."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import logging
import os
import sys
import traceback
from collections.abc import Callable

import cv2

from agent.errors import UserError
from agent.stopping import Stop, stoppable

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h of the GNU C library


class FailedError(Exception):
    """What was asked for was done, and is not good enough: its lines are printed, the status is 1."""


def open_door(run: Callable[[Stop], None], *, verbose: bool = False) -> None:
    """Run a door and end the program: 0 done, 2 the user's to mend (one line), 128 + signal if stopped, 1 failed."""
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s: %(message)s")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a folder's name need not be UTF-8
    settle()
    with stoppable() as stop:
        try:
            run(stop)
            sys.stdout.flush()  # here a full disk can still be told of
            status = stop.status
        except UserError as error:
            _tell(str(error))
            status = 2
        except FailedError as failed:
            print(f"failed: {failed}", file=sys.stderr)
            status = 1
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
            status = stop.status or 130
        except BrokenPipeError:
            status = 0
        except OSError as error:
            status = _of_the_disk(error)
        except Exception:  # a bug of ours: all of it on the screen, and a status that says so
            traceback.print_exc()
            status = 1
    leave(status)


def settle() -> None:
    """Set OpenCV and the C library to work on one picture after another."""
    cv2.setNumThreads(1)  # its pool waits busily: on pictures of a camera's size that costs more than it gives
    # The C library keeps the room of a picture for the next one. It would give it back to the system and get it anew,
    # page by page: 0.7 ms of 1.4 that decoding a JPEG of 640x360 then takes, 400 pages a frame in a drive at 1280x720.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, 32 << 20)  # the most it takes
        mallopt(_TRIM_THRESHOLD, 256 << 20)


def _tell(error: str) -> None:
    """One line, whatever is in the name of a file."""
    print("error: " + "\\n".join(error.splitlines()), file=sys.stderr)


def _of_the_disk(error: OSError) -> int:
    """The status of an error that nobody foresaw: the disk's is the user's to mend, any other one a bug of ours."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        traceback.print_exc()
        return 1
    _tell(f"{error.filename or 'the output'}: cannot be read or written ({error.strerror}): free some space")
    return 2


def leave(status: int) -> None:
    """End the program without running its exit handlers.

    The CARLA client's threads now and then abort an orderly exit after all work is done ("terminate called without an
    active exception", CARLA 0.9.16); everything of ours is closed by now.
    """
    with contextlib.suppress(OSError):  # nobody reads it any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)
