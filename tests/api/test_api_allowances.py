"""Limits for each person and each address, answered with when to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.limits import LOOPBACK, Limits
from footage.access import Grant, Role
from footage.instant import Elapsed
from tests.common.api_city import WHOLE, parts_of, serving

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

VIDEO = "/api/v1/cameras/camera-1/video"
WRONG = {"person": "nobody", "password": "wrong"}


def refused(answer: httpx.Response) -> int:
    """Seconds to wait, as a refused request is told."""
    assert answer.status_code == 429, answer.text
    assert answer.json()["type"] == "urn:footage:problem:too-many"
    return int(answer.headers["retry-after"])


def test_a_person_asks_so_often_and_another_is_not_kept_waiting(home: Path) -> None:
    limits = Limits(LOOPBACK, requests_per_minute=2)
    with serving(parts_of(home), limits) as city:
        with city.client_of("other", Grant(Role.AUDITOR)) as other:
            assert [city.client.get("/api/v1/cameras").status_code for _ in range(2)] == [200, 200]
            wait = refused(city.client.get("/api/v1/cameras"))
            assert other.get("/api/v1/session").status_code == 200
        assert city.client.get("/healthz").status_code == 200
        city.simulated.sleep(Elapsed.parse(f"{wait}s"))
        assert city.client.get("/api/v1/cameras").status_code == 200


def test_a_person_is_given_so_many_bytes_of_footage(home: Path) -> None:
    """The film that goes beyond is given whole; the next must wait, and lists need not."""
    with serving(parts_of(home), Limits(LOOPBACK, bytes_per_hour=1_000)) as city:
        film = city.client.get(VIDEO, params=WHOLE)
        assert film.status_code == 200
        assert len(film.content) > 1_000
        before = len(city.entries())
        wait = refused(city.client.get(VIDEO, params=WHOLE))
        assert wait == pytest.approx((len(film.content) - 1_000) * 3.6, abs=5)
        assert len(city.entries()) == before
        assert city.client.get("/api/v1/cameras").status_code == 200
        city.simulated.sleep(Elapsed.parse(f"{wait}s"))
        assert city.client.get(VIDEO, params=WHOLE).status_code == 200


@pytest.mark.parametrize("behind_proxy", [False, True])
def test_an_address_signs_in_so_often(home: Path, *, behind_proxy: bool) -> None:
    """The address that a proxy of ours adds counts; what a client puts there itself never does."""
    limits = Limits(LOOPBACK, sign_ins_per_minute=1, behind_proxy=behind_proxy)

    def attempt(client: httpx.Client, address: str) -> httpx.Response:
        headers = {"X-Forwarded-For": f"198.51.100.1, {address}"}
        return client.post("/api/v1/session", json=WRONG, headers=headers)

    with serving(parts_of(home), limits) as city:
        assert attempt(city.client, "192.0.2.1").status_code == 401
        assert refused(attempt(city.client, "192.0.2.1")) == 60
        elsewhere = attempt(city.client, "192.0.2.2")
        assert elsewhere.status_code == (401 if behind_proxy else 429)
