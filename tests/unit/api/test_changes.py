"""How much pictures changed, by equal parts of a window."""

from __future__ import annotations

from dataclasses import replace

from api.changes import most_by_bucket
from footage.keyframe import Gate
from tests.common.builders import a_keyframe, a_segment, at, during

FIRST = a_keyframe(a_segment())


def test_the_largest_change_of_a_part_counts() -> None:
    looked_at = [
        replace(FIRST, instant=at(1), gate=Gate.CHANGED, change=0.25),
        replace(FIRST, instant=at(2.5), gate=Gate.CHANGED, change=0.5),
        replace(FIRST, instant=at(3), gate=Gate.UNCHANGED, change=0.01),
        replace(FIRST, instant=at(4), gate=Gate.HEARTBEAT, change=0.02),
        replace(FIRST, instant=at(9), gate=Gate.UNREADABLE, change=0.0),
        replace(FIRST, instant=at(12), gate=Gate.CHANGED, change=1.0),
        replace(FIRST, instant=at(-1), gate=Gate.CHANGED, change=1.0),
    ]
    assert most_by_bucket(during(0, 12), 3, looked_at) == [0.5, 0.0, None]


def test_where_nothing_was_looked_at_nothing_is_said() -> None:
    assert most_by_bucket(during(0, 12), 2, []) == [None, None]
