"""People, tokens and the custody log over HTTP."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from evidence.custody_acts import State, Wanted, page
from footage.access import Grant, Role
from footage.action import Action
from footage.instant import DAY
from tests.common.api_city import WHOLE
from tests.common.builders import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.common.api_city import ApiCity

SADIA: dict[str, Any] = {
    "person": "sadia",
    "name": "Sadia Khan",
    "grants": [{"role": "investigator", "districts": ["district-1"], "expires": str(at(900))}],
    "password": "correct horse battery",
}


@pytest.fixture
def admin(city: ApiCity) -> Iterator[httpx.Client]:
    with city.client_of("root", Grant(Role.SYSTEM_ADMIN)) as client:
        yield client


def test_a_person_is_added_changed_and_disabled(city: ApiCity, admin: httpx.Client) -> None:
    added = admin.post("/api/v1/people", json=SADIA)
    assert added.status_code == 201
    assert added.headers["etag"] == '"1"'
    assert "password" not in added.text
    assert admin.post("/api/v1/people", json=SADIA).status_code == 409
    body = {"name": "Sadia K.", "grants": [{"role": "auditor"}], "disabled": False}
    without = admin.put("/api/v1/people/sadia", json=body)
    assert without.status_code == 428
    stale = admin.put("/api/v1/people/sadia", json=body, headers={"If-Match": '"7"'})
    assert stale.status_code == 409
    changed = admin.put("/api/v1/people/sadia", json=body, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    assert changed.headers["etag"] == '"2"'
    assert admin.get("/api/v1/people/sadia").json() == changed.json()
    assert [one["person"] for one in admin.get("/api/v1/people").json()["people"]] == [
        "amina",
        "root",
        "sadia",
    ]
    acts = page(city.parts.custody, Wanted(person="root", action=Action.PEOPLE), limit=99).acts
    done = [(a.intent.what["change"], a.state) for a in acts if a.intent.what["person"] == "sadia"]
    assert done == [
        ("added", State.DONE),
        ("added", State.FAILED),
        ("changed", State.FAILED),
        ("changed", State.DONE),
    ]
    last = acts[-1].intent.what
    was = {"role": "investigator", "districts": ["district-1"], "expires": str(at(900))}
    assert last["before"] == {"name": "Sadia Khan", "grants": [was], "disabled": False}
    assert last["after"] == {"name": "Sadia K.", "grants": [{"role": "auditor"}], "disabled": False}


def test_nobody_changes_their_own_grants(city: ApiCity, admin: httpx.Client) -> None:
    body: dict[str, Any] = {"name": "Root", "grants": [{"role": "investigator"}]}
    for grants, disabled in ((body["grants"], False), ([{"role": "system-admin"}], True)):
        told = admin.put(
            "/api/v1/people/root",
            json={**body, "grants": grants, "disabled": disabled},
            headers={"If-Match": '"1"'},
        )
        assert told.status_code == 403
    own = {"name": "The administrator", "grants": [{"role": "system-admin"}], "disabled": False}
    told = admin.put("/api/v1/people/root", json=own, headers={"If-Match": '"1"'})
    assert told.json()["name"] == "The administrator"
    assert admin.put("/api/v1/people/root/password", json={"new": "x" * 20}).status_code == 403
    assert admin.delete("/api/v1/people/root/second-factor").status_code == 403
    assert city.parts.accounts.person(city.parts.accounts.people()[1].id).version == 2


def test_members_that_are_not_offered_are_refused(admin: httpx.Client) -> None:
    for more in ({"version": 9}, {"disabled": True}, {"totp": ""}):
        assert admin.post("/api/v1/people", json={**SADIA, **more}).status_code == 422
    for grant in (
        {"role": "root"},
        {"role": "auditor", "permissions": ["watch"]},
        {"role": "auditor", "expires": "tomorrow"},
        {"role": "auditor", "sites": ["../site"]},
        {"role": "auditor", "recorded_from": str(at(9)), "recorded_until": str(at(8))},
    ):
        assert admin.post("/api/v1/people", json={**SADIA, "grants": [grant]}).status_code == 422


def test_a_grant_names_places_that_there_are(admin: httpx.Client) -> None:
    for place in ({"districts": ["elsewhere"]}, {"sites": ["site-1", "site-9"]}):
        grant = {"role": "auditor", **place}
        told = admin.post("/api/v1/people", json={**SADIA, "grants": [grant]})
        assert told.status_code == 404
        assert "no " in told.json()["detail"]


def test_a_token_is_made_once_listed_without_its_secret_and_revoked(city: ApiCity) -> None:
    signed = city.client.post(
        "/api/v1/people", json={**SADIA, "grants": [{"role": "investigator"}]}
    )
    assert signed.status_code == 201
    by = {"person": "sadia", "password": SADIA["password"]}
    answer = city.client.post("/api/v1/session", json=by)
    cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    change = {**cookie, "Footage-CSRF": answer.json()["csrf"]}
    del city.client.headers["authorization"]
    ask = {"label": "nightly", "permissions": ["search"], "expires": str(at(600) + DAY * 90)}
    made = city.client.post("/api/v1/tokens", json=ask, headers=change)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    bearer = made.json()["bearer"]
    listed = city.client.get("/api/v1/tokens", headers=cookie)
    assert bearer.rpartition("_")[2] not in listed.text
    (told,) = listed.json()["tokens"]
    assert told["label"] == "nightly"
    wrongs: list[dict[str, Any]] = [
        {"permissions": ["manage-people"]},
        {"expires": str(at(600) + DAY * 400)},
        {"expires": str(at(0))},
        {"permissions": []},
    ]
    for wrong in wrongs:
        refused = city.client.post("/api/v1/tokens", json={**ask, **wrong}, headers=change)
        assert refused.status_code in {403, 422}
    assert city.client.get("/api/v1/tokens?everybody=true", headers=cookie).status_code == 403
    program = {"Authorization": f"Bearer {bearer}"}
    asked = city.client.post("/api/v1/search", json={"text": "red"}, headers=program)
    assert asked.status_code == 200
    foreign = city.parts.accounts.tokens(city.parts.accounts.people()[0].id)[0].id
    assert city.client.delete(f"/api/v1/tokens/{foreign}", headers=change).status_code == 404
    gone = city.client.delete(f"/api/v1/tokens/{told['token']}", headers=change)
    assert gone.status_code == 204
    assert city.client.get("/api/v1/encoder", headers=program).status_code == 401


def test_who_watched_a_camera_is_one_request(city: ApiCity) -> None:
    named = {"case": "FIR 9", "purpose": "theft"}
    city.client.get("/api/v1/cameras/camera-1/video", params={**WHOLE, **named})
    city.client.get("/api/v1/cameras/camera-2/hls.m3u8", params={**WHOLE, **named})
    key = city.segments("camera-1")[0].key
    city.client.get(f"/api/v1/segments/{key}/media.m4s", params=named)
    city.client.post("/api/v1/search", json={"text": "red", **WHOLE, "cameras": ["camera-2"]})
    city.client.post("/api/v1/search", json={"text": "red", **WHOLE})
    later = {"from": str(at(8)), "to": str(at(12))}
    city.client.get("/api/v1/cameras/camera-1/video", params={**later, **named})
    with city.client_of("auditor", Grant(Role.AUDITOR)) as auditor:
        ask = {
            "camera": "camera-1",
            "action": "view",
            "footage_from": str(at(0)),
            "footage_to": str(at(4)),
        }
        acts = auditor.get("/api/v1/custody", params=ask).json()["acts"]
        assert [(act["person"], act["case"], act["state"]) for act in acts] == [
            ("amina", "FIR 9", "done")
        ] * 2
        assert acts[0]["result"]["bytes"] > 0
        searches = auditor.get("/api/v1/custody", params={**ask, "action": "search"}).json()
        assert len(searches["acts"]) == 1  # the search of camera-2 alone was not about camera-1
        mine = auditor.get("/api/v1/custody", params={"person": "nobody"}).json()
        assert mine == {"acts": [], "next_cursor": None}
        entries: list[list[int]] = []
        cursor: int | None = 1
        while cursor is not None:
            params: dict[str, str | int] = {"action": "view", "limit": 2, "after": cursor}
            told = auditor.get("/api/v1/custody", params=params).json()
            entries.append([act["entry"] for act in told["acts"]])
            cursor = told["next_cursor"]
        assert [len(part) for part in entries if part] == [2, 2]
        assert list(chain(*entries)) == sorted(chain(*entries))
