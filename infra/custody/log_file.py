"""The bytes of the custody log's file: append whole lines, find the last one or one by number."""

from __future__ import annotations

import os
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final

from evidence.custody_facts import Facts, facts_of
from footage.durable import seam, sync_folder
from footage.errors import BadInput, DataLoss, NoSpace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.clock import Clock

HINT: Final = "run `footage audit verify`"
TORN: Final = "torn-"
"""Begin of the names of files with lines cut short."""
_TAIL: Final = 1 << 16


class Lines:
    """The lines of the bytes from `begin` to `end` of a file, opened when made."""

    def __init__(self, path: Path, begin: int, end: int) -> None:
        self._path = path
        self._left = end - begin
        self._file = path.open("rb") if self._left else None
        if self._file:
            self._file.seek(begin)

    def __iter__(self) -> Iterator[bytes]:
        with seam(self._path):
            while self._file and self._left and (line := self._file.readline(self._left)):
                self._left -= len(line)
                yield line

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a file for reading and appending, made where it is missing, its name synced."""
    new = not path.exists()
    log = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if new:
            sync_folder(path.parent)
        yield log
    finally:
        os.close(log)


def write(log: int, data: bytes, path: Path) -> None:
    """Append all of `data` and sync, or leave the file as before.

    Raises:
        OSError: The disk failed.
        NoSpace: The disk is full.
    """
    before = os.fstat(log).st_size
    try:
        written = os.write(log, data)
        if written == len(data):
            os.fsync(log)
    except OSError:
        os.ftruncate(log, before)
        raise
    if written != len(data):
        os.ftruncate(log, before)
        raise NoSpace(f"no space left for {path}", hint="free space or add a disk")


def end_of_last_line(log: int, size: int) -> int:
    """Return the offset behind the last line feed in the first `size` bytes of a file."""
    at = size
    while at:
        start = max(at - _TAIL, 0)
        found = os.pread(log, at - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        at = start
    return 0


def set_torn_aside(log: int, path: Path, clock: Clock) -> Path | None:
    """Move what a crash left of a line, behind the last whole line, into a file beside the log.

    Args:
        log: The log, opened for writing.
        path: Path of the log.
        clock: Tells the instant, for the name of the file.

    Returns:
        The file; None where the log ends with a whole line.
    """
    size = os.fstat(log).st_size
    whole = end_of_last_line(log, size)
    if whole == size:
        return None
    torn = path.with_name(f"{TORN}{size}-at-{clock.now().us}.part")
    with opened(torn) as file:
        write(file, os.pread(log, size - whole, whole), torn)
    sync_folder(path.parent)
    os.ftruncate(log, whole)  # only now: the bytes are never nowhere
    os.fsync(log)
    return torn


def last_entry(log: int, path: Path) -> Facts | None:
    """Return the facts of the last line, None for an empty file.

    Raises:
        DataLoss: The line is no entry, or was altered.
    """
    size = os.fstat(log).st_size
    if not size:
        return None
    start = end_of_last_line(log, size - 1)
    try:
        facts = facts_of(os.pread(log, size - start, start))
    except BadInput as exc:
        raise DataLoss(f"the last entry of {path} is unreadable: {exc}", hint=HINT) from exc
    if facts.hash != facts.true_hash:
        raise DataLoss(f"the last entry of {path} was altered", hint=HINT)
    return facts


def lines_back(log: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of each line in the first `size` bytes of a file, the last first."""
    end = size
    while end:
        start = end_of_last_line(log, end - 1)
        yield start, os.pread(log, end - start, start)
        end = start


def last_hashes(log: int, most: int) -> dict[int, str]:
    """Return the hashes by number of at most `most` entries at the end of a whole log."""
    found: dict[int, str] = {}
    for _, line in islice(lines_back(log, os.fstat(log).st_size), most):
        try:
            facts = facts_of(line)
        except BadInput:
            break
        found[facts.number] = facts.hash
    return found


def offset_of(path: Path, number: int, size: int) -> int:
    """Return the offset of the first line whose entry has this number or a later one.

    Reads some lines only, since numbers rise in a sound log. In another log the line found may be
    a wrong one, which a check that begins there reports. Returns `size`, the number of bytes to
    look at, where all numbers are less.

    Raises:
        DataLoss: A line on the way is no entry.
    """
    if not size:
        return 0
    log = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # an auditor may have no more
    try:
        low, high = 0, size
        while low < high:
            start = end_of_last_line(log, (low + high) // 2)
            line = _line_at(log, start, size)
            try:
                found = facts_of(line).number
            except BadInput as exc:
                what = f"{path} has a line at byte {start} that is no entry: {exc}"
                raise DataLoss(what, hint=HINT) from exc
            if found < number:
                low = start + len(line)
            else:
                high = start
        return low
    finally:
        os.close(log)


def _line_at(log: int, start: int, size: int) -> bytes:
    line = b""
    while start + len(line) < size:
        piece = os.pread(log, min(_TAIL, size - start - len(line)), start + len(line))
        feed = piece.find(b"\n")
        if feed >= 0:
            return line + piece[: feed + 1]
        line += piece
    return line
