"""What is stored of cameras before it is held or exported."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from api.job_kinds import EXPORT
from api.stored import Pace, pace
from evidence.export_size import ASSUMED_RATE
from footage.access import Grant, Role
from footage.action import Purpose
from footage.ids import JobId
from footage.job import Job, JobState
from tests.common.api_city import WHOLE
from tests.common.builders import at

if TYPE_CHECKING:
    from tests.common.api_city import ApiCity

LIAISON = Grant(Role.COURT_LIAISON)
ALL: dict[str, Any] = {"cameras": ["camera-2", "camera-1", "camera-3"], **WHOLE}


def looked(city: ApiCity, **changes: object) -> dict[str, Any]:
    answer = city.client.post("/api/v1/stored", json={**ALL, **changes})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_size_gaps_clock_and_outlook_are_told_before_a_hold_or_an_export(city: ApiCity) -> None:
    found = looked(city)
    first, second, third = found["cameras"]
    assert [one["camera"] for one in (first, second, third)] == ["camera-1", "camera-2", "camera-3"]
    mine = city.segments("camera-1")
    assert (first["segments"], first["bytes"]) == (len(mine), sum(one.size_bytes for one in mine))
    assert first["gaps"] == []
    assert first["keeping"]["stored_s"] == 24
    assert first["clock"]["at"] == str(mine[0].interval.start)
    assert first["clock"]["source"] == mine[0].clock.source
    assert [(gap["start"], gap["reason"]) for gap in second["gaps"]] == [
        (str(at(8)), "camera_lost")
    ]
    assert (second["gaps_in_all"], second["gaps_s"]) == (1, 12)
    assert (third["segments"], third["clock"], third["gaps"][0]["reason"]) == (0, None, "expired")
    assert found["bytes"] == sum(one["bytes"] for one in found["cameras"])
    assert found["export_s"] == pytest.approx(found["bytes"] / ASSUMED_RATE, abs=0.1)
    assert found["export_s_from"] == 0
    assert city.entries() == []  # nothing was shown

    held = {"cameras": ["camera-1"], **WHOLE, "authority": "court", "reason": "theft"}
    hold = city.client.post("/api/v1/holds", json=held).json()["hold"]
    keeping = looked(city)["cameras"][0]["keeping"]
    assert (keeping["holds"], keeping["all_held"]) == ([hold], True)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"cameras": []}, 422),
        ({"cameras": ["camera-9"]}, 404),
        ({"cameras": [f"camera-{n}" for n in range(201)]}, 422),
        ({"to": str(at(864_000_000))}, 422),
        ({"to": str(at(-1))}, 422),
    ],
)
def test_what_cannot_be_looked_at_is_refused(
    city: ApiCity, changes: dict[str, Any], status: int
) -> None:
    assert city.client.post("/api/v1/stored", json={**ALL, **changes}).status_code == status


def test_the_whole_must_be_in_reach(city: ApiCity) -> None:
    with city.client_of("sadia", replace(LIAISON, recorded_until=at(20))) as sadia:
        assert sadia.post("/api/v1/stored", json=ALL).status_code == 403
        assert sadia.post("/api/v1/stored", json={**ALL, "to": str(at(20))}).status_code == 200


def a_job(number: int, **changes: Any) -> Job:  # noqa: ANN401 - members of a job
    facts = {"state": JobState.DONE, "started": at(0), "ended": at(10), "result": {"bytes": 500}}
    return Job(
        JobId(f"job-{number}"), EXPORT, Purpose("amina"), {}, "", at(0), **{**facts, **changes}
    )


def test_the_pace_of_exports_is_that_of_those_done() -> None:
    failed = a_job(2, state=JobState.FAILED, result={})
    other = replace(a_job(3), kind="custody-verify")
    assert pace([a_job(1), failed, other, a_job(4, result={"bytes": 1500})]) == Pace(100, 2)
    assert pace([failed, other]) == Pace(ASSUMED_RATE, 0)
