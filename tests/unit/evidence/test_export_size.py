"""The size of an export, from day summaries, is that of the segments that overlap the interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.export_size import ExportSize, export_size
from footage.ids import CameraId
from footage.instant import DAY, Elapsed, Interval
from footage.scope import Scope
from infra.catalogues.memory_catalog import MemoryCatalogue
from tests.common.builders import START, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from footage.day import DaySegment, DaySummary
    from footage.instant import Instant

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
MINUTES = 3_000
"""Two days and a bit, of which each second 100 minutes are recorded."""


class Counting(MemoryCatalogue):
    """A catalogue that counts the days of which segments were read one by one."""

    read = 0

    def days(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DaySummary]:
        found = list(super().days(cameras, interval))  # derives the summaries from the segments
        self.read = 0
        yield from found

    def day_segments(self, camera: CameraId, day: Instant) -> list[DaySegment]:
        self.read += 1
        return super().day_segments(camera, day)


@pytest.fixture(scope="module")
def catalogue() -> Counting:
    made = Counting()
    for camera in (ONE, TWO, "camera-3"):
        rows = segments_in_a_row(MINUTES, camera=camera)
        made.add_segments(row for n, row in enumerate(rows) if n // 100 % 2 == 0)
    return made


@pytest.mark.parametrize(
    ("first", "last"),
    [
        *((0, MINUTES), (-60, 0), (1, 1.5), (-5, 9_000), (1_440, 1_441), (50, 900)),
        pytest.param(0.5, 2_999.5, marks=pytest.mark.slow),
    ],
)
def test_the_size_is_that_of_the_segments_that_overlap(
    catalogue: Counting, first: float, last: float
) -> None:
    asked = Interval(START + Elapsed.seconds(60 * first), START + Elapsed.seconds(60 * last))
    scope = Scope(cameras=frozenset([ONE, TWO]))
    segments = list(catalogue.segments(scope, asked))
    found = export_size(catalogue, [ONE, TWO], asked)
    assert found == ExportSize(len(segments), sum(segment.size_bytes for segment in segments))
    assert catalogue.read <= 2 * 2, "the days at the ends alone"


def test_whole_days_are_read_from_their_summaries_alone(catalogue: Counting) -> None:
    assert (
        export_size(catalogue, [ONE], Interval(START - DAY, START + DAY * 4)).segments
        == MINUTES // 2
    )
    assert catalogue.read == 0
