"""Find what was done to a custody log. Pure.

An edit, insertion, deletion or swap breaks the hash chain at that place. A cut tail or a log
written anew leaves the chain whole; both are found by the anchor: number and hash of the last
entry, kept elsewhere (in the register).

The check cannot find a log rewritten together with the anchor, nor an action never entered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from evidence.custody import EMPTY, read_line, true_hash
from footage.action import Phase
from footage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evidence.custody import Entry, Head
    from footage.instant import Instant


class Kind(StrEnum):
    """Kind of a finding about a custody log."""

    UNREADABLE = "unreadable"
    """The line is no entry in canonical JSON."""
    ALTERED = "altered"
    """The entry's content does not have the hash stated in the entry."""
    BROKEN = "broken"
    """The entry does not follow the entry before: an entry was removed, added or moved."""
    TRUNCATED = "truncated"
    """The log ends before the anchored entry."""
    REPLACED = "replaced"
    """The anchored entry has another hash now: the log was written anew."""
    UNANCHORED = "unanchored"
    """More entries follow the anchor than a crash can leave."""
    TORN = "torn"
    """The last line was not finished: a crash while writing; the action was not begun."""
    LATE = "late"
    """The last entry is not anchored yet: a crash right after writing."""
    CLOCK = "clock"
    """The clock went back between two entries."""
    OPEN = "open"
    """An intent without an outcome: the end of the action is not known."""

    @property
    def proves_tampering(self) -> bool:
        """Whether no crash and no clock can cause the finding."""
        return self not in {Kind.TORN, Kind.LATE, Kind.CLOCK, Kind.OPEN}


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding about a custody log, with the place.

    Attributes:
        line: Line in the file, 1 for the first; where something is missing, the line after.
    """

    kind: Kind
    line: int
    message: str


def verify(lines: Iterable[bytes], anchor: Head) -> list[Finding]:
    """Check a log against the anchor; return findings by line. Flat memory but for open intents."""
    walk = _Walk(anchor)
    for line in lines:
        walk.step(line)
    return sorted(walk.end(), key=lambda finding: finding.line)


class _Walk:
    """A single pass over a log; after a break the check goes on, so every break is named."""

    def __init__(self, anchor: Head) -> None:
        self._anchor = anchor
        self._last = EMPTY
        self._instant: Instant | None = None
        self._line = 0
        self._open: dict[int, int] = {}
        self._anchored = anchor.count == 0
        self._found: list[Finding] = []

    def step(self, line: bytes) -> None:
        self._line += 1
        try:
            entry = read_line(line)
        except BadInput as exc:
            torn = not line.endswith(b"\n")
            self._note(Kind.TORN if torn else Kind.UNREADABLE, str(exc))
            return
        self._check(entry)
        self._follow(entry)

    def _check(self, entry: Entry) -> None:
        if entry.hash != true_hash(entry):
            self._note(Kind.ALTERED, f"entry {entry.number} does not have the hash it states")
        expected = self._last.count + 1
        if entry.number != expected:
            self._note(Kind.BROKEN, f"entry {entry.number} stands where {expected} belongs")
        elif entry.previous != self._last.hash:
            self._note(Kind.BROKEN, f"entry {entry.number} does not follow the one before it")
        if self._instant and entry.instant < self._instant:
            self._note(Kind.CLOCK, f"the clock went back from {self._instant} to {entry.instant}")
        if entry.number == self._anchor.count:
            self._anchored = True
            if entry.hash != self._anchor.hash:
                self._note(Kind.REPLACED, f"entry {entry.number} is not the one anchored")

    def _follow(self, entry: Entry) -> None:
        self._last, self._instant = entry.head, entry.instant
        if entry.phase is Phase.INTENT:
            self._open[entry.number] = self._line
        elif isinstance(intent := entry.what.get("intent"), int):
            self._open.pop(intent, None)

    def end(self) -> list[Finding]:
        ahead = self._last.count - self._anchor.count
        if not self._anchored:
            self._line += 1
            self._note(
                Kind.TRUNCATED,
                f"entries up to {self._anchor.count} were written; "
                f"the log ends with {self._last.count}",
            )
        elif ahead > 1:
            self._note(Kind.UNANCHORED, f"{ahead} entries after the anchor; a crash leaves one")
        elif ahead == 1:
            self._note(Kind.LATE, f"entry {self._last.count} is not anchored yet")
        for number, line in self._open.items():
            self._found.append(Finding(Kind.OPEN, line, f"entry {number} has no outcome"))
        return self._found

    def _note(self, kind: Kind, message: str) -> None:
        self._found.append(Finding(kind, self._line, message))
