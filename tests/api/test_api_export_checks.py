"""Bundles that exports made, checked by the server as jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from footage.access import Grant, Role
from footage.action import Action
from footage.ids import JobId
from footage.instant import DAY
from footage.job import JobStopped, Work
from tests.api.test_api_jobs import asked, ended

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from footage.job import Tell
    from tests.common.api_city import ApiCity

LIAISON = Grant(Role.COURT_LIAISON)


def exported(client: httpx.Client, *cameras: str) -> dict[str, Any]:
    named: dict[str, Any] = {"cameras": list(cameras)} if cameras else {}
    job = ended(client, asked(client, **named).json()["job"])
    assert job["state"] == "done", job["error"]
    return job


def checked(client: httpx.Client, export: str) -> dict[str, Any]:
    answer = client.post(f"/api/v1/exports/{export}/verify", json={})
    assert answer.status_code == 202, answer.text
    assert answer.json()["kind"] == "export-verify"
    return ended(client, answer.json()["job"])


def folder_of(city: ApiCity) -> Path:
    (folder,) = (city.parts.home / "exports" / "bundles").iterdir()
    return folder


def test_a_bundle_is_proven_and_compared_with_the_custody_log(working: ApiCity) -> None:
    with working.client_of("sadia", LIAISON) as sadia:
        export = exported(sadia, "camera-1")
        before = len(working.entries())
        found = checked(sadia, export["job"])
    assert (found["state"], found["case"], found["purpose"]) == ("done", "FIR 1", "theft")
    assert found["request"] == {"export": export["job"], "bundle": export["result"]["bundle"]}
    result = found["result"]
    assert (result["verdicts"]["intact"], result["verdicts"]["complete"]) == ("proven", "yes")
    assert result["manifest"] == export["result"]["manifest"]
    assert result["findings"] == []
    entry = working.entries()[-1]
    assert entry.action is Action.EXPORT
    assert (result["custody"]["entry"], result["custody"]["same"]) == (entry.number, True)
    assert len(working.entries()) == before  # a check shows no footage


def test_what_is_missing_altered_or_entered_otherwise_is_told(working: ApiCity) -> None:
    client = working.client
    export = exported(client)
    result = checked(client, export["job"])["result"]
    assert (result["verdicts"]["intact"], result["verdicts"]["complete"]) == ("proven", "no")
    assert [(one["kind"], one["where"]) for one in result["findings"]] == [("gap", "camera-2")]
    folder = folder_of(working)
    film = next(folder.glob("master/**/*.mp4"))
    film.write_bytes(film.read_bytes()[:-1] + b"?")
    result = checked(client, export["job"])["result"]
    assert result["verdicts"]["intact"] == "altered"
    assert "altered" in {one["kind"] for one in result["findings"]}
    (folder / "MANIFEST.json").unlink()
    failed = checked(client, export["job"])
    assert (failed["state"], failed["result"]) == ("failed", None)


def test_a_check_is_for_whom_the_bundle_is_for(working: ApiCity) -> None:
    export = exported(working.client)["job"]
    path = f"/api/v1/exports/{export}/verify"
    with working.client_of("omar", Grant(Role.INVESTIGATOR)) as omar:
        assert omar.post(path, json={}).status_code == 403
    with working.client_of("sadia", LIAISON) as sadia:
        assert checked(sadia, export)["state"] == "done"
    case = {"reference": "FIR 1", "purpose": "theft", "title": "A theft"}
    assert working.client.post("/api/v1/cases", json=case).status_code == 201
    with working.client_of("zara", LIAISON) as zara:
        assert zara.post(path, json={}).status_code == 404  # no member of the case
    assert checked(working.client, export)["state"] == "done"


def test_without_a_bundle_there_is_no_check(city: ApiCity) -> None:
    waiting = asked(city.client).json()["job"]
    path = f"/api/v1/exports/{waiting}/verify"
    assert city.client.post(path, json={}).status_code == 409
    with city.parts.job_runner().running():
        assert ended(city.client, waiting)["state"] == "done"
    check = city.client.post(path, json={}).json()["job"]  # waits, since nobody runs jobs now
    assert city.client.post(f"/api/v1/exports/{check}/verify", json={}).status_code == 404
    city.simulated.sleep(DAY * 30)
    with city.parts.job_runner().running():
        gone = ended(city.client, check)
    assert gone["state"] == "failed"
    assert waiting in gone["error"]


def test_a_check_that_is_stopped_tells_no_verdict(working: ApiCity) -> None:
    found = checked(working.client, exported(working.client)["job"])
    job = working.parts.jobs.job(JobId(found["job"]))

    def stopping(at: int) -> Tell:
        told: list[Work] = []

        def tell(work: Work) -> None:
            told.append(work)
            if len(told) == at:
                raise JobStopped(f"stopped at {at}")

        return tell

    for at in (1, 2):
        with pytest.raises(JobStopped, match=str(at)):
            working.services.export_checks.run(job, stopping(at))


def test_the_same_key_is_the_same_check(working: ApiCity) -> None:
    export = exported(working.client)["job"]
    path, headers = f"/api/v1/exports/{export}/verify", {"Idempotency-Key": "key-1"}
    first = working.client.post(path, json={}, headers=headers).json()["job"]
    assert working.client.post(path, json={}, headers=headers).json()["job"] == first
