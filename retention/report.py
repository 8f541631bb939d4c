"""Report of a purge: for people, as JSON and for the custody log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.ports import TombstoneState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.ids import PlanId, SegmentKey
    from footage.ports import Tombstone


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
    """Outcome for every segment of a plan, over all runs needed to apply the plan.

    Attributes:
        failed: Segments with open tombstones: the store did not delete. Applying again resumes.
        missing: Segments whose objects were gone before the purge.
    """

    plan: PlanId
    resumed: bool
    purged: tuple[SegmentKey, ...]
    spared: tuple[Spared, ...]
    failed: tuple[SegmentKey, ...]
    missing: tuple[SegmentKey, ...]
    bytes_freed: int

    @property
    def complete(self) -> bool:
        """Whether no segment of the plan is left to delete."""
        return not self.failed

    def to_json(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            "plan": self.plan,
            "complete": self.complete,
            "resumed": self.resumed,
            "purged": list(self.purged),
            "spared": [
                {"id": s.segment, "reason": s.reason, "unindexed": s.unindexed} for s in self.spared
            ],
            "failed": list(self.failed),
            "missing": list(self.missing),
            "totals": {"purged": len(self.purged), "bytes": self.bytes_freed},
        }

    def result(self) -> dict[str, object]:
        """Return counts for the custody log; the tombstones name the segments."""
        return {
            "purged": len(self.purged),
            "spared": len(self.spared),
            "failed": len(self.failed),
            "bytes": self.bytes_freed,
        }


@dataclass(slots=True)
class Notes:
    """Facts about a run that no tombstone records.

    Attributes:
        unindexed: Spared segments whose index entries may have been removed.
        missing: Segments whose objects were gone before the purge.
        gone_through: Number of segments in finished batches.
    """

    unindexed: set[SegmentKey] = field(default_factory=set)
    missing: list[SegmentKey] = field(default_factory=list)
    gone_through: int = 0


def report(
    plan: PlanId, tombstones: Iterable[Tombstone], notes: Notes, *, resumed: bool
) -> PurgeReport:
    """Make the report of a plan from its tombstones and the notes of the run."""
    by_state: dict[TombstoneState, list[Tombstone]] = {state: [] for state in TombstoneState}
    for tombstone in tombstones:
        by_state[tombstone.state].append(tombstone)
    purged = by_state[TombstoneState.PURGED]
    return PurgeReport(
        plan=plan,
        resumed=resumed,
        purged=tuple(t.segment.key for t in purged),
        spared=tuple(
            Spared(t.segment.key, t.reason, t.segment.key in notes.unindexed)
            for t in by_state[TombstoneState.SPARED]
        ),
        failed=tuple(t.segment.key for t in by_state[TombstoneState.OPEN]),
        missing=tuple(notes.missing),
        bytes_freed=sum(t.segment.size_bytes for t in purged),
    )
