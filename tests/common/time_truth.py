"""Compare the stated time of stored segments with the time burned into the frames."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from footage.instant import ZERO, Elapsed
from tests.common.camera.strip import frames_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.ports import ObjectStore
    from footage.segment import Segment


@dataclass(frozen=True, slots=True)
class Dated:
    """A stored segment with the errors of the stated times.

    Attributes:
        late: Stated start minus the true capture instant of the first frame.
        offset_late: Stated camera offset minus the true offset; None where no offset is stated.
    """

    segment: Segment
    late: Elapsed
    offset_late: Elapsed | None

    @property
    def off(self) -> Elapsed:
        """Absolute error of the stated start."""
        return Elapsed(abs(self.late.us))

    @property
    def admitted(self) -> bool:
        """Whether the truth lies within the stated uncertainty."""
        return self.off <= self.segment.clock.uncertainty


def dated(segments: Iterable[Segment], store: ObjectStore, offset: Elapsed = ZERO) -> list[Dated]:
    """Compare each segment with the stamp in the first frame; fail where unreadable."""
    found = []
    for segment in segments:
        shown = min(frames_of(store.get(segment.key)), key=lambda one: one.media)
        assert shown.stamp is not None, f"{segment.key}: its first frame cannot be read"
        told = segment.clock.offset
        found.append(
            Dated(
                segment,
                segment.interval.start - shown.stamp.captured,
                None if told is None else told - offset,
            )
        )
    return found


def percentile(values: Sequence[Elapsed], share: float) -> Elapsed:
    """Return the value that `share` of all values do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def report(name: str, found: Sequence[Dated]) -> str:
    """Write a line of figures about the errors."""
    if not found:
        return f"{name}: nothing was stored"
    off = [one.off for one in found]
    p50, p99 = percentile(off, 0.5), percentile(off, 0.99)
    outside = sum(not one.admitted for one in found)
    late = ", ".join(f"{one.late.us / 1000:.0f}" for one in found)
    return (
        f"{name}: {len(found)} starts, off by p50 {p50} p99 {p99} max {max(off)}, "
        f"{outside} beyond their uncertainty; late by ms: {late}"
    )


def backwards(segments: Sequence[Segment]) -> list[str]:
    """Name pairs of segments whose later start is before the former end, in the given order."""
    return [
        f"{former.key} then {later.key}"
        for former, later in pairwise(segments)
        if later.interval.start < former.interval.end
    ]
