"""Grants: what a person reaches is what some grant names, instant by instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.access import GIVES, Grant, Permission, Person, Reach, Role, narrowed, person_id
from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import total
from footage.scope import Scope
from footage.stays import by_camera, stay_at, windows
from tests.common.builders import at, during
from tests.property.test_stays import MOVES, SITES, told

if TYPE_CHECKING:
    from footage.instant import Instant
    from footage.stays import Windows

BOUND = st.none() | st.integers(-50, 250)
PLACES = st.frozensets(st.sampled_from([SiteId(site) for site in SITES]), max_size=2)
DISTRICTS = st.frozensets(st.sampled_from([DistrictId("district-1"), DistrictId("other")]))


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    start, end = draw(BOUND), draw(BOUND)
    if start is not None and end is not None and end <= start:
        start, end = end, start + 1
    return Grant(
        draw(st.sampled_from(Role)),
        districts=draw(DISTRICTS),
        sites=draw(PLACES),
        recorded_from=None if start is None else at(start),
        recorded_until=None if end is None else at(end),
        expires=draw(st.none() | st.integers(0, 10).map(at)),
    )


@given(st.lists(grants(), min_size=1, max_size=4), MOVES, MOVES, st.integers(-50, 250))
def test_an_instant_is_in_reach_where_some_grant_names_its_place_and_time(
    given_: list[Grant],
    one: list[tuple[str, int | None, bool]],
    two: list[tuple[str, int | None, bool]],
    start: int,
) -> None:
    stays = [*told("camera-1", one), *told("camera-2", two)]
    within = during(start, start + 90)
    reach = Reach(tuple(given_))
    found = reach.windows(stays, within)
    for camera, mine in by_camera(stays).items():
        parts = found.get(camera, ())
        assert list(parts) == sorted(parts)
        assert total(parts) == sum((part.length for part in parts), start=during(0, 1).length * 0)
        for second in range(start, start + 90):
            instant = at(second + 0.5)
            here = stay_at(mine, instant)
            wanted = any(
                (grant.recorded_from is None or grant.recorded_from <= instant)
                and (grant.recorded_until is None or instant < grant.recorded_until)
                and (
                    not (grant.districts or grant.sites)
                    or here.site in grant.sites
                    or here.district in grant.districts
                )
                for grant in given_
            )
            assert any(instant in part for part in parts) is wanted
        assert bool(parts) <= (camera in reach.cameras(stays))


@given(st.lists(grants(), max_size=4), st.sampled_from(Permission), st.integers(0, 12))
def test_a_permission_comes_from_roles_whose_grant_has_not_ended(
    given_: list[Grant], permission: Permission, now_s: int
) -> None:
    now = at(now_s)
    person = Person(person_id("amina"), "Amina", tuple(given_))
    giving = [
        grant
        for grant in given_
        if permission in GIVES[grant.role] and (grant.expires is None or now < grant.expires)
    ]
    reach = person.reach(permission, now)
    assert (reach is not None) is bool(giving)
    assert (permission in person.permissions(now)) is bool(giving)
    if reach:
        assert list(reach.grants) == giving
        assert reach.limited is all(grant.limited for grant in giving)


@given(MOVES, st.sampled_from(SITES), st.integers(-50, 250), st.integers(1, 60))
def test_narrowing_leaves_what_is_both_asked_and_granted(
    moves: list[tuple[str, int | None, bool]], site: str, start: int, length: int
) -> None:
    stays = told("camera-1", moves)
    within = during(0, 100)
    asked = windows(stays, Scope(sites=frozenset([SiteId(site)])), within)
    granted = {CameraId("camera-1"): (during(start, start + length),)}
    left = narrowed(asked, granted)
    for second in range(100):
        instant = at(second + 0.5)
        both = _in(asked, instant) and _in(granted, instant)
        assert _in(left, instant) is both
    assert narrowed(asked, {}) == {}
    assert narrowed(asked, {CameraId("camera-1"): (within,)}) == asked


def _in(found: Windows, instant: Instant) -> bool:
    return any(instant in part for part in found.get(CameraId("camera-1"), ()))
