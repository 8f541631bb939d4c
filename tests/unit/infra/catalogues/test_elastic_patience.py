"""Searches of a cluster in which the shard of a new index has not started yet."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import Unavailable
from infra.catalogues.elastic_client import ElasticClient
from tests.common.builders import at

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSED = {"error": {"type": "search_phase_execution_exception", "reason": "no shard"}}
MISSING = {"count": 3, "_shards": {"total": 2, "failed": 1}}
WHOLE = {"count": 7, "_shards": {"total": 2, "failed": 0}}


@contextmanager
def cluster(starts_after: int, early: tuple[int, object]) -> Iterator[str]:
    """Yield the address of a server that gives the early answer so many times."""
    asked = 0

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal asked
            asked += 1
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, body = early if asked <= starts_after else (200, WHOLE)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def counted(url: str) -> int:
    client = ElasticClient(url, username=None, password=None, clock=SimulatedClock(at(0)))
    try:
        return client.count("days", {"match_all": {}})
    finally:
        client.close()


@pytest.mark.parametrize("early", [(503, REFUSED), (200, MISSING)])
def test_a_search_waits_for_a_shard_that_starts(early: tuple[int, object]) -> None:
    with cluster(4, early) as url:
        assert counted(url) == WHOLE["count"]


@pytest.mark.parametrize("early", [(503, REFUSED), (200, MISSING)])
def test_a_search_is_refused_where_a_shard_stays_away(early: tuple[int, object]) -> None:
    with cluster(1_000, early) as url, pytest.raises(Unavailable):
        counted(url)


def test_a_search_that_is_wrong_is_not_sent_again() -> None:
    wrong = (400, {"error": {"type": "parsing_exception", "reason": "no such query"}})
    with cluster(1, wrong) as url, pytest.raises(Exception, match="no such query"):
        counted(url)
