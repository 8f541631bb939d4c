"""Purges the personal parts of old entries of the custody log, entered in the log itself.

1. Entries older than the rule allows, whose part is there, are counted: from the first entry on, up
   to the first that is younger.
2. The intent of the purge is entered: rule, first and last entry, number of entries (invariant 7).
3. Each part is overwritten in place by a text of the same length that names the purge. Nothing else
   of a line changes, so chain, tree and every offset stay as they are.
4. The outcome is entered.

A crash in 3 leaves parts for the next purge, and at most one that is overwritten to a part; that
one counts as purged, and the next purge finishes it. Entries of version 1 have no part to purge.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from evidence.custody import read_line
from evidence.personal import filler
from footage.action import Action, Deed
from footage.custody import bracket
from footage.durable import seam
from footage.errors import BadInput, DataLoss
from infra.custody.custody_file import LOG
from infra.custody.log_file import HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footage.action import Purpose
    from footage.instant import Instant
    from infra.custody.custody_file import CustodyFile

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
        first = last = count = kept = older = 0
        for one in self._old():
            if not one.length:
                older += 1
            elif self._keeps(one.case):
                kept += 1
            else:
                first, last, count = first or one.number, one.number, count + 1
        return Purged(0, count, first, last, kept, older)

    def run(self, by: Purpose, rule: str) -> Purged:
        """Purge; nothing is entered where nothing is to be purged.

        Args:
            by: Who purges.
            rule: The rule, for people.

        Raises:
            FootageError: The custody log cannot be written, and nothing was purged.
        """
        plan = self.planned()
        if not plan.entries:
            return plan
        about = {"first": plan.first, "last": plan.last, "entries": plan.entries}
        deed = Deed(Action.ERASE, by, {"rule": rule, "before": self._before, **about})
        with bracket(self._custody, deed) as act:
            act.result["purged"] = done = 0
            with seam(self._path):
                log = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
                try:
                    for one in self._old():
                        if one.length and one.number <= plan.last and not self._keeps(one.case):
                            text = filler(act.intent, one.length)
                            os.pwrite(log, text.encode(), one.offset)
                            act.result["purged"] = done = done + 1
                    os.fsync(log)
                finally:
                    os.close(log)
        return Purged(act.intent, *(plan.entries, plan.first, plan.last, plan.kept, plan.older))

    def _old(self) -> Iterator[_Old]:
        """Yield the old entries that are anchored and not purged."""
        anchor, offset = self._custody.anchored().count, 0
        with seam(self._path):
            if not self._path.exists():
                return
            with self._path.open("rb") as lines:
                for line in lines:
                    try:
                        entry = read_line(line)
                    except BadInput as exc:
                        text = f"{self._path}, at byte {offset}: {exc}"
                        raise DataLoss(text, hint=HINT) from exc
                    if entry.number > anchor or entry.instant >= self._before:
                        return
                    part = _PART.search(line) if entry.commitment else None
                    begin, end = part.span(1) if part else (0, 0)
                    done = entry.purged_by
                    if not done or entry.personal != filler(done, len(entry.personal)):
                        yield _Old(entry.number, entry.case, offset + begin, end - begin)
                    offset += len(line)
