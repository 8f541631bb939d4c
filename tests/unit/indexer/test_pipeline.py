from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.errors import DataLoss, Unavailable
from footage.instant import Elapsed
from footage.keyframe import WHOLE, Gate, Keyframe
from indexer.report import IndexReport
from infra.vectors.faiss_index import FaissIndex
from tests.common.builders import START, a_camera, at, during
from tests.common.marks import marked
from tests.common.small_city import BLUE, RED, SmallCity
from tests.common.tiny_films import small_film

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import SegmentKey
    from footage.ports import VectorAnswer, VectorRow

CAMERA = a_camera("camera-1").id


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    return SmallCity(tmp_path)


def keyframes(city: SmallCity, camera: str = "camera-1") -> list[Keyframe]:
    return list(city.catalogue.keyframes([a_camera(camera).id], during(0, 3600)))


def rows(city: SmallCity) -> VectorAnswer:
    red = city.encoder.encode_texts(["red"])
    return city.vectors.search(city.encoder.identity, red, during(0, 3600), None, k=10_000)


def test_every_keyframe_is_recorded_with_its_instant_bytes_and_gate(city: SmallCity) -> None:
    segment = city.film("camera-1", START, [RED])
    report = city.indexer.run_once()
    found = keyframes(city)
    assert [keyframe.instant for keyframe in found] == [at(2 * n) for n in range(15)]
    assert report.keyframes == 15
    assert report.segments == 1
    assert found[0].gate is Gate.CHANGED
    # Empty until 8 s, the red mover until 16 s, then empty again.
    gates = [keyframe.gate for keyframe in found]
    assert gates[1:4] == [Gate.UNCHANGED] * 3
    assert gates[4:9] == [Gate.CHANGED] * 5
    assert gates[10:] == [Gate.UNCHANGED] * 5
    for keyframe in found:
        sample = city.store.get(segment.key, offset=keyframe.offset, length=keyframe.length)
        init = city.store.get(segment.key, length=segment.media.init_bytes)
        assert city.decoder.decode(init, sample).width == 320


def test_regions_are_embedded_beside_the_whole_frame(city: SmallCity) -> None:
    city.film("camera-1", START, [RED])
    report = city.indexer.run_once()
    embedded = [k for k in keyframes(city) if k.gate in {Gate.CHANGED, Gate.HEARTBEAT}]
    answer = rows(city)
    assert report.vectors == answer.scanned == sum(1 + len(k.regions) for k in embedded)
    assert {(h.row.offset, h.row.box) for h in answer.hits} == {
        (k.offset, box) for k in embedded for box in (WHOLE, *k.regions)
    }
    best = answer.hits[0]
    assert best.row.box != WHOLE
    assert at(8) <= best.row.instant <= at(16)


def test_a_second_run_finds_nothing_to_do(city: SmallCity) -> None:
    city.film("camera-1", START, [RED])
    indexer = city.indexer
    indexer.run_once()
    assert indexer.run_once() == IndexReport()


@pytest.mark.slow
def test_a_still_camera_is_embedded_once_a_minute(city: SmallCity) -> None:
    data = small_film(30)
    for number in range(5):
        city.keep("camera-1", at(30 * number), data)
    report = city.indexer.run_once()
    assert report.gates[Gate.CHANGED] == 1
    assert report.gates[Gate.HEARTBEAT] == 2
    assert report.gates[Gate.UNCHANGED] == 72


def test_memory_of_a_camera_lasts_from_run_to_run(city: SmallCity) -> None:
    indexer = city.indexer
    data = small_film(30)
    city.keep("camera-1", START, data)
    indexer.run_once()
    city.keep("camera-1", at(30), data)
    assert indexer.run_once().gates == {Gate.UNCHANGED: 15}


@dataclass
class FailingVectors:
    """Fails after the rows are written, as a crash between two steps does."""

    inner: SmallCity
    calls: list[int] = field(default_factory=list)

    def add(self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> None:
        self.inner.vectors.add(encoder, rows, vectors)
        self.calls.append(len(rows))
        raise Unavailable("the disk is gone")

    def remove(self, segments: Iterable[SegmentKey]) -> int:
        return self.inner.vectors.remove(list(segments))

    search = property(lambda self: self.inner.vectors.search)
    held = property(lambda self: self.inner.vectors.held)
    damaged = property(lambda self: self.inner.vectors.damaged)
    set_aside = property(lambda self: self.inner.vectors.set_aside)


@pytest.mark.slow
def test_a_crash_before_the_mark_repeats_the_segment_and_doubles_nothing(city: SmallCity) -> None:
    city.film("camera-1", START, [RED])
    city.film("camera-1", at(30), [BLUE])
    indexer = city.indexer
    indexer.vectors = FailingVectors(city)
    with pytest.raises(Unavailable):
        indexer.run_once()
    assert len(city.catalogue.unindexed(city.encoder.identity.digest, limit=9)) == 2
    crashed = rows(city).scanned
    assert crashed > 0
    city.indexer.run_once()
    again = SmallCity(city.folder)
    again.film("camera-1", START, [RED])
    again.film("camera-1", at(30), [BLUE])
    again.indexer.run_once()
    assert {h.row for h in rows(city).hits} == {h.row for h in rows(again).hits}
    assert keyframes(city) == keyframes(again)


def test_the_same_indexer_goes_on_after_a_failure_as_if_it_had_not_been(city: SmallCity) -> None:
    city.film("camera-1", START, [RED])
    indexer = city.indexer
    indexer.vectors = FailingVectors(city)
    with pytest.raises(Unavailable):
        indexer.run_once()
    indexer.vectors = city.vectors
    assert indexer.run_once().gates[Gate.CHANGED] == 7


def test_a_segment_deleted_meanwhile_is_passed_over(city: SmallCity) -> None:
    gone = city.film("camera-1", START, [RED])
    city.film("camera-2", START, [RED])
    city.store.delete([gone.key])
    report = city.indexer.run_once()
    assert report.gone == (gone.key,)
    assert report.segments == 1
    assert keyframes(city) == []


def test_a_purge_that_overtakes_the_indexer_leaves_nothing_behind(city: SmallCity) -> None:
    segment = city.film("camera-1", START, [RED])

    class Overtaken(FailingVectors):
        def add(
            self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors
        ) -> None:
            self.inner.vectors.remove([segment.key])
            self.inner.catalogue.remove_segments([segment.key])
            self.inner.vectors.add(encoder, rows, vectors)

    indexer = city.indexer
    indexer.vectors = Overtaken(city)
    assert indexer.run_once().gone == (segment.key,)
    assert rows(city).scanned == 0
    assert keyframes(city) == []


def test_a_segment_that_is_no_mp4_is_looked_at_once_and_said_to_be_unreadable(
    city: SmallCity,
) -> None:
    segment = city.film("camera-1", START)
    (city.folder / "junk").write_bytes(b"junk" * 100)
    city.store.delete([segment.key])

    city.store.put(segment.key, city.folder / "junk", Digest.of(b"junk" * 100), {})
    report = city.indexer.run_once()
    assert [key for key, _ in report.unreadable] == [segment.key]
    assert [k.gate for k in keyframes(city)] == [Gate.UNREADABLE]
    assert city.indexer.run_once() == IndexReport()
    identity = city.encoder.identity
    found = marked(city.catalogue, identity.unreadable_mark, [CAMERA], during(0, 60))
    assert found == {segment.key}


def test_one_damaged_keyframe_does_not_hide_the_others(city: SmallCity) -> None:
    data = bytearray(small_film(10))
    whole = city.keep("camera-2", START, bytes(data))
    city.indexer.run_once()
    hurt = keyframes(city, "camera-2")[2]
    data[hurt.offset + 8 : hurt.offset + hurt.length] = bytes(hurt.length - 8)
    segment = city.keep("camera-1", START, bytes(data))
    report = city.indexer.run_once()
    gates = [k.gate for k in keyframes(city)]
    assert gates.count(Gate.UNREADABLE) == 1
    assert gates[2] is Gate.UNREADABLE
    assert report.unreadable == ((segment.key, "1 of 5 keyframes cannot be decoded"),)
    identity = city.encoder.identity
    cameras = [segment.camera, whole.camera]
    assert marked(city.catalogue, identity.unreadable_mark, cameras, during(0, 60)) == {segment.key}


def test_following_goes_on_when_the_store_comes_back(city: SmallCity) -> None:
    city.film("camera-1", START)
    indexer = city.indexer
    failing = FailingVectors(city)
    indexer.vectors = failing
    turns: list[int] = []

    def stop() -> bool:
        turns.append(1)
        if failing.calls:
            indexer.vectors = city.vectors
        return not city.catalogue.unindexed(city.encoder.identity.digest, limit=1)

    before = city.clock.now()
    indexer.follow(stop, poll=Elapsed.seconds(2))
    assert failing.calls == [1]
    assert city.clock.now() - before >= Elapsed.seconds(4)


def test_stop_ends_a_run_between_cameras_and_publishes_what_was_looked_at(city: SmallCity) -> None:
    city.film("camera-1", START)
    city.film("camera-2", START)
    looked: list[bool] = []

    def stop() -> bool:
        looked.append(True)
        return len(looked) > 1  # the first question comes before the first camera

    assert city.indexer.run_once(stop=stop).segments == 1
    assert len(city.catalogue.unindexed(city.encoder.identity.digest, limit=9)) == 1


def test_a_damaged_shard_keeps_back_its_own_segments_only(city: SmallCity, tmp_path: Path) -> None:
    city.film("camera-1", START)
    indexer = replace(city.indexer, vectors=FaissIndex(tmp_path / "vectors"))
    indexer.run_once()
    (current,) = (tmp_path / "vectors").glob("*/*/current")
    current.write_bytes(b"torn")
    kept_back = city.film("camera-2", at(30))
    city.film("camera-3", at(86_400))
    with pytest.raises(DataLoss, match=kept_back.key):
        indexer.run_once()
    assert city.catalogue.unindexed(city.encoder.identity.digest, limit=9) == [kept_back]
