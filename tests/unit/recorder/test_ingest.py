"""The way into store and catalogue, and every crash on it (invariant 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import DataLoss, Unavailable
from footage.hold import Hold
from footage.ids import CameraId, HoldId
from footage.segment_metadata import from_metadata
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.memory_store import MemoryStore
from recorder.spool.spool import Spooled
from recorder.store.ingest import Ingest
from tests.common.builders import START, a_segment, during
from tests.common.recording import FailingStore, NoHolds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from footage.segment import Segment

ONE = CameraId("camera-1")
HOLD = Hold(HoldId("hold-1"), frozenset({ONE}), during(0, 10), "court", "case", "clerk", START)


class Parts:
    """An ingest on stores in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FailingStore(MemoryStore(SimulatedClock(START)))
        self.catalogue = MemoryCatalogue()
        self.holds = NoHolds()
        self.ingest = Ingest(self.store, self.catalogue, self.holds)

    def spooled(self, content: bytes = b"content") -> Spooled:
        path = self.folder / f"{len(content)}.mp4"
        path.write_bytes(content)
        segment = a_segment(digest=Digest.of(content), size_bytes=len(content))
        return Spooled(path, segment)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path)


def test_object_first_then_the_row(parts: Parts) -> None:
    spooled = parts.spooled()
    segment = parts.ingest.put(spooled)
    assert segment == spooled.segment
    assert list(parts.catalogue.segments()) == []
    parts.ingest.enter_all([segment])
    assert list(parts.catalogue.segments()) == [segment]
    found = parts.store.head(segment.key)
    assert from_metadata(found.key, found.size_bytes, found.digest, found.metadata) == segment


def test_a_repetition_changes_nothing(parts: Parts) -> None:
    spooled = parts.spooled()
    for _ in range(2):
        parts.ingest.enter_all([parts.ingest.put(spooled)])
    assert len(list(parts.store.list())) == 1
    assert list(parts.catalogue.segments()) == [spooled.segment]


def test_the_same_start_with_other_bytes_gets_the_next_number(parts: Parts) -> None:
    first, second = parts.spooled(b"one"), parts.spooled(b"other")
    parts.ingest.put(first)
    for _ in range(2):  # and the same one again: a crash may repeat it
        assert parts.ingest.put(second).key == first.segment.key.replace("Z.0.", "Z.1.")
    assert len(list(parts.store.list())) == 2


def test_a_file_that_changed_since_it_was_closed_is_not_stored(parts: Parts) -> None:
    spooled = parts.spooled()
    spooled.path.write_bytes(b"altered")
    with pytest.raises(DataLoss):
        parts.ingest.put(spooled)
    assert list(parts.store.list()) == []


def test_a_standing_hold_is_set_before_the_row_appears(parts: Parts) -> None:
    """Invariant 4: whoever sees the row sees the mark."""
    parts.holds.standing.append(HOLD)
    segment = parts.ingest.put(parts.spooled())
    seen: list[bool] = []

    class Watching(MemoryCatalogue):
        def add_segments(self, segments: Iterable[Segment]) -> None:
            seen.append(parts.store.is_held(segment.key))
            super().add_segments(segments)

    Ingest(parts.store, Watching(), parts.holds).enter_all([segment])
    assert seen == [True]


def test_a_hold_placed_while_the_row_is_written_is_set_too(parts: Parts) -> None:
    segment = parts.ingest.put(parts.spooled())

    class Racing(MemoryCatalogue):
        def add_segments(self, segments: Iterable[Segment]) -> None:
            super().add_segments(segments)
            parts.holds.standing.append(HOLD)

    Ingest(parts.store, Racing(), parts.holds).enter_all([segment])
    assert parts.store.is_held(segment.key)


def test_a_released_hold_is_not_set(parts: Parts) -> None:
    parts.holds.standing.append(replace(HOLD, released_at=START))
    segment = parts.ingest.put(parts.spooled())
    parts.ingest.enter_all([segment])
    assert not parts.store.is_held(segment.key)


def test_a_store_that_is_down_says_so(parts: Parts) -> None:
    parts.store.down = True
    with pytest.raises(Unavailable):
        parts.ingest.put(parts.spooled())
