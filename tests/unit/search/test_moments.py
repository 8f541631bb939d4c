from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.ids import CameraId, SegmentKey
from footage.instant import Elapsed, Interval
from footage.keyframe import WHOLE, Box, Gate, Keyframe
from footage.ports import VectorHit, VectorRow
from search import merging
from search.cutoff import Band, Chance, cut_off
from search.looks import Looks, to_read
from search.merging import LONGEST, merge
from search.moments import Moment, not_in, ordered
from search.query import Query, Sort, Words
from tests.common.builders import at, during
from tests.common.tiers import examples


def hit(camera: str, second: float, score: float, box: Box = WHOLE) -> VectorHit:
    row = VectorRow(CameraId(camera), at(second), SegmentKey("s"), int(second), 10, box)
    return VectorHit(row, score)


def us(second: float) -> int:
    return at(second).us


CAR = Box(0.1, 0.4, 0.1, 0.1)
EVER = {CameraId(camera): [(us(-1_000), us(100_000))] for camera in "ab"}


def merged(
    hits: list[VectorHit], looks: Looks | None = None, *, least: float = -1.0
) -> list[Moment]:
    return merge(hits, EVER, {CameraId("a"): looks} if looks else None, least=least)


def spans(moments: list[Moment]) -> list[tuple[float, float]]:
    """Start and end of each moment in seconds, in the order of time."""
    return sorted(
        ((m.interval.start - at(0)).in_seconds, (m.interval.end - at(0)).in_seconds)
        for m in moments
    )


def test_neighbours_of_one_camera_are_one_moment_with_the_best_hit() -> None:
    found = merged([hit("a", 0, 0.1), hit("a", 4, 0.3), hit("a", 10, 0.2), hit("b", 4, 0.25)])
    assert [(m.camera, m.score, m.hits) for m in found] == [("a", 0.3, 3), ("b", 0.25, 1)]
    assert found[0].interval == Interval(at(0), at(12))


def test_neighbourhood_is_the_distance_at_which_the_camera_is_looked_at() -> None:
    hits = [hit("a", 0, 0.1, CAR), hit("a", 4, 0.3, CAR)]
    quick = Looks.of([picture(n, Gate.CHANGED) for n in range(10)], [during(0, 10)])
    assert spans(merged(hits)) == [(0, 6)]
    assert spans(merged(hits, quick)) == [(0, 1), (4, 5)]
    slow = Looks.of([picture(n, Gate.CHANGED) for n in range(0, 40, 8)], [during(0, 40)])
    assert spans(merged([hit("a", 0, 0.1, CAR), hit("a", 24, 0.3, CAR)], slow)) == [(0, 32)]


def test_a_whole_mover_is_shown_rather_than_one_cut_off_that_scores_hardly_better() -> None:
    leaving, inside = Box(0.8, 0.4, 0.2, 0.2), Box(0.5, 0.4, 0.2, 0.2)
    (found,) = merged([hit("a", 4, 0.70, leaving), hit("a", 2, 0.69, inside)])
    assert (found.best.row.instant, found.score) == (at(2), 0.69)
    (found,) = merged([hit("a", 4, 0.70, leaving), hit("a", 2, 0.60, inside)])
    assert found.best.row.instant == at(4)


def test_hits_further_apart_are_moments_of_their_own() -> None:
    found = merged([hit("a", 0, 0.1), hit("a", 9, 0.3)])
    assert [m.interval.start for m in found] == [at(9), at(0)]


def test_a_busy_hour_does_not_become_one_moment() -> None:
    found = merged([hit("a", 2 * n, 0.2 + (n % 7) / 100, CAR) for n in range(200)])
    assert len(found) > 10
    assert all(m.interval.length <= LONGEST + Elapsed.parse("2s") for m in found)


def test_no_moment_crosses_time_that_was_not_recorded() -> None:
    holes = {CameraId("a"): [(us(0), us(5)), (us(7), us(11))]}
    hits = [hit("a", 4, 0.3), hit("a", 8, 0.2), hit("a", 10, 0.1), hit("a", 20, 0.9)]
    assert spans(merge(hits, holes)) == [(4, 5), (8, 11)]


def picture(second: float, gate: Gate) -> Keyframe:
    return Keyframe(CameraId("a"), at(second), SegmentKey("s"), int(second), 10, gate)


def a_still_hour() -> Looks:
    """Pictures each 2 s, embedded at the first and each minute since: nothing changes."""
    pictures = [
        picture(n, Gate.UNCHANGED if n % 60 else Gate.HEARTBEAT if n else Gate.CHANGED)
        for n in range(0, 3600, 2)
    ]
    return Looks.of(pictures, [during(0, 3600)])


def test_scenery_is_one_moment_however_long_it_stands() -> None:
    hits = [hit("a", 60 * n, 0.3 + n % 2 / 100) for n in range(60)]
    (found,) = merged(hits, a_still_hour())
    assert (found.still, found.hits, found.also) == (True, 60, ())
    assert found.interval == Interval(at(0), at(3542))
    assert len(merged(hits)) == 60  # where nobody knows that nothing changed between


def test_a_parked_car_in_its_own_box_is_one_moment() -> None:
    (found,) = merged([hit("a", 60 * n, 0.3, CAR) for n in range(60)], a_still_hour())
    assert (found.still, found.hits) == (True, 60)


def test_views_that_just_miss_the_cut_keep_scenery_together() -> None:
    hits = [hit("a", 60 * n, 0.300 if n % 3 else 0.299) for n in range(60)]
    (found,) = merged(hits, a_still_hour(), least=0.3)
    assert (found.still, found.hits) == (True, 40)


def test_a_view_that_was_looked_at_and_did_not_match_ends_scenery() -> None:
    hits = [hit("a", 60 * n, 0.3) for n in range(60) if n != 30]
    first, second = sorted(merged(hits, a_still_hour()), key=lambda m: m.interval)
    assert (first.interval.end, second.interval.start) == (at(29 * 60 + 2), at(31 * 60))


def test_a_mover_before_scenery_is_a_moment_of_its_own() -> None:
    view = [hit("a", 2 * n, 0.3) for n in range(100)]
    mover = [hit("a", 100 + 2 * n, 0.5, Box(n / 10, 0.4, 0.1, 0.1)) for n in range(4)]
    best, still = merged([*view, *mover])
    assert (best.still, best.interval) == (False, Interval(at(100), at(108)))
    assert still.still
    assert still.parts == (Interval(at(0), at(100)), Interval(at(108), at(200)))
    assert still.whole == Interval(at(0), at(200))


def test_weaker_hits_within_a_moment_are_no_further_moments() -> None:
    hits = [hit("a", 0, 0.9), hit("a", 2, 0.1), hit("a", 4, 0.9), hit("a", 60, 0.1)]
    found = merged(hits, least=0.5)
    assert [h.row.instant for h in not_in(found, hits) if h.score < 0.5] == [at(60)]


def test_only_time_between_hits_is_read() -> None:
    instants = [at(0), at(2), at(70), at(300)]
    assert to_read(instants, at(300)) == [
        Interval(at(2), at(70) + Elapsed(1)),
        Interval(at(290), at(310)),
    ]


def test_moments_by_time() -> None:
    found = merged([hit("a", 60, 0.9), hit("a", 0, 0.1), hit("b", 30, 0.5)])
    assert [m.interval.start for m in ordered(found, Sort.TIME)] == [at(0), at(30), at(60)]
    assert [m.score for m in ordered(found, Sort.SCORE)] == [0.9, 0.5, 0.1]


def test_hits_of_one_camera_are_not_compared_with_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A month of one camera has a hundred thousand."""
    compared = 0
    same_place = merging._same_place

    def counted(one: Box, other: Box) -> bool:
        nonlocal compared
        compared += 1
        return same_place(one, other)

    monkeypatch.setattr(merging, "_same_place", counted)
    count = 500
    looks = a_still_hour()
    assert len(merged([hit("a", 2 * n, n / count, CAR) for n in range(count)], looks)) > 30
    assert compared <= 3 * count


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60))
@examples(200)
def test_the_cut_never_hides_the_best(scores: list[float]) -> None:
    assert cut_off(scores) <= max(scores)


def test_the_cut_parts_finds_from_chance() -> None:
    chance = [0.10 + (n % 10) / 200 for n in range(100)]
    least = cut_off([*chance, 0.31, 0.33])
    assert 0.15 < least < 0.31


def test_a_band_tells_a_find_from_the_best_of_chance() -> None:
    noise = [0.5 + (n % 21 - 10) / 100 for n in range(200)]
    chance = Chance.of([*noise, 0.9])
    bands = [chance.band(score) for score in (0.9, 0.72, 0.6)]
    assert bands == [Band.STRONG, Band.FAIR, Band.WEAK]
    # The best of mere chance is weak, however high its cosine.
    assert Chance.of(noise).band(max(noise)) is Band.WEAK
    assert Chance.of([0.7] * 100).band(0.7) is Band.WEAK


def test_few_pictures_are_not_judged() -> None:
    assert Chance.of([0.9, 0.1]).band(0.9) is Band.UNJUDGED
    assert Chance.of([]).band(0.9) is Band.UNJUDGED


def test_few_scores_are_all_shown() -> None:
    assert cut_off([0.3, 0.1, 0.2]) == 0.1
    assert cut_off([]) == -1.0


def test_words_behind_a_minus_are_unwanted() -> None:
    query = Query('red pick-up -truck  -"white roof" - now', during(0, 1))
    assert query.words == Words("red pick-up - now", ("truck", "white roof"))


@pytest.mark.parametrize(
    ("text", "limit", "threshold"),
    [
        ("", 1, None),
        ("  ", 1, None),
        ("-!", 1, None),
        ("?!", 1, None),
        ("x" * 501, 1, None),
        ("red", 0, None),
        ("red", 501, None),
        ("red", 5, 1.5),
    ],
)
def test_questions_that_cannot_be_right(text: str, limit: int, threshold: float | None) -> None:
    with pytest.raises(BadInput):
        Query(text, during(0, 1), limit=limit, threshold=threshold)


def test_unwanted_words_alone_are_a_question() -> None:
    assert Query("-car", during(0, 1)).words == Words("", ("car",))


def test_urdu_is_text() -> None:
    assert Query("سرخ گاڑی", during(0, 1)).words.wanted == "سرخ گاڑی"
