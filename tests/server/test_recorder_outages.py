"""Catalogue or register down while a camera is recorded: recording goes on, nothing is lost."""

from __future__ import annotations

import secrets
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.span import GapReason
from infra.catalogues.elastic_catalog import ElasticCatalogue
from infra.registers.sql_register import SqlRegister
from recorder.events import SegmentSpooled, SegmentStored, TroubleBegan, TroubleSource
from recorder.options import Options
from tests.common.builders import a_camera
from tests.common.recording import Studio, holes, make_film, tools
from tests.common.registers import a_hold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.servers.elastic_cluster import ElasticCluster
    from lab.servers.elasticsearch import Elasticsearch
    from lab.servers.postgres import Database
    from lab.servers.toxiproxy import Route, Toxiproxy
    from recorder.events import Event

pytestmark = [pytest.mark.server, pytest.mark.slow]
ONE = CameraId("camera-1")
LENGTH = Elapsed.parse("2s")
OUTAGE_SEGMENTS = 5


def record_over_an_outage(
    studio: Studio, film: Path, down: Callable[[], None], up: Callable[[], None]
) -> None:
    """Down after two segments, up again after five more; all is stored in the end."""
    spooled = 0
    stored_meanwhile: list[str] = []

    def listen(event: Event) -> None:
        nonlocal spooled
        studio.events.append(event)
        if isinstance(event, SegmentStored) and 3 < spooled < 2 + OUTAGE_SEGMENTS:
            stored_meanwhile.append(event.segment.key)
        if isinstance(event, SegmentSpooled):
            spooled += 1
            if spooled == 2:
                down()
            if spooled == 2 + OUTAGE_SEGMENTS:
                up()
            if spooled == 4 + OUTAGE_SEGMENTS:
                recorder.stop()

    recorder = studio.recorder(Options(length=LENGTH, flush=Elapsed.parse("2m")), listen)
    try:
        summary = recorder.record([a_camera(source=str(film))], Elapsed.parse("2m"))
    finally:
        up()
    assert stored_meanwhile == [], "it was not down at all"
    assert (summary.pending, summary.trouble) == (0, "")
    segments, gaps = studio.segments(ONE), studio.gaps(ONE)
    assert len(segments) >= 2 + OUTAGE_SEGMENTS
    assert len({segment.run for segment in segments}) == 1  # recording never noticed
    for former, later in pairwise(segments):
        assert later.interval.start == former.interval.end
    for segment in segments:
        assert Digest.of(studio.store.get(segment.key)) == segment.digest
    assert {gap.reason for gap in gaps} <= {GapReason.RECORDER_DOWN}
    assert holes(segments, gaps) == []
    assert studio.left_in_spool() == []
    spoken = [event.segment for event in studio.events if isinstance(event, SegmentStored)]
    assert sorted(one.key for one in spoken) == [segment.key for segment in segments]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "spool", tools()[0])


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_film(tmp_path / "film.mp4")


def test_a_catalogue_that_hangs(
    studio: Studio, film: Path, elastic_server: Elasticsearch | ElasticCluster
) -> None:
    """SIGSTOP: connections are accepted and never answered."""
    catalogue = ElasticCatalogue(
        elastic_server.url, clock=studio.clock, prefix=f"spool-{secrets.token_hex(6)}"
    )
    studio.catalogue = catalogue
    try:
        record_over_an_outage(studio, film, elastic_server.pause, elastic_server.resume)
    finally:
        catalogue.close()


def test_a_catalogue_that_refuses(
    studio: Studio, film: Path, elastic_server: Elasticsearch, toxiproxy_server: Toxiproxy
) -> None:
    route = toxiproxy_server.route("spool-elastic", f"127.0.0.1:{elastic_server.port}")
    catalogue = ElasticCatalogue(
        f"http://127.0.0.1:{route.port}",
        clock=studio.clock,
        prefix=f"spool-{secrets.token_hex(6)}",
    )
    studio.catalogue = catalogue
    try:
        record_over_an_outage(studio, film, route.disable, route.enable)
    finally:
        catalogue.close()
        route.delete()
    begun = [event.trouble.source for event in studio.events if isinstance(event, TroubleBegan)]
    assert TroubleSource.ENTERING in begun


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_a_register_that_is_down(
    studio: Studio,
    film: Path,
    postgres_database: Database,
    toxiproxy_server: Toxiproxy,
    how: str,
) -> None:
    """Holds cannot be read: nothing enters the catalogue unmarked (invariant 4)."""
    route = toxiproxy_server.route("spool-postgres", f"127.0.0.1:{postgres_database.port}")
    url = postgres_database.sqlalchemy_url.replace(f":{postgres_database.port}/", f":{route.port}/")
    register = SqlRegister(url)
    studio.holds = register  # type: ignore[assignment]  # the real one
    now, day = studio.clock.now(), Elapsed.parse("1d")
    register.place_hold(replace(a_hold(), interval=Interval(now - day, now + day)))
    try:
        record_over_an_outage(studio, film, *_ways(route, how))
    finally:
        register.close()
        route.delete()
    assert all(studio.store.is_held(segment.key) for segment in studio.segments(ONE))


def _ways(route: Route, how: str) -> tuple[Callable[[], None], Callable[[], None]]:
    if how == "refuses":
        return route.disable, route.enable
    hung: list[str] = []

    def hang() -> None:
        hung.extend(
            route.add_toxic("timeout", stream=stream, timeout=0)
            for stream in ("upstream", "downstream")
        )

    def go_on() -> None:
        while hung:
            route.remove_toxic(hung.pop())

    return hang, go_on
