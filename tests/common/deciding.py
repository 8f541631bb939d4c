"""Rulings of a judge, segment by segment, for tests of policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retention.policy import Judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.hold import Hold
    from footage.ids import HoldId
    from footage.instant import Instant
    from footage.segment import Segment
    from footage.stays import Stay
    from retention.policy import Policy, Verdict


@dataclass(frozen=True)
class Decision:
    """A segment with the ruling on the segment."""

    segment: Segment
    verdict: Verdict
    reasons: tuple[str, ...]
    rule: str
    holds: tuple[HoldId, ...]


def decide(
    segments: Iterable[Segment],
    holds: Iterable[Hold],
    policies: Sequence[Policy],
    now: Instant,
    stays: Iterable[Stay] = (),
) -> list[Decision]:
    """Return a decision for each segment, by start and key."""
    judge = Judge(policies, holds, now, stays)
    ordered = sorted(segments, key=lambda s: (s.interval.start, s.key))
    rulings = [(segment, judge.of_segment(segment.camera, segment)) for segment in ordered]
    return [Decision(s, r.verdict, r.reasons, r.rule, r.holds) for s, r in rulings]
