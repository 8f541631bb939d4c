"""Four eyes over HTTP: who sees a request, who decides on it, and what the approval lets happen."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from evidence.cases import Asker
from footage.access import Grant, Role
from footage.action import Action
from footage.approval import ActKind
from footage.errors import Conflict
from footage.ids import JobId, district_id
from footage.instant import Elapsed
from infra.config.sections.evidence import FourEyes
from tests.common.api_city import WHOLE, ApiCity, parts_of, serving
from tests.common.builders import a_district

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from footage.job import Work

LIAISON = Grant(Role.COURT_LIAISON)
PURPOSE = {"case": "FIR 1", "purpose": "theft"}
HOLD = {"cameras": ["camera-1"], "authority": "court", "reason": "FIR 1", **WHOLE, **PURPOSE}
EXPORT = {"cameras": ["camera-1"], "recipient": "Sessions Court", **WHOLE, **PURPOSE}
DONE = {"reason": "case closed", **PURPOSE}
PATIENCE_S = 60


@pytest.fixture
def city(home: Path) -> Iterator[ApiCity]:
    """A city where releases and exports take two persons."""
    both = FourEyes.model_validate({"for": list(ActKind)})
    with serving(parts_of(home, four_eyes=both)) as city:
        yield city


@pytest.fixture
def anna(city: ApiCity) -> Iterator[httpx.Client]:
    with city.client_of("anna", LIAISON) as client:
        yield client


@pytest.fixture
def boris(city: ApiCity) -> Iterator[httpx.Client]:
    with city.client_of("boris", LIAISON) as client:
        yield client


def refused(answer: httpx.Response) -> int:
    """Number of the request with which an act was refused."""
    assert answer.status_code == 403, answer.text
    problem = answer.json()
    assert problem["type"].endswith(":approval-required")
    assert f"footage requests approve {problem['request']}" in problem["detail"]
    return int(problem["request"])


def held(client: httpx.Client) -> str:
    placed = client.post("/api/v1/holds", json=HOLD)
    assert placed.status_code == 201, placed.text
    return f"/api/v1/holds/{placed.json()['hold']}/release"


def exported(client: httpx.Client, key: str = "", **changes: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/exports", json={**EXPORT, **changes}, headers=headers)


def approved(client: httpx.Client, number: int, **body: str) -> httpx.Response:
    return client.post(f"/api/v1/requests/{number}/approve", json=body)


@contextmanager
def working(city: ApiCity) -> Iterator[None]:
    with city.parts.job_runner().running():
        yield


def ended(client: httpx.Client, job: str) -> dict[str, Any]:
    """A job, once its events have come to the end."""
    client.get(f"/api/v1/jobs/{job}/events", timeout=PATIENCE_S)
    told: dict[str, Any] = client.get(f"/api/v1/jobs/{job}").json()
    return told


def test_a_hold_is_released_by_two_persons(
    city: ApiCity, anna: httpx.Client, boris: httpx.Client
) -> None:
    release = held(anna)
    number = refused(anna.post(release, json=DONE))
    assert refused(anna.post(release, json=DONE)) == number
    own = approved(anna, number)
    assert (own.status_code, "your own" in own.text) == (403, True)
    assert own.json()["type"].endswith(":not-permitted")
    done = approved(boris, number, why="order 15/2026").json()
    assert (done["state"], done["asked_by"], done["decided_by"]) == ("approved", "anna", "boris")
    assert done["why"] == "order 15/2026"
    assert refused(boris.post(release, json=DONE)) == number + 1
    assert refused(anna.post(release, json={**DONE, "reason": "other"})) == number + 2
    assert anna.post(release, json=DONE).status_code == 200
    assert anna.get(f"/api/v1/requests/{number}").json()["state"] == "done"
    assert approved(boris, number).status_code == 409
    intents = [e for e in city.entries() if e.phase.value == "intent"]
    told = [(e.action, e.actor, e.what.get("request")) for e in intents[1:]]
    assert told[:2] == [(Action.REQUEST, "anna", None), (Action.APPROVAL, "anna", number)]
    assert (Action.RELEASE, "anna", number) in told


def test_who_could_not_do_the_act_sees_no_request(city: ApiCity, anna: httpx.Client) -> None:
    number = refused(anna.post(held(anna), json=DONE))
    city.parts.register.add_districts([a_district("district-9")])
    elsewhere = Grant(Role.COURT_LIAISON, districts=frozenset([district_id("district-9")]))
    for person, grant in (
        ("investigator", Grant(Role.INVESTIGATOR)),
        ("auditor", Grant(Role.AUDITOR)),
        ("elsewhere", elsewhere),
    ):
        with city.client_of(person, grant) as client:
            assert client.get(f"/api/v1/requests/{number}").status_code == 404
            assert client.get("/api/v1/requests").json() == {"requests": [], "next_cursor": None}
            assert approved(client, number).status_code == 404
            for change in ("refuse", "withdraw"):
                answer = client.post(f"/api/v1/requests/{number}/{change}", json={"why": "x"})
                assert answer.status_code == 404, answer.text
    assert Action.APPROVAL not in {entry.action for entry in city.entries()}
    assert anna.get(f"/api/v1/requests/{number}").json()["state"] == "waiting"


def test_who_is_no_member_of_the_case_sees_no_request(
    city: ApiCity, anna: httpx.Client, boris: httpx.Client
) -> None:
    service = city.parts.case_service
    case = service.open("FIR 1", "theft", "A theft", "", "anna")
    number = refused(anna.post(held(anna), json=DONE))
    assert approved(boris, number).status_code == 404
    service.add_member(service.case(case.id, Asker("anna")), "boris", "anna")
    assert approved(boris, number).status_code == 200


def test_a_request_is_refused_with_a_reason_and_withdrawn_by_who_asked(
    anna: httpx.Client, boris: httpx.Client
) -> None:
    release = held(anna)
    first = refused(anna.post(release, json=DONE))
    no_reason = boris.post(f"/api/v1/requests/{first}/refuse", json={"why": ""})
    assert no_reason.status_code == 422
    told = boris.post(f"/api/v1/requests/{first}/refuse", json={"why": "the appeal is pending"})
    assert (told.json()["state"], told.json()["why"]) == ("refused", "the appeal is pending")
    second = refused(anna.post(release, json=DONE))
    foreign = boris.post(f"/api/v1/requests/{second}/withdraw", json={})
    assert (foreign.status_code, "is of anna" in foreign.text) == (403, True)
    given_up = anna.post(f"/api/v1/requests/{second}/withdraw", json={})
    assert given_up.json()["state"] == "withdrawn"
    assert boris.get("/api/v1/requests").json()["requests"] == []
    pages = boris.get("/api/v1/requests", params={"closed": True, "limit": 1}).json()
    assert [one["request"] for one in pages["requests"]] == [second]
    rest = boris.get(
        "/api/v1/requests", params={"closed": True, "after": pages["next_cursor"]}
    ).json()
    assert [one["request"] for one in rest["requests"]] == [first]
    assert boris.get("/api/v1/requests/99").status_code == 404


def test_an_export_to_outside_is_made_by_a_job_of_its_approval(
    city: ApiCity, anna: httpx.Client, boris: httpx.Client
) -> None:
    inside = exported(anna, recipient_kind="inside")
    assert inside.status_code == 202
    assert inside.json()["request"]["recipient_kind"] == "inside"
    number = refused(exported(anna, recipient_kind="court"))
    asked = boris.get(f"/api/v1/requests/{number}").json()["asked"]
    assert (asked["recipient"], asked["recipient_kind"]) == ("Sessions Court", "court")
    approved(boris, number)
    answer = exported(anna, "key-1", recipient_kind="court")
    assert answer.status_code == 202, answer.text
    job = answer.json()["job"]
    assert answer.json()["request"]["approval"] == number
    with working(city):
        assert ended(anna, job)["state"] == "done"
        assert ended(anna, inside.json()["job"])["state"] == "done"
    request = anna.get(f"/api/v1/requests/{number}").json()
    assert (request["state"], request["job"]) == ("done", job)
    (intent,) = [
        e
        for e in city.entries()
        if e.action is Action.EXPORT and e.what.get("recipient_kind") == "court"
    ]
    assert (intent.what["request"], intent.what["approved_by"]) == (number, "boris")
    again = exported(anna, "key-1", recipient_kind="court")
    assert (again.status_code, again.json()["job"]) == (202, job), "the same request, told again"
    assert refused(exported(anna, "key-2", recipient_kind="court")) == number + 1


def test_of_two_jobs_of_an_approval_one_exports(
    city: ApiCity, anna: httpx.Client, boris: httpx.Client
) -> None:
    number = refused(exported(anna))
    approved(boris, number)
    jobs = [exported(anna, key).json()["job"] for key in ("key-1", "key-2")]
    with working(city):
        told = [ended(anna, job) for job in jobs]
    assert sorted(one["state"] for one in told) == ["done", "failed"]
    (failed,) = [one for one in told if one["state"] == "failed"]
    assert "its approval was used" in failed["error"]


def test_a_job_that_runs_again_after_a_crash_uses_its_own_approval_again(
    city: ApiCity, anna: httpx.Client, boris: httpx.Client
) -> None:
    number = refused(exported(anna))
    approved(boris, number)
    job = city.parts.jobs.job(JobId(exported(anna).json()["job"]))

    def tell(work: Work) -> None:
        del work

    first = city.parts.exports.run(job, tell)
    assert city.parts.exports.run(replace(job, attempts=1), tell)["segments"] == first["segments"]
    with pytest.raises(Conflict, match="its approval was used"):
        city.parts.exports.run(replace(job, id=JobId(f"{job.id[:-1]}0")), tell)


def test_an_approval_that_ended_before_the_job_ran_exports_nothing(
    city: ApiCity, anna: httpx.Client, boris: httpx.Client
) -> None:
    approved(boris, refused(exported(anna)))
    job = exported(anna).json()["job"]
    city.simulated.sleep(Elapsed.parse("7d"))
    with working(city):
        told = ended(anna, job)
    assert told["state"] == "failed"
    assert "its time was over" in told["error"]
