"""Counts of answers, as Prometheus reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from api.counts import BOUNDS, RequestCounts
from api.proxies import ProxyCounts
from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.node.api_metrics import ApiMetrics, api_metrics_served
from tests.common.api_city import WHOLE, parts_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.common.api_city import ApiCity

SEARCHED = "a zebra"
VIDEO = "/api/v1/cameras/camera-1/video"
DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.fixture
def counts() -> RequestCounts:
    return RequestCounts()


@pytest.fixture
def city(home: Path, counts: RequestCounts) -> Iterator[ApiCity]:
    with serving(parts_of(home), counts=counts) as city:
        yield city


def test_answers_are_counted_by_operation_and_status(city: ApiCity, counts: RequestCounts) -> None:
    film = city.client.get(VIDEO, params=WHOLE)
    city.client.get(VIDEO)
    city.client.post("/api/v1/search", json={"text": SEARCHED, **WHOLE})
    city.client.get("/api/v1/nowhere")
    city.client.post("/api/v1/session", json={"person": "zaman", "password": "x"})
    counted = counts.counted()
    assert {key: sum(took.counts) for key, took in counted.requests.items()} == {
        ("get_video", 200): 1,
        ("get_video", 422): 1,
        ("search", 200): 1,
        ("", 404): 1,
        ("sign_in", 401): 1,
    }
    assert counted.problems == {"bad-input": 1, "not-found": 1, "sign-in-refused": 1}
    assert counted.footage_bytes >= len(film.content)
    text = ApiMetrics(counts).render().decode()
    assert 'footage_api_request_seconds_count{operation="search",status="200"} 1' in text
    assert 'footage_api_problems_total{kind="sign-in-refused"} 1' in text
    for private in ("zebra", "amina", "zaman", "camera-1"):
        assert private not in text


def test_a_duration_lies_in_the_class_of_its_upper_bound(counts: RequestCounts) -> None:
    for took in (Elapsed(0), BOUNDS[0], BOUNDS[0] + Elapsed(1), BOUNDS[-1] + Elapsed(1)):
        counts.add_request("search", 200, took)
    (durations,) = counts.counted().requests.values()
    assert durations.counts == [2, 1, *[0] * (len(BOUNDS) - 2), 1]
    assert durations.total == BOUNDS[0] + BOUNDS[0] + BOUNDS[-1] + Elapsed(2)


def test_metrics_are_served_apart_until_the_end(
    counts: RequestCounts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with api_metrics_served(counts, "127.0.0.1:0", SystemClock()):
        url = caplog.messages[-1].removeprefix("metrics at ")
        assert "footage_api_footage_bytes_total 0" in httpx.get(url).text
        taken = url.removeprefix("http://").removesuffix("/metrics")
        with api_metrics_served(counts, taken, SystemClock()):
            assert "without metrics" in caplog.messages[-1]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_proxies_are_counted(counts: RequestCounts) -> None:
    text = ApiMetrics(counts, lambda: ProxyCounts(1, 2, {"made": 3}, 4)).render().decode()
    assert 'footage_api_proxies{state="running"} 1' in text
    assert 'footage_api_proxies{state="waiting"} 2' in text
    assert 'footage_api_proxies_asked_total{outcome="made"} 3' in text
    assert "footage_api_derived_bytes 4" in text
    untold = ApiMetrics(counts, lambda: ProxyCounts(0, 0, {}, None)).render().decode()
    assert "footage_api_derived_bytes" not in untold


def test_every_metric_is_documented(counts: RequestCounts) -> None:
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    proxies = ProxyCounts(1, 2, {"made": 3}, 4)
    names = [family.name for family in ApiMetrics(counts, lambda: proxies).registry.collect()]
    ours = [name for name in names if name.startswith("footage_")]
    assert len(ours) == text.count("| `footage_api_")
    for name in ours:
        assert f"| `{name}" in text
