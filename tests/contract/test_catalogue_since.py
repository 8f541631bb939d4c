"""The contract of `footage.ports.Catalogue.recorded_since`: when a camera's recording began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.ids import CameraId
from footage.instant import DAY
from footage.span import GapReason
from tests.common.builders import START, a_gap, a_segment, during

if TYPE_CHECKING:
    from footage.ports import Catalogue

ONE, TWO, NEVER = CameraId("camera-1"), CameraId("camera-2"), CameraId("camera-9")


def test_is_the_first_segment_or_gap_of_a_recorder(catalogue: Catalogue) -> None:
    catalogue.add_segments([a_segment("camera-1", start=START + DAY), a_segment("camera-1")])
    catalogue.add_segments([a_segment("camera-2", start=START + DAY)])
    catalogue.add_gaps([a_gap("camera-2", during(-60, 0)), a_gap("camera-1", during(60, 90))])
    assert catalogue.recorded_since([ONE, TWO, NEVER]) == {ONE: START, TWO: during(-60, 0).start}


def test_is_not_moved_by_imports_and_their_holes(catalogue: Catalogue) -> None:
    old = [a_segment("camera-1", start=START - DAY * n, run=f"import-{n}-60") for n in (400, 9, 8)]
    catalogue.add_segments([*old, a_segment("camera-2", start=START - DAY, run="import-2-60")])
    catalogue.add_gaps([a_gap("camera-2", during(0, 60), GapReason.NO_PICTURES)])
    assert catalogue.recorded_since([ONE, TWO]) == {}
    catalogue.add_segments([a_segment("camera-1")])
    assert catalogue.recorded_since([ONE, TWO]) == {ONE: START}


def test_stays_when_the_first_days_have_expired(catalogue: Catalogue) -> None:
    first, later = a_segment("camera-1"), a_segment("camera-1", start=START + DAY * 40)
    catalogue.add_segments([first, later])
    catalogue.add_gaps([a_gap("camera-1", first.interval, GapReason.EXPIRED, "keep 30d")])
    catalogue.remove_segments([first.key])
    assert catalogue.recorded_since([ONE]) == {ONE: START}
