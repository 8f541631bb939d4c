"""Where a camera stood in the parts of an interval: by the register, else as recorders wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.absence_places import Stood, places_within
from footage.stays import Stay
from tests.common.builders import START, a_camera, a_segment, at, during

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.segment import Segment

TODAY = a_camera(site="site-9")


def told(
    stays: Sequence[Stay], segments: Sequence[Segment] = ()
) -> list[tuple[str, int, int, bool]]:
    found = places_within(TODAY, stays, segments, during(60, 600))
    return [(one.camera.site, *seconds(one), one.sure) for one in found]


def seconds(one: Stood) -> tuple[int, int]:
    start, end = one.interval.start - START, one.interval.end - START
    return start.us // 1_000_000, end.us // 1_000_000


def stay(site: str, since: int | None) -> Stay:
    return Stay.of(a_camera(site=site), None if since is None else at(since), START)


def wrote(site: str, *starts: int) -> list[Segment]:
    return [a_segment(start=at(start), site=site) for start in starts]


def test_without_stays_and_footage_today_is_all_that_is_known() -> None:
    assert told(()) == [("site-9", 60, 600, False)]


def test_what_recorders_wrote_counts_where_nobody_said_more() -> None:
    assert told((), wrote("site-1", 0, 60)) == [("site-1", 60, 600, False)]
    moved = [*wrote("site-1", 60, 120), *wrote("site-2", 300, 360)]
    assert told((), moved) == [("site-1", 60, 300, False), ("site-2", 300, 600, False)]


def test_what_somebody_said_counts_more_than_what_was_written() -> None:
    stays = [stay("site-1", None), stay("site-2", 300)]
    assert told(stays, wrote("site-1", 60, 300)) == [
        ("site-1", 60, 300, False),
        ("site-2", 300, 600, True),
    ]


def test_footage_across_the_begin_or_a_move_is_of_where_it_began() -> None:
    stays = [stay("site-1", None), stay("site-2", 330)]
    assert told(stays, wrote("site-3", 30, 300)) == [
        ("site-3", 60, 330, False),
        ("site-2", 330, 600, True),
    ]


def test_back_at_the_same_place_the_parts_are_one() -> None:
    stays = [stay("site-1", 0), stay("site-2", 100), stay("site-2", 200)]
    assert told(stays) == [("site-1", 60, 100, True), ("site-2", 100, 600, True)]
