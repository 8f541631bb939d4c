"""Purges the personal parts of old entries of the custody log, entered in the log itself.

1. Entries older than the rule allows, whose part is there, are counted: from the mark of the last
   purge on, up to the first that is younger; and those before the mark of cases closed since.
2. The intent of the purge is entered: rule, first and last entry, number of entries (invariant 7).
3. Each part is overwritten in place by a text of the same length that names the purge. Nothing else
   of a line changes, so chain, tree and every offset stay as they are.
4. The outcome is entered; then the mark is moved, so that a day's purge reads a day.

The mark names the last entry gone through, the cases whose entries before it were kept, and an
entry that was purged. A mark that the log does not bear out (the log was restored) does not count,
and all is gone through. A crash before the mark is moved repeats a look that finds nothing more.

A crash in 3 leaves parts for the next purge, and at most one that is overwritten to a part; that
one counts as purged, and the next purge finishes it. Entries of version 1 have no part to purge.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from evidence.custody import read_line
from evidence.custody_terms import of_case
from evidence.personal import filler
from footage import durable
from footage.action import Action, Deed
from footage.custody import bracket
from footage.durable import seam
from footage.errors import BadInput, DataLoss, NotFound
from infra.custody.custody_file import LOG
from infra.custody.log_file import HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from evidence.custody import Entry
    from footage.action import Purpose
    from footage.instant import Instant
    from infra.custody.custody_file import CustodyFile

_MARK: Final = "purged.json"
_PART: Final = re.compile(rb'"personal":"([^"\\]*)"')


@dataclass(frozen=True, slots=True)
class Purged:
    """Result of a purge, done or only planned.

    Attributes:
        entry: Number of the purge's own entry; 0 where nothing was purged.
        entries: Entries whose personal part was purged.
        first: The first of these; 0 for none.
        last: The last of these; 0 for none.
        kept: Old entries that keep theirs, because their case is open.
        older: Old entries of version 1, which have no part that could be purged.
    """

    entry: int = 0
    entries: int = 0
    first: int = 0
    last: int = 0
    kept: int = 0
    older: int = 0

    def document(self) -> dict[str, object]:
        """Return the facts as plain values."""
        return {
            "entry": self.entry,
            "entries": self.entries,
            "first": self.first,
            "last": self.last,
            "kept": self.kept,
            "older": self.older,
        }


@dataclass(frozen=True, slots=True)
class _Old:
    """An old entry: its number, case, and where its personal part stands; length 0: version 1."""

    number: int
    case: str
    offset: int
    length: int


@dataclass(slots=True)
class _Mark:
    """Mark of how far the entries were gone through.

    Attributes:
        number: The last entry gone through; 0: none.
        hash: Its hash.
        place: Where its line begins.
        ends: Where its line ends.
        older: Entries of version 1 up to there.
        kept: Entries up to there that keep their part, by case.
        purged: Where the line of an entry begins that was purged; -1: none was.
    """

    number: int = 0
    hash: str = ""
    place: int = 0
    ends: int = 0
    older: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    purged: int = -1


class PersonalPurge:
    """A purge of what was entered before an instant.

    Args:
        custody: The custody log.
        folder: Folder of the log.
        before: Entries entered before this instant are old.
        keeps: Whether the entries of a case keep their personal parts.
    """

    def __init__(
        self, custody: CustodyFile, folder: Path, before: Instant, keeps: Callable[[str], bool]
    ) -> None:
        self._custody, self._path = custody, folder / LOG
        self._before, self._keeps = before, cache(keeps)

    def planned(self) -> Purged:
        """Return what would be purged now.

        Raises:
            DataLoss: A line of the log is no entry.
        """
        return self._planned(self._mark())[0]

    def _planned(self, mark: _Mark) -> tuple[Purged, _Mark]:
        """Return what would be purged now, and the mark for afterwards."""
        first = last = count = 0
        after = replace(mark, kept={c: n for c, n in mark.kept.items() if self._keeps(c)})
        for one in self._old(mark, after):
            if not one.length:
                after.older += 1
            elif self._keeps(one.case):
                after.kept[one.case] = after.kept.get(one.case, 0) + 1
            else:
                first, last, count = first or one.number, one.number, count + 1
        return Purged(0, count, first, last, sum(after.kept.values()), after.older), after

    def run(self, by: Purpose, rule: str) -> Purged:
        """Purge; nothing is entered where nothing is to be purged.

        Args:
            by: Who purges.
            rule: The rule, for people.

        Raises:
            FootageError: The custody log cannot be written, and nothing was purged.
        """
        mark = self._mark()
        plan, after = self._planned(mark)
        if not plan.entries:
            self._move(after)
            return plan
        about = {"first": plan.first, "last": plan.last, "entries": plan.entries}
        deed = Deed(Action.ERASE, by, {"rule": rule, "before": self._before, **about})
        with bracket(self._custody, deed) as act:
            act.result["purged"] = done = 0
            with seam(self._path):
                log = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
                try:
                    for one in self._old(mark):
                        if one.length and one.number <= plan.last and not self._keeps(one.case):
                            text = filler(act.intent, one.length)
                            os.pwrite(log, text.encode(), one.offset)
                            act.result["purged"] = done = done + 1
                    os.fsync(log)
                finally:
                    os.close(log)
        self._move(after)
        return Purged(act.intent, *(plan.entries, plan.first, plan.last, plan.kept, plan.older))

    def _old(self, mark: _Mark, after: _Mark | None = None) -> Iterator[_Old]:
        """Yield the old entries that are anchored and not purged.

        Args:
            mark: Where to begin.
            after: Gets how far was gone.
        """
        anchor = self._custody.anchored().count
        if not self._path.exists():
            return
        closed = {of_case(case) for case in mark.kept if not self._keeps(case)}
        found = self._custody.located(closed)[0] if closed else []
        for offset, entry in found:
            if entry.number <= mark.number:
                if entry.instant < self._before:
                    yield from _unpurged(entry, offset)
                elif after and entry.commitment and not entry.purged_by:
                    after.kept[entry.case] = after.kept.get(entry.case, 0) + 1
        offset = mark.ends
        with seam(self._path), self._path.open("rb") as lines:
            lines.seek(offset)
            for line in lines:
                entry = self._entry(line, offset)
                if entry.number > anchor or entry.instant >= self._before:
                    return
                if after:
                    after.number, after.hash = entry.number, entry.hash
                    after.place, after.ends = offset, offset + len(line)
                    if entry.purged_by or (entry.commitment and not self._keeps(entry.case)):
                        after.purged = offset
                yield from _unpurged(entry, offset)
                offset += len(line)

    def _entry(self, line: bytes, offset: int) -> Entry:
        try:
            return read_line(line)
        except BadInput as exc:
            raise DataLoss(f"{self._path}, at byte {offset}: {exc}", hint=HINT) from exc

    def _mark(self) -> _Mark:
        """Return the mark; of one that is absent, unreadable or not of this log, the first."""
        path = self._path.with_name(_MARK)
        with seam(path):
            if not path.exists():
                return _Mark()
            data = path.read_bytes()
        try:
            mark = _Mark(**json.loads(data))
            with seam(self._path), self._path.open("rb") as log:
                log.seek(mark.place)
                last = read_line(log.read(mark.ends - mark.place))
                log.seek(max(mark.purged, 0))
                gone = mark.purged < 0 or read_line(log.readline()).purged_by
        except (ValueError, TypeError, BadInput, NotFound):
            return _Mark()
        return mark if gone and (last.number, last.hash) == (mark.number, mark.hash) else _Mark()

    def _move(self, mark: _Mark) -> None:
        with seam(self._path):
            durable.replace(self._path.with_name(_MARK), json.dumps(asdict(mark)).encode())


def _unpurged(entry: Entry, offset: int) -> Iterator[_Old]:
    """Yield the entry at a byte of the log unless it was purged, to the end."""
    done = entry.purged_by
    if done and entry.personal == filler(done, len(entry.personal)):
        return
    part = _PART.search(entry.line) if entry.commitment else None
    begin, end = part.span(1) if part else (0, 0)
    yield _Old(entry.number, entry.case, offset + begin, end - begin)
