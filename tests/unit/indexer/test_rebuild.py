"""The catalogue from the store, also where a part of the store is damaged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from footage.clock import SimulatedClock, SystemClock
from footage.digest import Digest
from footage.gap_copies import copy_gaps
from footage.ids import CameraId
from footage.import_run import run_of
from footage.instant import Elapsed
from footage.originals import Original, key_of, segments_left, stored_original
from footage.originals import to_metadata as to_metadata_of_original
from footage.segment_metadata import to_metadata
from indexer.rebuild import rebuild_catalogue
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.directory_store import DirectoryStore
from infra.objects.memory_store import MemoryStore
from tests.common.builders import START, a_gap, at, during, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.ports import StoredObject

ONE = CameraId("camera-1")
FILM = b"the whole film"


def test_one_unreadable_sidecar_costs_its_own_segment_only(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store", SystemClock())
    segments = segments_in_a_row(3)
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    for segment in segments:
        store.put(segment.key, source, Digest.of(b"bytes"), to_metadata(segment))
    hurt = segments[1].key
    (tmp_path / "store" / "meta" / f"{hurt}.json").write_bytes(b"{")
    catalogue = MemoryCatalogue()
    done = rebuild_catalogue(store, catalogue)
    assert [s.key for s in catalogue.segments()] == [segments[0].key, segments[2].key]
    assert (done.segments, done.passed_over) == (2, ())
    ((key, why),) = done.unreadable
    assert key == hurt
    assert "no sidecar" in why


def test_originals_are_found_by_their_segments_and_a_lone_one_is_named(tmp_path: Path) -> None:
    store = MemoryStore(SystemClock())
    source = tmp_path / "source"
    source.write_bytes(FILM)
    keys = [key_of(ONE, Digest.of(FILM), start, 1) for start in (START, at(3_600))]
    for key, whole in zip(keys, (during(0, 120), during(3_600, 3_660)), strict=True):
        original = Original(key, ONE, whole, Digest.of(FILM), len(FILM), "film.avi")
        store.put(key, source, original.digest, to_metadata_of_original(original))
    run = run_of(Digest.of(FILM), START, 1, Elapsed.parse("60s"), at(0))
    for segment in segments_in_a_row(2, run=run):
        store.put(segment.key, source, Digest.of(FILM), to_metadata(segment))
    catalogue = MemoryCatalogue()
    done = rebuild_catalogue(store, catalogue)
    assert (done.segments, done.originals, done.passed_over) == (2, 2, ())
    assert done.lone == (keys[1],)
    found = stored_original(store, keys[0])
    assert found is not None
    assert list(segments_left(catalogue, found)) == list(catalogue.segments())


class Counting(MemoryStore):
    """Counts how often each object is listed."""

    def __init__(self) -> None:
        super().__init__(SimulatedClock(START))
        self.listed: Counter[str] = Counter()

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Count."""
        for stored in super().list(prefix):
            self.listed[stored.key] += 1
            yield stored


def test_the_store_is_listed_once_for_segments_and_gaps(tmp_path: Path) -> None:
    store, source = Counting(), tmp_path / "source"
    source.write_bytes(b"bytes")
    segments = segments_in_a_row(2)
    for segment in segments:
        store.put(segment.key, source, Digest.of(b"bytes"), to_metadata(segment))
    copy_gaps(store, [a_gap("camera-1", during(200, 300))], tmp_path)
    damaged = store.put(f"gaps/2026-11-22/{'0' * 32}.jsonl", source, Digest.of(b"bytes"), {}).key
    catalogue = MemoryCatalogue()
    done = rebuild_catalogue(store, catalogue)
    assert (done.segments, done.gaps) == (2, 1)
    assert [key for key, _ in done.passed_over] == [damaged]
    assert [gap.interval for gap in catalogue.gaps()] == [during(200, 300)]
    assert set(store.listed.values()) == {1}
