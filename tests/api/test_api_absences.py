"""Certificates of absence as jobs: asked for, fetched, verified, and refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from footage.access import Grant, Role
from footage.action import Action, Phase, Purpose
from footage.ids import JobId
from footage.instant import DAY
from tests.api.test_api_jobs import ended, unzipped
from tests.common.api_city import WHOLE
from tests.common.builders import at

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.common.api_city import ApiCity

LIAISON = Grant(Role.COURT_LIAISON)
ASKED = {"cameras": ["camera-2"], **WHOLE, "case": "FIR 1", "purpose": "theft"}


def asked(client: httpx.Client, key: str = "", **changes: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/absences", json={**ASKED, **changes}, headers=headers)


def test_a_certificate_is_asked_for_fetched_and_verified(working: ApiCity, tmp_path: Path) -> None:
    with working.client_of("sadia", LIAISON) as sadia:
        answer = asked(sadia)
        assert answer.status_code == 202
        told = answer.json()
        assert answer.headers["Location"] == f"/api/v1/jobs/{told['job']}"
        assert (told["kind"], told["total"]) == ("absence", 1)
        assert told["request"] == {"cameras": ["camera-2"], "start": str(at(0)), "end": str(at(24))}
        last = ended(sadia, told["job"])
        assert (last["state"], last["error"], last["done"]) == ("done", "", 1)
        result = last["result"]
        assert result["ledger"] == "no checkpoint of a ledger was signed here yet"
        assert result["proven"] is False
        got = sadia.get(result["download"])
    assert (got.status_code, got.headers["content-type"]) == (200, "application/zip")
    folder = unzipped(got.content, tmp_path / "given")
    assert folder.name == f"absence-{result['certificate']}"
    report = verify.check(folder, result["manifest"])
    assert (report.verdicts["intact"], report.absence) == ("proven", "no")
    assert "camera_lost" in report.words()

    entries = working.entries()
    assert {entry.action for entry in entries} == {Action.ABSENCE}
    made, fetched = [entry for entry in entries if entry.phase is Phase.INTENT]
    for act in (made, fetched):
        assert (act.actor, act.case, act.code) == ("sadia", "FIR 1", "theft")
    assert (made.what["cameras"], made.what["start"]) == (["camera-2"], str(at(0)))
    assert (fetched.what["job"], fetched.what["certificate"]) == (told["job"], report.bundle)
    outcomes = [entry.what["result"] for entry in entries if entry.phase is Phase.OUTCOME]
    assert outcomes[0] == {
        "bundle_id": report.bundle,
        "manifest": result["manifest"],
        "proven": False,
    }
    assert outcomes[1]["bytes"] == len(got.content)  # type: ignore[index]


def test_what_was_found_is_told_and_files_are_given_alone(working: ApiCity) -> None:
    with working.client_of("sadia", LIAISON) as sadia:
        job = asked(sadia).json()["job"]
        early = sadia.get(f"/api/v1/absences/{job}/files/certificate.pdf")
        ended(sadia, job)
        before = len(working.entries())
        (camera,) = sadia.get(f"/api/v1/absences/{job}/found").json()["cameras"]
        assert len(working.entries()) == before
        assert [part["state"] for part in camera["parts"]] == ["stored", "absent", "stored"]
        lost = camera["parts"][1]
        assert (lost["reason"], lost["attested_by"].partition("'")[0], lost["proven"]) == (
            "camera_lost",
            "the recorder",
            False,
        )
        assert (lost["why"] != "", camera["segments"]) == (True, 3)
        for name, begins in (("certificate.json", b"{"), ("certificate.ur.pdf", b"%PDF")):
            got = sadia.get(f"/api/v1/absences/{job}/files/{name}")
            assert (got.status_code, got.content[: len(begins)]) == (200, begins)
        assert sadia.get(f"/api/v1/absences/{job}/files/MANIFEST.json").status_code == 422
    assert early.status_code == 409
    fetched = [e for e in working.entries()[before:] if e.phase is Phase.INTENT]
    assert [e.what["file"] for e in fetched] == ["certificate.json", "certificate.ur.pdf"]
    with working.client_of("bilal", Grant(Role.INVESTIGATOR)) as bilal:
        assert bilal.get(f"/api/v1/absences/{job}/found").status_code == 403


def test_the_same_key_and_body_is_the_same_job(city: ApiCity) -> None:
    first = asked(city.client, "key-1").json()
    assert asked(city.client, "key-1").json() == first
    assert asked(city.client, "key-1", cameras=["camera-1"]).status_code == 409


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"cameras": []}, 422),
        ({"cameras": ["camera-9"]}, 404),
        ({"to": str(at(700))}, 422),
        ({"to": str(at(-1))}, 422),
        ({"sites": ["site-1"]}, 422),
    ],
)
def test_what_cannot_be_certified_makes_no_job(
    city: ApiCity, changes: dict[str, Any], status: int
) -> None:
    assert asked(city.client, **changes).status_code == status
    assert city.client.get("/api/v1/jobs").json()["jobs"] == []
    assert city.entries() == []


def test_the_whole_must_be_in_reach_when_asked_run_and_fetched(city: ApiCity) -> None:
    early = replace(LIAISON, recorded_until=at(20))
    inside = {"to": str(at(20))}
    with city.client_of("omar", Grant(Role.INVESTIGATOR)) as omar:
        assert asked(omar).status_code == 403
    with city.client_of("sadia", early) as sadia:
        assert asked(sadia).status_code == 403
        first, second = (asked(sadia, **inside).json()["job"] for _ in range(2))
        with city.parts.job_runner().running():
            download = ended(sadia, first)["result"]["download"]
            assert ended(sadia, second)["state"] == "done"
        third = asked(sadia, **inside).json()["job"]
        known = city.parts.accounts.person(city.parts.jobs.job(JobId(first)).person)
        less = replace(known, grants=(replace(early, recorded_until=at(10)),))
        city.parts.people.change(less, Purpose("root"))
        with city.parts.job_runner().running():
            failed = ended(sadia, third)
        assert (failed["state"], failed["result"]) == ("failed", None)
        assert "do not reach camera-2" in failed["error"]
        assert sadia.get(download).status_code == 403
    with city.client_of("zara", replace(LIAISON, recorded_until=at(10))) as zara:
        assert zara.get(download).status_code == 404  # another's, and out of reach
    assert city.client.get(download).status_code == 200


def test_who_is_no_member_of_the_case_gets_no_certificate(working: ApiCity) -> None:
    download = ended(working.client, asked(working.client).json()["job"])["result"]["download"]
    case = {"reference": "FIR 1", "purpose": "theft", "title": "A theft"}
    assert working.client.post("/api/v1/cases", json=case).status_code == 201
    with working.client_of("zara", LIAISON) as zara:
        assert asked(zara).status_code == 403
        assert zara.get(download).status_code == 404
    assert working.client.get(download).status_code == 200


def test_a_certificate_is_no_export_and_is_removed_like_one(city: ApiCity) -> None:
    waiting = asked(city.client).json()["job"]
    path = f"/api/v1/absences/{waiting}/certificate.zip"
    assert city.client.get(path).status_code == 409
    assert city.client.get(f"/api/v1/exports/{waiting}/bundle.zip").status_code == 404
    with city.parts.job_runner().running():
        assert ended(city.client, waiting)["state"] == "done"
    folders = city.parts.home / "exports" / "bundles"
    assert len(list(folders.iterdir())) == 1
    city.parts.exports.remove_old()
    assert len(list(folders.iterdir())) == 1
    city.simulated.sleep(DAY * 30)
    city.parts.exports.remove_old()
    assert list(folders.iterdir()) == []
    assert city.client.get(path).status_code == 404


def test_a_job_that_is_cancelled_leaves_no_certificate(city: ApiCity) -> None:
    job = asked(city.client).json()["job"]
    assert city.client.delete(f"/api/v1/jobs/{job}").status_code == 202
    with city.parts.job_runner().running():
        assert ended(city.client, job)["state"] == "cancelled"
    assert not list((city.parts.home / "exports" / "bundles").glob("*"))
    assert city.entries() == []
