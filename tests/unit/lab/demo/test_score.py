from __future__ import annotations

import pytest

from footage.ids import CameraId, SiteId
from footage.instant import Elapsed, Instant, Interval
from lab.demo.score import FoundMoment, RankedAnswer, Sought, last_line, rank_answer, sought_of

ZERO = Instant.parse("2026-11-22T15:00:00Z")
CAMERA = CameraId("c1")


def _during(start_s: float, end_s: float) -> Interval:
    return Interval(ZERO + Elapsed.seconds(start_s), ZERO + Elapsed.seconds(end_s))


def _found(camera: str, at_s: float) -> FoundMoment:
    instant = ZERO + Elapsed.seconds(at_s)
    return FoundMoment(
        CameraId(camera), Interval(instant, instant + Elapsed.seconds(2)), instant, 0.5
    )


SOUGHT = Sought("a red bus", CAMERA, SiteId("s1"), "day", _during(0, 30), (_during(10, 14),))


@pytest.mark.parametrize(
    ("found", "rank"),
    [
        ([_found("c1", 11)], 1),
        ([_found("c2", 11), _found("c1", 12)], 2),
        ([_found("c1", 8.5)], 1),
        ([_found("c1", 7.9), _found("c1", 14)], None),
        ([_found("c1", 7.9), _found("c1", 16.1)], None),
        ([_found("c2", 11)], None),
        ([], None),
    ],
)
def test_only_the_right_camera_at_the_right_time_counts(
    found: list[FoundMoment], rank: int | None
) -> None:
    assert rank_answer(SOUGHT, found).rank == rank


def test_the_fourth_place_is_not_in_the_top() -> None:
    far = [_found("c2", n) for n in range(3)]
    verdict = rank_answer(SOUGHT, [*far, _found("c1", 11)])
    assert verdict.rank == 4
    assert not verdict.in_top


def test_the_last_line_counts() -> None:
    hit, miss = RankedAnswer(SOUGHT, (), 3), RankedAnswer(SOUGHT, (), None)
    assert last_line([hit, hit, miss]) == "demo: 2 of 3 planted appearances in the top 3"


def test_media_time_becomes_wall_time_by_the_stamp() -> None:
    planted = {
        "query": "a red bus",
        "light": "day",
        "window_ms": [0, 30_000],
        "visible_ms": [[10_000, 14_000]],
    }
    assert sought_of(planted, SiteId("s1"), CAMERA, ZERO) == SOUGHT
