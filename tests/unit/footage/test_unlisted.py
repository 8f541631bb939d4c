"""Footage in the store that the catalogue does not list: told, with the command that mends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import DataLoss
from footage.ids import CameraId
from footage.instant import DAY, Elapsed, Interval
from footage.segment_metadata import to_metadata
from footage.unlisted import PROBES, require_listed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.memory_store import MemoryStore
from tests.common.builders import START, a_register, a_segment, during

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.ports import StoredObject
    from footage.segment import Segment

ONE = CameraId("camera-1")
LATER = START + DAY * 9
WEEK = Interval(START - DAY * 3, START + DAY * 4)


class Counting(MemoryStore):
    """Counts listings and the objects listed."""

    def __init__(self) -> None:
        super().__init__(SimulatedClock(START))
        self.listings = self.listed = 0

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Count."""
        self.listings += 1
        for stored in super().list(prefix):
            self.listed += 1
            yield stored


@pytest.fixture
def store() -> Counting:
    return Counting()


def stored(store: Counting, folder: Path, *segments: Segment) -> None:
    path = folder / "segment"
    path.write_bytes(b"footage")
    for segment in segments:
        store.put(segment.key, path, Digest.of_file(path), to_metadata(segment))


def asked(
    store: Counting,
    hole: Interval,
    reason: str = "unknown",
    catalogue: MemoryCatalogue | None = None,
) -> None:
    known = catalogue or MemoryCatalogue()
    require_listed(known, store, a_register(), [(ONE, hole, reason)], LATER)


def test_an_emptied_catalogue_is_told(store: Counting, tmp_path: Path) -> None:
    segment = a_segment("camera-1")
    stored(store, tmp_path, segment)
    for hole in (Interval(START.floor(DAY), START.floor(DAY) + DAY), during(-10, 90)):
        for reason in ("unknown", "not_scheduled"):
            with pytest.raises(DataLoss, match=f"does not list .* {segment.key}") as told:
                asked(store, hole, reason)
            assert told.value.hint == "footage catalogue rebuild"


def test_nothing_is_said_of_listed_or_explained_time(store: Counting, tmp_path: Path) -> None:
    segment, catalogue = a_segment("camera-1"), MemoryCatalogue()
    stored(store, tmp_path, segment)
    catalogue.add_segments([segment])
    asked(store, WEEK, catalogue=catalogue)
    looks = store.listings
    asked(store, WEEK, "expired")
    assert store.listings == looks


def test_the_look_is_bounded(store: Counting, tmp_path: Path) -> None:
    """Invariant 12."""
    row = [a_segment("camera-1", start=START + Elapsed.seconds(60 * n)) for n in range(300)]
    stored(store, tmp_path, *row)
    catalogue = MemoryCatalogue()
    catalogue.add_segments(row)
    holes = [(ONE, Interval(START - DAY, START + DAY * n), "unknown") for n in range(2, 40)]
    require_listed(catalogue, store, a_register(), holes, START + DAY * 99)
    assert store.listings <= PROBES
    assert store.listed <= PROBES * 8
