"""Attacks on the HTTP API by people whose grants are limited, or ended meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api import downloads, job_kinds, viewing
from api.bundle_zip import zip_of
from footage.access import Grant, Role, person_id
from footage.action import Purpose
from footage.clock import SystemClock
from footage.ids import JobId
from footage.instant import Elapsed
from footage.job import JobState
from tests.api.test_api_jobs import asked
from tests.common.api_city import WHOLE
from tests.common.builders import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.job import Job
    from footage.stays import Stay
    from tests.common.api_city import ApiCity


def without_names(answer: httpx.Response, *names: str) -> tuple[int, str]:
    """Return status and problem of an answer without what was asked for and the request's id."""
    said = {**answer.json(), "request": ""}
    text = json.dumps(said)
    for name in names:
        text = text.replace(name, "NAME")
    return answer.status_code, text


@pytest.mark.parametrize(
    "path",
    [
        *("", "/timeline", "/availability", "/changes", "/video", "/films", "/hls.m3u8"),
        *("/still", "/thumbnail", "/sprites", "/sprites.jpg"),
    ],
)
def test_a_camera_out_of_reach_is_told_as_a_camera_that_is_not(
    far: httpx.Client, path: str
) -> None:
    params = {"at": str(at(2)), "plan": "0" * 32, **WHOLE} if path else {}
    known = far.get(f"/api/v1/cameras/camera-1{path}", params=params)
    unknown = far.get(f"/api/v1/cameras/camera-9{path}", params=params)
    assert known.status_code in {403, 404}
    assert without_names(known, "camera-1") == without_names(unknown, "camera-9")


@pytest.mark.parametrize("form", ["segments/{}/init.mp4", "segments/{}/media.m4s", "keyframes/{}"])
def test_a_segment_out_of_reach_is_told_as_a_segment_that_is_not(
    city: ApiCity, far: httpx.Client, form: str
) -> None:
    known = str(city.segments("camera-1")[0].key)
    unknown, expired = known.replace(".547Z", ".548Z"), known.replace("camera-1", "camera-3")
    answers = {
        without_names(far.get("/api/v1/" + form.format(key), params={"offset": 0}), key)
        for key in (known, unknown, expired)
    }
    ((status, text),) = answers
    assert status == 403
    assert "streets" not in text, "the policy that expired it"


def test_an_example_out_of_reach_is_told_as_an_example_that_is_not(
    city: ApiCity, far: httpx.Client
) -> None:
    known = f"{city.segments('camera-1')[0].key}#0"
    answers = {
        without_names(far.post("/api/v1/search", json={**WHOLE, "like": like}))
        for like in (known, known.replace(".547Z", ".548Z"))
    }
    ((status, _),) = answers
    assert status == 403


def test_a_moment_of_another_person_s_answer_is_no_moment(city: ApiCity) -> None:
    body = {"text": "red", **WHOLE, "threshold": -1}
    mine = city.client.post("/api/v1/search", json=body).json()["moments"][0]["moment"]
    like = {**WHOLE, "like": mine}
    with city.client_of("other", Grant(Role.INVESTIGATOR)) as other:
        none = {**WHOLE, "like": mine.replace(".1", ".99")}
        told = other.post("/api/v1/search", json=like)
        assert told.status_code == 404
        said = without_names(other.post("/api/v1/search", json=none), none["like"])
        assert without_names(told, mine) == said
    assert city.client.post("/api/v1/search", json=like).status_code == 200


HELD = {"authority": "court", "reason": "FIR 1", "case": "FIR 1", "purpose": "theft"}


def test_a_hold_on_a_place_holds_nothing_of_the_time_a_camera_stood_elsewhere(
    city: ApiCity, far: httpx.Client
) -> None:
    told = far.post("/api/v1/holds", json={**HELD, "sites": ["site-2"], **WHOLE})
    assert told.status_code == 403
    assert f"{at(20)} to {at(24)}" in told.json()["detail"]
    inside = {"from": str(at(20)), "to": str(at(24))}
    placed = far.post("/api/v1/holds", json={**HELD, "sites": ["site-2"], **inside})
    assert placed.status_code == 201
    one = far.post("/api/v1/holds", json={**HELD, "cameras": ["camera-1"], **inside})
    none = far.post("/api/v1/holds", json={**HELD, "cameras": ["camera-9"], **inside})
    assert without_names(one, "camera-1") == without_names(none, "camera-9")
    assert [hold.interval.start for hold in city.parts.register.holds()] == [at(20)]


def test_a_hold_out_of_reach_is_told_as_a_hold_that_is_not(
    city: ApiCity, far: httpx.Client
) -> None:
    body = {**HELD, "cameras": ["camera-1"], **WHOLE}
    hold = city.client.post("/api/v1/holds", json=body).json()["hold"]
    release = {"reason": "done", "case": "FIR 1", "purpose": "theft"}
    known = far.post(f"/api/v1/holds/{hold}/release", json=release)
    unknown = far.post("/api/v1/holds/hold-0123456789ab/release", json=release)
    assert known.status_code == 404
    assert without_names(known, hold) == without_names(unknown, "hold-0123456789ab")
    assert [each.active for each in city.parts.register.holds(active_only=False)] == [True]


def test_a_person_fills_no_register_with_exports_that_wait(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_kinds, "MOST_WAITING", 3)
    with city.client_of("liaison", Grant(Role.COURT_LIAISON)) as liaison:
        jobs = [asked(liaison, key=f"key-{n}").json()["job"] for n in range(3)]
        refused = asked(liaison, key="key-4")
        assert refused.status_code == 409
        assert refused.json()["type"].endswith("refused")
        assert asked(liaison, key="key-1").json()["job"] == jobs[1]
        assert asked(city.client).status_code == 202, "another person's exports"
        for cancelled in (jobs[0], jobs[2]):
            assert liaison.delete(f"/api/v1/jobs/{cancelled}").status_code == 202
            assert asked(liaison).status_code == 202
            assert asked(liaison).status_code == 409


def test_an_export_of_many_cameras_reads_their_places_once(
    city: ApiCity, far: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = city.parts.register.stays, []

    def counted(*args: Any, **kwargs: Any) -> list[Stay]:  # noqa: ANN401 - as the register has it
        reads.append(args)
        return read(*args, **kwargs)

    monkeypatch.setattr(city.parts.register, "stays", counted)
    cameras = [f"camera-{n}" for n in range(500)]
    assert asked(far, cameras=cameras).status_code == 403
    assert len(reads) <= 2


def job_ended(city: ApiCity, job: str) -> Job:
    """Return a job of a running city once the job has ended."""
    clock = SystemClock()
    late = clock.monotonic() + Elapsed.parse("1m")
    while not (last := city.parts.jobs.job(JobId(job))).state.ended:
        assert clock.monotonic() < late
        clock.sleep(Elapsed.parse("50ms"))
    return last


@pytest.mark.parametrize("ends", ["expires", "disabled", "fewer"])
def test_a_grant_that_ended_while_a_job_waited_exports_nothing(city: ApiCity, ends: str) -> None:
    until = at(700)
    with city.client_of("liaison", Grant(Role.COURT_LIAISON, expires=until)) as liaison:
        job = asked(liaison).json()["job"]
        person = city.parts.accounts.person(person_id("liaison"))
        if ends == "expires":
            city.simulated.sleep(Elapsed.parse("2m"))
        else:
            fewer = () if ends == "fewer" else person.grants
            changed = replace(person, disabled=ends == "disabled", grants=fewer)
            city.parts.people.change(changed, Purpose("root"))
        with city.parts.job_runner().running():
            last = job_ended(city, job)
    assert last.state is JobState.FAILED
    assert "may not export" in last.error
    assert not list((city.parts.home / "exports" / "bundles").glob("*"))


@pytest.mark.parametrize("ends", ["token", "grant", "reach", "person"])
def test_a_bundle_being_sent_is_cut_off_once_it_may_not_be_had_any_more(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    person, by = person_id("liaison"), Purpose("root")
    with city.client_of(person, Grant(Role.COURT_LIAISON)) as liaison:
        job = asked(liaison).json()["job"]
        with city.parts.job_runner().running():
            assert job_ended(city, job).state is JobState.DONE
        known = city.parts.accounts.person(person)
        later = {
            "grant": replace(known, grants=()),
            "reach": replace(known, grants=(Grant(Role.COURT_LIAISON, recorded_until=at(4)),)),
            "person": replace(known, disabled=True),
        }

        def read(folder: Path, name: str) -> tuple[int, Iterator[bytes]]:
            size, chunks = zip_of(folder, name)
            first = next(chunks)
            if ends in later:
                city.parts.people.change(later[ends], by)
            else:
                (token,) = city.parts.accounts.tokens(person)
                city.parts.people.revoke_token(token.id, by)
            return size, chain([first], chunks)

        monkeypatch.setattr(viewing, "CHECK_EVERY", 1)
        monkeypatch.setattr(downloads, "zip_of", read)
        with pytest.raises(httpx.RemoteProtocolError):
            liaison.get(f"/api/v1/exports/{job}/bundle.zip")
    told = city.entries()[-1].what
    assert told["ok"] is False
    result = told["result"]
    assert isinstance(result, dict)
    assert result["error"] == "NotPermitted"
