"""Sections across processes and threads, by an advisory lock on a file beside the data.

`tried` does not wait. There are two ways to wait. `locked` asks again and again until its time is
up, and then says so.
`queued` stands in the kernel's queue for as long as it takes: it guards copies and merges, whose
time grows with their bytes, so that no time limit would be right; and it needs no clock.
"""

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
    """Hold the lock file `path`; the system frees the lock when the process dies.

    Each entry opens the file anew, so threads of one process exclude each other too. Not reentrant.

    Raises:
        Unavailable: The file cannot be opened, or someone held it for all of `wait`.
    """
    descriptor = _opened(path)
    try:
        _acquire(descriptor, path, clock, wait)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def tried(path: Path) -> Iterator[bool]:
    """Hold the lock file `path` if nobody else does; tells whether this caller does.

    The same lock as that of `locked`: freed when the process dies, each entry for itself.

    Raises:
        Unavailable: The file cannot be opened.
    """
    descriptor = _opened(path)
    try:
        yield _try(descriptor, path)
    finally:
        os.close(descriptor)


@contextmanager
def queued(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the file `path`, exclusively or with others, however long that takes to get.

    Freed when the process dies; not reentrant. Raises OSError: use it within `durable.seam`.
    """
    with path.open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def sweep(folder: Path, lock: Path) -> None:
    """Remove files that dead writers left in `folder`; nothing while a writer holds `lock`."""
    with lock.open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for orphan in folder.iterdir():
            orphan.unlink(missing_ok=True)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise Unavailable(f"cannot open the lock file {path}: {exc.strerror}") from exc


def _acquire(descriptor: int, path: Path, clock: Clock, wait: Elapsed) -> None:
    until = clock.monotonic() + wait
    pause = _FIRST
    while not _try(descriptor, path):
        if clock.monotonic() >= until:
            raise Unavailable(
                f"{path} was locked by another process or thread for {wait}",
                hint="see who holds it, and try again",
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
