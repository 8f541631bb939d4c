"""From media time to wall time."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.instant import ZERO, Elapsed, Instant
from recorder.timing.anchor import (
    AUDIBLE,
    BLIND,
    FAR_OFF,
    HASTE_PPM,
    REORDERED,
    SLEW_PPM,
    Anchor,
    Frames,
    Sightings,
    estimate,
    slew,
    unknown_rate,
)
from recorder.timing.arrivals import Arrival
from recorder.timing.lines import UNSEEN, Line, Sighting
from tests.common.builders import at

FRAME = Elapsed.parse("40ms")
MS = 1_000


def frames(seconds: int = 60, **facts: Any) -> Frames:  # noqa: ANN401 - any field
    """25 frames a second from media time zero on."""
    starts = [n * FRAME.us for n in range(seconds * 25)]
    ends = [start + FRAME.us for start in starts]
    return Frames(starts, ends, FRAME, FRAME, FRAME, **facts)


def line_of(*arrivals: Arrival, told: Frames | None = None) -> Line:
    seen = Sightings()
    for arrival in arrivals:
        seen.saw(arrival)
    told = told or frames()
    seen.settle(told)
    return estimate(seen, told, Line(at(99), uncertainty=BLIND))


def progress(arrived: float, media: float) -> Arrival:
    return Arrival(at(arrived), Elapsed.seconds(media), rotation=False)


def rotation(arrived: float, media: float) -> Arrival:
    return Arrival(at(arrived), Elapsed.seconds(media), rotation=True)


def test_the_least_delayed_arrival_decides() -> None:
    line = line_of(progress(10.3, 10), progress(20.1, 20), progress(30.2, 30))
    assert line.zero_at(ZERO) == at(0.1)
    assert line.uncertainty == UNSEEN


@pytest.mark.parametrize("ends", [True, False])
def test_progress_tells_where_a_frame_ends_or_begins(ends: bool) -> None:  # noqa: FBT001
    line = line_of(progress(10, 10), told=frames(progress_ends=ends))
    assert line.zero_at(ZERO) == (at(0) if ends else at(0) - FRAME)


def test_a_frame_that_lasts_longer_than_usual_is_no_delay() -> None:
    """The next one arrives when it begins, whatever FFmpeg takes for this one's length."""
    starts = (0, 40_000, 80_000, 380_000, 420_000)
    told = Frames(starts, (*starts[1:], 460_000), FRAME, FRAME, FRAME)
    assert line_of(progress(0.38, 0.12), told=told).zero_at(ZERO) == at(0)


def test_a_rotation_is_seen_when_the_frame_behind_it_begins() -> None:
    assert line_of(rotation(0.04, 0)).zero_at(ZERO) == at(0)
    assert line_of(rotation(0.04, -0.3)).zero_at(ZERO) == at(0)
    # The one that closed this segment belongs to the next: its length is not known yet.
    line = line_of(rotation(60.04, 60))
    assert line.zero_at(ZERO) == at(0)
    assert line.uncertainty == UNSEEN + FRAME
    assert line_of(rotation(60.04, 60), told=frames(audible=True)).uncertainty == AUDIBLE


@pytest.mark.parametrize("ends", [False, True])
def test_with_sound_the_progress_behind_a_first_segment_counts_too(*, ends: bool) -> None:
    """The keyframe that closed it waited 0.3 s for sound; progress never does."""
    told = frames(audible=True, progress_ends=ends)
    late = rotation(60.34, 60)
    assert line_of(late, told=told).zero == at(0.3)
    later = progress(61.04, 61.04 if ends else 61)
    assert at(0) <= line_of(late, later, told=told).zero <= at(0) + FRAME
    assert line_of(late, later, told=replace(told, audible=False)).zero == at(0.3)


def test_progress_read_late_does_not_make_a_first_segment_late() -> None:
    """The keyframe that closed it was seen in time; it is of the next segment."""
    late = progress(10.9, 10)
    assert line_of(late, rotation(60.04, 60)).zero < line_of(late).zero
    assert line_of(late, rotation(60.04, 60)).zero == line_of(rotation(60.04, 60)).zero


def test_a_keyframe_behind_a_long_frame_is_never_taken_for_early() -> None:
    """The last frame was said to take a second, as the one before it; it took 40 ms."""
    told = replace(frames(), ends=[*frames().ends[:-1], frames().ends[-1] + 1_000_000])
    line = line_of(progress(10.04, 10), rotation(60.08, 61), told=told)
    assert line.zero == line_of(progress(10.04, 10)).zero


def test_where_the_stream_ended_no_keyframe_is_behind_it() -> None:
    """An end stamped too early by the frames it waits for elsewhere would win over all others."""
    end = Arrival(at(59.97), Elapsed.seconds(60), rotation=True, flushed=True)
    line = line_of(end, told=frames())
    assert line.zero_at(ZERO) == at(59.97) - Elapsed.seconds(60) + FRAME


def test_reordered_pictures_are_held_by_the_camera() -> None:
    lead = Elapsed.parse("80ms")
    told = frames(lead=lead)
    assert line_of(rotation(0.12, 0), progress(9, 10), told=told).zero_at(ZERO) == at(0)
    assert line_of(rotation(0.12, 0), told=told).uncertainty == REORDERED
    vague = line_of(progress(9, 10), told=told)
    assert (vague.zero_at(ZERO), vague.uncertainty) == (at(-1), REORDERED)


def test_without_any_arrival_the_start_of_ffmpeg_must_do() -> None:
    assert line_of() == Line(at(99), uncertainty=BLIND)


def test_a_step_moves_all_that_was_seen() -> None:
    seen = Sightings()
    seen.saw(progress(10, 10))
    seen.settle(frames())
    seen.saw(progress(61, 61))
    seen.shift(Elapsed.seconds(3))
    assert seen.raw == [progress(64, 61)]
    assert estimate(seen, frames(), Line(at(99))).zero_at(ZERO) == at(3)


@given(
    ppm=st.integers(-500, 500),
    jitter_ms=st.integers(0, 400),
    minutes=st.integers(1, 40),
    seed=st.integers(0, 1_000),
)
def test_a_drifting_crystal_is_followed_under_jitter(
    ppm: int, jitter_ms: int, minutes: int, seed: int
) -> None:
    """Frames late at random, media running fast or slow: the newest frame's time stays right."""
    rng, seen, now = random.Random(seed), Sightings(), 0  # noqa: S311 - a simulation
    media = ZERO
    for now in range(1, minutes * 60 + 1):
        media = Elapsed(now * (1_000_000 + ppm))
        # One frame in five comes through undelayed, as on any network that is not down.
        late = 0.0 if rng.random() < 0.2 else rng.random() * jitter_ms / 1_000
        seen.saw(Arrival(at(now + late), media, rotation=False))
        starts = [media.us - FRAME.us, media.us]
        seen.settle(Frames(starts, [media.us, media.us + FRAME.us], FRAME, FRAME, FRAME))
    line = estimate(seen, frames(), Line(at(99)))
    assert abs((line.zero_at(media) + media - at(now)).us) <= 60 * MS


def test_old_sightings_are_forgotten() -> None:
    seen = Sightings()
    for minute in range(60):
        media = minute * 60_000_000
        seen.saw(Arrival(at(minute * 60), Elapsed(media), rotation=False))
        starts = [media - FRAME.us, media]
        seen.settle(Frames(starts, [media, media + FRAME.us], FRAME, FRAME, FRAME))
    assert len(seen.settled) <= 60
    assert seen.raw == []


@given(st.integers(-10_000_000, 10_000_000), st.integers(0, 300_000_000))
def test_slewing_is_slow_and_honest(off_us: int, length_us: int) -> None:
    current, target = Anchor(at(0), UNSEEN), Anchor(at(0) + Elapsed(off_us), UNSEEN)
    moved = slew(current, target, Elapsed(length_us))
    step = (moved.at - current.at).us
    ppm = HASTE_PPM if abs(off_us) > FAR_OFF.us else SLEW_PPM
    assert abs(step) <= length_us * ppm // 1_000_000
    assert abs((target.at - moved.at).us) <= abs(off_us)
    assert moved.uncertainty == UNSEEN + Elapsed(abs((target.at - moved.at).us))


def test_a_line_moves_with_media_time() -> None:
    line = Line(Instant(1_000), Elapsed(0), drift_ppb=500_000)
    assert line.zero_at(Elapsed.seconds(60)) == Instant(1_000 + 30_000)


def test_pictures_late_for_good_are_followed_with_the_difference_as_doubt() -> None:
    """The camera was silent for 8 s while its clock of pictures stood still."""
    told = frames(seconds=120)
    line = line_of(*(progress(n + (8 if n > 60 else 0), n) for n in range(1, 119)), told=told)
    assert line.moved
    assert line.zero_at(Elapsed.seconds(110)) == at(8)
    assert line.uncertainty >= Elapsed.seconds(8)


def test_sightings_next_to_each_other_tell_no_rate_beyond_twice_and_half() -> None:
    """Two milliseconds apart, 5 ms of jitter would tell a camera of any rate."""
    seen, told = Sightings(), frames(8)
    for media, zero in ((0.999, 0.005), (1.001, 0.0)):
        seen.restore(Sighting(Elapsed.seconds(media), at(zero)), vague=False)
    line = estimate(seen, told, Line(at(99), uncertainty=BLIND))
    away = Elapsed.seconds(7.1)
    assert ZERO < unknown_rate(seen, told, line, Elapsed.seconds(8)) < away
