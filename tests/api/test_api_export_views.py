"""Films for viewing in exports over HTTP: asked for, kept in the job, made, and refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from footage.access import Grant, Role
from tests.api.test_api_export_places import ask, manifest
from tests.api.test_api_jobs import ended
from tests.common.builders import at

if TYPE_CHECKING:
    from tests.common.api_city import ApiCity

ANYWHERE = Grant(Role.COURT_LIAISON)
COVERED: dict[str, Any] = {
    "camera": "camera-1",
    "from": str(at(1)),
    "to": str(at(2)),
    "picture": [320, 180],
    "rectangles": [[10, 10, 40, 40]],
    "reason": "a passer-by",
}


@pytest.mark.process
def test_films_alone_with_a_covered_part_are_made_by_the_job(city: ApiCity) -> None:
    views = {"language": "ur", "redactions": [COVERED], "alone": True}
    with city.client_of("sadia", ANYWHERE) as client:
        answer = ask(client, cameras=["camera-1"], views=views)
        assert answer.status_code == 202, answer.text
        assert answer.json()["request"]["views"] == {**views, "redactions": 1}
        with city.parts.job_runner().running():
            job = ended(client, answer.json()["job"])
        assert job["state"] == "done", job
        assert job["result"]["views"] == 1
        assert not job["result"]["complete"]
        document = manifest(client, job)
    assert document["views_alone"] is True
    assert document["views"][0]["language"] == "ur"
    (covered,) = document["redactions"]["list"]
    assert covered["shapes"] == [[[10, 10], [50, 10], [50, 50], [10, 50]]]
    assert not [one for one in document["files"] if one["role"] == "master"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"camera": "camera-2"}, "camera-2 is not exported"),
        ({"from": str(at(500)), "to": str(at(600))}, "nothing of camera-1"),
        ({"rectangles": [[300, 10, 40, 40]]}, "outside of the picture"),
        ({"rectangles": []}, "0 rectangles"),
        ({"polygons": [[[1, 1], [2, 2]]]}, "3 to 200 corners"),
    ],
)
def test_a_redaction_that_would_cover_nothing_is_refused(
    city: ApiCity, change: dict[str, Any], said: str
) -> None:
    with city.client_of("sadia", ANYWHERE) as client:
        views = {"redactions": [{**COVERED, **change}]}
        answer = ask(client, cameras=["camera-1"], views=views)
    assert answer.status_code == 422, answer.text
    assert said in answer.text
