"""Report of a run of the indexer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footage.ids import SegmentKey
    from footage.keyframe import Gate


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Sums over a run of the indexer, or over a part of a run.

    Attributes:
        segments: Number of segments indexed and marked.
        vectors: Number of rows written: whole frames and regions.
        gates: Number of keyframes by what the gate decided.
        gone: Segments deleted between listing and reading.
        unreadable: Segments, or keyframes of them, that could not be read, and why.
        refused: Segments whose vectors or keyframes could not be written, and why; not marked.
    """

    segments: int = 0
    vectors: int = 0
    gates: Counter[Gate] = field(default_factory=Counter)
    gone: tuple[SegmentKey, ...] = ()
    unreadable: tuple[tuple[SegmentKey, str], ...] = ()
    refused: tuple[tuple[SegmentKey, str], ...] = ()

    @property
    def keyframes(self) -> int:
        """Number of keyframes judged, embedded or not."""
        return self.gates.total()

    def __add__(self, other: IndexReport) -> IndexReport:
        return IndexReport(
            self.segments + other.segments,
            self.vectors + other.vectors,
            self.gates + other.gates,
            self.gone + other.gone,
            self.unreadable + other.unreadable,
            self.refused + other.refused,
        )
