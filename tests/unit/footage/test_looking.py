"""The one rule for time that counts as looked at, and the choice of pictures between keyframes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from footage.instant import Elapsed, Interval
from footage.looking import (
    LOOK_EVERY,
    apart,
    between,
    keyframes_far_apart,
    looked_every,
    loose_mark,
    near,
)
from tests.common.builders import START, at, during
from tests.common.tiers import examples

DIGEST = "sha256:" + "a" * 64
S = 1_000_000


def test_time_counts_within_two_seconds_of_a_picture() -> None:
    within = during(0, 60)
    assert near([at(10)], within, LOOK_EVERY) == [Interval(at(7.8), at(12.2) + Elapsed(1))]
    assert near([at(0), at(4)], within, LOOK_EVERY) == [Interval(START, at(6.2) + Elapsed(1))]
    assert near([], within, LOOK_EVERY) == []
    assert apart([at(2 * n) for n in range(29)], within, LOOK_EVERY)
    assert not apart([at(2 * n) for n in range(30)], within, LOOK_EVERY)
    assert not apart([at(4 * n) for n in range(15)] + [at(58)], within, LOOK_EVERY)
    assert apart([at(4.5 * n) for n in range(14)], within, LOOK_EVERY)


def test_pictures_are_chosen_evenly_and_only_where_keyframes_lie_apart() -> None:
    pictures = [n * S // 25 for n in range(1, 25 * 90)]
    assert between(pictures[:50], 0, 2 * S, 2 * S) == []
    assert between(pictures[:51], 0, 2 * S + S // 25, 2 * S) == []
    assert between(pictures, 0, 5 * S, 2 * S) == [1_640_000, 3_320_000]
    chosen = between(pictures, 0, 90 * S, 2 * S)
    assert len(chosen) == 40
    assert between([], 0, 90 * S, 2 * S) == []
    # Nothing is shown for 40 s: the picture that stands, and the first one after.
    assert between([S, 41 * S, 42 * S], 0, 43 * S, 2 * S) == [S, 41 * S]


@given(
    steps=st.lists(st.integers(1, 2 * S), min_size=1, max_size=60),
    every=st.sampled_from([S // 2, 2 * S, 5 * S]),
)
@examples(150)
def test_chosen_pictures_leave_no_time_out_that_a_picture_lies_near(
    steps: list[int], every: int
) -> None:
    """Wherever pictures are shown, whatever the rate, one that was looked at lies near."""
    pictures, now = list[int](), 0
    for step in steps:
        now += min(step, every)
        pictures.append(now)
    end = now + 1
    chosen = between(pictures, 0, end, every)
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(pictures)
    instants = [START, *(START + Elapsed(one) for one in chosen)]
    assert not apart(instants, Interval(START, START + Elapsed(end)), Elapsed(every))


def test_a_mark_tells_how_seldom_was_looked() -> None:
    marks = {DIGEST, f"{DIGEST}+unreadable", loose_mark(DIGEST, Elapsed.parse("5s"))}
    assert looked_every(marks, DIGEST) == Elapsed.parse("5s")
    assert looked_every(marks, "sha256:" + "b" * 64) == LOOK_EVERY
    assert looked_every([], DIGEST) == LOOK_EVERY


def test_keyframes_far_apart() -> None:
    assert not keyframes_far_apart([at(0), at(10), at(20)], at(30))
    assert keyframes_far_apart([at(0), at(10), at(20)], at(30.1))
    assert keyframes_far_apart([at(0), at(10.1)], at(12))
