"""Keys and metadata of original files of imports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.digest import Digest
from footage.errors import DataLoss
from footage.ids import CameraId
from footage.import_run import run_of
from footage.instant import Elapsed, Instant
from footage.objectkey import ObjectKey
from footage.originals import (
    Original,
    from_stored,
    is_original_key,
    key_for,
    key_of,
    keys_for,
    segments_left,
    to_metadata,
)
from footage.ports import StoredObject
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.object_rules import check_key, check_metadata
from tests.common.builders import START, a_segment, at, during, segments_in_a_row

ONE = CameraId("camera-1")
FILM = Digest.of(b"film")
MINUTE = Elapsed.parse("60s")


def original(name: str = "film.mp4", *, start: Instant = START) -> Original:
    return Original(key_of(ONE, FILM, start, 1), ONE, during(0, 180), FILM, 4_321, name)


@given(st.integers(-(10**15), 10**16), st.integers(1, 12))
def test_a_segment_s_run_and_the_import_tell_the_same_key(start_us: int, track: int) -> None:
    start = Instant(start_us)
    run = run_of(FILM, start, track, MINUTE, at(0))
    key = key_of(ONE, FILM, start, track)
    assert key_for(ONE, run) == check_key(key) == key
    assert is_original_key(key)


def test_a_recorded_segment_has_no_original_and_no_other_key_is_one() -> None:
    assert key_for(ONE, "run-1") is None
    assert keys_for(segments_in_a_row(3)) == []
    for key in (str(ObjectKey.parse(a_segment().key)), "gaps/2026-11-22/" + "0" * 32 + ".jsonl"):
        assert not is_original_key(key)


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: len(t.encode()) <= 255))
def test_any_file_name_fits_the_metadata_and_is_read_back(name: str) -> None:
    kept = original(name)
    metadata = check_metadata(to_metadata(kept))
    stored = StoredObject(kept.key, kept.size_bytes, kept.digest, metadata)
    assert from_stored(stored) == replace(kept, name=name[-150:])


@pytest.mark.parametrize("metadata", [{}, {"format": "1"}, {"format": "original-1", "file": "x"}])
def test_foreign_metadata_is_refused(metadata: dict[str, str]) -> None:
    with pytest.raises(DataLoss, match=original().key):
        from_stored(StoredObject(original().key, 1, FILM, metadata))


def test_only_segments_cut_from_the_file_are_its() -> None:
    catalogue = MemoryCatalogue()
    run = run_of(FILM, START, 1, MINUTE, at(0))
    mine = [replace(one, run=run) for one in segments_in_a_row(2)]
    second = a_segment(start=at(120), run=run_of(FILM, START, 2, MINUTE, at(0)))
    elsewhere = a_segment("camera-2", run=run)
    catalogue.add_segments([*mine, second, elsewhere, a_segment(start=at(60), number=1)])
    assert list(segments_left(catalogue, original())) == mine
