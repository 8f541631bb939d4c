"""From media time to wall time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.instant import ZERO, Elapsed
from recorder.anchor import BLIND, REORDERED, UNSEEN, Anchor, Observations, estimate, merged, slew
from tests.common.builders import at

FRAME = Elapsed.parse("40ms")


def test_the_least_delayed_arrival_decides() -> None:
    seen = Observations()
    for arrived, media in ((10.3, 10), (20.1, 20), (30.2, 30)):
        seen = seen.rotated(at(arrived), Elapsed.seconds(media))
    found = estimate(seen, frame=FRAME, reordered=False, started=at(99))
    assert found == Anchor(at(0.1), UNSEEN)


def test_progress_tells_where_a_frame_ends() -> None:
    seen = Observations().progressed(at(10), Elapsed.seconds(10))
    assert estimate(seen, frame=FRAME, reordered=False, started=at(99)).at == at(0) + FRAME


@pytest.mark.parametrize("rotated", [True, False])
def test_progress_of_reordered_pictures_is_a_last_resort(rotated: bool) -> None:  # noqa: FBT001
    seen = Observations().progressed(at(9), Elapsed.seconds(10))
    if rotated:
        seen = seen.rotated(at(10), Elapsed.seconds(10))
    found = estimate(seen, frame=FRAME, reordered=True, started=at(99))
    assert found == (Anchor(at(0), UNSEEN) if rotated else Anchor(at(-1) + FRAME, REORDERED))


def test_without_any_arrival_the_start_of_ffmpeg_must_do() -> None:
    found = estimate(Observations(), frame=FRAME, reordered=False, started=at(7))
    assert found == Anchor(at(7), BLIND)


def test_merging_takes_the_least_of_each() -> None:
    one = Observations().rotated(at(5), ZERO)
    two = Observations().rotated(at(4), ZERO).progressed(at(6), ZERO)
    assert merged([one, two]) == Observations(at(4), at(6))
    assert merged([]) == Observations()


@given(st.integers(-10_000_000, 10_000_000), st.integers(0, 300_000_000))
def test_slewing_is_slow_and_honest(off_us: int, length_us: int) -> None:
    current, target = Anchor(at(0), UNSEEN), Anchor(at(0) + Elapsed(off_us), UNSEEN)
    moved = slew(current, target, Elapsed(length_us))
    step = (moved.at - current.at).us
    assert abs(step) <= length_us * 500 // 1_000_000
    assert abs((target.at - moved.at).us) <= abs(off_us)
    assert moved.uncertainty == UNSEEN + Elapsed(abs((target.at - moved.at).us))
