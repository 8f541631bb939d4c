"""The contract of `footage.ports.Register`: places, holds, marks, stores, the custody anchor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput, Conflict, NotFound
from footage.hold import MarksDue
from footage.ids import CameraId, DistrictId, HoldId, SiteId
from footage.instant import Instant
from footage.place import Circle, Point
from footage.ports import Guarantees, ReadCamera, Register, Scope, SeenGuarantees
from tests.common.builders import BUS_STAND, a_camera, a_district, a_site, at
from tests.common.registers import Place, a_hold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.camera import Camera
    from footage.stays import Stay

AWAY = Point(32.6, 70.9)
GATE = "gate"


def with_places(register: Register) -> None:
    register.add_districts([a_district("district-2"), a_district()])
    away = a_site("site-2", district="district-2", place=AWAY, zone="Asia/Kabul")
    register.add_sites([away, a_site()])
    register.add_cameras(
        [
            a_camera("camera-2", site="site-2", district="district-2", place=AWAY),
            a_camera("camera-1", source="rtsp://user:geheim@10.0.0.1/1"),
            a_camera("Camera-3", source="rtsp://user@10.0.0.2/1", source_secret_file=GATE),
        ]
    )


# ---------------------------------------------------------------- places


def test_places_are_listed_by_id(register: Register) -> None:
    with_places(register)
    assert register.districts() == [a_district(), a_district("district-2")]
    assert [site.id for site in register.sites()] == ["site-1", "site-2"]
    assert [camera.id for camera in register.cameras()] == ["Camera-3", "camera-1", "camera-2"]


def test_what_was_added_is_read_back_whole_by_another_client(place: Place) -> None:
    with_places(place.open())
    again = place.open()
    expected = a_camera("camera-1", source="rtsp://user:geheim@10.0.0.1/1")
    assert again.camera(CameraId("camera-1")) == expected
    assert again.camera(CameraId("Camera-3")).source_secret_file == GATE
    assert [site.zone for site in again.sites()] == ["", "Asia/Kabul"]
    assert again.sites()[0] == a_site()


def test_adding_again_replaces(register: Register) -> None:
    with_places(register)
    register.add_cameras([a_camera("camera-1", name="New name", retention_class="long")])
    assert register.camera(CameraId("camera-1")).name == "New name"
    assert len(register.cameras()) == 3


def test_a_camera_that_is_another_than_was_read_is_not_changed(place: Place) -> None:
    """Two clients read the same; the first to come changes, for the other nothing happens."""
    with_places(place.open())
    one, other = place.open(), place.open()
    name = CameraId("camera-1")
    read = ReadCamera(name, one.camera(name), tuple(one.stays([name])))
    new = CameraId("camera-9")
    one.add_cameras([a_camera(name, name="First")], as_read=[read])
    with pytest.raises(Conflict, match="camera-1 was changed"):
        other.add_cameras([a_camera(name, name="Second"), a_camera(new)], as_read=[read])
    assert other.camera(name).name == "First"
    with pytest.raises(NotFound):
        other.camera(new)
    read = ReadCamera(name, one.camera(name), tuple(one.stays([name])))
    one.add_cameras([one.camera(name)], since=at(50), correct=True)  # the time of the stay alone
    with pytest.raises(Conflict, match="camera-1"):
        other.add_cameras([a_camera(name)], as_read=[read])
    other.add_cameras([a_camera(new)], as_read=[ReadCamera(new, None)])
    with pytest.raises(Conflict, match="camera-9"):
        one.add_cameras([a_camera(new)], as_read=[ReadCamera(new, None)])


def test_adding_nothing_is_no_error(register: Register) -> None:
    register.add_districts([])
    register.add_sites([])
    register.add_cameras([])
    register.add_tombstones([])
    assert register.cameras() == []


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), ["Camera-3", "camera-1", "camera-2"]),
        (Scope(cameras=frozenset({CameraId("camera-2"), CameraId("none")})), ["camera-2"]),
        (Scope(sites=frozenset({SiteId("site-1")})), ["Camera-3", "camera-1"]),
        (Scope(districts=frozenset({DistrictId("district-2")})), ["camera-2"]),
        (Scope(circle=Circle(BUS_STAND, 500.0)), ["Camera-3", "camera-1"]),
        (
            Scope(cameras=frozenset({CameraId("camera-1")}), sites=frozenset({SiteId("site-2")})),
            [],
        ),
    ],
)
def test_a_scope_restricts_by_each_part(
    register: Register, scope: Scope, expected: list[str]
) -> None:
    with_places(register)
    assert [camera.id for camera in register.cameras(scope)] == expected


def test_a_site_of_an_unknown_district_is_refused_with_all_others(register: Register) -> None:
    register.add_districts([a_district()])
    with pytest.raises(BadInput, match="nowhere"):
        register.add_sites([a_site(), a_site("site-2", district="nowhere")])
    assert register.sites() == []


def test_a_camera_of_an_unknown_site_or_district_is_refused(register: Register) -> None:
    with_places(register)
    with pytest.raises(BadInput, match="nowhere"):
        register.add_cameras([a_camera("camera-9", site="nowhere")])
    with pytest.raises(BadInput, match="nowhere"):
        register.add_cameras([a_camera("camera-9", district="nowhere")])
    with pytest.raises(NotFound, match="camera-9"):
        register.camera(CameraId("camera-9"))


# ---------------------------------------------------------------- stays


def moved(camera: str = "camera-1") -> Camera:
    return a_camera(camera, site="site-2", district="district-2", place=AWAY)


def sites_of(stays: Iterable[Stay]) -> list[tuple[str, Instant | None]]:
    return [(stay.site, stay.since) for stay in stays]


def test_a_camera_stays_where_it_was_first_written_down_for_all_time(place: Place) -> None:
    register = place.open()
    with_places(register)
    register.add_cameras([a_camera("camera-1", name="New name", source="other")])
    stays = place.open().stays()
    assert [stay.camera for stay in stays] == ["Camera-3", "camera-1", "camera-2"]
    assert stays[2].is_at(moved("camera-2"))
    assert all(stay.since is None and stay.told for stay in stays)


def test_a_moved_camera_keeps_its_earlier_place_with_the_time(place: Place) -> None:
    register = place.open()
    with_places(register)
    register.add_cameras([moved()], since=at(100))
    register.add_cameras([moved(), moved("camera-2")])
    assert place.open().camera(CameraId("camera-1")) == moved()
    stays = place.open().stays([CameraId("camera-1"), CameraId("none")])
    assert sites_of(stays) == [("site-1", None), ("site-2", at(100))]
    register.add_cameras([a_camera("camera-1")])
    *_, back = register.stays([CameraId("camera-1")])
    assert back.site == "site-1"
    assert back.since
    assert back.since == back.told, "without a time: from now on"


def test_a_corrected_place_replaces_the_last_and_stays_on_record(place: Place) -> None:
    register = place.open()
    with_places(register)
    register.add_cameras([moved()], correct=True)
    camera = [CameraId("camera-1")]
    assert sites_of(register.stays(camera)) == [("site-2", None)]
    wrong, right = place.open().stays(camera, replaced=True)
    assert (wrong.site, wrong.replaced) == ("site-1", right.told)
    assert right.replaced is None
    register.add_cameras([a_camera("camera-1")], since=at(50))
    register.add_cameras([a_camera("camera-1")], since=at(40), correct=True)
    assert sites_of(register.stays(camera)) == [("site-2", None), ("site-1", at(40))]
    register.add_cameras([moved()], correct=True)
    assert sites_of(register.stays(camera)) == [("site-2", None)], "the camera never left"


def test_a_stay_that_begins_before_the_one_before_is_refused_with_all_others(
    register: Register,
) -> None:
    with_places(register)
    register.add_cameras([moved()], since=at(100))
    with pytest.raises(BadInput, match="site-2"):
        register.add_cameras([moved("Camera-3"), a_camera("camera-1")], since=at(100))
    with pytest.raises(BadInput, match="future"):
        register.add_cameras([a_camera("camera-1")], since=Instant.parse("2199-01-01T00:00:00Z"))
    assert register.camera(CameraId("camera-1")) == moved()
    assert register.camera(CameraId("Camera-3")).site == "site-1"
    assert [stay.site for stay in register.stays()] == ["site-1", "site-1", "site-2", "site-2"]


# ---------------------------------------------------------------- holds


def test_a_hold_is_read_back_whole_by_another_client(place: Place) -> None:
    place.open().place_hold(a_hold())
    assert place.open().holds() == [a_hold()]


def test_the_same_hold_again_changes_nothing_other_content_is_a_conflict(
    register: Register,
) -> None:
    register.place_hold(a_hold())
    register.place_hold(a_hold())
    with pytest.raises(Conflict, match="hold-1"):
        register.place_hold(a_hold(cameras=("camera-1",)))
    assert register.holds() == [a_hold()]


def test_a_released_hold_stays_on_record(register: Register) -> None:
    register.place_hold(a_hold("hold-2"))
    register.place_hold(a_hold())
    released = register.release_hold(HoldId("hold-1"), at=at(200), by="judge", reason="case closed")
    expected = replace(
        a_hold(), released_at=at(200), released_by="judge", release_reason="case closed"
    )
    assert released == expected
    assert register.holds() == [a_hold("hold-2")]
    assert register.holds(active_only=False) == [expected, a_hold("hold-2")]


def test_a_hold_is_released_once(register: Register) -> None:
    register.place_hold(a_hold())
    register.release_hold(HoldId("hold-1"), at=at(200), by="judge", reason="closed")
    with pytest.raises(Conflict, match="judge"):
        register.release_hold(HoldId("hold-1"), at=at(300), by="clerk", reason="closed")
    with pytest.raises(Conflict):
        register.place_hold(a_hold())
    with pytest.raises(NotFound, match="hold-9"):
        register.release_hold(HoldId("hold-9"), at=at(300), by="clerk", reason="closed")


def test_a_hold_that_is_released_already_cannot_be_placed(register: Register) -> None:
    with pytest.raises(BadInput, match="released"):
        register.place_hold(replace(a_hold(), released_at=at(200)))


def test_a_hold_on_places_covers_who_stood_there_and_who_comes(place: Place) -> None:
    register = place.open()
    with_places(register)
    register.add_cameras([moved()], since=at(30))
    there = replace(
        a_hold(cameras=("camera-3",)), places=Scope(sites=frozenset({SiteId("site-1")}))
    )
    register.place_hold(there)
    register.place_hold(there)
    (known,) = place.open().holds()
    assert known == replace(there, cameras=known.cameras), "the places are read back too"
    assert known.cameras == {"Camera-3", "camera-1", "camera-3"}
    register.place_hold(a_hold("hold-2"))
    for hold in register.holds():
        assert register.finish_marks(hold)
    assert register.add_cameras([a_camera("camera-9")]) == {there.id}
    assert register.add_cameras([a_camera("camera-2")], since=at(70)) == frozenset()
    (grown, other) = place.open().holds()
    assert grown.cameras == {*known.cameras, "camera-9"}, "camera-2 came after the hold's time"
    assert other == a_hold("hold-2")
    assert [due.hold for due in place.open().marks_due()] == [grown], "the new camera's marks"
    assert not register.finish_marks(known), "a pass that did not know the new camera"
    assert register.finish_marks(grown)
    register.place_hold(there)
    released = register.release_hold(there.id, at=at(200), by="judge", reason="closed")
    register.add_cameras([a_camera("camera-10")])
    assert register.holds(active_only=False)[0] == released
    circle = Scope(districts=frozenset({DistrictId("district-2")}), circle=Circle(AWAY, 5.0))
    near = replace(a_hold("hold-3", ()), places=circle)
    register.place_hold(near)
    cameras = frozenset(map(CameraId, ("camera-1", "camera-2")))
    assert place.open().holds()[1] == replace(near, cameras=cameras)


# ---------------------------------------------------------------- the custody anchor


def test_the_anchor_only_moves_forward(place: Place) -> None:
    register = place.open()
    assert register.custody_head() == (0, "")
    register.anchor_custody(1, "a")
    register.anchor_custody(3, "c")
    register.anchor_custody(3, "c")
    for count, head in ((2, "b"), (3, "x"), (0, "")):
        with pytest.raises(Conflict, match="3"):
            register.anchor_custody(count, head)
    assert place.open().custody_head() == (3, "c")


def test_an_announcement_stands_until_the_anchor_moves(place: Place) -> None:
    register = place.open()
    assert register.custody_announced() == ()
    register.announce_custody(["a"])
    register.announce_custody(["b", "c"])
    assert register.custody_head() == (0, "")
    assert place.open().custody_announced() == ("b", "c")
    register.anchor_custody(2, "c")
    assert place.open().custody_announced() == ()
    register.announce_custody(["d", "e"])
    with pytest.raises(Conflict):
        register.anchor_custody(1, "a")
    assert register.custody_announced() == ("d", "e"), "an anchor that stays removes nothing"
    assert register.custody_head() == (2, "c")


# ---------------------------------------------------------------- marks of holds


def test_marks_are_due_from_the_placing_on_until_they_are_finished(place: Place) -> None:
    register = place.open()
    assert register.marks_due() == []
    register.place_hold(a_hold("hold-2"))
    register.place_hold(a_hold())
    expected = [MarksDue(a_hold(), at(100)), MarksDue(a_hold("hold-2"), at(100))]
    assert place.open().marks_due() == expected
    assert register.finish_marks(a_hold())
    assert place.open().marks_due() == expected[1:]


def test_finishing_what_is_finished_changes_nothing(register: Register) -> None:
    register.place_hold(a_hold())
    register.finish_marks(a_hold())
    assert register.finish_marks(a_hold())
    assert register.finish_marks(a_hold(), check_again=at(500))
    assert register.marks_due() == []
    register.place_hold(a_hold())
    assert register.marks_due() == [], "the same hold again changes nothing"


def test_a_release_makes_marks_due_once_more(place: Place) -> None:
    register = place.open()
    register.place_hold(a_hold())
    register.finish_marks(a_hold())
    released = register.release_hold(HoldId("hold-1"), at=at(200), by="judge", reason="closed")
    assert place.open().marks_due() == [MarksDue(released, at(200))]
    assert register.finish_marks(released, check_again=at(300))
    assert place.open().marks_due() == [MarksDue(released, at(300), passes=1)]
    assert register.finish_marks(released)
    assert place.open().marks_due() == []


def test_a_pass_over_a_standing_hold_does_not_finish_its_release(register: Register) -> None:
    register.place_hold(a_hold())
    released = register.release_hold(HoldId("hold-1"), at=at(200), by="judge", reason="closed")
    assert not register.finish_marks(a_hold())
    assert register.marks_due() == [MarksDue(released, at(200))]


def test_a_release_that_is_refused_makes_nothing_due(register: Register) -> None:
    register.place_hold(a_hold())
    released = register.release_hold(HoldId("hold-1"), at=at(200), by="judge", reason="closed")
    register.finish_marks(released)
    with pytest.raises(Conflict):
        register.release_hold(HoldId("hold-1"), at=at(300), by="clerk", reason="closed")
    assert register.marks_due() == []


# ---------------------------------------------------------------- what stores guarantee


def test_the_newest_result_of_trying_a_store_is_kept_for_each_store(place: Place) -> None:
    register = place.open()
    assert register.seen_guarantees("s3://store-1/footage") is None
    register.record_guarantees("s3://store-1/footage", seen(at(200), legal_hold=True))
    register.record_guarantees("s3://store-1/other", seen(at(100), legal_hold=False))
    register.record_guarantees("s3://store-1/footage", seen(at(100), legal_hold=False))
    again = place.open()
    assert again.seen_guarantees("s3://store-1/footage") == seen(at(200), legal_hold=True)
    assert again.seen_guarantees("s3://store-1/other") == seen(at(100), legal_hold=False)
    again.record_guarantees("s3://store-1/footage", seen(at(300), legal_hold=False))
    assert register.seen_guarantees("s3://store-1/footage") == seen(at(300), legal_hold=False)


def seen(when: Instant, *, legal_hold: bool) -> SeenGuarantees:
    found = Guarantees(
        digest_checked_put=True,
        retention=True,
        legal_hold=legal_hold,
        hold_outlives_retention=False,
        findings=("delete of a held object: refused", 'a "quoted" line: پشاور'),
    )
    return SeenGuarantees(found, when)


def test_a_hold_is_read_by_its_id_standing_or_released(register: Register) -> None:
    with pytest.raises(NotFound):
        register.hold(HoldId("hold-1"))
    one, two = a_hold("hold-1"), a_hold("hold-2")
    register.place_hold(one)
    register.place_hold(two)
    assert (register.hold(one.id), register.hold(two.id)) == (one, two)
    released = register.release_hold(one.id, at=at(200), by="judge", reason="closed")
    assert register.hold(one.id) == released


def test_the_zones_are_those_that_sites_name(register: Register) -> None:
    register.add_districts([a_district()])
    before = register.zones()
    register.add_sites([a_site("zoned-1", zone="Asia/Kabul"), a_site("zoned-2", zone="Asia/Kabul")])
    assert register.zones() - before == {"Asia/Kabul"}
    register.add_sites([a_site("zoned-3")])
    assert register.zones() == before | {"Asia/Kabul", ""}
