"""What is recorded, over HTTP: as `footage status --json` tells, by pages and within grants."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from footage.access import Grant, Role
from footage.clock import SystemClock
from footage.ids import CameraId, site_id
from footage.instant import Elapsed
from infra.config.sections.recording import Recording
from infra.node.pages import NodeServer, Page
from infra.node.report import document
from infra.node.telemetry import facts_of
from lab.servers.loopback import free_ports
from recorder.capture.state_machine import Phase
from recorder.events import PhaseChanged
from recorder.status.status import RecorderStatus
from tests.common.api_city import parts_of, serving
from tests.common.builders import a_camera, a_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.wiring import Parts
    from tests.common.api_city import ApiCity

RECORDED, LOST, NOBODYS = (CameraId(f"camera-{n}") for n in (1, 2, 3))


@contextmanager
def a_recorder(parts: Parts) -> Iterator[list[str]]:
    """A recorder that records camera-1 and lost camera-2; yields a list of the requests to it."""
    status, asked = RecorderStatus(parts.clock), list[str]()
    status.apply(PhaseChanged(RECORDED, Phase.RECORDING))
    status.apply(PhaseChanged(LOST, Phase.RECORDING))
    status.apply(PhaseChanged(LOST, Phase.BACKOFF, "connection refused"))
    facts = facts_of(parts.settings, parts.home)

    def page() -> Page:
        asked.append("/status")
        said = document(facts, status.snapshot())
        return Page("application/json", json.dumps(said).encode())

    server = NodeServer(parts.settings.recording.listen, {"/status": page}, SystemClock())
    server.start()
    try:
        yield asked
    finally:
        server.stop()


@pytest.fixture
def parts(home: Path) -> Parts:
    made = parts_of(home)
    (port,) = free_ports(1)
    listen = Recording(listen=f"127.0.0.1:{port}")
    made.settings = made.settings.model_copy(update={"recording": listen})
    return made


@pytest.fixture
def watched(parts: Parts) -> Iterator[ApiCity]:
    with serving(parts) as city, a_recorder(parts):
        yield city


def told(city: ApiCity, **params: str) -> dict[str, Any]:
    answer = city.client.get("/api/v1/status", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_worst_cameras_come_first_with_reasons(watched: ApiCity) -> None:
    status = told(watched)
    assert [(one["camera"], one["severity"]) for one in status["cameras"]] == [
        (NOBODYS, "unrecorded"),
        (LOST, "lost"),
        (RECORDED, "none"),
    ]
    assert "connection refused" in status["cameras"][1]["reason"]
    assert status["summary"]["cameras"] == 3
    assert (status["summary"]["recording"], status["summary"]["unrecorded"]) == (1, 1)
    assert (status["well"], status["next_cursor"]) == (False, None)
    assert [node["answers"] for node in status["nodes"]] == [True]


def test_a_city_is_told_by_pages_of_one_asking(parts: Parts) -> None:
    with serving(parts) as city, a_recorder(parts) as asked:
        seen, cursor = [], ""
        while True:
            page = told(city, limit="1", after=cursor)
            assert page["summary"]["cameras"] == 3
            seen += [one["camera"] for one in page["cameras"]]
            if not (cursor := page["next_cursor"] or ""):
                break
        assert seen == [NOBODYS, LOST, RECORDED]
        assert len(asked) == 1
        city.simulated.sleep(Elapsed.parse("6s"))
        told(city)
        assert len(asked) == 2


def test_a_cursor_of_no_severity_is_refused(watched: ApiCity) -> None:
    answer = watched.client.get("/api/v1/status", params={"after": "splendid.camera-1"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:footage:problem:bad-input")


def test_a_limited_grant_is_told_of_its_own_cameras_alone(watched: ApiCity) -> None:
    register = watched.parts.register
    register.add_sites([a_site("site-2")])
    register.add_cameras([a_camera("camera-9", site="site-2", source="rtsp://cam/9")])
    grant = Grant(Role.STORAGE_ADMIN, sites=frozenset({site_id("site-2")}))
    with watched.client_of("there", grant) as there:
        status = there.get("/api/v1/status").json()
    assert [one["camera"] for one in status["cameras"]] == ["camera-9"]
    assert status["summary"]["cameras"] == 1
    assert (status["nodes"], status["notes"], status["index"]) == ([], [], None)


def test_a_source_is_never_told(watched: ApiCity) -> None:
    assert "secret" not in watched.client.get("/api/v1/status").text
