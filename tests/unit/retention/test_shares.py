"""Sums of a plan by place and camera, and the cameras of which everything would go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import Instant, Interval
from infra.cmds.retention_view import emit_shares
from retention.policy import Match, Policy
from retention.share_text import summed_up
from retention.shares import Whose, shares_of
from tests.common.builders import DAY, START, during, segments_in_a_row
from tests.common.purging import LATER, City, a_hold

if TYPE_CHECKING:
    from pathlib import Path

    from retention.shares import Shares

ALWAYS = Interval(Instant(0), LATER + DAY)


def shares(city: City, policies: list[Policy]) -> Shares:
    return shares_of(city.plan(policies).items, city.catalogue.days(None, ALWAYS))


def test_cameras_are_summed_up_beside_what_is_stored(tmp_path: Path) -> None:
    city = City()
    city.fill(segments_in_a_row(3, "camera-1", size_bytes=10), tmp_path)
    city.fill(segments_in_a_row(2, "camera-1", start=LATER - DAY, size_bytes=10), tmp_path)
    city.fill(segments_in_a_row(4, "camera-2", size_bytes=10), tmp_path)
    city.fill(segments_in_a_row(2, "camera-3", size_bytes=10), tmp_path)
    city.register.place_hold(a_hold(interval=during(0, 60), cameras=["camera-3"]))
    made = shares(city, [Policy("streets", DAY * 30)])
    found = {
        camera: (share.due, share.held, share.stored) for camera, share in made.cameras.items()
    }
    assert found == {"camera-1": (3, 0, 5), "camera-2": (4, 0, 4), "camera-3": (1, 1, 2)}
    assert made.emptied == ["camera-2"]
    assert (made.total.due, made.total.due_bytes, made.total.stored) == (8, 80, 11)
    assert (made.total.start, made.total.end) == (START, during(0, 240).end)
    assert made.by_rule == {"policy 'streets' (default): keep 30d": (8, 80)}
    assert summed_up(made) == (
        "8 segments (80 B) of 3 cameras; 1 segment (10 B) due but held; "
        "ALL that is stored of 1 of 3 cameras: camera-2"
    )
    assert emit_shares(made)["all_of"] == ["camera-2"]


def test_a_camera_that_moved_is_emptied_only_where_nothing_is_left_of_it(tmp_path: Path) -> None:
    city = City()
    city.fill(segments_in_a_row(2, size_bytes=10), tmp_path)
    moved = [
        replace(segment, site=SiteId("site-9"), district=DistrictId("district-9"))
        for segment in segments_in_a_row(1, start=START + DAY, size_bytes=10)
    ]
    city.fill(moved, tmp_path)
    only_here = Policy("here", DAY * 30, Match(sites=frozenset({SiteId("site-9")})))
    made = shares(city, [only_here])
    there = made.by_camera[Whose(DistrictId("district-9"), SiteId("site-9"), CameraId("camera-1"))]
    assert (there.due, there.stored, there.all_goes) == (1, 1, True)
    assert made.emptied == []
    assert [site for site, share in made.sites(DistrictId("district-9")).items()] == ["site-9"]
    assert sorted(made.districts()) == ["district-1", "district-9"]
    assert summed_up(made) == "1 segment (10 B) of 1 camera"


def test_a_plan_of_nothing(tmp_path: Path) -> None:
    city = City()
    city.fill(segments_in_a_row(1, start=LATER - DAY), tmp_path)
    assert summed_up(shares(city, [Policy("streets", DAY * 30)])) == "nothing"
