"""The catalogue from the store, also where a part of the store is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.digest import Digest
from footage.segment_metadata import to_metadata
from indexer.rebuild import rebuild_catalogue
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.directory_store import DirectoryStore
from tests.common.builders import segments_in_a_row

if TYPE_CHECKING:
    from pathlib import Path


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
