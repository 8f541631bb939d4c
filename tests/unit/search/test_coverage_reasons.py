from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footage.ids import CameraId
from footage.instant import Elapsed, Instant, Interval
from footage.span import GapReason
from search import coverage as coverage_module
from search.coverage import Looked, coverage, unreadable_days
from tests.common.builders import a_gap, a_segment, at, during, segments_in_a_row
from tests.common.summaries import ENCODER, facts_of

if TYPE_CHECKING:
    from search.coverage import Coverage, Facts

ONE = CameraId("camera-1")
MIDNIGHT = Instant.parse("2026-11-23T00:00:00Z")


def covered(facts: Facts, interval: Interval, now: Instant | None = None) -> Coverage:
    return coverage({ONE: (interval,)}, facts, now or at(10_000))


def reasons(found: Coverage) -> list[tuple[str, str, Elapsed]]:
    return [(m.reason, m.detail, m.interval.length) for m in found.missing]


def test_each_part_that_was_not_searched_says_why() -> None:
    row = segments_in_a_row(4)
    keys = [segment.key for segment in row]
    expired = a_gap("camera-1", during(-60, 0), GapReason.EXPIRED, "policy 'streets': keep 30d")
    facts = facts_of(row, [expired], indexed=keys[:3], unreadable=keys[1:2])
    found = covered(facts, during(-60, 300), now=at(280))
    minute = Elapsed.seconds(60)
    assert reasons(found) == [
        ("expired", "policy 'streets': keep 30d", minute),
        ("keyframes_unreadable", "keyframes cannot be decoded", minute),
        ("not_indexed", "not indexed yet", minute),
        ("unknown", "", Elapsed.seconds(40)),
        ("future", "not yet recorded", Elapsed.seconds(20)),
    ]
    assert (found.recorded, found.indexed, found.searched) == (minute * 4, minute * 3, minute * 2)


def test_time_between_two_segments_is_not_searched_where_another_run_recorded() -> None:
    """The other run's segment was not looked at, and shows what the first run missed."""
    seen = [a_segment(start=at(start), seconds=10, run="run-1") for start in (0, 11)]
    other = a_segment(start=at(10.25), seconds=0.5, run="run-2")
    facts = facts_of([*seen, other], indexed=[segment.key for segment in seen])
    found = covered(facts, during(0, 21))
    assert reasons(found) == [("not_indexed", "not indexed yet", Elapsed.seconds(0.5))]
    facts = facts_of([*seen, other], indexed=[segment.key for segment in (*seen, other)])
    assert reasons(covered(facts, during(0, 21))) == []


def test_what_is_kept_of_cameras_is_bounded() -> None:
    """A camera that comes and goes is cut anew for each question; usual cameras are kept."""
    kept = coverage_module._kept_of_camera.cache_info
    usual = facts_of(segments_in_a_row(3))
    gaps = [a_gap("camera-1", during(n, n + 0.5)) for n in range(300)]
    before = kept()
    many = covered(facts_of([], gaps), during(0, 300))
    assert len(many.missing) == 600
    assert kept() == before
    row = segments_in_a_row(402)
    broken = [segment.key for segment in row[::2]]
    of_unreadable = facts_of(row, indexed=[one.key for one in row], unreadable=broken)
    many = covered(of_unreadable, during(0, 402 * 60), now=at(402 * 60))
    assert len(many.missing) == 201
    assert kept() == before
    first = covered(usual, during(0, 180.125))
    again = covered(usual, during(0, 180.125))
    assert again == first
    assert (kept().hits, kept().misses) == (before.hits + 1, before.misses + 1)
    assert kept().maxsize == 4_000


def test_a_window_that_is_not_over_is_cut_once_while_nothing_is_recorded() -> None:
    kept = coverage_module._kept_of_camera.cache_info
    row = segments_in_a_row(3)
    lost = a_gap("camera-1", during(190, 240), GapReason.EXPIRED)
    facts = facts_of(row, [lost], indexed=[segment.key for segment in row])
    before = kept()
    for second in (181, 200, 239.125, 250, 299):
        found = covered(facts, during(0, 300.25), now=at(second))
        over = covered(facts, during(0, second), now=at(second))  # cut anew
        assert found.missing[:-1] == over.missing
        (future,) = found.missing[-1:]
        assert (future.reason, future.interval) == ("future", during(second, 300.25))
        assert (found.recorded, found.searched) == (over.recorded, over.searched)
    assert (kept().hits, kept().misses) == (before.hits + 4, before.misses + 6)
    more = facts_of(segments_in_a_row(4), [lost], indexed=[segment.key for segment in row])
    assert covered(more, during(0, 300.25), now=at(250)).recorded == Elapsed.seconds(240)


def test_of_a_camera_without_footage_all_that_is_over_is_unexplained() -> None:
    found = covered(facts_of([]), during(0, 60), now=at(40))
    assert [(one.reason, one.interval) for one in found.missing] == [
        ("unknown", during(0, 40)),
        ("future", during(40, 60)),
    ]
    early = covered(facts_of([]), during(0, 60), now=at(-5))
    assert [(one.reason, one.interval) for one in early.missing] == [("future", during(0, 60))]


def test_an_unreadable_shard_takes_its_day_and_no_other() -> None:
    # START is 15:08:23.547 on 2026-11-22, so the day ends 31 896.453 s later.
    row = segments_in_a_row(2, start=at(31_840))
    keys = [segment.key for segment in row]
    facts = facts_of(row, indexed=keys, shards=("0123456789ab/2026-11-22",))
    found = covered(facts, during(31_840, 31_960), now=at(40_000))
    assert reasons(found) == [
        ("shard_unreadable", "index damaged: shard unreadable", Elapsed(56_453_000))
    ]


def test_a_shard_that_names_no_day_takes_everything() -> None:
    assert unreadable_days(["lost"], during(0, 10)) == [during(0, 10)]
    assert unreadable_days([], during(0, 10)) == []


def test_footage_indexed_twice_over_by_another_segment_counts_as_indexed() -> None:
    first, second = segments_in_a_row(2)
    again = a_segment(number=1, run="run-2")
    facts = facts_of([first, again, second], indexed=[first.key])
    assert covered(facts, during(0, 120)).indexed == Elapsed.seconds(60)


def test_time_between_two_looked_at_segments_counts_as_looked_at_over_midnight_too() -> None:
    second, step = Elapsed.seconds(1), Elapsed(400_000)
    start = MIDNIGHT - second * 60 - step
    row = [a_segment(start=start), a_segment(start=MIDNIGHT), a_segment(start=at(0))]
    window = Interval(start, MIDNIGHT + second * 60)
    both = [segment.key for segment in row[:2]]
    later = MIDNIGHT + second * 900
    whole = covered(facts_of(row, indexed=both), window, now=later)
    assert (whole.searched, whole.missing) == (window.length, ())
    half = covered(facts_of(row, indexed=both[:1]), window, now=later)
    assert reasons(half) == [("not_indexed", "not indexed yet", second * 60 + step)]
    unread = covered(facts_of(row, indexed=both, unreadable=both), window, now=later)
    assert reasons(unread) == [
        ("keyframes_unreadable", "keyframes cannot be decoded", window.length)
    ]


def test_what_was_indexed_or_unmarked_during_the_scan_was_not_searched() -> None:
    """Invariants 6 and 11: only time looked at both before and after the scan counts."""
    row = segments_in_a_row(3)
    keys = [segment.key for segment in row]
    before, after = facts_of(row, indexed=keys[:2]), facts_of(row, indexed=keys[1:])
    facts = replace(after, before=before.before)
    found = covered(facts, during(0, 180))
    assert found.searched == Elapsed.seconds(60)
    assert [m.interval for m in found.missing] == [during(0, 60), during(120, 180)]
    bad = facts_of(row, indexed=keys, unreadable=keys[:1])
    fine = facts_of(row, indexed=keys)
    for facts in (replace(fine, before=bad.before), replace(bad, before=fine.before)):
        assert covered(facts, during(0, 180)).searched == Elapsed.seconds(120)


def test_marks_of_other_encoders_tell_nothing() -> None:
    """Invariant 9."""
    row = segments_in_a_row(1)
    days = facts_of(row, indexed=[row[0].key]).days
    other = replace(ENCODER, digest="sha256:" + "f" * 64)
    assert not Looked.told(days, other).seen


def test_nothing_asked_of_no_camera() -> None:
    assert coverage({}, facts_of([]), at(0)).asked == Elapsed(0)
