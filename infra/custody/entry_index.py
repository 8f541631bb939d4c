"""An index of the custody log beside the log: where the entries of a term stand.

Derived from the log alone, and rebuilt where absent, damaged, or not of this log. It is extended
before each look-up to the log's anchored end, so that a look-up costs what was entered since the
last one and the entries found. It says where to look, no more: whoever looks reads each line, and
compares number and terms with the line (`CustodyFile.about`). What the index leaves out is not
found that way: who may write the index could hide an entry from extracts. So an extract says that
it was made by the index, and `differences` compares the index with every entry, daily.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from evidence.canonical import parse
from evidence.custody import EMPTY, Head
from evidence.custody_facts import facts_of
from evidence.custody_terms import terms_of
from footage.durable import seam
from footage.errors import BadInput, DataLoss
from infra.custody.log_file import HINT, Lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

NAME: Final = "entries.db"
_VERSION: Final = 1
_AT_ONCE: Final = 20_000
"""Entries that are added in a transaction."""
_MOST: Final = 500
"""Terms in a statement."""
_BUSY_S: Final = 10.0
_TABLES: Final = (
    """CREATE TABLE term (
        term TEXT, number INT, place INT, length INT, PRIMARY KEY (term, number)
    ) WITHOUT ROWID""",
    "CREATE TABLE reached (number INT, hash TEXT, place INT, ends INT)",
    f"PRAGMA user_version = {_VERSION}",
)


class Place(NamedTuple):
    """Where the line of an entry stands in the log, in bytes."""

    number: int
    place: int
    length: int


class NoIndexError(Exception):
    """The index can neither be read nor be made here: the log is to be read instead."""


class EntryIndex:
    """The index of the log in a folder.

    Args:
        log: The log's file; the index lies beside.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._path = log.with_name(NAME)

    def places(self, terms: Collection[str], size: int, anchor: Head) -> list[Place]:
        """Return where the entries of any of these terms stand, in order.

        Args:
            terms: The terms.
            size: Bytes of the log to look at.
            anchor: The last entry to look at.

        Raises:
            DataLoss: A line of the log is no entry.
            NoIndexError: The index cannot be written here.
        """
        with self._extended(size, anchor) as found:
            places: set[Place] = set()
            wanted = sorted(terms)
            for at in range(0, len(wanted), _MOST):
                some = wanted[at : at + _MOST]
                marks = ",".join("?" * len(some))
                text = f"SELECT number, place, length FROM term WHERE term IN ({marks})"  # noqa: S608
                places |= {Place(*row) for row in found.execute(text, some)}
            return sorted(places)

    def extend(self, size: int, anchor: Head) -> None:
        """Extend the index to the anchored end of the log; errors are those of `places`."""
        with self._extended(size, anchor):
            pass

    def differences(self, size: int, anchor: Head) -> Iterator[int]:
        """Yield the numbers of entries for which the index says something else than the log.

        Reads the whole log; errors are those of `places`.
        """
        with self._extended(size, anchor) as found:
            rows = found.execute("SELECT number, term, place, length FROM term ORDER BY number")
            told = ((n, {row[1:] for row in group}) for n, group in groupby(rows, lambda r: r[0]))
            number, stated = next(told, (0, set()))
            at = 0
            with closing(Lines(self._log, 0, size)) as lines:
                for line in lines:
                    own, terms = self._terms(line, at)
                    if own > anchor.count:
                        break
                    while number and number < own:
                        yield number
                        number, stated = next(told, (0, set()))
                    there = stated if number == own else set()
                    if there != {(term, at, len(line)) for term in terms}:
                        yield own
                    if number == own:
                        number, stated = next(told, (0, set()))
                    at += len(line)
            if number:
                yield number

    def drop(self) -> None:
        """Remove the index; the next look-up makes it anew."""
        with seam(self._path):
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(NAME + suffix).unlink(missing_ok=True)

    @contextmanager
    def _extended(self, size: int, anchor: Head) -> Iterator[sqlite3.Connection]:
        try:
            opened = self._opened(size, anchor)
        except (sqlite3.OperationalError, OSError) as exc:
            raise NoIndexError(str(exc)) from exc
        except sqlite3.DatabaseError:  # damaged
            self.drop()
            try:
                opened = self._opened(size, anchor)
            except sqlite3.Error as exc:
                raise NoIndexError(str(exc)) from exc
        with closing(opened):
            try:
                yield opened
            except sqlite3.Error as exc:
                raise NoIndexError(str(exc)) from exc

    def _opened(self, size: int, anchor: Head) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        found = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
        try:
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=NORMAL")
            while not self._extend(found, size, anchor):
                pass
        except BaseException:
            found.close()
            raise
        return found

    def _extend(self, found: sqlite3.Connection, size: int, anchor: Head) -> bool:
        """Add some entries in a transaction; return whether all are there."""
        found.execute("BEGIN IMMEDIATE")
        try:
            done = self._add(found, size, anchor)
            found.execute("COMMIT")
        except BaseException:
            found.rollback()
            raise
        return done

    def _add(self, found: sqlite3.Connection, size: int, anchor: Head) -> bool:
        head, begin = self._reached(found, anchor)
        if head == anchor:
            return True
        rows: list[tuple[str, int, int, int]] = []
        at = begin
        line = b""
        with closing(Lines(self._log, begin, size)) as lines:
            for count, line in enumerate(lines, 1):
                number, terms = self._terms(line, at)
                if number != head.count + count:
                    raise DataLoss(
                        f"{self._log}, at byte {at}: entry {number} stands where "
                        f"{head.count + count} belongs",
                        hint=HINT,
                    )
                rows += [(term, number, at, len(line)) for term in terms]
                at += len(line)
                if number == anchor.count or count == _AT_ONCE:
                    break
        if at == begin:
            raise DataLoss(f"{self._log} ends before entry {anchor.count}", hint=HINT)
        found.executemany("INSERT INTO term VALUES (?, ?, ?, ?)", rows)
        last = facts_of(line)
        found.execute("DELETE FROM reached")
        found.execute(
            "INSERT INTO reached VALUES (?, ?, ?, ?)", (last.number, last.hash, at - len(line), at)
        )
        return last.number == anchor.count

    def _reached(self, found: sqlite3.Connection, anchor: Head) -> tuple[Head, int]:
        """Return the last entry in the index and where its line ends; makes the tables anew."""
        (version,) = found.execute("PRAGMA user_version").fetchone()
        if version == _VERSION:
            row = found.execute("SELECT number, hash, place, ends FROM reached").fetchone()
            if row is None:
                return EMPTY, 0
            head, place, ends = Head(row[0], row[1]), row[2], row[3]
            if head.count <= anchor.count and self._stands(head, place, ends):
                return head, ends
        for table in ("term", "reached"):
            found.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _TABLES:
            found.execute(statement)
        return EMPTY, 0

    def _stands(self, head: Head, place: int, ends: int) -> bool:
        """Whether the log still has this entry at this place."""
        with closing(Lines(self._log, place, ends)) as lines:
            line = next(iter(lines), b"")
        try:
            return facts_of(line).head == head
        except BadInput:
            return False

    def _terms(self, line: bytes, at: int) -> tuple[int, set[str]]:
        try:
            told: Any = parse(line.removesuffix(b"\n"))
            number, what = int(told["number"]), dict(told["what"])
            action, phase, case = (str(told[name]) for name in ("action", "phase", "case"))
        except (BadInput, KeyError, ValueError, TypeError) as exc:
            raise DataLoss(f"{self._log}, at byte {at}: not an entry: {exc}", hint=HINT) from exc
        return number, terms_of(number, action, phase, case, what)
