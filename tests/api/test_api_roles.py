"""Each role against each route, and grants that reach some places and times only."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from api.limits import PICTURE_PATH
from api.rules import ANYBODY, NO_ENTRY
from footage.access import GIVES, Grant, Permission, Role
from footage.action import Action
from footage.ids import camera_id, district_id, site_id
from tests.common.api_city import WHOLE, a_picture
from tests.common.api_routes import OPERATIONS, filled
from tests.common.builders import a_camera, a_district, a_site, at, during

if TYPE_CHECKING:
    import httpx

    from tests.common.api_city import ApiCity

HOLD = {"authority": "court", "reason": "FIR 1", "case": "FIR 1", "purpose": "theft"}
TOML = '[[policy]]\nname = "streets"\nkeep = "30d"\n'
SELECTING = {"offset": "0", "at": str(at(1)), "plan": "0" * 32}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/search"): {"text": "red", **WHOLE},
    ("POST", "/api/v1/holds"): {"cameras": ["camera-1"], **WHOLE, **HOLD},
    ("POST", "/api/v1/preservations"): {
        "cameras": ["camera-1"],
        "case": "FIR 1",
        "authority": "a court",
        "order": "14/2026",
        **WHOLE,
    },
    ("POST", "/api/v1/exports"): {"cameras": ["camera-1"], **WHOLE},
    ("POST", "/api/v1/exports/{job}/verify"): {},
    ("POST", "/api/v1/absences"): {"cameras": ["camera-1"], **WHOLE},
    ("POST", "/api/v1/stored"): {"cameras": ["camera-1"], **WHOLE},
    ("POST", "/api/v1/cases/{case}/reports"): {},
    ("POST", "/api/v1/holds/{hold}/release"): {"reason": "done"},
    ("POST", "/api/v1/cases"): {"reference": "FIR 1", "purpose": "theft", "title": "A theft"},
    ("PUT", "/api/v1/cases/{case}"): {"title": "A theft", "note": ""},
    ("PUT", "/api/v1/cases/{case}/state"): {"state": "closed", "reason": "done"},
    ("POST", "/api/v1/cases/{case}/exhibits"): {"kind": "moment", "moment": "1.1", "label": "x"},
    ("PUT", "/api/v1/cases/{case}/exhibits/{exhibit}"): {"label": "x", "note": ""},
    ("POST", "/api/v1/people"): {"person": "new", "name": "New", "grants": []},
    ("PUT", "/api/v1/people/{person}"): {"name": "Amina", "grants": [], "disabled": False},
    ("PUT", "/api/v1/people/{person}/identity"): {"subject": "7f3a"},
    ("PUT", "/api/v1/people/{person}/password"): {"new": "a long pass phrase"},
    ("PUT", "/api/v1/session/password"): {"password": "", "new": "a long pass phrase"},
    ("PUT", "/api/v1/session/second-factor"): {"secret": "", "code": ""},
    ("POST", "/api/v1/custody/verify"): {},
    ("POST", "/api/v1/store/probe"): {},
    ("POST", "/api/v1/cameras/{camera}/proxy"): WHOLE,
    ("PUT", "/api/v1/cameras/{camera}"): {"site": "site-1", "lat": 31.8, "lon": 70.9},
    ("PUT", "/api/v1/retention/policies"): {"toml": TOML},
    ("POST", "/api/v1/retention/forecast"): {},
    ("POST", "/api/v1/retention/plans"): {"toml": TOML},
    ("POST", "/api/v1/retention/plans/{plan}/apply"): {"segments": 1, "emptied_cameras": 0},
    ("POST", "/api/v1/tokens"): {"label": "x", "permissions": ["search"], "expires": "at once"},
}
NEEDS_PERMISSION = sorted(
    key for key, operation in OPERATIONS.items() if operation["x-permission"] in list(Permission)
)
REFUSED = 403


def asked(client: httpx.Client, method: str, path: str) -> httpx.Response:
    if path == PICTURE_PATH:
        files = {"picture": ("red.png", a_picture(), "image/png")}
        return client.post(path, files=files, data={"question": json.dumps(WHOLE)})
    params = {**SELECTING, **WHOLE} if method == "GET" else {}
    return client.request(method, filled(path), params=params, json=BODIES.get((method, path)))


@pytest.mark.parametrize("key", sorted(OPERATIONS))
def test_every_route_has_a_rule(key: tuple[str, str]) -> None:
    operation = OPERATIONS[key]
    assert operation["x-permission"] in [*Permission, ANYBODY, "anybody"]
    entered, _, why = operation["x-custody"].partition(": ")
    assert entered in list(Action) if not why else entered == NO_ENTRY


def test_whoever_gives_footage_out_enters_it() -> None:
    """A route for whoever may search, watch, hold or release enters an act, or says why not."""
    acting = {Permission.SEARCH, Permission.PLACE_HOLDS, Permission.RELEASE_HOLDS}
    acting |= {Permission.WATCH, Permission.EXPORT}
    silent = [
        (method, path)
        for (method, path), operation in OPERATIONS.items()
        if operation["x-permission"] in acting and operation["x-custody"].startswith(NO_ENTRY)
    ]
    assert silent == [
        ("GET", "/api/v1/cameras/{camera}/changes"),
        ("GET", "/api/v1/segments/{segment}/init.mp4"),
        ("GET", "/api/v1/cameras/{camera}/proxy"),
        ("POST", "/api/v1/cameras/{camera}/proxy"),
        ("GET", "/api/v1/segments/{segment}/proxy-init.mp4"),
        ("POST", "/api/v1/exports/{job}/verify"),
        ("GET", "/api/v1/absences/{job}/found"),
    ]


@pytest.mark.parametrize("role", Role)
def test_a_role_is_let_through_where_it_has_the_permission_alone(city: ApiCity, role: Role) -> None:
    """Each route, asked by each role: refused exactly where the table says so."""
    with city.client_of("somebody", Grant(role)) as client:
        for method, path in NEEDS_PERMISSION:
            needed = Permission(OPERATIONS[method, path]["x-permission"])
            before = len(city.entries())
            answer = asked(client, method, path)
            allowed = needed in GIVES[role]
            assert (answer.status_code != REFUSED) is allowed, (method, path, answer.text)
            entered = {entry.action for entry in city.entries()[before:]}
            rule = OPERATIONS[method, path]["x-custody"]
            assert entered <= ({Action(rule)} if rule in list(Action) else set())
            assert allowed or not entered


def test_the_routes_of_the_matrix_answer_with_what_they_are_for(city: ApiCity) -> None:
    """The requests of the matrix are not refused for another reason than the role."""
    for method, path in NEEDS_PERMISSION:
        answer = asked(city.client, method, path)
        assert (
            answer.status_code in {200, 201, 202, 404, 428}
            or "ask for the index again" in answer.text
            or "their own" in answer.text
            or (answer.status_code == REFUSED and "one's own" in answer.text)
        ), (method, path, answer.text)


def test_an_ended_grant_gives_nothing(city: ApiCity) -> None:
    grant = Grant(Role.INVESTIGATOR, expires=at(601))
    with city.client_of("guest", grant) as guest:
        assert guest.get("/api/v1/cameras").status_code == 200
        city.simulated.sleep(at(601) - at(600))
        assert guest.get("/api/v1/cameras").status_code == REFUSED


WATCHING = [
    ("GET", "/api/v1/cameras/{camera}/video"),
    ("GET", "/api/v1/cameras/{camera}/hls.m3u8"),
    ("GET", "/api/v1/cameras/{camera}/timeline"),
]


@pytest.fixture
def elsewhere(city: ApiCity) -> ApiCity:
    """The city with a second district, to which camera-2 moves at second 20."""
    register = city.parts.register
    register.add_districts([a_district("district-2")])
    register.add_sites([a_site("site-2", district="district-2")])
    moved = a_camera("camera-2", site="site-2", district="district-2")
    register.add_cameras([moved], since=at(20))
    return city


HERE = Grant(Role.INVESTIGATOR, districts=frozenset([district_id("district-1")]))
THERE = Grant(Role.INVESTIGATOR, sites=frozenset([site_id("site-2")]))


def test_a_search_is_asked_of_what_is_in_reach_alone(elsewhere: ApiCity) -> None:
    city = elsewhere
    body = {"text": "red", **WHOLE}
    whole = city.client.post("/api/v1/search", json=body).json()["coverage"]
    assert (whole["cameras"], whole["limited_to_grants"]) == (3, False)
    with city.client_of("here", HERE) as here:
        found = here.post("/api/v1/search", json=body).json()
        assert found["coverage"]["cameras"] == 3
        assert found["coverage"]["limited_to_grants"] is True
        (partly,) = found["coverage"]["partly"]
        assert partly == {"camera": "camera-2", "start": str(at(0)), "end": str(at(20))}
        assert found["moments"]
    with city.client_of("there", THERE) as there:
        found = there.post("/api/v1/search", json=body).json()
        assert found["coverage"]["cameras"] == 1
        assert found["coverage"]["asked_s"] == 4
        assert found["moments"] == []
        named = {**body, "cameras": ["camera-1"]}
        refused = there.post("/api/v1/search", json=named)
        assert refused.status_code == REFUSED
    what = city.entries()[-1].what
    assert what["ok"] is False
    result = what["result"]
    assert isinstance(result, dict)
    assert result["error"] == "NotPermitted"


def test_an_example_out_of_reach_is_refused_and_the_refusal_is_entered(elsewhere: ApiCity) -> None:
    city = elsewhere
    body = {"text": "red", **WHOLE, "threshold": -1}
    best = city.client.post("/api/v1/search", json=body).json()["moments"][0]
    assert best["camera"] == "camera-1"
    late = f"{city.segments('camera-2')[-1].key}#"
    late += str(_offset(city, city.segments("camera-2")[-1].key))
    with city.client_of("there", THERE) as there:
        told = there.post("/api/v1/search", json={**WHOLE, "like": best["thumbnail"]})
        assert told.status_code == REFUSED
        assert "example" in told.json()["detail"]
        assert city.entries()[-1].what["ok"] is False
        assert there.post("/api/v1/search", json={**WHOLE, "like": late}).status_code == 200
        nowhere = {**WHOLE, "like": "999.1"}
        assert there.post("/api/v1/search", json=nowhere).status_code == 404


def test_footage_out_of_reach_is_refused_and_the_refusal_is_entered(elsewhere: ApiCity) -> None:
    city = elsewhere
    inside, across = {"from": str(at(20)), "to": str(at(24))}, WHOLE
    with city.client_of("there", THERE) as there:
        for (method, path), camera in product(WATCHING, ("camera-1", "camera-2")):
            url = path.format(camera=camera)
            within = there.request(method, url, params=inside)
            assert within.status_code == (200 if camera == "camera-2" else REFUSED), within.text
            told = there.request(method, url, params=across)
            assert told.status_code == REFUSED
            if camera == "camera-2":
                assert f"{at(20)} to {at(24)}" in told.json()["detail"]
    refused = [entry for entry in city.entries() if entry.what.get("ok") is False]
    assert len(refused) == 6
    assert {entry.action for entry in refused} == {Action.VIEW}


def test_segments_and_pictures_out_of_reach_are_refused(elsewhere: ApiCity) -> None:
    city = elsewhere
    early, late = city.segments("camera-2")[0], city.segments("camera-2")[-1]
    other = city.segments("camera-1")[0]
    with city.client_of("there", THERE) as there:
        for key, status in ((early.key, 403), (late.key, 200), (other.key, 403)):
            for url in (
                f"/api/v1/segments/{key}/init.mp4",
                f"/api/v1/segments/{key}/media.m4s",
                f"/api/v1/keyframes/{key}?offset={_offset(city, key)}",
            ):
                assert there.get(url).status_code == status, url


def test_a_pass_of_another_person_lets_nobody_in(elsewhere: ApiCity) -> None:
    city = elsewhere
    text = city.client.get("/api/v1/cameras/camera-1/hls.m3u8", params=WHOLE).text
    media = next(line for line in text.splitlines() if "media.m4s" in line)
    url = "/api/v1/segments/" + media.partition("segments/")[2]
    assert city.client.get(url).status_code == 200
    with city.client_of("here", HERE) as here:
        told = here.get(url)
        assert told.status_code == REFUSED
        assert told.json()["type"].endswith("not-this-viewing")


def test_cameras_and_holds_out_of_reach_are_not_listed(elsewhere: ApiCity) -> None:
    city = elsewhere
    one = {**HOLD, "cameras": ["camera-1"], **WHOLE}
    two = {**HOLD, "cameras": ["camera-2"], "from": str(at(20)), "to": str(at(24))}
    first = city.client.post("/api/v1/holds", json=one).json()["hold"]
    second = city.client.post("/api/v1/holds", json=two).json()["hold"]
    with city.client_of("there", THERE) as there:
        cameras = there.get("/api/v1/cameras").json()["cameras"]
        assert [camera["camera"] for camera in cameras] == ["camera-2"]
        assert there.get("/api/v1/cameras/camera-1").status_code == 404
        holds = there.get("/api/v1/holds").json()["holds"]
        assert [hold["hold"] for hold in holds] == [second]
        assert there.post("/api/v1/holds", json=one).status_code == REFUSED
        assert there.post("/api/v1/holds", json=two).status_code == 201
        everywhere = {**HOLD, "sites": ["site-1"], **WHOLE}
        assert there.post("/api/v1/holds", json=everywhere).status_code == REFUSED
    liaison = Grant(Role.COURT_LIAISON, districts=THERE.districts, sites=THERE.sites)
    with city.client_of("liaison", liaison) as there:
        release = {"reason": "done", "case": "FIR 1", "purpose": "theft"}
        assert there.post(f"/api/v1/holds/{first}/release", json=release).status_code == 404
        assert there.post(f"/api/v1/holds/{second}/release", json=release).status_code == 200


def test_a_grant_may_reach_some_recorded_time_only(city: ApiCity) -> None:
    grant = Grant(Role.INVESTIGATOR, recorded_from=at(4), recorded_until=at(8))
    with city.client_of("guest", grant) as guest:
        found = guest.post("/api/v1/search", json={"text": "red", **WHOLE}).json()["coverage"]
        assert found["asked_s"] == 3 * 4
        params = {"from": str(at(4)), "to": str(at(8))}
        assert guest.get("/api/v1/cameras/camera-1/video", params=params).status_code == 200
        params["to"] = str(at(9))
        assert guest.get("/api/v1/cameras/camera-1/video", params=params).status_code == REFUSED


def test_managing_people_and_reading_the_log_need_a_grant_without_limits(city: ApiCity) -> None:
    places = HERE.districts
    limited = [Grant(Role.SYSTEM_ADMIN, districts=places), Grant(Role.AUDITOR, districts=places)]
    with city.client_of("limited", *limited) as client:
        for path in ("/api/v1/people", "/api/v1/custody"):
            told = client.get(path)
            assert told.status_code == REFUSED
            assert "without limits" in told.json()["detail"]


def _offset(city: ApiCity, key: str) -> int:
    cameras = [camera_id("camera-1"), camera_id("camera-2")]
    rows = city.parts.catalogue.keyframes(cameras, during(0, 60))
    return next(row.offset for row in rows if row.segment == key)
