"""Traces: what a collector gets of requests, and that nothing personal is in it."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

from footage.access import Grant, Role, person_id
from footage.action import Purpose
from footage.clock import SimulatedClock
from footage.errors import Misconfigured, Unavailable
from infra.config.sections.api import TelemetrySection
from infra.config.settings import Settings
from infra.node import otel_tracer
from infra.node.otel_tracer import TRIED_EVERY, OtelTracer
from infra.node.traced import ROWS, traced
from infra.wiring import Parts
from lab.servers import loopback
from tests.common.api_city import WHOLE, parts_of, serving
from tests.common.builders import at
from tests.common.collector import Collector, Traced, collecting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRETS = {
    "query": "weisse limousine",
    "case": "FIR 77",
    "purpose": "abduction",
    "person": "zarghuna",
    "password": "correct horse battery",
    "camera": "camera-9-of-nobody",
    "path": "no-such-page-of-zarghuna",
    "text": "words of an exception",
    "site": "site-1",
    "recorded": "camera-1",
}
"""Words that requests hold and no trace may."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


def ask(home: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Ask a traced city everything that holds something personal; return statuses by route."""
    parts = parts_of(home, telemetry=TelemetrySection(otlp_endpoint=endpoint))
    statuses = {}
    with serving(parts) as city:
        by = Purpose("root")
        grants = [Grant(Role.INVESTIGATOR)]
        name, password = SECRETS["person"], SECRETS["password"]
        parts.people.add(person_id(name), name, grants, password, by)
        client = city.client
        question = {
            "text": SECRETS["query"],
            "case": SECRETS["case"],
            "purpose": SECRETS["purpose"],
            **WHOLE,
        }
        statuses["search"] = client.post("/api/v1/search", json=question).status_code
        statuses["absent"] = client.get(f"/api/v1/cameras/{SECRETS['camera']}").status_code
        statuses["unknown"] = client.get(f"/{SECRETS['path']}?q={SECRETS['query']}").status_code
        signing = {"person": name, "password": password}
        statuses["sign-in"] = client.post("/api/v1/session", json=signing).status_code
        statuses["refused"] = client.post(
            "/api/v1/session", json={**signing, "password": "wrong"}
        ).status_code
        statuses["film"] = client.get(
            "/api/v1/cameras/camera-1/video", params={**WHOLE, "case": SECRETS["case"]}
        ).status_code
        statuses["form"] = client.post(
            "/api/v1/search", json={"text": [SECRETS["query"]]}
        ).status_code
        statuses["method"] = client.request(SECRETS["person"].upper(), "/healthz").status_code

        def failing(*_: object, **__: object) -> None:
            raise RuntimeError(SECRETS["text"])

        monkeypatch.setattr(parts.catalogue, "segments", failing)
        statuses["fault"] = client.get("/api/v1/cameras/camera-2/video", params=WHOLE).status_code
    return statuses


def named(spans: list[Traced], name: str) -> list[Traced]:
    return [span for span in spans if span.name == name]


def test_requests_searches_and_store_calls_are_traced(
    home: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = ask(home, collector.address, monkeypatch)
    assert statuses["search"] == 200
    spans = collector.spans()
    (search, unreadable) = named(spans, "POST /api/v1/search")
    assert search.notes == {
        "http.request.method": "POST",
        "http.route": "/api/v1/search",
        "http.response.status_code": 200,
    }
    assert unreadable.notes["http.response.status_code"] == 422
    (service,) = [s for s in spans if s.name.startswith("search.") and s.parent == search.id]
    stages = {span.name for span in spans if span.parent == service.id}
    assert {"custody.intent", "custody.outcome", "vectors.search"} <= stages
    assert any(name.startswith("encoder.") for name in stages)
    assert any(name.startswith("catalogue.") for name in stages)
    assert all(span.took_ns >= 0 for span in spans)
    assert search.took_ns >= service.took_ns
    assert any(span.notes.get(ROWS) for span in spans)
    (absent,) = named(spans, "GET /api/v1/cameras/{camera}")
    assert absent.notes["http.response.status_code"] == 404
    (film, fault) = named(spans, "GET /api/v1/cameras/{camera}/video")
    assert (film.notes["http.response.status_code"], film.failed) == (200, False)
    assert (fault.notes["http.response.status_code"], fault.failed) == (500, True)
    assert any(span.failed and span.notes["error.type"] == "RuntimeError" for span in spans)
    assert {name for name, _ in collector.resources()} == {"service.name", "service.version"}


def test_nothing_personal_leaves(
    home: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = ask(home, collector.address, monkeypatch)
    assert statuses["fault"] == 500
    sent = b"".join(collector.bodies) + "".join(collector.headers).encode()
    assert b"/api/v1/search" in sent
    for what, word in SECRETS.items():
        for spelled in (word, word.upper(), word.replace(" ", "%20"), word.replace(" ", "+")):
            assert spelled.encode() not in sent, what
    for span in collector.spans():
        assert span.notes.keys() <= otel_tracer.NOTES


def test_without_the_setting_nothing_is_traced(
    home: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(home, "", monkeypatch)["search"] == 200
    assert collector.asked == 0
    parts = parts_of(home)
    assert parts.traced(parts.catalogue, "catalogue") is parts.catalogue
    parts.close()


def test_a_collector_that_is_away_costs_no_request_and_one_line(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nobody,) = loopback.free_ports(1)
    with caplog.at_level(logging.INFO):
        assert ask(home, f"http://127.0.0.1:{nobody}", monkeypatch)["search"] == 200
    said = [r for r in caplog.records if "collector" in r.getMessage() or "otel" in r.name]
    assert [record.levelname for record in said] == ["WARNING"]
    assert not [r for r in caplog.records if r.name.startswith("opentelemetry")]


def test_a_collector_that_was_away_is_tried_again_after_a_pause(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SimulatedClock(at(0))
    tracer = OtelTracer(collector.address, "footage-api", "1", clock)

    def send(name: str) -> None:
        with tracer.span(name):
            pass
        tracer._provider.force_flush()

    with caplog.at_level(logging.INFO, logger=otel_tracer.__name__):
        collector.status = 400
        for _ in range(5):
            send("lost")
        assert collector.asked == 1
        collector.status = 200
        clock.sleep(TRIED_EVERY)
        send("kept")
        send("kept too")
    tracer.close()
    assert [span.name for span in collector.spans()] == ["kept", "kept too"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_what_does_not_stand_in_the_code_is_not_sent(collector: Collector) -> None:
    tracer = OtelTracer(collector.address, "footage-api", "1", SimulatedClock(at(0)))
    with tracer.span("a name\nwith ❤") as span:
        span.note("query", "a red car")
        span.note("http.route", "/x?q=a red car")
        span.note(ROWS, 3)
    with pytest.raises(Unavailable), tracer.span("store.get"):
        raise Unavailable("at 10.0.0.1")
    tracer.close()
    named_, failed = collector.spans()
    assert (named_.name, named_.notes) == ("other", {"http.route": "other", ROWS: 3})
    assert (failed.notes, failed.failed) == ({"error.type": "Unavailable"}, True)


def test_rows_that_are_read_later_are_counted(collector: Collector) -> None:
    class Part:
        kind = "part"

        def rows(self, count: int) -> Iterator[int]:
            yield from range(count)

        def listed(self) -> list[int]:
            return [1, 2]

    tracer = OtelTracer(collector.address, "footage-api", "1", SimulatedClock(at(0)))
    part = traced(Part(), "part", tracer)
    assert (part.kind, part.listed(), list(part.rows(3))) == ("part", [1, 2], [0, 1, 2])
    half = part.rows(9)
    assert next(half) == 0
    half.close()  # type: ignore[attr-defined]
    tracer.close()
    counts = [(s.name, s.notes.get(ROWS)) for s in collector.spans()]
    assert ("part.listed", 2) in counts
    assert [count for name, count in counts if name == "part.rows.rows"] == [3, 1]


def test_what_fails_while_rows_are_read_is_noted(collector: Collector) -> None:
    class Part:
        def rows(self) -> Iterator[int]:
            yield 1
            raise Unavailable("at 10.0.0.1")

    tracer = OtelTracer(collector.address, "footage-api", "1", SimulatedClock(at(0)))
    with pytest.raises(Unavailable):
        list(traced(Part(), "part", tracer).rows())
    rows = traced(Part(), "part", tracer).rows()
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    tracer.close()
    failed, enough = [span for span in collector.spans() if span.name == "part.rows.rows"]
    assert (failed.notes, failed.failed) == ({"error.type": "Unavailable", ROWS: 1}, True)
    assert (enough.notes, enough.failed) == ({ROWS: 1}, False)


def test_the_environment_adds_nothing(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "case=77")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "other")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/elsewhere")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    tracer = OtelTracer(collector.address, "footage-api", "1", SimulatedClock(at(0)))
    with tracer.span("a"):
        pass
    tracer.close()
    assert collector.resources() == {("service.name", "footage-api"), ("service.version", "1")}


def test_a_collector_without_the_packages_is_a_mistake_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "infra.node.otel_tracer", None)
    telemetry = TelemetrySection(otlp_endpoint="http://127.0.0.1:4318")
    settings = Settings(home=tmp_path, cache=tmp_path, actor="a", telemetry=telemetry)
    with pytest.raises(Misconfigured, match="telemetry"):
        _ = Parts(settings, SimulatedClock(at(0))).tracer
