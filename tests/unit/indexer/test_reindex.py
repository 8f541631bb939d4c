"""Looking at an interval once more: nothing stays marked whose vectors were set aside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from footage.instant import Elapsed, Instant, Interval
from footage.keyframe import Gate
from indexer.reindex import Reindexed, reindex
from infra.vectors.faiss_index import FaissIndex
from tests.common.builders import at, during
from tests.common.marks import marked
from tests.common.purging import Watched
from tests.common.small_city import RED, SmallCity

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import VectorIndex
    from footage.segment import Segment

pytestmark = pytest.mark.slow

MIDNIGHT = Instant.parse("2026-11-23T00:00:00Z")
ALWAYS = Interval(MIDNIGHT - Elapsed.parse("1d"), MIDNIGHT + Elapsed.parse("1d"))


class Crash(BaseException):
    """The process ends here: nothing may catch it."""


class Spoilt:
    """Two days indexed into shards, the first of them damaged since."""

    def __init__(self, folder: Path) -> None:
        self.city = SmallCity(folder)
        self.root = folder / "vectors"
        self.early = self.city.film("camera-1", at(0), [RED])
        self.across = self.city.film("camera-2", MIDNIGHT - Elapsed.seconds(10), [RED])
        self.late = self.city.film("camera-1", MIDNIGHT + Elapsed.seconds(600), [RED])
        self.index()
        first, *_ = sorted(self.root.glob("*/*/*.log"))
        first.write_bytes(first.read_bytes()[:-1])

    def index(self) -> int:
        indexer = replace(self.city.indexer, vectors=FaissIndex(self.root))
        return indexer.run_once().segments

    def again(self, interval: Interval) -> Reindexed:
        identity = self.city.encoder.identity
        return reindex(self.city.catalogue, FaissIndex(self.root), identity, interval)

    def waiting(self) -> list[Segment]:
        return self.city.catalogue.unindexed(self.city.encoder.identity.digest, limit=9)

    def unreadable(self) -> tuple[str, ...]:
        words = self.city.encoder.encode_texts(["red"])
        index = FaissIndex(self.root)
        return index.search(self.city.encoder.identity, words, ALWAYS, None, k=9).unreadable


@pytest.fixture
def spoilt(tmp_path: Path) -> Spoilt:
    return Spoilt(tmp_path)


@pytest.mark.slow
def test_all_segments_of_a_damaged_day_are_looked_at_again(spoilt: Spoilt) -> None:
    (name,) = spoilt.unreadable()
    done = spoilt.again(during(0, 1))
    assert done == Reindexed(2, ((name, str(spoilt.root / f"{name}.damaged-1")),))
    assert spoilt.waiting() == [spoilt.early, spoilt.across]
    assert spoilt.unreadable() == ()
    assert spoilt.index() == 2
    assert spoilt.again(during(0, 1)) == Reindexed(1, ())


@pytest.mark.slow
def test_a_healthy_day_keeps_its_shard(spoilt: Spoilt) -> None:
    after = Interval(MIDNIGHT + Elapsed.seconds(600), MIDNIGHT + Elapsed.seconds(601))
    before = sorted(spoilt.root.rglob("*"))
    assert spoilt.again(after) == Reindexed(1, ())
    assert spoilt.waiting() == [spoilt.late]
    assert spoilt.index() == 1
    assert sorted(spoilt.root.rglob("*")) == before


def test_a_crash_before_the_shard_is_set_aside_hides_nothing(spoilt: Spoilt) -> None:
    def crash(step: str) -> None:
        if step == "before vectors.set_aside":
            raise Crash

    dying = Watched("vectors", FaissIndex(spoilt.root), crash)
    with pytest.raises(Crash):
        reindex(
            spoilt.city.catalogue,
            cast("VectorIndex", dying),
            spoilt.city.encoder.identity,
            during(0, 1),
        )
    assert spoilt.waiting() == [spoilt.early, spoilt.across]
    assert len(spoilt.again(during(0, 1)).set_aside) == 1


def test_a_running_indexer_embeds_what_it_had_seen_before(tmp_path: Path) -> None:
    """Its memory of the camera is of later pictures: nothing to compare earlier ones with."""
    city = SmallCity(tmp_path)
    city.film("camera-1", at(0))
    city.film("camera-1", at(30))
    indexer = city.indexer
    indexer.run_once()
    reindex(city.catalogue, city.vectors, city.encoder.identity, during(0, 1))
    report = indexer.run_once()
    assert report.segments == 1
    assert report.gates[Gate.CHANGED] == 1


def test_what_became_readable_is_called_so(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    segment = city.film("camera-1", at(0))
    identity = city.encoder.identity
    city.catalogue.mark_indexed([segment.key], identity.unreadable_mark)
    city.catalogue.mark_indexed([segment.key], identity.digest)
    reindex(city.catalogue, city.vectors, identity, during(0, 1))
    city.indexer.run_once()
    cameras, window = [segment.camera], during(0, 60)
    assert marked(city.catalogue, identity.digest, cameras, window) == {segment.key}
    assert marked(city.catalogue, identity.unreadable_mark, cameras, window) == frozenset()
