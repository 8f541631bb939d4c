"""The custody log over HTTP: raw entries, a check as a job, and exports as files."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from evidence.custody import read_line, true_hash
from footage.access import Grant, Permission, Role
from footage.action import Action, Phase
from footage.ids import district_id
from tests.api.test_api_jobs import ended
from tests.common.api_city import WHOLE, let_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.common.api_city import ApiCity

EXPORT = "/api/v1/custody/export"


@pytest.fixture
def auditor(city: ApiCity) -> Iterator[httpx.Client]:
    """An auditor, after amina watched camera-1 and camera-2, for a case like a formula."""
    for camera, case in (("camera-1", "FIR 1"), ("camera-2", "=HYPERLINK(1)")):
        params = {"from": WHOLE["from"], "to": WHOLE["to"], "case": case, "purpose": "theft"}
        city.client.get(f"/api/v1/cameras/{camera}/video", params=params)
    with city.client_of("hina", Grant(Role.AUDITOR)) as client:
        yield client


def verified(city: ApiCity, client: httpx.Client, **body: object) -> dict[str, Any]:
    answer = client.post("/api/v1/custody/verify", json=body)
    assert answer.status_code == 202, answer.text
    with city.parts.job_runner().running():
        return ended(client, answer.json()["job"])


def test_entries_are_read_as_they_stand_by_pages(city: ApiCity, auditor: httpx.Client) -> None:
    seen: list[dict[str, Any]] = []
    cursor: int | None = 1
    while cursor is not None:
        params = {"after": cursor, "limit": 3}
        page = auditor.get("/api/v1/custody/entries", params=params).json()
        seen += page["entries"]
        cursor = page["next_cursor"]
    assert seen == [entry.read() for entry in city.parts.custody.read()]
    assert all(b["previous"] == a["hash"] for a, b in pairwise(seen))


def test_a_check_is_a_job_with_a_checkpoint_for_the_next(
    city: ApiCity, auditor: httpx.Client
) -> None:
    done = verified(city, auditor)
    result = done["result"]
    assert (done["state"], result["whole"], result["first"]) == ("done", True, 1)
    assert result["entries"] == len(list(city.parts.custody.read()))
    again = verified(city, auditor, first=result["entries"], hash=result["head"])
    assert (again["request"]["first"], again["result"]["whole"]) == (result["entries"], True)
    assert again["result"]["first"] == result["entries"]
    late = verified(city, auditor, first=1_000)
    assert (late["state"], late["result"]) == ("failed", None)
    assert "no entry 1000" in late["error"]


def test_a_check_finds_what_was_altered(city: ApiCity, auditor: httpx.Client) -> None:
    log = city.parts.home / "custody" / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b"FIR 1", b"FIR 2", 1))
    result = verified(city, auditor)["result"]
    assert result["whole"] is False
    assert [one["kind"] for one in result["findings"] if one["kind"] == "altered"]
    assert result["findings_in_all"] >= 1


def test_the_acts_on_a_camera_are_exported_on_paper(city: ApiCity, auditor: httpx.Client) -> None:
    params = {"camera": "camera-2", "action": "view", "format": "pdf", "language": "ur"}
    got = auditor.get(EXPORT, params=params)
    assert got.status_code == 200, got.text
    assert got.headers["content-type"] == "application/pdf"
    assert got.content.startswith(b"%PDF-")
    *_, outcome = city.parts.custody.read()
    assert outcome.what["result"] == {"bytes": len(got.content), "entries": 2}


def test_the_acts_on_a_camera_are_exported_as_rows_and_the_export_is_entered(
    city: ApiCity, auditor: httpx.Client
) -> None:
    got = auditor.get(EXPORT, params={"camera": "camera-2", "action": "view"})
    assert got.status_code == 200, got.text
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(got.content.decode("utf-8-sig"), newline="")))
    assert [row["phase"] for row in rows] == ["intent", "outcome"]
    assert {row["person"] for row in rows} == {"amina"}
    assert {row["case"] for row in rows} == {"'=HYPERLINK(1)"}
    intent, outcome = [e for e in city.parts.custody.read() if e.action is Action.AUDIT]
    assert intent.actor == "hina"
    assert intent.what == {"format": "csv", "of_action": "view", "camera": "camera-2"}
    assert outcome.phase is Phase.OUTCOME
    assert outcome.what["result"] == {"bytes": len(got.content), "entries": 2}


def test_the_whole_log_is_exported_byte_for_byte(city: ApiCity, auditor: httpx.Client) -> None:
    log = city.parts.home / "custody" / "custody.jsonl"
    before = log.read_bytes()
    got = auditor.get(EXPORT, params={"format": "jsonl"})
    assert got.content == before
    entries = [read_line(line) for line in got.content.splitlines(keepends=True)]
    assert all(true_hash(entry) == entry.hash for entry in entries)
    by_person = auditor.get(EXPORT, params={"format": "jsonl", "person": "nobody"})
    assert by_person.content == b""


def test_an_export_that_cannot_be_entered_gives_nothing(
    city: ApiCity, auditor: httpx.Client
) -> None:
    city.break_custody()
    got = auditor.get(EXPORT)
    assert not got.is_success
    assert "hash" not in got.text


def test_nobody_else_reads_checks_or_exports_the_log(city: ApiCity) -> None:
    limited = Grant(Role.AUDITOR, districts=frozenset({district_id("district-1")}))
    everything_else = [Grant(role) for role in Role if role is not Role.AUDITOR]
    for person, grants in (("limited", [limited]), ("others", everything_else)):
        with city.client_of(person, *grants) as client:
            for path in ("", "/entries", "/export"):
                assert client.get(f"/api/v1/custody{path}").status_code == 403
            assert client.post("/api/v1/custody/verify", json={}).status_code == 403


def test_a_token_sees_jobs_of_the_kinds_it_may_ask_for_alone(
    city: ApiCity, auditor: httpx.Client
) -> None:
    job = auditor.post("/api/v1/custody/verify", json={}).json()["job"]
    cameras = [Permission.READ_CAMERAS]
    text = let_in(city.parts, "other", [Grant(Role.AUDITOR)], cameras)
    headers = {"Authorization": f"Bearer {text}"}
    assert auditor.get(f"/api/v1/jobs/{job}").status_code == 200
    assert auditor.get(f"/api/v1/jobs/{job}", headers=headers).status_code == 404
    assert auditor.get(f"/api/v1/exports/{job}/bundle.zip").status_code == 403
    with city.client_of("liaison", Grant(Role.COURT_LIAISON)) as liaison:
        assert liaison.get(f"/api/v1/exports/{job}/bundle.zip").status_code == 404


def test_what_the_store_guarantees_is_read_and_tried_anew(city: ApiCity) -> None:
    with city.client_of("omar", Grant(Role.STORAGE_ADMIN)) as omar:
        seen = omar.get("/api/v1/store").json()
        assert (seen["kind"], seen["seen"]["hold_strength"]) == ("directory", "ours")
        job = omar.post("/api/v1/store/probe", json={}).json()["job"]
        with city.parts.job_runner().running():
            done = ended(omar, job)
        assert (done["state"], done["request"]) == ("done", {})
        assert done["result"]["findings"] == seen["seen"]["findings"]
        assert json.loads(omar.get(f"/api/v1/jobs/{job}").text) == done
