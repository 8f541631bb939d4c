"""The films that an interval of any length plays as."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import av

from api.routes import video
from footage.access import Grant, Role
from footage.instant import Elapsed
from tests.common.api_city import WHOLE, ApiCity
from tests.common.builders import at
from tests.common.tiny_films import FPS

if TYPE_CHECKING:
    import httpx
    import pytest

URL = "/api/v1/cameras/{}/films"
FOR = {"case": "FIR 12/2026 & more", "purpose": "theft"}


def _between(start_s: float, end_s: float) -> dict[str, str]:
    return {"from": str(at(start_s)), "to": str(at(end_s))}


def _films(city: ApiCity, camera: str, window: dict[str, str], **more: str) -> dict[str, Any]:
    answer = city.client.get(URL.format(camera), params={**window, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _get(city: ApiCity, camera: str, uri: str, **headers: str) -> httpx.Response:
    url = city.client.base_url.join(URL.format(camera)).join(uri)
    return city.client.get(url, headers=headers)


def test_each_film_of_an_interval_with_a_gap_plays_alone(city: ApiCity) -> None:
    found = _films(city, "camera-2", _between(-5, 40), **FOR)
    assert [(one["start"], one["end"]) for one in found["films"]] == [
        (str(at(0)), str(at(8))),
        (str(at(20)), str(at(28))),
    ]
    reasons = [(one["start"], one["end"], one["reason"]) for one in found["gaps"]]
    assert reasons == [
        (str(at(-5)), str(at(0)), "not_scheduled"),
        (str(at(8)), str(at(20)), "camera_lost"),
        (str(at(28)), str(at(40)), "unknown"),
    ]
    assert found["next_cursor"] is None
    assert city.entries() == []  # a list shows no footage
    for film in found["films"]:
        answer = _get(city, "camera-2", film["video"])
        assert answer.headers["footage-start"] == film["start"]
        assert answer.headers["footage-end"] == film["end"]
        with av.open(io.BytesIO(answer.content), "r") as container:
            assert sum(1 for _ in container.decode(video=0)) == 8 * FPS
        again = {"Range": "bytes=10-19", "If-Range": answer.headers["etag"]}
        part = _get(city, "camera-2", film["video"], **again)
        assert (part.status_code, part.content) == (206, answer.content[10:20])
        intent = city.entries()[-2]
        assert (intent.case, intent.code) == (FOR["case"], FOR["purpose"])
        shown = {"camera": "camera-2", "start": film["start"], "end": film["end"]}
        assert intent.what == shown


def test_pages_hold_together_what_one_answer_holds(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "LONGEST", Elapsed.parse("8s"))
    window = _between(0, 24)
    whole = _films(city, "camera-1", window)
    assert [one["start"] for one in whole["films"]] == [str(at(s)) for s in (0, 8, 16)]
    for most, limit in ((5_000, "1"), (2, "200")):
        monkeypatch.setattr(video, "MOST_LISTED", most)
        found, after = [], {"limit": limit}
        while True:
            page = _films(city, "camera-1", window, **after)
            assert page["start"] == after.get("after", window["from"])
            found += page["films"]
            if page["next_cursor"] is None:
                break
            assert page["end"] == page["next_cursor"]
            after["after"] = page["next_cursor"]
        assert found == whole["films"]
        assert page["end"] == window["to"]


def test_days_are_listed_though_no_film_of_a_day_is_given(city: ApiCity) -> None:
    assert len(_films(city, "camera-1", _between(-90_000, 500))["films"]) == 1
    told = city.client.get("/api/v1/cameras/camera-2/video", params=_between(0, 28))
    assert (told.status_code, "`films`" in told.json()["detail"]) == (409, True)


def test_a_page_of_another_interval_is_refused(city: ApiCity) -> None:
    for after in (str(at(24)), str(at(-1)), "yesterday"):
        told = city.client.get(URL.format("camera-1"), params={**WHOLE, "after": after})
        assert told.status_code == 422


def test_films_out_of_reach_are_not_listed(city: ApiCity) -> None:
    grant = Grant(Role.INVESTIGATOR, recorded_from=at(4), recorded_until=at(8))
    with city.client_of("guest", grant) as guest:
        for window, status in ((_between(4, 8), 200), (_between(4, 9), 403)):
            assert guest.get(URL.format("camera-1"), params=window).status_code == status
