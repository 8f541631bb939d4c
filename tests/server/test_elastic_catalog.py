"""What only a real Elasticsearch shows: templates, empty days, busy documents, lost connections."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from footage.clock import SystemClock
from footage.errors import NoSpace, Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed
from infra.catalogues.elastic_catalog import ElasticCatalogue
from infra.catalogues.elastic_client import ElasticClient
from infra.catalogues.elastic_wire import BulkAction
from tests.common.builders import START, a_gap, a_keyframe, a_segment, during, segments_in_a_row
from tests.common.marks import marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.servers.elasticsearch import Elasticsearch

pytestmark = pytest.mark.server

DAY = Elapsed.parse("1d")


@pytest.fixture
def prefix() -> str:
    return f"server-{secrets.token_hex(6)}"


@pytest.fixture
def catalogue(elastic_server: Elasticsearch, prefix: str) -> Iterator[ElasticCatalogue]:
    opened = ElasticCatalogue(elastic_server.url, prefix=prefix, clock=SystemClock())
    yield opened
    opened.close()


def ask(server: Elasticsearch, path: str, body: object = None, method: str = "GET") -> Any:  # noqa: ANN401 - JSON
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return json.load(answer)


def test_the_cluster_is_healthy(catalogue: ElasticCatalogue) -> None:
    assert catalogue.health() in {"green", "yellow"}


def test_every_index_is_made_by_our_template(
    catalogue: ElasticCatalogue, elastic_server: Elasticsearch, prefix: str
) -> None:
    catalogue.add_segments([a_segment()])
    catalogue.add_keyframes([a_keyframe()])
    catalogue.add_gaps([a_gap()])
    found = ask(elastic_server, f"{prefix}-*/_mapping")
    assert sorted(found) == [
        f"{prefix}-days-2026-11",
        f"{prefix}-gaps-2026",
        f"{prefix}-keyframes-2026-11-22",
        f"{prefix}-segments-2026-11-22",
    ]
    assert {index["mappings"]["dynamic"] for index in found.values()} == {"strict"}


def test_only_past_days_that_hold_nothing_are_dropped(
    catalogue: ElasticCatalogue, elastic_server: Elasticsearch, prefix: str
) -> None:
    old, kept, today = (a_segment(start=START + DAY * n) for n in range(3))
    catalogue.add_segments([old, kept, today])
    catalogue.remove_segments([old.key, today.key])
    dropped = catalogue.drop_empty_days(before=START + DAY * 2)
    assert dropped == [f"{prefix}-segments-2026-11-22"]
    assert len(ask(elastic_server, f"{prefix}-segments-*/_mapping")) == 2
    assert list(catalogue.segments()) == [kept]
    catalogue.add_segments([old, a_segment("camera-2", kept.interval.start)])
    assert len(list(catalogue.segments())) == 3


def test_a_day_blocked_by_a_crash_is_freed_by_the_next_round(
    catalogue: ElasticCatalogue, elastic_server: Elasticsearch, prefix: str
) -> None:
    segment = a_segment()
    catalogue.add_segments([segment])
    ask(elastic_server, f"{prefix}-segments-2026-11-22/_block/write", method="PUT")
    with pytest.raises(Unavailable):
        catalogue.mark_indexed([segment.key], "sha256:" + "a" * 64)
    assert catalogue.drop_empty_days(before=START + DAY) == []
    catalogue.mark_indexed([segment.key], "sha256:" + "a" * 64)


@pytest.mark.parametrize("kind", ["segments", "days", "keyframes"])
def test_an_index_at_flood_stage_is_told_though_searches_answer(
    catalogue: ElasticCatalogue, elastic_server: Elasticsearch, prefix: str, kind: str
) -> None:
    """Elasticsearch sets this block itself where a data disk is 95 % full."""
    segment = a_segment()
    catalogue.add_segments([segment])
    catalogue.add_keyframes([a_keyframe(segment)])
    catalogue.check_writes(START + DAY)
    block = {"index.blocks.read_only_allow_delete": True}
    ask(elastic_server, f"{prefix}-{kind}-*/_settings", block, method="PUT")
    assert list(catalogue.segments()) == [segment]
    with pytest.raises(NoSpace, match="flood-stage"):
        catalogue.check_writes(START + DAY)
    ask(elastic_server, f"{prefix}-{kind}-*/_settings", dict.fromkeys(block), method="PUT")
    catalogue.check_writes(START + DAY)
    today = f"{prefix}-keyframes-2026-11-23"
    assert ask(elastic_server, f"{today}/_count", {})["count"] == 0


def test_many_markers_of_the_same_segments_lose_no_mark(
    elastic_server: Elasticsearch, prefix: str
) -> None:
    segments = segments_in_a_row(30)
    keys = [segment.key for segment in segments]
    clients = [
        ElasticCatalogue(elastic_server.url, prefix=prefix, clock=SystemClock()) for _ in range(6)
    ]
    clients[0].add_segments(segments)
    encoders = [f"sha256:{n:064x}" for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda c, e: c.mark_indexed(keys, e), clients, encoders))
    camera = [CameraId("camera-1")]
    for encoder in encoders:
        assert marked(clients[0], encoder, camera, during(0, 9_999)) == frozenset(keys)
    for client in clients:
        client.close()


def test_a_reading_in_progress_sees_one_state(catalogue: ElasticCatalogue) -> None:
    segments = segments_in_a_row(1_500, seconds=1)
    catalogue.add_segments(segments)
    reading = catalogue.segments()
    first = next(reading)
    catalogue.remove_segments([segments[-1].key])
    catalogue.add_segments([a_segment("camera-0", START + Elapsed.seconds(1_400))])
    assert [first, *reading] == segments


def test_a_document_with_a_field_of_another_version_is_refused_by_the_mapping(
    catalogue: ElasticCatalogue, elastic_server: Elasticsearch, prefix: str
) -> None:
    catalogue.add_segments([a_segment()])
    with pytest.raises(urllib.error.HTTPError, match="400"):
        ask(elastic_server, f"{prefix}-segments-2026-11-22/_doc/x", {"colour": "red"}, "PUT")


def test_an_update_of_a_document_removed_meanwhile_is_a_conflict(
    elastic_server: Elasticsearch,
) -> None:
    index = f"conflict-{secrets.token_hex(6)}"
    client = ElasticClient(elastic_server.url, username=None, password=None, clock=SystemClock())
    client.create_index(index)
    (made,) = client.bulk([BulkAction("index", index, "one", {"number": 1})])
    client.bulk([BulkAction("delete", index, "one")])
    update = BulkAction("update", index, "one", {"doc": {"number": 2}}, made.version)
    (outcome,) = client.bulk([update])
    assert outcome.conflict
    assert client.get(index, "one") is None
    with pytest.raises(Unavailable):  # without a version nobody has thought of the removal
        client.bulk([BulkAction("update", index, "one", {"doc": {"number": 2}})])
    client.close()
