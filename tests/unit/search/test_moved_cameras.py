"""A moved camera: its old footage is found at the old site, and labelled with the old site."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import NotFound
from footage.ids import CameraId, SiteId
from footage.place import Circle
from footage.ports import Scope
from search.answer import to_json
from search.query import Query
from tests.common.builders import BUS_STAND, START, a_camera, at, during
from tests.common.small_city import BLUE, FAR, PURPOSE, RED, SmallCity

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from footage.camera import Camera
    from footage.instant import Interval
    from footage.ports import VectorIndex
    from search.answer import SearchAnswer

HOUR = during(0, 600)
MOVED = at(60)
"""When camera-1 was moved from site-1, the bus stand, to site-2, far away."""
OLD, NEW = Scope(sites=frozenset({SiteId("site-1")})), Scope(sites=frozenset({SiteId("site-2")}))


def away(camera: str = "camera-1") -> Camera:
    return a_camera(camera, site="site-2", district="district-2", place=FAR)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    """Red passes camera-1 at the old site, blue at the new site, both pass camera-2."""
    made = SmallCity(tmp_path_factory.mktemp("city"))
    made.film("camera-1", START, [RED])
    made.film("camera-2", START, [RED, BLUE])
    made.register.add_cameras([away()], since=MOVED)
    made.film("camera-1", at(90), [BLUE])
    made.indexer.run_once()
    return made


def ask(city: SmallCity, scope: Scope, interval: Interval = HOUR) -> SearchAnswer:
    return city.search.search(Query("red blue", interval, scope, threshold=-1.0), PURPOSE)


def starts(answer: SearchAnswer, camera: str = "camera-1") -> set[bool]:
    """Return for the moments of a camera whether they begin before the camera was moved."""
    mine = [found for found in answer.found if found.camera.id == camera]
    return {found.moment.interval.start < MOVED for found in mine}


def test_the_old_site_has_the_footage_of_before_and_its_label(city: SmallCity) -> None:
    answer = ask(city, OLD)
    assert starts(answer) == {True}
    assert starts(answer, "camera-2") == {True}
    mine = [found for found in answer.found if found.camera.id == "camera-1"]
    assert {found.site_text for found in mine} == {"site-1 (today site-2)"}
    moments = [m for m in to_json(answer)["moments"] if m["camera"] == "camera-1"]  # type: ignore[attr-defined]
    assert {(m["site"], m["today"]["site"], m["moved"]) for m in moments} == {
        ("site-1", "site-2", True)
    }
    assert answer.exhaustive


def test_the_new_site_has_the_footage_of_after(city: SmallCity) -> None:
    answer = ask(city, NEW)
    assert starts(answer) == {False}
    assert {found.site_text for found in answer.found} == {"site-2"}


def test_a_camera_is_asked_by_name_wherever_it_stood(city: SmallCity) -> None:
    answer = ask(city, Scope(cameras=frozenset({CameraId("camera-1")})))
    assert starts(answer) == {True, False}
    assert answer.coverage.asked == HOUR.length
    assert to_json(answer)["coverage"]["partly"] == []  # type: ignore[index]
    assert {found.site_text for found in answer.found} == {"site-1 (today site-2)", "site-2"}


def test_coverage_counts_a_moved_camera_for_its_time_at_the_place(city: SmallCity) -> None:
    at_old, at_new = ask(city, OLD), ask(city, NEW)
    assert at_old.coverage.asked == HOUR.length + during(0, 60).length
    assert at_new.coverage.asked == HOUR.length + during(60, 600).length
    everywhere = ask(city, Scope())
    assert everywhere.coverage.searched == at_old.coverage.searched + at_new.coverage.searched
    for answer, part in ((at_old, during(0, 60)), (at_new, during(60, 600))):
        told = to_json(answer)["coverage"]
        window = {"camera": "camera-1", "start": str(part.start), "end": str(part.end)}
        assert (told["cameras"], told["partly"]) == (2, [window])  # type: ignore[index]
        mine = [m for m in answer.coverage.missing if m.camera == "camera-1"]
        assert all(part.covers(missing.interval) for missing in mine)
    in_order = sorted(at_old.coverage.missing, key=lambda m: (m.camera, m.interval.start))
    assert list(at_old.coverage.missing) == in_order


def test_a_circle_or_a_time_before_the_move_asks_the_camera_of_then(city: SmallCity) -> None:
    circle = ask(city, Scope(circle=Circle(BUS_STAND, 100)))
    assert starts(circle) == {True}
    before = ask(city, NEW, during(0, 60))
    assert (before.found, before.coverage.asked) == ((), during(0, 60).length)
    moved_away = Scope(cameras=frozenset({CameraId("camera-1")}), sites=OLD.sites)
    with pytest.raises(NotFound, match="at the time asked"):
        ask(city, moved_away, during(60, 90))


class Counting:
    """A vector index that notes the scans."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self.scans: list[tuple[Interval, Collection[CameraId] | None]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)

    def search(self, *asked, **more):  # type: ignore[no-untyped-def] # noqa: ANN002, ANN003, ANN201
        """Note the scan, and scan."""
        self.scans.append(asked[2:4])
        return self._index.search(*asked, **more)


def test_cameras_that_never_moved_share_a_scan(city: SmallCity) -> None:
    """Invariant 12: a scan more for a moved camera, not for each camera."""
    counting = Counting(city.vectors)
    moved, others = CameraId("camera-1"), frozenset({CameraId("camera-2")})
    service = replace(city.search, vectors=counting)  # type: ignore[arg-type]
    service.search(Query("red", HOUR, OLD), PURPOSE)
    assert counting.scans == [(during(0, 60), frozenset({moved})), (HOUR, others)]
    counting.scans.clear()
    service.search(Query("red", HOUR), PURPOSE)
    service.search(Query("red", during(0, 60), OLD), PURPOSE)
    assert counting.scans == [(HOUR, None), (during(0, 60), frozenset({moved, *others}))]


def test_a_corrected_place_labels_footage_and_says_what_was_written(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    city.film("camera-1", START, [RED])
    city.indexer.run_once()
    city.register.add_cameras([away()], correct=True)
    found = ask(city, NEW).found[0]
    assert (found.moved, found.site_text) == (False, "site-2 (recording says site-1)")
    moment = to_json(ask(city, NEW))["moments"][0]  # type: ignore[index]
    assert (moment["site"], moment["recorded_at"]["written_site"]) == ("site-2", "site-1")
    assert {found.camera.id for found in ask(city, OLD).found} <= {"camera-2"}
