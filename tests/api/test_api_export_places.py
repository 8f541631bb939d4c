"""Exports by place over HTTP: of each camera the time in which it stood there, within grants."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from footage.access import Grant, Role
from footage.ids import site_id
from tests.api.test_api_jobs import ended
from tests.common.api_city import WHOLE
from tests.common.builders import a_camera, a_district, a_site, at

if TYPE_CHECKING:
    import httpx

    from tests.common.api_city import ApiCity

THERE = Grant(Role.COURT_LIAISON, sites=frozenset({site_id("site-2")}))
TIME = {"from": str(at(0)), "to": str(at(28))}


@pytest.fixture
def moved(city: ApiCity) -> ApiCity:
    """The city in which camera-2 moved to site-2, of another district, at second 20."""
    register = city.parts.register
    register.add_districts([a_district("district-2")])
    register.add_sites([a_site("site-2", district="district-2")])
    camera = a_camera("camera-2", site="site-2", district="district-2")
    register.add_cameras([camera], since=at(20))
    return city


def ask(client: httpx.Client, **body: object) -> httpx.Response:
    return client.post("/api/v1/exports", json={**TIME, **body})


def manifest(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    got = client.get(job["result"]["download"])
    assert got.status_code == 200, got.text
    with zipfile.ZipFile(io.BytesIO(got.content)) as file:
        (name,) = [name for name in file.namelist() if name.endswith("/MANIFEST.json")]
        document: dict[str, Any] = json.loads(file.read(name))
    return document


@pytest.mark.parametrize(
    "places",
    [
        {"sites": ["site-2"]},
        {"districts": ["district-2"]},
        {"sites": ["site-2"], "cameras": ["camera-2"]},
    ],
)
def test_a_place_in_reach_is_exported_for_the_time_the_camera_stood_there(
    moved: ApiCity, places: dict[str, list[str]]
) -> None:
    with moved.client_of("sadia", THERE) as sadia:
        answer = ask(sadia, **places)
        assert answer.status_code == 202, answer.text
        asked = answer.json()["request"]
        assert (asked["cameras"], asked["segments"]) == (["camera-2"], 2)
        assert asked["stood"] == {"camera-2": [[str(at(20)), str(at(28))]]}
        with moved.parts.job_runner().running():
            job = ended(sadia, answer.json()["job"])
        assert (job["state"], job["result"]["segments"]) == ("done", 2), job
        (told,) = manifest(sadia, job)["intervals"]
    assert told["requested"] == {"start": str(at(20)), "end": str(at(28))}


def test_a_place_out_of_reach_is_refused(moved: ApiCity) -> None:
    with moved.client_of("sadia", THERE) as sadia:
        for body in (
            {"sites": ["site-1"]},
            {"districts": ["district-1"]},
            {"cameras": ["camera-2"]},
        ):
            assert ask(sadia, **body).status_code == 403
        both = ask(sadia, sites=["site-1", "site-2"])
        assert both.status_code == 403
    assert ask(moved.client, sites=["site-1"]).json()["request"]["cameras"] == [
        "camera-1",
        "camera-2",
        "camera-3",
    ]


def test_neither_cameras_nor_places_and_an_unknown_place_are_refused(city: ApiCity) -> None:
    assert ask(city.client).status_code == 422
    assert ask(city.client, sites=["nowhere"]).status_code == 422


def test_a_bundle_is_given_by_where_its_cameras_stood_as_is_known_by_then(moved: ApiCity) -> None:
    with moved.client_of("sadia", THERE) as sadia:
        asked = ask(sadia, sites=["site-2"]).json()["job"]
        with moved.parts.job_runner().running():
            job = ended(sadia, asked)
        moved.parts.register.add_cameras([a_camera("camera-2")], correct=True)
        refused = sadia.get(job["result"]["download"])
    assert refused.status_code == 403


def test_a_place_corrected_while_the_job_waited_is_not_exported(moved: ApiCity) -> None:
    with moved.client_of("sadia", THERE) as sadia:
        asked = ask(sadia, sites=["site-2"]).json()["job"]
        moved.parts.register.add_cameras([a_camera("camera-2")], correct=True)
        with moved.parts.job_runner().running():
            job = ended(sadia, asked)
    assert (job["state"], job["result"]) == ("failed", None)
    assert WHOLE["from"] not in job["error"]
