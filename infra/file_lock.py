"""An exclusive section across processes and threads, by a lock on a file beside the data."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.clock import Clock

WAIT: Final = Elapsed.parse("30s")
"""How long to wait for a section before giving up; nothing inside one should take seconds."""

_FIRST: Final = Elapsed(500)
_LONGEST: Final = Elapsed(20_000)


@contextmanager
def locked(path: Path, *, clock: Clock, wait: Elapsed = WAIT) -> Iterator[None]:
    """Hold the file `path` exclusively; the system frees it when the process dies.

    Each entry opens the file anew, so threads of one process exclude each other too. Not reentrant.

    Raises:
        Unavailable: The file cannot be opened, or someone held it for all of `wait`.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise Unavailable(f"cannot open the lock file {path}: {exc.strerror}") from exc
    try:
        _acquire(descriptor, path, clock, wait)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, clock: Clock, wait: Elapsed) -> None:
    until = clock.monotonic() + wait
    pause = _FIRST
    while not _try(descriptor, path):
        if clock.monotonic() >= until:
            raise Unavailable(
                f"{path} was locked by another process or thread for {wait}",
                mend="see who holds it, and try again",
            )
        clock.sleep(pause)
        pause = min(pause * 2, _LONGEST)


def _try(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as exc:
        raise Unavailable(f"cannot lock {path}: {exc.strerror}") from exc
    return True
