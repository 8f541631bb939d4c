"""Cameras, timelines, health and the encoder."""

from __future__ import annotations

import httpx

from footage.place import Point
from tests.common.api_city import WHOLE, ApiCity
from tests.common.builders import BUS_STAND, a_camera, a_site, at


def test_cameras_come_a_page_at_a_time(city: ApiCity) -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = city.client.get("/api/v1/cameras", params={"limit": 1, "after": cursor}).json()
        seen += [camera["camera"] for camera in page["cameras"]]
        cursor = page["next_cursor"]
    assert seen == ["camera-1", "camera-2", "camera-3"]
    assert cursor is None


def test_cameras_of_a_place(city: ApiCity) -> None:
    def ids(**where: str) -> list[str]:
        page = city.client.get("/api/v1/cameras", params=where).json()
        return [camera["camera"] for camera in page["cameras"]]

    assert len(ids(site="site-1")) == 3
    assert ids(site="site-9") == []
    assert ids(district="district-9") == []
    assert len(ids(near="31.8313,70.9017,10")) == 3
    assert ids(near="32.9,70.9,10") == []


def test_a_camera_does_not_show_its_source(city: ApiCity) -> None:
    answer = city.client.get("/api/v1/cameras/camera-1")
    assert answer.json()["camera"] == "camera-1"
    assert answer.json()["recorded"] is True
    assert "secret" not in answer.text


def test_a_camera_names_its_site_its_district_and_the_time_zone_of_the_site(city: ApiCity) -> None:
    register = city.parts.register
    register.add_sites([a_site("site-2", zone="Asia/Karachi")])
    register.add_cameras([a_camera("camera-3", site="site-2")], since=at(100))
    page = city.client.get("/api/v1/cameras").json()["cameras"]
    named = [(one["site_name"], one["district_name"], one["zone"]) for one in page]
    here, there = ("Site site-1", "UTC"), ("Site site-2", "Asia/Karachi")
    assert named == [(site, "District district-1", zone) for site, zone in (here, here, there)]
    one = city.client.get("/api/v1/cameras/camera-3").json()
    assert (one["site_name"], one["zone"]) == there


def test_a_camera_lists_its_places_with_their_times(city: ApiCity) -> None:
    (place,) = city.client.get("/api/v1/cameras/camera-1").json()["places"]
    assert (place["site"], place["since"], place["until"]) == ("site-1", None, None)
    register = city.parts.register
    away = a_camera("camera-3", site="site-2", place=Point(32.6, 70.9))
    register.add_sites([a_site("site-2")])
    register.add_cameras([away], since=at(100))
    page = city.client.get("/api/v1/cameras", params={"site": "site-2"}).json()
    before, now = page["cameras"][0]["places"]
    assert (before["site"], before["until"]) == ("site-1", str(at(100)))
    assert (now["site"], now["lat"], now["since"]) == ("site-2", 32.6, str(at(100)))


def test_a_timeline_tiles_the_window(city: ApiCity) -> None:
    window = {"from": str(at(0)), "to": str(at(30))}
    line = city.client.get("/api/v1/cameras/camera-2/timeline", params=window).json()
    assert [(s["start"], s["end"], s["segments"]) for s in line["spans"]] == [
        (str(at(0)), str(at(8)), 2),
        (str(at(20)), str(at(28)), 2),
    ]
    assert [(g["start"], g["reason"]) for g in line["gaps"]] == [
        (str(at(8)), "camera_lost"),
        (str(at(28)), "unknown"),
    ]


def test_a_timeline_tells_where_the_camera_stood(city: ApiCity) -> None:
    city.parts.register.add_sites([a_site("site-2", place=Point(32.6, 70.9))])
    moved = a_camera("camera-2", site="site-2", place=Point(32.6, 70.9))
    city.parts.register.add_cameras([moved], since=at(10))
    window = {"from": str(at(0)), "to": str(at(30))}
    places = city.client.get("/api/v1/cameras/camera-2/timeline", params=window).json()["places"]
    assert [(one["site"], one["lat"], one["start"], one["end"]) for one in places] == [
        ("site-1", BUS_STAND.lat, str(at(0)), str(at(10))),
        ("site-2", 32.6, str(at(10)), str(at(30))),
    ]


def test_a_timeline_without_a_window_is_of_the_last_day(city: ApiCity) -> None:
    line = city.client.get("/api/v1/cameras/camera-1/timeline").json()
    assert line["gaps"][0]["start"] == str(at(600 - 86_400))
    assert line["gaps"][-1]["end"] == str(at(600))


def test_who_looks_at_a_timeline_leaves_no_entry(city: ApiCity) -> None:
    assert city.client.get("/api/v1/cameras/camera-1/timeline", params=WHOLE).is_success
    assert city.entries() == []


def test_the_encoder_says_what_it_is_fit_for(city: ApiCity) -> None:
    assert city.client.get("/api/v1/encoder").json()["note"] == "knows seven colours"


def test_health_needs_no_token(city: ApiCity) -> None:
    url = city.client.base_url
    assert httpx.get(url.join("/healthz")).json() == {"status": "alive"}
    ready = httpx.get(url.join("/readyz"))
    assert ready.status_code == 200
    assert ready.json()["parts"] == {"register": "ok", "catalogue": "ok", "store": "ok"}


def test_a_store_that_is_gone_is_named_and_its_address_is_not(city: ApiCity) -> None:
    store = city.parts.home / "store"
    store.rename(store.with_name("unmounted"))
    ready = city.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["parts"]["store"] == "unavailable"
    assert str(city.parts.home) not in ready.text
