"""Report of a purge: for people, as JSON and for the custody log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.custody import Act
    from footage.ids import PlanId, SegmentKey
    from footage.ports import PurgeOutcome
    from footage.segment import Segment

LISTED: Final = 1_000
"""Segments of a kind that a report names at most; the totals count all."""


@dataclass(frozen=True, slots=True)
class Spared:
    """A segment that was planned for deletion and kept.

    Attributes:
        unindexed: Whether the index entries may have been removed before the store refused; the
            segment is indexed again.
    """

    segment: SegmentKey
    reason: str
    unindexed: bool = False


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """Outcome of a plan, over all runs needed to apply the plan.

    Numbers count all segments; of the segments that were not simply deleted the first `LISTED` of
    each kind are named.

    Attributes:
        purged: Number of segments deleted, by all runs of the plan together.
        spared: Segments kept, by key.
        failed: Segments the store did not delete. Applying again resumes.
        missing: Segments whose objects were gone before this run.
        totals: Numbers of segments purged, spared, failed and missing, and of bytes freed, over all
            runs of the plan.
        this_run: Numbers of segments purged and spared, and of bytes freed, by this run alone: a
            deletion is counted by a single run.
    """

    plan: PlanId
    resumed: bool
    spared: tuple[Spared, ...]
    failed: tuple[SegmentKey, ...]
    missing: tuple[SegmentKey, ...]
    totals: dict[str, int]
    this_run: dict[str, int]

    @property
    def purged(self) -> int:
        """Number of segments deleted."""
        return self.totals["purged"]

    @property
    def bytes_freed(self) -> int:
        """Bytes of the segments deleted."""
        return self.totals["bytes"]

    @property
    def complete(self) -> bool:
        """Whether no segment of the plan is left to delete."""
        return not self.totals["failed"]

    def to_json(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            "plan": self.plan,
            "complete": self.complete,
            "resumed": self.resumed,
            "spared": [
                {"id": s.segment, "reason": s.reason, "unindexed": s.unindexed} for s in self.spared
            ],
            "failed": list(self.failed),
            "missing": list(self.missing),
            "totals": dict(self.totals),
            "this_run": dict(self.this_run),
        }

    def result(self) -> dict[str, object]:
        """Return counts of this run for the custody log; the tombstones name the segments."""
        return {**self.this_run, "failed": self.totals["failed"]}


@dataclass(slots=True)
class Notes:
    """Facts about a run that no tombstone records.

    Attributes:
        unindexed: Spared segments whose index entries may have been removed.
        missing: The first segments whose objects were gone before the purge.
        missing_count: Number of all such segments.
        gone_through: Number of segments in finished batches.
        purged: Number of segments that this run deleted.
        freed_bytes: Bytes of these segments.
        spared: Number of segments that this run spared.
        originals: Number of original files of imports that this run deleted.
        original_bytes: Bytes of these files.
    """

    unindexed: set[SegmentKey] = field(default_factory=set)
    missing: list[SegmentKey] = field(default_factory=list)
    missing_count: int = 0
    gone_through: int = 0
    purged: int = 0
    freed_bytes: int = 0
    spared: int = 0
    originals: int = 0
    original_bytes: int = 0

    @property
    def this_run(self) -> dict[str, int]:
        """Numbers of segments purged and spared, and of bytes freed, by this run.

        Where original files were deleted besides, their number and bytes are added.
        """
        done = {"purged": self.purged, "spared": self.spared, "bytes": self.freed_bytes}
        if self.originals:
            done |= {"originals": self.originals, "original_bytes": self.original_bytes}
        return done

    def go_on(self, segments: int, act: Act) -> None:
        """Count a finished batch, also for the outcome of an act that is cut short."""
        self.gone_through += segments
        act.result.update(self.this_run, segments=self.gone_through)

    def note_purged(self, segments: Iterable[Segment]) -> None:
        """Count segments that this run deleted, once their deletion is recorded."""
        for segment in segments:
            self.purged += 1
            self.freed_bytes += segment.size_bytes

    def note_original(self, size_bytes: int) -> None:
        """Count an original file that this run deleted."""
        self.originals += 1
        self.original_bytes += size_bytes

    def note_missing(self, keys: Iterable[SegmentKey]) -> None:
        """Note segments whose objects were gone before the purge."""
        found = list(keys)
        self.missing_count += len(found)
        self.missing += found[: LISTED - len(self.missing)]

    def note_unindexed(self, keys: Iterable[SegmentKey]) -> None:
        """Note spared segments whose index entries may have been removed."""
        self.unindexed.update(keys)


def report(plan: PlanId, outcome: PurgeOutcome, notes: Notes, *, resumed: bool) -> PurgeReport:
    """Make the report of a plan from what became of its segments and the notes of the run."""
    return PurgeReport(
        plan=plan,
        resumed=resumed,
        spared=tuple(
            Spared(key, reason, key in notes.unindexed)
            for key, reason in outcome.spared_reasons.items()
        ),
        failed=outcome.open_keys,
        missing=tuple(notes.missing),
        totals={
            "purged": outcome.purged,
            "spared": outcome.spared,
            "failed": outcome.open,
            "missing": notes.missing_count,
            "bytes": outcome.size_bytes,
        },
        this_run=notes.this_run,
    )
