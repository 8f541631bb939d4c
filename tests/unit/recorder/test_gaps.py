"""Which gap rows are written."""

from __future__ import annotations

from footage.ids import CameraId
from footage.instant import Elapsed
from footage.span import Gap, GapReason, timeline
from infra.catalogues.memory_catalog import MemoryCatalogue
from recorder.gaps import GapKeeper, last_recorded, of_our_own, reconciled
from tests.common.builders import a_segment, at, during

ONE = CameraId("camera-1")
LOST, DOWN = GapReason.CAMERA_LOST, GapReason.RECORDER_DOWN


def keeper() -> GapKeeper:
    return GapKeeper(ONE, at(0))


def test_a_gap_opens_at_the_end_of_the_last_media_and_closes_at_the_next() -> None:
    gaps = keeper()
    (opened,) = gaps.lost(at(5), LOST, "gone")
    assert (opened.gap.interval, opened.final) == (during(0, 5), False)
    (grown,) = gaps.grow(at(15))
    assert grown.gap.interval == during(0, 15)
    (found,) = gaps.found(at(20))
    assert (found.gap.interval, found.final) == (during(0, 20), False)
    assert gaps.grow(at(30)) == []
    (closed,) = gaps.recorded(during(19, 40))
    assert (closed.gap.interval, closed.final) == (during(0, 19), True)
    assert gaps.recorded(during(40, 60)) == []
    (again,) = gaps.lost(at(61), LOST, "gone again")
    assert again.gap.interval == during(60, 61)


def test_another_reason_closes_the_one_and_opens_the_next() -> None:
    gaps = keeper()
    gaps.lost(at(1), DOWN, "off")
    closed, opened = gaps.lost(at(5), LOST, "refused")
    assert (closed.gap.reason, closed.gap.interval, closed.final) == (DOWN, during(0, 5), True)
    assert (opened.gap.reason, opened.gap.interval.start) == (LOST, at(5))


def test_the_same_reason_keeps_its_start_and_its_first_cause() -> None:
    gaps = keeper()
    gaps.lost(at(1), LOST, "refused")
    (row,) = gaps.lost(at(2), LOST, "no route")
    assert row.gap.interval == during(0, 2)
    assert row.gap.detail == "refused; lately: no route"


def test_time_between_two_segments_without_a_loss_is_without_pictures() -> None:
    gaps = keeper()
    gaps.recorded(during(0, 10))
    (hole,) = gaps.recorded(during(15, 20))
    assert (hole.gap.interval, hole.gap.reason, hole.final) == (
        during(10, 15),
        GapReason.NO_PICTURES,
        True,
    )


def test_what_came_back_and_left_nothing_does_not_close_the_gap() -> None:
    gaps = keeper()
    gaps.lost(at(1), LOST, "refused")
    gaps.found(at(5))
    (row,) = gaps.lost(at(7), LOST, "refused")
    assert row.gap.interval == during(0, 7)
    assert not row.final


def test_media_that_ends_after_now_makes_no_backward_gap() -> None:
    gaps = keeper()
    gaps.recorded(during(0, 10))
    (row,) = gaps.lost(at(9.9), LOST, "gone")
    assert row.gap.interval.start == at(10)
    assert row.gap.interval.length == Elapsed(1)


def test_a_camera_never_recorded_is_scheduled_from_its_first_start() -> None:
    gaps = GapKeeper(ONE, None)
    (row,) = gaps.lost(at(0), DOWN, "off")
    assert row.gap.interval.start == at(0)


def a_row(start_s: float, end_s: float, reason: GapReason = LOST) -> Gap:
    return Gap(ONE, during(start_s, end_s), reason, "gone")


def test_after_a_crash_a_row_ends_where_the_next_recovered_segment_starts() -> None:
    """It was written last at 12, or had grown to 30; FFmpeg recorded from 20 on all the same."""
    recorded = [during(0, 10), during(20, 24), during(24, 28)]
    for end in (12, 20, 30):
        assert reconciled(ONE, [a_row(10, end)], recorded) == [a_row(10, 20)]


def test_after_a_crash_one_row_ends_where_the_next_one_starts() -> None:
    rows = [a_row(10, 11), a_row(15, 16, DOWN)]
    mended = reconciled(ONE, rows, [during(0, 10), during(18, 20)])
    assert mended == [a_row(10, 15), a_row(15, 18, DOWN)]


def test_after_a_crash_a_row_with_nothing_behind_it_stays() -> None:
    assert reconciled(ONE, [a_row(10, 12)], [during(0, 10)]) == [a_row(10, 12)]
    assert reconciled(ONE, [], []) == []


def test_time_between_two_recovered_runs_is_a_gap_though_nobody_lived_to_write_it() -> None:
    (gap,) = reconciled(ONE, [], [during(0, 10), during(13, 20), during(20.1, 25)])
    assert (gap.interval, gap.reason) == (during(10, 13), DOWN)
    assert gap.detail


def test_two_recorders_that_take_a_camera_in_turn_write_rows_of_their_own() -> None:
    catalogue = MemoryCatalogue()
    first, second = (GapKeeper(ONE, of_our_own(at(10), salt)) for salt in ("01a2", "01a3"))
    (row,) = first.lost(at(12), DOWN, "")  # it goes down before this is in the catalogue
    second.lost(at(20), DOWN, "")
    (further,) = second.recorded(during(21, 25))
    catalogue.add_gaps([further.gap])
    catalogue.add_gaps([row.gap])  # and writes it when it is back
    window = during(9, 25)
    recorded = [a_segment(ONE, at(0), seconds=10), a_segment(ONE, at(21), seconds=4, run="run-2")]
    tiled = timeline(ONE, window, recorded, catalogue.gaps())
    assert {gap.reason for gap in tiled.gaps} == {DOWN}
    assert row.gap.interval.start != further.gap.interval.start
    assert at(10) - Elapsed.parse("1ms") <= row.gap.interval.start < at(10)


def test_a_first_start_accounts_for_no_time_after_footage_that_was_imported() -> None:
    catalogue = MemoryCatalogue()
    catalogue.add_segments([a_segment("camera-1", run="import-0123456789abcdef-0-60")])
    assert last_recorded(catalogue, ONE) is None
    catalogue.add_segments([a_segment("camera-1", start=at(-600))])
    assert last_recorded(catalogue, ONE) == at(60)
