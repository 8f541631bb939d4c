from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.ids import CameraId, SegmentKey
from footage.instant import Instant, Interval
from footage.keyframe import WHOLE, Box
from footage.ports import VectorHit, VectorRow
from search.cutoff import cut_off
from search.moments import LONGEST, STANDS_FOR, Moment, merge, ordered
from search.query import Query, Sort, Words
from tests.common.builders import at, during
from tests.common.tiers import examples


def hit(camera: str, second: float, score: float, box: Box = WHOLE) -> VectorHit:
    row = VectorRow(CameraId(camera), at(second), SegmentKey("s"), int(second), 10, box)
    return VectorHit(row, score)


def test_neighbours_of_one_camera_are_one_moment_with_the_best_hit() -> None:
    found = merge([hit("a", 0, 0.1), hit("a", 4, 0.3), hit("a", 10, 0.2), hit("b", 4, 0.25)])
    assert [(m.camera, m.score, m.hits) for m in found] == [("a", 0.3, 3), ("b", 0.25, 1)]
    assert found[0].interval == Interval(at(0), at(10) + STANDS_FOR)


def test_a_whole_mover_is_shown_rather_than_one_cut_off_that_scores_hardly_better() -> None:
    leaving, inside = Box(0.8, 0.4, 0.2, 0.2), Box(0.5, 0.4, 0.2, 0.2)
    (found,) = merge([hit("a", 4, 0.70, leaving), hit("a", 2, 0.69, inside)])
    assert (found.best.row.instant, found.score) == (at(2), 0.69)
    (found,) = merge([hit("a", 4, 0.70, leaving), hit("a", 2, 0.60, inside)])
    assert found.best.row.instant == at(4)


def test_hits_further_apart_are_moments_of_their_own() -> None:
    found = merge([hit("a", 0, 0.1), hit("a", 9, 0.3)])
    assert [m.interval.start for m in found] == [at(9), at(0)]


def test_a_busy_hour_does_not_become_one_moment() -> None:
    found = merge([hit("a", 2 * n, 0.2 + (n % 7) / 100) for n in range(200)])
    assert len(found) > 10
    assert all(m.interval.length <= LONGEST + STANDS_FOR for m in found)


def test_moments_by_time() -> None:
    found = merge([hit("a", 60, 0.9), hit("a", 0, 0.1), hit("b", 30, 0.5)])
    assert [m.interval.start for m in ordered(found, Sort.TIME)] == [at(0), at(30), at(60)]
    assert [m.score for m in ordered(found, Sort.SCORE)] == [0.9, 0.5, 0.1]


hits = st.lists(
    st.builds(hit, st.sampled_from("ab"), st.integers(0, 90), st.floats(-1, 1)), max_size=40
)


@given(hits)
@examples(200)
def test_every_hit_is_in_exactly_one_moment(drawn: list[VectorHit]) -> None:
    found = merge(drawn)
    assert sum(m.hits for m in found) == len(drawn)
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)
    for one in drawn:
        assert any(
            m.camera == one.row.camera and one.row.instant in m.interval and one.score <= m.score
            for m in found
        )


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60))
@examples(200)
def test_the_cut_never_hides_the_best(scores: list[float]) -> None:
    assert cut_off(scores) <= max(scores)


def test_the_cut_parts_finds_from_chance() -> None:
    chance = [0.10 + (n % 10) / 200 for n in range(100)]
    least = cut_off([*chance, 0.31, 0.33])
    assert 0.15 < least < 0.31


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
        ("-truck", 1, None),
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


def test_urdu_is_text() -> None:
    assert Query("سرخ گاڑی", during(0, 1)).words.wanted == "سرخ گاڑی"


def test_moments_of_one_camera_are_not_compared_with_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A month of one camera has a hundred thousand."""
    asked: list[Instant] = []
    takes = Moment.takes

    def counted(moment: Moment, instant: Instant) -> bool:
        asked.append(instant)
        return takes(moment, instant)

    monkeypatch.setattr(Moment, "takes", counted)
    count = 500
    found = merge(hit("a", 40 * n, n / count) for n in range(count))
    assert len(found) == count
    assert len(asked) <= 3 * count
