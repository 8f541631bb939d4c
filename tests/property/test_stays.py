"""A camera's stays tile time, and every question about a place is asked in the right windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.ids import SiteId
from footage.instant import Elapsed, total
from footage.ports import EVERYWHERE, Scope
from footage.stays import by_camera, change_of, stay_at, windows
from tests.common.builders import a_camera, at, during

if TYPE_CHECKING:
    from footage.stays import Stay

SITES = ["site-1", "site-2", "site-3"]
MOVES = st.lists(
    st.tuples(st.sampled_from(SITES), st.none() | st.integers(0, 100), st.booleans()),
    min_size=1,
    max_size=8,
)


def told(camera: str, moves: list[tuple[str, int | None, bool]]) -> list[Stay]:
    """Write the moves down one after another; moves that are refused change nothing."""
    stays: list[Stay] = []
    for number, (site, since, correct) in enumerate(moves):
        here = a_camera(camera, site=site)
        start = None if since is None else at(since)
        try:
            change = change_of(stays, here, now=at(200 + number), since=start, correct=correct)
        except BadInput:
            continue
        if change.wrong:
            stays.pop()
        if change.new:
            stays.append(change.new)
        assert stays[-1].is_at(here), "the last stay is today's place"
    return stays


@given(MOVES, MOVES, st.integers(-50, 250), st.integers(1, 300))
def test_each_instant_lies_at_a_single_site_and_stay_at_names_it(
    one: list[tuple[str, int | None, bool]],
    two: list[tuple[str, int | None, bool]],
    start: int,
    length: int,
) -> None:
    within = during(start, start + length)
    stays = [*told("camera-1", one), *told("camera-2", two)]
    by_site = {
        site: windows(stays, Scope(sites=frozenset({SiteId(site)})), within) for site in SITES
    }
    for camera, mine in by_camera(stays).items():
        assert [s.since for s in mine[1:]] == sorted(s.since for s in mine[1:] if s.since)
        asked = [part for found in by_site.values() for part in found.get(camera, ())]
        assert sum(part.length.us for part in asked) == within.length.us, "no instant twice"
        assert total(asked) == within.length, "no instant left out"
        assert windows(mine, EVERYWHERE, within) == {camera: (within,)}
        for site, found in by_site.items():
            for part in found.get(camera, ()):
                assert stay_at(mine, part.start).site == site
                assert stay_at(mine, part.end - Elapsed(1)).site == site


def test_a_camera_that_came_and_went_is_asked_for_the_time_between() -> None:
    stays = told(
        "camera-1", [("site-1", None, False), ("site-2", 10, False), ("site-1", 40, False)]
    )
    there = Scope(sites=frozenset({SiteId("site-2")}))
    home = Scope(sites=frozenset({SiteId("site-1")}))
    camera = stays[0].camera
    assert windows(stays, there, during(0, 60)) == {camera: (during(10, 40),)}
    assert windows(stays, home, during(0, 60)) == {camera: (during(0, 10), during(40, 60))}
    assert windows(stays, there, during(40, 60)) == {}
