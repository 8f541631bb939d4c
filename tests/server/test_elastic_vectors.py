"""The vector index in Elasticsearch: many rows, empty days, rows nobody has searched for yet."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footage.clock import SimulatedClock, SystemClock
from footage.encoder import EncoderIdentity, Vectors
from footage.instant import Elapsed, Interval
from footage.keyframe import WHOLE
from footage.ports import VectorRow
from infra.vectors.elastic_vectors import ElasticVectors
from infra.vectors.memory_vectors import MemoryVectors
from tests.common.builders import START, a_segment, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.instant import Instant
    from lab.servers.elasticsearch import Elasticsearch

    Opener = Callable[[Instant | None], ElasticVectors]

pytestmark = pytest.mark.server

DAY = Elapsed.parse("1d")
ENCODER = EncoderIdentity("test", "sha256:" + "c" * 64, 64)
WINDOW = Interval(START - DAY, START + DAY * 2)


@pytest.fixture
def opener(elastic_server: Elasticsearch) -> Iterator[Opener]:
    """Function that opens another client of the same index, at a time of its own."""
    prefix, opened = f"server-{secrets.token_hex(6)}", list[ElasticVectors]()

    def another(now: Instant | None) -> ElasticVectors:
        clock = SimulatedClock(now) if now else SystemClock()
        opened.append(ElasticVectors(elastic_server.url, prefix=prefix, clock=clock))
        return opened[-1]

    yield another
    for index in opened:
        index.close()


def rows_of_a_day(count: int) -> tuple[list[VectorRow], Vectors]:
    rng = np.random.default_rng(7)
    made = rng.standard_normal((count, 64)) * 0.6 + rng.standard_normal(64)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    rows = [
        VectorRow(s.camera, s.interval.start, s.key, 800, 100_000, WHOLE)
        for s in segments_in_a_row(count, seconds=10)
    ]
    return rows, Vectors(64, made.astype("<f4").tobytes())


def a_query(seed: int) -> Vectors:
    """A direction far from all pictures, as that of a text."""
    made = np.random.default_rng([11, seed]).standard_normal(64)
    return Vectors(64, (made / np.linalg.norm(made)).astype("<f4").tobytes())


def test_many_rows_are_searched_approximately_and_the_answer_says_so(opener: Opener) -> None:
    index, exact = opener(None), MemoryVectors()
    rows, vectors = rows_of_a_day(2_600)
    index.add(ENCODER, rows, vectors)
    exact.add(ENCODER, rows, vectors)
    found = 0
    for seed in range(20):
        query = a_query(seed)
        answer = index.search(ENCODER, query, WINDOW, None, k=10)
        assert (answer.scanned, answer.exhaustive) == (2_600, False)
        truth = exact.search(ENCODER, query, WINDOW, None, k=10)
        found += len({hit.row for hit in answer.hits} & {hit.row for hit in truth.hits})
        assert answer.hits[0].score == pytest.approx(truth.hits[0].score, abs=1e-5)
    assert found >= 0.98 * 200
    hour = Interval(START, START + Elapsed.seconds(3_600))
    answer = index.search(ENCODER, a_query(0), hour, None, k=10)
    assert answer.exhaustive
    truth = exact.search(ENCODER, a_query(0), hour, None, k=10)
    assert [hit.row for hit in answer.hits] == [hit.row for hit in truth.hits]


def test_rows_of_a_writer_that_died_before_they_could_be_found_are_removed(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying, other = opener(None), opener(None)
    rows, vectors = rows_of_a_day(3)

    def dies(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dying._client, "refresh", dies)
    with pytest.raises(KeyboardInterrupt):
        dying.add(ENCODER, rows, vectors)
    assert other.remove([row.segment for row in rows]) == 3
    assert other.search(ENCODER, a_query(0), WINDOW, None, k=5).scanned == 0


def test_the_index_of_a_past_day_goes_with_its_last_row(opener: Opener) -> None:
    index = opener(START + DAY * 3)
    rows, vectors = rows_of_a_day(2)
    index.add(ENCODER, rows, vectors)
    index.remove([rows[0].segment])
    pattern = f"{index._prefix}-vectors-*"
    assert len(index._client.indices(pattern)) == 1
    index.remove([rows[1].segment, a_segment("camera-9").key])
    assert not index._client.indices(pattern)
    index.add(ENCODER, rows, vectors)
    assert index.search(ENCODER, a_query(0), WINDOW, None, k=5).scanned == 2
    today = opener(START)
    today.remove([row.segment for row in rows])
    assert len(index._client.indices(pattern)) == 1
