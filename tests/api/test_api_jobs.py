"""Exports as jobs: asked for, watched, fetched, cancelled; and taken up again after a crash."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from evidence import verify
from footage.access import Grant, Role
from footage.action import Action, Phase, Purpose
from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.ids import JobId, district_id
from footage.instant import Elapsed
from footage.job import JobState
from footage.recipient import RecipientKind
from infra.config.sections.evidence import Recipients
from tests.common.api_city import PLAIN, TOKEN_FILE, WHOLE, parts_of, serving
from tests.common.builders import a_district, at, during
from tests.common.serving import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from evidence.export import ExportReport
    from tests.common.api_city import ApiCity

ASKED = {"cameras": ["camera-1", "camera-2"], **WHOLE, "case": "FIR 1", "purpose": "theft"}
LIAISON = Grant(Role.COURT_LIAISON)
PATIENCE_S = 60
WHOLLY_SOUND, SOUND_WITH_GAPS = 0, 2
"""Exit codes of the verifier."""


def asked(client: httpx.Client, key: str = "", **changes: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/exports", json={**ASKED, **changes}, headers=headers)


def events(client: httpx.Client, job: str, seen: int = 0) -> list[tuple[int, dict[str, Any]]]:
    """The events of a job, by version, until the stream ends."""
    headers = {"Last-Event-ID": str(seen)} if seen else {}
    text = client.get(f"/api/v1/jobs/{job}/events", headers=headers, timeout=PATIENCE_S).text
    told = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            assert lines["event"] == "job"
            told.append((int(lines["id"]), json.loads(lines["data"])))
    return told


def ended(client: httpx.Client, job: str) -> dict[str, Any]:
    """The job's last state, waited for by its events."""
    return events(client, job)[-1][1]


# ---------------------------------------------------------------- the whole way


def test_an_export_is_asked_for_watched_fetched_and_verified(
    working: ApiCity, tmp_path: Path
) -> None:
    city = working
    with city.client_of("sadia", LIAISON) as sadia:
        answer = asked(sadia, recipient="Sessions Court", authority="order 14/2026")
        assert answer.status_code == 202
        job = answer.json()["job"]
        assert answer.headers["Location"] == f"/api/v1/jobs/{job}"
        segments = [*city.segments("camera-1"), *city.segments("camera-2")]
        segments = [one for one in segments if one.interval.overlaps(during(0, 24))]
        size = sum(segment.size_bytes for segment in segments)
        request = answer.json()["request"]
        assert (request["segments"], request["bytes"]) == (len(segments), size)
        assert answer.json()["total"] == size

        told = events(sadia, job)
        versions = [version for version, _ in told]
        assert versions == sorted(set(versions))
        last = told[-1][1]
        assert (last["state"], last["done"], last["error"]) == ("done", size, "")
        assert (last["result"]["segments"], last["result"]["bytes"]) == (len(segments), size)
        assert last["result"]["complete"] is False
        assert last["result"]["gaps"] == 1
        assert sadia.get(f"/api/v1/jobs/{job}").json() == last
        assert [one["job"] for one in sadia.get("/api/v1/jobs").json()["jobs"]] == [job]

        got = sadia.get(last["result"]["download"])
        again = sadia.get(last["result"]["download"])
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/zip"
    assert int(got.headers["content-length"]) == len(got.content)
    assert got.content == again.content
    folder = unzipped(got.content, tmp_path / "given")
    assert folder.name == f"bundle-{last['result']['bundle']}"
    assert verified(folder) == SOUND_WITH_GAPS

    export, first, second = acts(city)
    assert (export["recipient"], export["authority"]) == ("Sessions Court", "order 14/2026")
    assert request["recipient"] == "Sessions Court"
    for act in (export, first, second):
        assert (act["actor"], act["case"], act["code"]) == ("sadia", "FIR 1", "theft")
    assert export["result"]["manifest"] == last["result"]["manifest"]
    assert first["result"]["bytes"] == second["result"]["bytes"] == len(got.content)
    assert first["bundle"] == last["result"]["bundle"]


def unzipped(data: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        file.extractall(folder)
    (made,) = folder.iterdir()
    return made


def verified(folder: Path) -> int:
    """Exit code of the verifier in the bundle, as a stranger runs it."""
    done = subprocess.run(
        [sys.executable, "-I", folder / "verify" / "verify.py", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert folder.joinpath(verify.MANIFEST).is_file()
    return done.returncode


def acts(city: ApiCity) -> list[dict[str, Any]]:
    """The exports of the custody log: what was intended, with actor, case and result."""
    found: dict[int, dict[str, Any]] = {}
    for entry in city.entries():
        assert entry.action is Action.EXPORT
        if entry.phase is Phase.INTENT:
            who = {"actor": entry.actor, "case": entry.case, "code": entry.code}
            found[entry.number] = {**entry.what, **who}
        else:
            intent = entry.what["intent"]
            assert isinstance(intent, int)
            found[intent] |= {"result": entry.what["result"], "ok": entry.what["ok"]}
    return list(found.values())


# ---------------------------------------------------------------- asked for


def test_the_same_key_and_body_is_the_same_job_and_another_body_is_refused(city: ApiCity) -> None:
    first = asked(city.client, "key-1")
    assert asked(city.client, "key-1").json() == first.json()
    other = asked(city.client, "key-1", cameras=["camera-1"])
    assert other.status_code == 409
    assert first.json()["job"] in other.json()["detail"]
    assert asked(city.client).json()["job"] != asked(city.client).json()["job"]
    with city.client_of("sadia", LIAISON) as sadia:
        assert asked(sadia, "key-1").json()["job"] != first.json()["job"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"cameras": []}, 422),
        ({"cameras": ["camera-9"]}, 404),
        ({"cameras": ["camera-3"]}, 404),
        ({"from": str(at(100)), "to": str(at(200))}, 404),
        ({"to": str(at(-1))}, 422),
        ({"folder": "elsewhere"}, 422),
    ],
)
def test_what_cannot_be_exported_makes_no_job(
    city: ApiCity, changes: dict[str, Any], status: int
) -> None:
    assert asked(city.client, **changes).status_code == status
    assert city.client.get("/api/v1/jobs").json()["jobs"] == []


def test_the_whole_must_be_in_reach_when_asked_run_and_fetched(city: ApiCity) -> None:
    early = replace(LIAISON, recorded_until=at(20))
    inside: dict[str, Any] = {"cameras": ["camera-1"], "to": str(at(20))}
    with city.client_of("sadia", early) as sadia:
        assert asked(sadia).status_code == 403
        assert asked(sadia, **inside, originals=True).status_code == 403
        job = asked(sadia, **inside).json()["job"]
        second = asked(sadia, **inside).json()["job"]
        with city.parts.job_runner().running():
            assert ended(sadia, job)["state"] == "done"
            assert ended(sadia, second)["state"] == "done"
        third = asked(sadia, **inside).json()["job"]
        changed = city.parts.accounts.person(city.parts.jobs.job(JobId(job)).person)
        less = replace(changed, grants=(replace(early, recorded_until=at(10)),))
        city.parts.people.change(less, Purpose("root"))
        with city.parts.job_runner().running():
            failed = ended(sadia, third)
        assert failed["state"] == "failed"
        assert "do not reach camera-1" in failed["error"]
        assert sadia.get(f"/api/v1/exports/{job}/bundle.zip").status_code == 403
    assert acts(city)[-1]["ok"] is False


def test_a_case_is_asked_for_with_the_request_not_only_when_the_job_runs(home: Path) -> None:
    with serving(parts_of(home, require_case=True)) as city:
        refused = asked(city.client, case="")
        assert refused.status_code == 403
        assert refused.json()["type"].endswith("case-required")
        assert asked(city.client).status_code == 202


# ---------------------------------------------------------------- others


def test_the_job_of_another_person_is_no_job(working: ApiCity) -> None:
    city = working
    city.parts.register.add_districts([a_district("d-9")])
    with (
        city.client_of("sadia", LIAISON) as sadia,
        city.client_of("bilal", LIAISON) as bilal,
        city.client_of("far", replace(LIAISON, districts=frozenset([district_id("d-9")]))) as far,
        city.client_of("root", Grant(Role.SYSTEM_ADMIN)) as admin,
    ):
        job = asked(sadia).json()["job"]
        assert ended(sadia, job)["state"] == "done"
        for other in (bilal, far, admin):
            assert other.get("/api/v1/jobs").json()["jobs"] == []
            for method, end in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
                assert other.request(method, f"/api/v1/jobs/{job}{end}").status_code == 404
        bundle = f"/api/v1/exports/{job}/bundle.zip"
        assert bilal.get(bundle).status_code == 200, "may export all of it"
        assert far.get(bundle).status_code == 404
        assert admin.get(bundle).status_code == 403


def test_original_files_are_exported_where_asked_for(
    working: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = working.parts.exporter
    real, told = exporter.export, []

    def export(*args: Any, originals: bool, **more: Any) -> ExportReport:  # noqa: ANN401 - handed on
        told.append(originals)
        return real(*args, originals=originals, **more)

    monkeypatch.setattr(exporter, "export", export)
    for wanted in (False, True):
        last = ended(working.client, asked(working.client, originals=wanted).json()["job"])
        assert last["state"] == "done"
        assert last["request"]["originals"] is wanted
    assert told == [False, True]


# ---------------------------------------------------------------- cancelled, resumed, removed


def test_a_waiting_job_is_cancelled_at_once_and_has_no_bundle(city: ApiCity) -> None:
    job = asked(city.client).json()["job"]
    told = city.client.delete(f"/api/v1/jobs/{job}")
    assert (told.status_code, told.json()["state"]) == (202, "cancelled")
    assert city.client.get(f"/api/v1/exports/{job}/bundle.zip").status_code == 409
    assert city.client.delete(f"/api/v1/jobs/{job}").json() == told.json()


class Held:
    """Holds an export up at the first read of the store, until let go."""

    def __init__(self, city: ApiCity, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        store = city.parts.store
        read = store.get

        def get(*args: Any, **kwargs: Any) -> bytes:  # noqa: ANN401 - as the store has it
            self.reached.set()
            assert self.go.wait(PATIENCE_S)
            return read(*args, **kwargs)

        monkeypatch.setattr(store, "get", get)


def until(condition: Callable[[], bool]) -> None:
    clock = SystemClock()
    late = clock.monotonic() + Elapsed.seconds(PATIENCE_S)
    while not condition():
        assert clock.monotonic() < late
        clock.sleep(Elapsed.parse("50ms"))


def test_a_running_job_is_cancelled_and_leaves_nothing(
    working: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, held = working, Held(working, monkeypatch)
    job = asked(city.client).json()["job"]
    assert held.reached.wait(PATIENCE_S)
    told = city.client.delete(f"/api/v1/jobs/{job}").json()
    assert (told["state"], told["cancelling"]) == ("running", True)
    version = told["version"]
    before = city.parts.jobs.job(JobId(job)).lease
    until(lambda: city.parts.jobs.job(JobId(job)).lease is not before)
    city.simulated.sleep(Elapsed.parse("1s"))  # the next lease differs: the runner has looked
    until(lambda: city.parts.jobs.job(JobId(job)).lease != before)
    held.go.set()
    (last,) = events(city.client, job, seen=version)[-1:]
    assert last[1]["state"] == "cancelled"
    assert left_in(city) == []
    (act,) = acts(city)
    assert act["ok"] is False
    assert act["result"]["error"] == "JobStopped"


def left_in(city: ApiCity) -> list[str]:
    return sorted(path.name for path in (city.parts.home / "exports" / "bundles").glob("*"))


def test_a_stop_in_order_gives_the_job_back_and_it_goes_on_at_the_next_start(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(city, monkeypatch)
    runner = city.parts.job_runner()
    with runner.running():
        job = asked(city.client).json()["job"]
        assert held.reached.wait(PATIENCE_S)
        letting_go = threading.Timer(0.5, held.go.set)
        letting_go.start()
    letting_go.join()
    back = city.parts.jobs.job(JobId(job))
    assert (back.state, back.lapses) == (JobState.QUEUED, 0)
    assert left_in(city) == []
    with city.parts.job_runner().running():
        done = ended(city.client, job)
    assert (done["state"], done["attempts"]) == ("done", 2)


def test_a_job_fails_with_the_reason(working: ApiCity, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> bytes:
        raise Unavailable("the store is away")

    monkeypatch.setattr(working.parts.store, "get", away)
    told = ended(working.client, asked(working.client).json()["job"])
    assert (told["state"], told["error"]) == ("failed", "the store is away")
    assert left_in(working) == []


def test_events_go_on_behind_the_last_one_seen(working: ApiCity) -> None:
    job = asked(working.client).json()["job"]
    told = events(working.client, job)
    assert len(told) > 1
    assert events(working.client, job, seen=told[-2][0])[-1:] == told[-1:]
    assert events(working.client, job, seen=told[-1][0]) == []


def test_jobs_come_by_pages(city: ApiCity) -> None:
    made = {asked(city.client).json()["job"] for _ in range(3)}
    first = city.client.get("/api/v1/jobs", params={"limit": 2}).json()
    rest = city.client.get("/api/v1/jobs", params={"after": first["next_cursor"]}).json()
    assert rest["next_cursor"] is None
    assert {one["job"] for one in first["jobs"] + rest["jobs"]} == made


def test_bundles_and_jobs_are_removed_after_their_time(working: ApiCity) -> None:
    city = working
    job = asked(city.client).json()["job"]
    told = ended(city.client, job)
    bundle = city.parts.home / "exports" / "bundles"
    (bundle / f"{job}.9" / "part").mkdir(parents=True)
    (bundle / f"{'0' * 36}.1").mkdir()
    (bundle / "notes.1").mkdir()
    city.parts.exports.remove_old()
    assert left_in(city) == [f"{job}.1", "notes.1"]
    keep = city.parts.settings.api.exports_keep
    assert told["removed_after"] == str(at(600) + keep)
    city.simulated.sleep(keep + Elapsed.parse("1s"))
    city.parts.exports.remove_old()
    assert left_in(city) == ["notes.1"]
    assert city.parts.jobs.jobs(city.parts.accounts.people()[0].id) == []


# ---------------------------------------------------------------- a crash


@contextmanager
def slow_store(home: Path) -> Iterator[Path]:
    """Make one stored segment a pipe, so that an export waits for its bytes."""
    stored = max((home / "store").rglob("camera-1/*/*.mp4"))
    kept = stored.with_suffix(".kept")
    stored.rename(kept)
    os.mkfifo(stored)
    yield stored
    stored.unlink()
    kept.rename(stored)


def test_an_export_killed_in_the_middle_is_done_after_the_restart(
    home: Path, tmp_path: Path
) -> None:
    secret = (home / TOKEN_FILE).read_text()
    given = {"Authorization": f"Bearer {secret}"}
    bundles = home / "exports" / "bundles"
    with running(home) as (server, url), slow_store(home):
        with httpx.Client(base_url=url, headers=given, verify=PLAIN, timeout=PATIENCE_S) as client:
            job = asked(client, cameras=["camera-1"]).json()["job"]
            until(lambda: any(bundles.glob(".*.partial-*/master/*")))
            assert client.get(f"/api/v1/jobs/{job}").json()["state"] == "running"
        server.send_signal(signal.SIGKILL)
        server.wait()
    assert [path.name[0] for path in bundles.iterdir()] == ["."], "no bundle under its own name"
    with (
        running(home) as (_, url),
        httpx.Client(base_url=url, headers=given, verify=PLAIN, timeout=PATIENCE_S) as client,
    ):
        told = ended(client, job)
        assert (told["state"], told["attempts"]) == ("done", 2)
        assert [path.name for path in bundles.iterdir()] == [f"{job}.2"]
        got = client.get(told["result"]["download"])
    assert verified(unzipped(got.content, tmp_path / "given")) == WHOLLY_SOUND


def test_a_recipient_that_the_settings_do_not_admit_gets_no_job(home: Path) -> None:
    rule = Recipients(required=True, only={RecipientKind.COURT: ("somebody",)})
    with serving(parts_of(home, recipients=rule)) as city:
        assert asked(city.client).status_code == 422
        named = {"recipient": "the judge", "recipient_kind": "court"}
        refused = asked(city.client, **named)
        assert (refused.status_code, "court" in refused.json()["detail"]) == (403, True)
        assert asked(city.client, **named | {"recipient_kind": "authority"}).status_code == 202
