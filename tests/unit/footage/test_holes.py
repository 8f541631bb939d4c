"""The rule for holes: a picture shown longer than a second and several times the usual."""

import io

import pytest

from footage.holes import Hole, cuts, hole_intervals, holes, usual_ticks
from footage.instant import Elapsed
from footage.mp4 import walk
from footage.mp4_boxes import Sample
from tests.common.builders import during
from tests.common.mp4_builder import Frame, fragment, gop, init


def shown_at(*times_ms: int, last: int = 40) -> list[Sample]:
    """Samples shown at these times, decoded in the order given."""
    return [Sample(0, 1, dts, pts, last, keyframe=not dts) for dts, pts in enumerate(times_ms)]


def test_a_picture_shown_for_seconds_among_pictures_of_40_ms_is_a_hole() -> None:
    samples = shown_at(0, 40, 80, 8_080, 8_120)
    assert holes(samples, 1_000) == (Hole(120, 8_080),)


@pytest.mark.parametrize(("apart", "found"), [(1_000, 0), (1_001, 1)])
def test_up_to_a_second_is_no_hole(apart: int, found: int) -> None:
    assert len(holes(shown_at(0, 40, 80, 80 + apart, 120 + apart), 1_000)) == found


@pytest.mark.parametrize(("apart", "found"), [(8_000, 0), (8_001, 1)])
def test_a_slow_camera_is_not_silent_until_several_pictures_are_missing(
    apart: int, found: int
) -> None:
    samples = shown_at(0, 2_000, 4_000, 4_000 + apart, 6_000 + apart, last=2_000)
    assert len(holes(samples, 1_000)) == found


def test_times_of_showing_decide_where_pictures_are_reordered() -> None:
    samples = shown_at(0, 120, 40, 80, 5_000, 5_080, 5_040)
    assert holes(samples, 1_000) == (Hole(160, 5_000),)


def test_a_last_sample_that_lasts_long_is_a_hole_at_the_end() -> None:
    samples = [Sample(0, 1, at, at, 40, keyframe=False) for at in (0, 40, 80)]
    samples[-1] = samples[-1]._replace(duration_ticks=40_000)
    assert holes(samples, 1_000) == (Hole(120, 40_080),)


def test_a_single_sample_is_usual_by_itself_unless_the_usual_is_known() -> None:
    alone = [Sample(0, 1, 0, 0, 40_000, keyframe=True)]
    assert holes(alone, 1_000) == ()
    assert holes(alone, 1_000, usual=40) == (Hole(40, 40_000),)


def test_cuts_leave_no_hole_behind_and_see_the_usual_of_each_piece() -> None:
    slow = [at * 500 for at in range(8)]
    fast = [60_000 + at * 40 for at in range(5)]
    later = [62_000 + at * 40 for at in range(2)]
    assert cuts(shown_at(*slow, *fast, *later), 1_000) == {
        8: Hole(4_000, 60_000),
        13: Hole(60_200, 62_000),
    }


def test_a_picture_shown_before_the_hole_and_decoded_behind_it_keeps_its_reference() -> None:
    found = cuts(shown_at(0, 40, 80, 5_000, 120, 5_040, 5_080), 1_000)
    assert found == {5: Hole(160, 5_000)}


def test_a_piece_begins_with_the_keyframe_behind_the_hole_though_a_picture_before_follows() -> None:
    samples = shown_at(0, 40, 80, 5_000, 120, 5_040, 5_080)
    samples[3] = samples[3]._replace(keyframe=True)
    assert cuts(samples, 1_000) == {3: Hole(160, 5_000)}
    assert holes(samples[3:], 1_000) == ()  # the picture shown before belongs to the time before


def test_the_usual_is_the_median() -> None:
    assert usual_ticks(shown_at(0, 40, 80, 8_080, 8_120)) == 40


def test_holes_of_a_stored_segment_lie_in_wall_time_inside_the_segment() -> None:
    film = init() + fragment([*gop(5)[:-1], Frame(duration=6_000)], dts=700)
    film += fragment(gop(5), dts=700 + 160 + 6_000)
    layout = walk(io.BytesIO(film))
    found = hole_intervals(layout, during(100, 106.36))
    assert found == [during(100.2, 106.16)]
    assert found[0].length == Elapsed.parse("5960ms")
