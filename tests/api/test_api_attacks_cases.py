"""Attacks on cases over HTTP, by people who are no members and by members."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from footage.access import Grant, Permission, Role
from footage.action import Action
from footage.ids import district_id
from tests.api.test_api_attacks import LONE_SURROGATE
from tests.api.test_api_jobs import ended
from tests.common.api_city import PLAIN, WHOLE, let_in, parts_of, serving
from tests.common.api_routes import OPERATIONS
from tests.common.builders import a_district, at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.common.api_city import ApiCity


CASE_ABSENT = "019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d77"
A_CASE = {"reference": "FIR 5/2026", "purpose": "theft", "title": "A theft", "note": "secret"}


def a_case_of(client: httpx.Client, **parts: object) -> str:
    """Open a case with a bookmark at second 5 of camera-1; return the path of the case."""
    answer = client.post("/api/v1/cases", json={**A_CASE, **parts})
    assert answer.status_code == 201, answer.text
    path = f"/api/v1/cases/{answer.json()['case']}"
    mark = {"kind": "bookmark", "cameras": ["camera-1"], "at": str(at(5)), "label": "the car"}
    assert client.post(f"{path}/exhibits", json=mark).status_code == 201
    return path


def asked_of_a_case(client: httpx.Client, path: str) -> list[httpx.Response]:
    """Ask each route of one case."""
    mine = {"If-Match": '"1"'}
    mark = {"kind": "bookmark", "cameras": ["camera-1"], "at": str(at(6)), "label": "x"}
    words = {"label": "x", "note": "x"}
    paper = {"name": "order.pdf", "size": 1, "sha256": "sha256:" + "0" * 64}
    return [
        client.get(path),
        client.get(f"{path}/versions"),
        client.get(f"{path}/exhibits"),
        client.get(f"{path}/exhibits/1"),
        client.get(f"{path}/exhibits/1/versions"),
        client.post(f"{path}/reports", json={}),  # who sees a case may report it
        client.put(path, json={"title": "x", "note": "x"}, headers=mine),
        client.put(f"{path}/state", json={"state": "closed", "reason": "x"}, headers=mine),
        client.post(f"{path}/documents", json={"authority": "x", "document": paper}),
        client.post(f"{path}/releases", json={}),
        client.put(f"{path}/members/mallory"),
        client.delete(f"{path}/members/amina"),
        client.post(f"{path}/exhibits", json=mark),
        client.put(f"{path}/exhibits/1", json=words, headers=mine),
    ]


@pytest.fixture
def mallory(city: ApiCity) -> Iterator[httpx.Client]:
    """A client of somebody who may do all that is done in cases, and is a member of none."""
    grants = [Grant(Role.INVESTIGATOR), Grant(Role.COURT_LIAISON)]
    with city.client_of("mallory", *grants) as client:
        yield client


def test_every_route_of_a_case_is_asked() -> None:
    paths = {path for _, path in OPERATIONS if path.startswith("/api/v1/cases/{case}")}
    several = sum(path.startswith("/api/v1/cases/{case}") for _, path in OPERATIONS)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(404))) as client:
        told = asked_of_a_case(client, f"http://localhost/api/v1/cases/{CASE_ABSENT}")
    asked_paths = {one.request.url.path for one in told}
    filled_in = {
        path.format(case=CASE_ABSENT, exhibit=1, person=person)
        for path in paths
        for person in ("mallory", "amina")
    }
    assert asked_paths <= filled_in
    assert len(told) == several


def test_another_s_case_is_told_in_the_words_of_one_that_does_not_exist(
    city: ApiCity, mallory: httpx.Client
) -> None:
    path = a_case_of(city.client)
    absent = f"/api/v1/cases/{CASE_ABSENT}"
    before = len(city.entries())

    def told(answer: httpx.Response) -> tuple[int, str]:
        detail = answer.json()["detail"]
        return answer.status_code, detail.replace(path[-36:], "").replace(CASE_ABSENT, "")

    theirs = [told(one) for one in asked_of_a_case(mallory, path)]
    assert theirs == [told(one) for one in asked_of_a_case(mallory, absent)]
    assert {status for status, _ in theirs} == {404}
    assert mallory.get("/api/v1/cases").json() == {"cases": [], "next_cursor": None}
    by_name = {"reference": A_CASE["reference"]}
    assert mallory.get("/api/v1/cases", params=by_name).json()["cases"] == []
    beside = mallory.get("/api/v1/cases", params={"after": "f" * 8 + CASE_ABSENT[8:]})
    assert beside.json()["cases"] == []
    assert len(city.entries()) == before
    assert city.client.get(path).json()["version"] == 1


def test_whoever_is_no_member_does_nothing_for_a_case(city: ApiCity) -> None:
    path = a_case_of(city.client)
    for_it = {"case": A_CASE["reference"], "purpose": "theft"}
    grants = [Grant(Role.INVESTIGATOR), Grant(Role.COURT_LIAISON)]
    before = len(city.entries())
    with city.client_of("eve", *grants) as eve:
        told = [
            eve.post("/api/v1/search", json={"text": "red", **WHOLE, **for_it}),
            eve.get("/api/v1/cameras/camera-1/video", params={**WHOLE, **for_it}),
            eve.get("/api/v1/cameras/camera-1/hls.m3u8", params={**WHOLE, **for_it}),
            eve.get("/api/v1/cameras/camera-1/still", params={"at": str(at(5)), **for_it}),
            eve.post("/api/v1/exports", json={"cameras": ["camera-1"], **WHOLE, **for_it}),
            eve.post(
                "/api/v1/holds",
                json={"cameras": ["camera-1"], **WHOLE, "authority": "x", "reason": "x", **for_it},
            ),
        ]
        assert {(one.status_code, one.json()["type"][-13:]) for one in told} == {
            (403, "not-permitted")
        }
        closing = {"state": "closed", "reason": "done"}
        city.client.put(f"{path}/state", json=closing, headers={"If-Match": '"1"'})
        again = eve.post("/api/v1/search", json={"text": "red", **WHOLE, **for_it})
        assert again.json()["detail"] == told[0].json()["detail"]
    closed = {Action.CASE, Action.REQUEST}  # the release of the exhibits' holds is proposed
    assert {entry.action for entry in city.entries()[before:]} == closed


def test_a_member_who_was_removed_is_a_stranger_at_once(
    city: ApiCity, mallory: httpx.Client
) -> None:
    path = a_case_of(city.client, members=["mallory"])
    assert mallory.get(path).status_code == 200
    city.client.delete(f"{path}/members/mallory")
    assert {one.status_code for one in asked_of_a_case(mallory, path)} == {404}


def test_a_bundle_of_a_case_is_fetched_for_no_other_case(home: Path) -> None:
    """The bundle tells what was done for its case; the asker may not rename the case either."""
    with serving(parts_of(home)) as city:
        path = a_case_of(city.client)
        for_it = {"case": A_CASE["reference"], "purpose": "theft"}
        export = {"cameras": ["camera-1"], **WHOLE, **for_it}
        job = city.client.post("/api/v1/exports", json=export).json()["job"]
        with city.parts.job_runner().running():
            assert ended(city.client, job)["state"] == "done"
        bundle = f"/api/v1/exports/{job}/bundle.zip"
        assert city.client.get(bundle).status_code == 200
        with city.client_of("eve", Grant(Role.COURT_LIAISON)) as eve:
            before = len(city.entries())
            told = eve.get(bundle)
            renamed = eve.get(bundle, params={"case": "FIR 77", "purpose": "theft"})
            assert (told.status_code, renamed.status_code) == (404, 404)
            absent = eve.get(f"/api/v1/exports/{CASE_ABSENT}/bundle.zip")
            assert told.json()["detail"].replace(job, "") == absent.json()["detail"].replace(
                CASE_ABSENT, ""
            )
            assert len(city.entries()) == before
            city.client.put(f"{path}/members/eve")
            assert eve.get(bundle).status_code == 200
        closing = {"state": "closed", "reason": "done"}
        city.client.put(f"{path}/state", json=closing, headers={"If-Match": '"2"'})
        for params in ({}, {"case": "FIR 77", "purpose": "theft"}):
            assert city.client.get(bundle, params=params).status_code == 409


def test_exhibits_of_a_case_are_not_reached_by_another_case(
    city: ApiCity, mallory: httpx.Client
) -> None:
    a_case_of(city.client)
    mine = mallory.post("/api/v1/cases", json={**A_CASE, "reference": "FIR 6"}).json()["case"]
    assert mallory.get(f"/api/v1/cases/{mine}/exhibits").json()["exhibits"] == []
    assert mallory.get(f"/api/v1/cases/{mine}/exhibits/1").status_code == 404


def test_an_exhibit_out_of_reach_is_withheld(city: ApiCity) -> None:
    """Membership opens the case, grants open the footage: by place, by time, and at each route."""
    path = a_case_of(city.client)
    partly = {"kind": "interval", "cameras": ["camera-1"], **WHOLE, "label": "the gate"}
    city.client.post(f"{path}/exhibits", json=partly)
    late = Grant(Role.INVESTIGATOR, recorded_from=at(4), recorded_until=at(8))
    with city.client_of("late", late) as client:
        city.client.put(f"{path}/members/late")
        first, second = client.get(f"{path}/exhibits").json()["exhibits"]
        assert first["content"]["label"] == "the car"
        assert second == {"exhibit": 2, "withheld": True, "content": None}
        one = client.get(f"{path}/exhibits/2")
        assert (one.json(), "etag" in one.headers) == (second, False)
        refused = [
            client.get(f"{path}/exhibits/2/versions"),
            client.put(
                f"{path}/exhibits/2",
                json={"label": "x", "note": ""},
                headers={"If-Match": '"1"'},
            ),
            client.post(f"{path}/exhibits", json=partly),
        ]
        assert [told.status_code for told in refused] == [403] * 3
        assert "camera" not in refused[0].json()["detail"]
        assert "gate" not in "".join(told.text for told in refused)
    city.parts.register.add_districts([a_district("district-9")])
    nowhere = Grant(Role.INVESTIGATOR, districts=frozenset([district_id("district-9")]))
    with city.client_of("far", nowhere) as client:
        city.client.put(f"{path}/members/far")
        told = client.get(f"{path}/exhibits").json()["exhibits"]
        assert [one["withheld"] for one in told] == [True, True]
        unknown = {**partly, "cameras": ["camera-99"]}
        out = (
            client.post(f"{path}/exhibits", json=unknown),
            client.post(f"{path}/exhibits", json=partly),
        )
        assert [one.status_code for one in out] == [403, 403]


def test_a_moment_of_another_s_answer_is_no_exhibit(city: ApiCity, mallory: httpx.Client) -> None:
    city.client.post("/api/v1/search", json={"text": "red", **WHOLE})
    answer = next(one.number for one in city.entries() if one.action is Action.SEARCH)
    mine = mallory.post("/api/v1/cases", json={**A_CASE, "reference": "FIR 6"}).json()["case"]
    asked_for = {"kind": "moment", "moment": f"{answer}.1", "label": "x"}
    told = mallory.post(f"/api/v1/cases/{mine}/exhibits", json=asked_for)
    absent = mallory.post(f"/api/v1/cases/{mine}/exhibits", json={**asked_for, "moment": "9999.1"})
    assert (told.status_code, absent.status_code) == (404, 404)
    assert told.json()["detail"].replace(str(answer), "") == absent.json()["detail"].replace(
        "9999", ""
    )


def test_an_auditor_reads_every_case_and_changes_none(city: ApiCity) -> None:
    path = a_case_of(city.client)
    with city.client_of("auditor", Grant(Role.AUDITOR)) as client:
        statuses = [one.status_code for one in asked_of_a_case(client, path)]
        assert statuses == [200] * 5 + [201] + [403] * 8
        assert len(client.get("/api/v1/cases").json()["cases"]) == 1
    both = [Grant(Role.AUDITOR), Grant(Role.INVESTIGATOR)]
    with city.client_of("both", *both) as client:
        statuses = [one.status_code for one in asked_of_a_case(client, path)]
        assert statuses == [200] * 5 + [201] + [403] * 8
    limited = Grant(Role.AUDITOR, districts=frozenset([district_id("district-1")]))
    with city.client_of("limited", limited) as client:
        assert client.get("/api/v1/cases").json()["cases"] == []
        assert client.get(path).status_code == 404


def test_a_token_passes_on_no_more_of_cases_than_it_says(city: ApiCity) -> None:
    path = a_case_of(city.client)
    token = let_in(city.parts, "program", [Grant(Role.AUDITOR)], [Permission.READ_CASES])
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=city.client.base_url, headers=headers, verify=PLAIN) as client:
        assert client.get("/api/v1/cases").json()["cases"] == []
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["..", "%2e%2e", "FIR 5/2026", "1 or 1=1", "x" * 5_000, CASE_ABSENT.upper()]
)
def test_what_is_no_id_of_a_case_is_refused(city: ApiCity, path: str) -> None:
    assert city.client.get(f"/api/v1/cases/{path}").status_code in {404, 422}


def test_texts_of_cases_forge_no_lines(city: ApiCity) -> None:
    for text in ("a\nb", "a\rb", "\x1b[31m", "a\u2028b"):
        for part in ("reference", "title", "purpose"):
            told = city.client.post("/api/v1/cases", json={**A_CASE, part: text})
            assert told.status_code == 422
    body = json.dumps({**A_CASE, "note": "x"}).replace('"x"', f'"{LONE_SURROGATE}"')
    kind = {"Content-Type": "application/json"}
    assert city.client.post("/api/v1/cases", content=body, headers=kind).status_code in {400, 422}
