"""Stills over HTTP: entered, bounded by grants, and honest about time and gaps."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from footage.access import Grant, Role
from tests.common.builders import at
from tests.common.tiny_films import FPS, SIZE

if TYPE_CHECKING:
    from tests.common.api_city import ApiCity

URL = "/api/v1/cameras/{}/still"


def test_a_still_is_a_view_with_its_exact_time(city: ApiCity) -> None:
    answer = city.client.get(URL.format("camera-1"), params={"at": str(at(10.3))})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["footage-instant"] == str(at(10 + 1 / FPS))
    held = next(s for s in city.segments() if s.interval.start <= at(10.3) < s.interval.end)
    uncertain = held.clock.uncertainty.in_seconds
    assert float(answer.headers["footage-uncertainty"]) == pytest.approx(uncertain)
    assert Image.open(io.BytesIO(answer.content)).size == SIZE
    _, outcome = city.entries()
    assert outcome.what["ok"] is True
    assert outcome.what["result"] == {
        "segment": held.key,
        "instant": answer.headers["footage-instant"],
        "bytes": len(answer.content),
    }


def test_no_other_request_waits_while_the_register_is_read(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = city.parts.register.zones, []

    def zones() -> frozenset[str]:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        reads.append(True)
        return read()

    monkeypatch.setattr(city.parts.register, "zones", zones)
    answer = city.client.get(URL.format("camera-1"), params={"at": str(at(1))})
    assert answer.status_code == 200, answer.text
    assert reads


def test_height_scales(city: ApiCity) -> None:
    params = {"at": str(at(1)), "height": "90"}
    answer = city.client.get(URL.format("camera-1"), params=params)
    assert Image.open(io.BytesIO(answer.content)).height == 90


@pytest.mark.parametrize(
    ("camera", "second", "reason"),
    [("camera-2", 10, "camera_lost"), ("camera-3", 10, "expired policy 'streets': keep 30d")],
)
def test_where_nothing_is_recorded_the_reason_is_told(
    city: ApiCity, camera: str, second: int, reason: str
) -> None:
    answer = city.client.get(URL.format(camera), params={"at": str(at(second))})
    assert answer.status_code == 404
    assert answer.json()["type"].endswith(":nothing-recorded")
    assert reason in answer.json()["detail"]
    assert city.entries()[-1].what["ok"] is False


def test_a_still_out_of_reach_is_refused_and_the_refusal_is_entered(city: ApiCity) -> None:
    grant = Grant(Role.INVESTIGATOR, recorded_from=at(4), recorded_until=at(8))
    with city.client_of("guest", grant) as guest:
        for second, status in ((5, 200), (3, 403), (8, 403)):
            answer = guest.get(URL.format("camera-1"), params={"at": str(at(second))})
            assert answer.status_code == status
    assert [entry.what.get("ok") for entry in city.entries()][1::2] == [True, False, False]


def test_without_custody_no_picture_leaves(city: ApiCity) -> None:
    city.break_custody()
    answer = city.client.get(URL.format("camera-1"), params={"at": str(at(1))})
    assert not answer.is_success
    assert answer.headers["content-type"] == "application/problem+json"
