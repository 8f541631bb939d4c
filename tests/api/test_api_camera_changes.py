"""Cameras added, changed and moved over HTTP, and what a change may not do."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from footage.access import Grant, Role
from footage.action import Action, Phase
from footage.ids import CameraId, district_id
from tests.common.api_city import WHOLE, parts_of
from tests.common.builders import BUS_STAND, a_camera, a_district, a_site, at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import httpx

    from footage.ids import HoldId
    from tests.common.api_city import ApiCity

HERE = {"site": "site-1", "lat": BUS_STAND.lat, "lon": BUS_STAND.lon}
SECRET_FILE, NO_FILE = "gate-1", ""
NEW = {"If-None-Match": "*"}
SYSTEM = Grant(Role.SYSTEM_ADMIN)


@pytest.fixture
def admin(city: ApiCity) -> Iterator[httpx.Client]:
    with city.client_of("tariq", SYSTEM) as client:
        yield client


def put(
    client: httpx.Client, camera: str, headers: dict[str, str] | None = None, **body: object
) -> httpx.Response:
    url = f"/api/v1/cameras/{camera}"
    if headers is None:
        headers = {"If-Match": client.get(url).headers["ETag"]}
    return client.put(url, json={**HERE, **body}, headers=headers)


def test_a_camera_is_added_with_its_site_and_district_as_the_doing_of_who_asked(
    city: ApiCity, admin: httpx.Client
) -> None:
    place = {"site": "gate", "district": "tank", "zone": "Asia/Karachi", "site_name": "Old gate"}
    source = "rtsp://view:hidden@10.0.0.9/1"
    made = put(admin, "gate-1", NEW, **place, name="Gate", source=source)
    assert made.status_code == 201, made.text
    assert (made.json()["district"], made.json()["recorded"]) == ("tank", True)
    assert city.parts.register.camera(CameraId("gate-1")).source == source
    assert admin.get("/api/v1/cameras/gate-1").headers["ETag"] == made.headers["ETag"]
    sites = {one["site"]: one for one in admin.get("/api/v1/sites").json()["sites"]}
    assert (sites["gate"]["name"], sites["gate"]["zone"]) == ("Old gate", "Asia/Karachi")
    assert put(admin, "gate-1", NEW, **place).status_code == 409
    entries = [e for e in city.parts.custody.read() if e.action is Action.CAMERAS]
    intents = [e for e in entries if e.phase is Phase.INTENT]
    assert [e.actor for e in intents] == ["tariq"]
    assert "hidden" not in "".join(str(e.what) for e in entries) + made.text


def test_a_change_leaves_the_source_that_nobody_names_and_tells_none(
    city: ApiCity, admin: httpx.Client
) -> None:
    before = city.parts.register.camera(CameraId("camera-1"))
    told = put(admin, "camera-1", name="North", retention_class="long")
    assert told.status_code == 200, told.text
    after = city.parts.register.camera(CameraId("camera-1"))
    assert (after.source, after.name, after.retention_class) == (before.source, "North", "long")
    assert put(admin, "camera-1", source="").json()["recorded"] is False
    assert city.parts.register.camera(CameraId("camera-1")).source == ""
    for url in ("/api/v1/cameras", "/api/v1/cameras/camera-2"):
        assert "secret" not in admin.get(url).text


def test_a_change_needs_the_version_that_was_read(city: ApiCity, admin: httpx.Client) -> None:
    url = "/api/v1/cameras/camera-1"
    old = admin.get(url).headers["ETag"]
    assert put(admin, "camera-1", {}, name="A").status_code == 428
    assert put(admin, "camera-1", name="B").status_code == 200
    late = put(admin, "camera-1", {"If-Match": old}, name="C")
    assert (late.status_code, city.parts.register.camera(CameraId("camera-1")).name) == (409, "B")
    assert put(admin, "nobody", {"If-Match": old}).status_code == 404


def test_of_two_processes_that_read_the_same_one_alone_changes(
    city: ApiCity, admin: httpx.Client
) -> None:
    """The other process changes the camera when this one has compared, and not yet written."""
    service = city.services.camera_changes
    save, name = service._save, CameraId("camera-1")
    elsewhere = parts_of(city.parts.home)

    def beside(*given: Any, **named: Any) -> Collection[HoldId]:  # noqa: ANN401 - as `_save`
        known = elsewhere.register.camera(name)
        elsewhere.register.add_cameras([replace(known, name="Theirs")])
        return save(*given, **named)

    with closing(elsewhere):
        service._save = beside
        late = put(admin, name, name="Ours")
    assert late.status_code == 409
    assert "changed meanwhile" in late.json()["detail"]
    assert city.parts.register.camera(name).name == "Theirs"


def test_a_hold_placed_while_a_camera_is_saved_is_not_called_joined(
    city: ApiCity, admin: httpx.Client
) -> None:
    service = city.services.camera_changes
    save = service._save
    hold = {"cameras": ["camera-2"], **WHOLE, "authority": "court", "reason": "FIR 1"}

    def beside(*given: Any, **named: Any) -> Collection[HoldId]:  # noqa: ANN401 - as `_save`
        joined = save(*given, **named)
        assert city.client.post("/api/v1/holds", json=hold).status_code == 201
        return joined

    service._save = beside
    assert put(admin, "camera-2", name="North").json()["joined_holds"] == []


def test_a_version_tells_nothing_of_the_source(city: ApiCity, admin: httpx.Client) -> None:
    url = "/api/v1/cameras/camera-1"
    first = admin.get(url).headers["ETag"]
    camera = city.parts.register.camera(CameraId("camera-1"))
    city.parts.register.add_cameras([a_camera(camera.id, source="rtsp://u:other@cam/1")])
    assert admin.get(url).headers["ETag"] != first
    service = city.services.camera_changes
    service._secret = b"another"
    assert admin.get(url).headers["ETag"] != first


def test_a_camera_moves_and_comes_under_a_hold_there(city: ApiCity, admin: httpx.Client) -> None:
    register = city.parts.register
    register.add_districts([a_district("district-2")])
    register.add_sites([a_site("site-2", district="district-2")])
    register.add_cameras([a_camera("camera-9", site="site-2", district="district-2")])
    hold = {"sites": ["site-2"], **WHOLE, "authority": "court", "reason": "FIR 1"}
    placed = city.client.post("/api/v1/holds", json=hold).json()["hold"]
    moved = put(admin, "camera-2", site="site-2", since=str(at(8)))
    assert moved.status_code == 200, moved.text
    assert moved.json()["joined_holds"] == [placed]
    assert [one["site"] for one in moved.json()["places"]] == ["site-1", "site-2"]
    assert moved.json()["places"][1]["since"] == str(at(8))
    wrong = put(admin, "camera-2", site="site-2", district="district-1")
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("file:///etc/passwd", 422),
        ("/etc/passwd", 422),
        ("http://10.0.0.5/", 422),
        ("rtsp://127.0.0.1:9200/", 409),
        ("rtsp://169.254.169.254/latest/meta-data", 409),
        ("rtsp://[::ffff:127.0.0.1]/1", 409),
        ("rtsp://u:hidden@localhost/1", 409),
    ],
)
def test_a_source_leads_no_recorder_where_it_must_not_go(
    city: ApiCity, admin: httpx.Client, source: str, status: int
) -> None:
    before = city.parts.register.camera(CameraId("camera-1"))
    told = put(admin, "camera-1", source=source)
    assert told.status_code == status, told.text
    assert "hidden" not in told.text
    assert city.parts.register.camera(CameraId("camera-1")) == before
    assert put(admin, "new-1", NEW, source=source).status_code == status
    assert not [e for e in city.parts.custody.read() if e.action is Action.CAMERAS]


def test_the_credentials_of_a_secret_file_are_sent_to_no_other_host(
    city: ApiCity, admin: httpx.Client
) -> None:
    register = city.parts.register
    kept = a_camera(source="rtsp://admin@10.0.0.5/1", source_secret_file=SECRET_FILE)
    register.add_cameras([kept])
    refused = put(admin, "camera-1", source="rtsp://admin@10.6.6.6/1")
    assert (refused.status_code, register.camera(kept.id)) == (409, kept)
    assert put(admin, "camera-1", source="rtsp://admin:x@10.0.0.5/2").status_code == 422
    assert put(admin, "camera-1", source="rtsp://admin@10.0.0.5/2").status_code == 200
    assert register.camera(kept.id).source_secret_file == SECRET_FILE
    assert put(admin, "camera-1", source="").status_code == 200
    assert put(admin, "camera-1", source="rtsp://admin@10.6.6.6/1").status_code == 200
    assert register.camera(kept.id).source_secret_file == NO_FILE


def test_more_than_a_camera_has_cannot_be_set(admin: httpx.Client) -> None:
    for name in ("source_secret_file", "id", "recorded", "places"):
        body: dict[str, object] = {name: "x"}
        assert put(admin, "camera-1", None, **body).status_code == 422


def test_limited_grants_change_no_camera_and_see_their_sites_alone(city: ApiCity) -> None:
    register = city.parts.register
    register.add_districts([a_district("district-2")])
    register.add_sites([a_site("site-2", district="district-2")])
    limited = Grant(Role.SYSTEM_ADMIN, districts=frozenset({district_id("district-1")}))
    with city.client_of("local", limited) as local:
        assert put(local, "camera-1", name="x").status_code == 403
        assert [one["site"] for one in local.get("/api/v1/sites").json()["sites"]] == ["site-1"]
