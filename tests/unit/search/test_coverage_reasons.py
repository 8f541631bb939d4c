from __future__ import annotations

from typing import TYPE_CHECKING

from footage.ids import CameraId
from footage.instant import Elapsed
from footage.span import GapReason
from search.coverage import Facts, coverage, unreadable_days
from tests.common.builders import a_gap, at, during, segments_in_a_row

if TYPE_CHECKING:
    from footage.instant import Instant, Interval
    from search.coverage import Coverage

ONE = CameraId("camera-1")


def covered(facts: Facts, interval: Interval, now: Instant | None = None) -> Coverage:
    return coverage([ONE], interval, facts, now or at(10_000))


def reasons(found: Coverage) -> list[tuple[str, str, Elapsed]]:
    return [(m.reason, m.detail, m.interval.length) for m in found.missing]


def test_each_part_that_was_not_searched_says_why() -> None:
    row = segments_in_a_row(4)
    keys = [segment.key for segment in row]
    expired = a_gap("camera-1", during(-60, 0), GapReason.EXPIRED, "policy 'streets': keep 30d")
    facts = Facts(row, [expired], indexed=keys[:3], unreadable=keys[1:2], shards=())
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


def test_an_unreadable_shard_takes_its_day_and_no_other() -> None:
    # START is 15:08:23.547 on 2026-11-22, so the day ends 31 896.453 s later.
    row = segments_in_a_row(2, start=at(31_840))
    keys = [segment.key for segment in row]
    facts = Facts(row, [], indexed=keys, unreadable=(), shards=("0123456789ab/2026-11-22",))
    found = covered(facts, during(31_840, 31_960), now=at(40_000))
    assert reasons(found) == [("shard_unreadable", "shard unreadable", Elapsed(56_453_000))]


def test_a_shard_that_names_no_day_takes_everything() -> None:
    assert unreadable_days(["lost"], during(0, 10)) == [during(0, 10)]
    assert unreadable_days([], during(0, 10)) == []


def test_footage_indexed_twice_over_by_another_segment_counts_as_indexed() -> None:
    first, second = segments_in_a_row(2)
    facts = Facts([first, first, second], [], [first.key], (), ())
    assert covered(facts, during(0, 120)).indexed == Elapsed.seconds(60)


def test_nothing_asked_of_no_camera() -> None:
    assert coverage([], during(0, 60), Facts([], [], (), (), ()), at(0)).asked == Elapsed(0)
