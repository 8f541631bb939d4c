"""Find what was done to a custody log, line by line in a stream. Pure.

An edit, insertion, deletion or swap breaks the hash chain at that place. A cut tail or a log
written anew leaves the chain whole; both are found by the anchor: number and hash of the last
entry, kept elsewhere (in the register).

The chain and the anchor do not find a log rewritten together with the anchor; the signed
checkpoints in the object store do (`evidence.custody_published`). Nothing finds an action never
entered.

A check may begin at an entry other than the first: the checkpoint. Then the lines before are not
read, and nothing is said about whether they still are what they were. From the checkpoint on the
answer is as strong as that of a whole check, since the anchor commits to every entry before it
through the chain. A checkpoint whose hash somebody kept elsewhere proves more: a log and an anchor
rewritten together since then have another hash at the checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from evidence.custody import EMPTY, Head
from evidence.custody_facts import facts_of
from footage.errors import BadInput, DataLoss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from evidence.custody_facts import Facts
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
    """The anchored entry, or the one of the checkpoint, has another hash now: written anew."""
    UNANCHORED = "unanchored"
    """Entries follow the anchor that no crash can leave."""
    PUBLISHED = "published"
    """An entry is not the one that a signed checkpoint stands for: the log was written anew."""
    CHECKPOINT = "checkpoint"
    """A stored checkpoint is not signed by the log's keys, or contradicts another: a fork."""
    UNATTESTED = "unattested"
    """The personal part of an entry is gone, and no entry tells of such a purge."""
    NO_ANCHOR = "no_anchor"
    """The anchor is empty, as of a lost or new register: whether the log's end is there is not
    known."""
    TORN = "torn"
    """The last line was not finished: a crash while writing; the action was not begun."""
    LATE = "late"
    """The last entries are not anchored yet: a crash right after writing."""
    CLOCK = "clock"
    """The clock went back between two entries."""
    OPEN = "open"
    """An intent without an outcome: the end of the action is not known."""

    @property
    def proves_tampering(self) -> bool:
        """Whether no crash and no clock can cause the finding."""
        return self not in {Kind.NO_ANCHOR, Kind.TORN, Kind.LATE, Kind.CLOCK, Kind.OPEN}


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding about a custody log, with the place.

    Attributes:
        line: Line in the file, 1 for the first; where something is missing, the line after.
    """

    kind: Kind
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The signed checkpoints in the object store that a log was compared with.

    Attributes:
        stored: Number of checkpoints in the store that stand for the entries compared; None where
            the first and the last of each day alone were looked for.
        compared: Number of those that the log was compared with.
        entries: Entries that the newest checkpoint stands for.
        at: When the newest was signed; None where none is stored.
        since_entries: Entries that the first checkpoint stands for: what those say is proven from
            then on only.
        since: When the first checkpoint was signed.
        trouble: Why nothing was compared although there should be something; "" where all is well.
    """

    stored: int | None = None
    compared: int = 0
    entries: int = 0
    at: Instant | None = None
    since_entries: int = 0
    since: Instant | None = None
    trouble: str = ""

    def document(self) -> dict[str, object]:
        """Return the facts as plain values."""
        return {
            "stored": self.stored,
            "compared": self.compared,
            "entries": self.entries,
            "at": str(self.at) if self.at else None,
            "since_entries": self.since_entries,
            "since": str(self.since) if self.since else None,
            "trouble": self.trouble,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """Result of a check of the log, and the amount of the log that was looked at.

    Attributes:
        anchor: The anchor, as read for the check.
        first: Number of the entry from which the lines were read; 1 for the whole log.
        purged: Number of entries without their personal part, by the entry of the purge.
        published: The checkpoints that the log was compared with; None where nothing was compared.
    """

    findings: tuple[Finding, ...]
    anchor: Head
    first: int
    published: Compared | None = None
    purged: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_compared(self) -> bool:
        """Whether nothing hindered a comparison with the stored checkpoints, if any are stored."""
        return self.published is None or not self.published.trouble

    @property
    def is_tampered(self) -> bool:
        """Whether a finding proves tampering or loss."""
        return any(finding.kind.proves_tampering for finding in self.findings)

    @property
    def is_anchor_lost(self) -> bool:
        """Whether the register holds no anchor, so that nothing proves where the log ended."""
        return any(finding.kind is Kind.NO_ANCHOR for finding in self.findings)

    def document(self, *, most: int | None = None) -> dict[str, object]:
        """Return the check as plain values, with at most `most` findings (None: all)."""
        return {
            "entries": self.anchor.count,
            "head": self.anchor.hash,
            "from": self.first,
            "whole": not (self.is_tampered or self.is_anchor_lost),
            "anchored": not self.is_anchor_lost,
            "checkpoints": self.published.document() if self.published else None,
            "purged": [
                {"by": purge, "entries": count} for purge, count in sorted(self.purged.items())
            ],
            "findings": [
                {"kind": one.kind.value, "line": one.line, "message": one.message}
                for one in self.findings[:most]
            ],
        }

    def require_whole(self) -> None:
        """Do nothing where the log is whole.

        Raises:
            DataLoss: The register holds no anchor, or entries were altered or lost.
        """
        if self.is_anchor_lost:
            raise DataLoss(
                "the register holds no anchor of the custody log", hint="footage restore FOLDER"
            )
        if findings := [one for one in self.findings if one.kind.proves_tampering]:
            raise DataLoss(
                f"the custody log is not whole: {len(findings)} findings",
                hint="footage audit verify",
            )


def verify(
    lines: Iterable[bytes],
    anchor: Head,
    checkpoint: Head = EMPTY,
    *,
    announced: Sequence[str] = (),
    leaf: Callable[[str], object] = str,
    purged: dict[int, int] | None = None,
) -> list[Finding]:
    """Check a log against the anchor; return findings by line. Flat memory but for open intents.

    Args:
        lines: All lines, or with a checkpoint the lines from the checkpoint's entry on.
        anchor: Number and hash of the last entry, as kept elsewhere.
        checkpoint: The entry that is to come first; with hash "" any entry of that number.
        announced: Hashes of entries that were about to follow the anchor, in order.
        leaf: Called with the hash that each line states, "" for a line that is no entry.
        purged: Gets the number of entries without their personal part, by the entry of the purge.
    """
    walk = _Walk(anchor, checkpoint, leaf)
    for line in lines:
        walk.step(line)
    found = walk.end(announced)
    if purged is not None:
        purged.update(walk.purged)
    return sorted(found, key=lambda finding: finding.line)


def is_announced(head: str, ahead: int, announced: Sequence[str]) -> bool:
    """Whether the hash of the last entry was announced for the place `ahead` after the anchor.

    The hash stands for all entries before, so that nothing else can lie between.
    """
    return ahead > 0 and head in announced[ahead - 1 : ahead]


class _Walk:
    """A single pass over a log; after a break the check goes on, so every break is named."""

    def __init__(self, anchor: Head, checkpoint: Head, leaf: Callable[[str], object]) -> None:
        self._anchor = anchor
        self._leaf = leaf
        self._checkpoint = checkpoint
        self._line = max(checkpoint.count - 1, 0)  # in a sound log entry n stands in line n
        self._last = Head(self._line, "")
        self._instant = ""
        self._open: dict[int, int] = {}
        self._anchored = anchor.count == 0 or anchor.count < checkpoint.count
        self._found: list[Finding] = []
        self._empty = True
        self.purged: dict[int, int] = {}
        self._purged_at: dict[int, tuple[int, int]] = {}
        self._purges: dict[int, tuple[int, int]] = {}

    def step(self, line: bytes) -> None:
        self._line += 1
        self._empty = False
        try:
            facts = facts_of(line)
        except BadInput as exc:
            torn = not line.endswith(b"\n")
            self._leaf("")
            self._note(Kind.TORN if torn else Kind.UNREADABLE, str(exc))
            return
        number, last = facts.number, self._last
        self._leaf(facts.hash)
        if facts.hash != facts.true_hash:
            self._note(Kind.ALTERED, f"entry {number} does not have the hash it states")
        if number != last.count + 1:
            self._note(Kind.BROKEN, f"entry {number} stands where {last.count + 1} belongs")
        elif facts.previous != last.hash and number != self._checkpoint.count:
            self._note(Kind.BROKEN, f"entry {number} does not follow the one before it")
        if facts.instant < self._instant:
            self._note(Kind.CLOCK, f"the clock went back from {self._instant} to {facts.instant}")
        if number in {self._anchor.count, self._checkpoint.count}:
            self._compare(facts)
        self._last, self._instant = facts.head, facts.instant
        if facts.purged_by or facts.purges:
            self._note_purge(facts)
        if facts.is_intent:
            self._open[number] = self._line
        elif facts.closes:
            self._open.pop(facts.closes, None)

    def end(self, announced: Sequence[str]) -> list[Finding]:
        ahead = self._last.count - self._anchor.count
        if not self._anchored:
            self._line += 1
            before = self._empty and self._checkpoint.count
            ends = f"before {before}" if before else f"with {self._last.count}"
            written = f"entries up to {self._anchor.count} were written"
            self._note(Kind.TRUNCATED, f"{written}; the log ends {ends}")
        elif ahead > 1 and is_announced(self._last.hash, ahead, announced):
            first = self._anchor.count + 1
            self._note(Kind.LATE, f"entries {first} to {self._last.count} are not anchored yet")
        elif ahead > 1 and not self._anchor.count:
            self._note(
                Kind.NO_ANCHOR,
                f"{ahead} entries, and no anchor: the register was lost, or is another; the chain "
                "alone speaks for the log, and a cut tail would not be seen",
            )
        elif ahead > 1:
            crash = "a crash leaves one, or entries that were announced"
            self._note(Kind.UNANCHORED, f"{ahead} entries after the anchor; {crash}")
        elif ahead == 1:
            self._note(Kind.LATE, f"entry {self._last.count} is not anchored yet")
        for purge, (first, line) in self._purged_at.items():
            low, high = self._purges.get(purge, (0, 0))
            if not low <= first <= line <= high < purge:
                self._found.append(
                    Finding(
                        Kind.UNATTESTED,
                        first,
                        f"entry {first} has no personal part, and entry {purge} is no purge of it",
                    )
                )
        for number, line in self._open.items():
            self._found.append(Finding(Kind.OPEN, line, f"entry {number} has no outcome"))
        return self._found

    def _note_purge(self, facts: Facts) -> None:
        if facts.purges:
            self._purges[facts.number] = facts.purges
        if purge := facts.purged_by:
            self.purged[purge] = self.purged.get(purge, 0) + 1
            first, last = self._purged_at.get(purge, (facts.number, facts.number))
            self._purged_at[purge] = min(first, facts.number), max(last, facts.number)

    def _compare(self, facts: Facts) -> None:
        if facts.number == self._anchor.count:
            self._anchored = True
            if facts.hash != self._anchor.hash:
                self._note(Kind.REPLACED, f"entry {facts.number} is not the one anchored")
        if facts.number == self._checkpoint.count and self._checkpoint.hash not in ("", facts.hash):
            self._note(Kind.REPLACED, f"entry {facts.number} is not the one of the checkpoint")

    def _note(self, kind: Kind, message: str) -> None:
        self._found.append(Finding(kind, self._line, message))
