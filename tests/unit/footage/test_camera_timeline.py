"""Timelines read from a catalogue: the same as from the segments, without reading the segments."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.camera_timeline import camera_timeline
from footage.ids import CameraId
from footage.instant import DAY, Elapsed, Instant, Interval, union
from footage.span import GapReason, timeline
from infra.catalogues.memory_catalog import MemoryCatalogue
from tests.common.builders import a_gap, a_segment, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.day import DaySegment
    from footage.scope import Scope
    from footage.segment import Segment

ONE = CameraId("camera-1")
MIDNIGHT = Instant.parse("2026-11-23T00:00:00Z")


class Counting(MemoryCatalogue):
    """Counts the segments that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def segments(self, *where: Scope | Interval | None) -> Iterator[Segment]:
        """Refuse: a timeline needs no segments."""
        raise AssertionError(where)

    def day_segments(self, camera: CameraId, day: Instant) -> list[DaySegment]:
        """Count what is read, summaries apart."""
        found = super().day_segments(camera, day)
        self.read += 0 if self.summing else len(found)
        return found

    summing = False


def month(catalogue: Counting, *, minutes: int = 10) -> tuple[Interval, list[Segment]]:
    step = Elapsed.seconds(60 * minutes)
    stored = segments_in_a_row(30 * 1440 // minutes, start=MIDNIGHT, seconds=60 * minutes)
    catalogue.add_segments(stored)
    catalogue.summing = True
    window = Interval(MIDNIGHT, MIDNIGHT + DAY * 30)
    list(catalogue.days(None, window))
    catalogue.summing = False
    assert stored[-1].interval.end == window.end
    assert stored[0].interval.length == step
    return window, stored


def test_a_month_reads_no_segment_and_a_cut_month_those_of_the_days_cut() -> None:
    """Invariant 12."""
    catalogue = Counting()
    window, stored = month(catalogue)
    line = camera_timeline(catalogue, ONE, window)
    assert [(s.interval, s.segments) for s in line.spans] == [(window, len(stored))]
    assert (line.gaps, catalogue.read) == ((), 0)
    cut = Interval(window.start + Elapsed.seconds(900), window.end - Elapsed.seconds(900))
    line = camera_timeline(catalogue, ONE, cut)
    # Fifteen minutes cut one segment of ten minutes and leave out another, at both ends.
    assert [(s.interval, s.segments) for s in line.spans] == [(cut, len(stored) - 2)]
    assert catalogue.read == 2 * 144


def test_gaps_keep_their_reasons() -> None:
    catalogue = MemoryCatalogue()
    row = segments_in_a_row(3, start=MIDNIGHT)
    catalogue.add_segments([row[0], row[2]])
    catalogue.add_gaps([a_gap("camera-1", row[1].interval, GapReason.EXPIRED, "keep 30d")])
    line = camera_timeline(catalogue, ONE, Interval(MIDNIGHT, MIDNIGHT + Elapsed.seconds(180)))
    assert [(g.interval, g.reason, g.detail) for g in line.gaps] == [
        (row[1].interval, GapReason.EXPIRED, "keep 30d")
    ]
    assert [span.segments for span in line.spans] == [1, 1]


rows = st.lists(
    st.tuples(
        st.sampled_from((0, 0.3, 1, 2, 40)), st.integers(1, 90), st.sampled_from(("a", "a", "b"))
    ),
    max_size=12,
)


@given(rows, st.integers(0, 500), st.integers(1, 900))
def test_is_that_of_the_segments(
    drawn: list[tuple[float, int, str]], from_s: int, length_s: int
) -> None:
    at, stored = MIDNIGHT - Elapsed.seconds(250), []
    for hole_s, seconds, run in drawn:
        start = at + Elapsed.seconds(hole_s)
        stored.append(a_segment(start=start, seconds=seconds, run=run))
        at = stored[-1].interval.end
    start = MIDNIGHT - Elapsed.seconds(300 - from_s)
    window = Interval(start, start + Elapsed.seconds(length_s))
    catalogue = MemoryCatalogue()
    catalogue.add_segments(stored)
    line, of_segments = camera_timeline(catalogue, ONE, window), timeline(ONE, window, stored, [])
    assert line.gaps == of_segments.gaps
    if "aba" in "".join(run for run, _ in itertools.groupby(run for _, _, run in drawn)):
        # The span of a run that goes on after a short segment of another has that one's time.
        recorded, other = (union(s.interval for s in one.spans) for one in (line, of_segments))
        assert list(recorded) == list(other)
    else:
        assert line == of_segments
