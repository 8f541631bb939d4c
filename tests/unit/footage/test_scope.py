"""A scope admits what every given part of it admits."""

from __future__ import annotations

import pytest

from footage.ids import CameraId, DistrictId, SiteId
from footage.place import Circle, Point
from footage.scope import EVERYWHERE, Scope

HERE, AWAY = Point(32.0, 70.0), Point(33.0, 70.0)
CAMERAS = frozenset({CameraId("camera-1"), CameraId("camera-2")})
SITES = frozenset({SiteId("site-1")})


def admits(scope: Scope, *, place: Point = HERE, camera: str = "camera-1") -> bool:
    return scope.admits(
        camera=CameraId(camera), site=SiteId("site-1"), district=DistrictId("d-1"), place=place
    )


@pytest.mark.parametrize(
    "scope",
    [
        EVERYWHERE,
        Scope(cameras=CAMERAS),
        Scope(sites=SITES),
        Scope(districts=frozenset({DistrictId("d-1")})),
        Scope(circle=Circle(HERE, 10.0)),
        Scope(cameras=CAMERAS, sites=SITES, circle=Circle(HERE, 10.0)),
    ],
)
def test_it_lies_in_every_given_part(scope: Scope) -> None:
    assert admits(scope)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(cameras=frozenset({CameraId("camera-2")})),
        Scope(sites=frozenset({SiteId("site-2")})),
        Scope(districts=frozenset({DistrictId("d-2")})),
        Scope(circle=Circle(AWAY, 10.0)),
        Scope(cameras=CAMERAS, sites=SITES, circle=Circle(AWAY, 10.0)),
    ],
)
def test_one_part_that_does_not_admit_is_enough(scope: Scope) -> None:
    assert not admits(scope)
