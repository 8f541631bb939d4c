"""What is done for store and catalogue in threads: values in, what came of each out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import BadInput, Unavailable
from footage.gap_copies import gaps_of
from footage.ids import CameraId
from footage.span import Gap, GapReason
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.memory_store import MemoryStore
from recorder.gaps import Written
from recorder.spool.spool import CameraSpool
from recorder.store.ingest import Ingest
from recorder.store.storing import GapRow, StoredFile, StoreWriter
from tests.common.builders import during
from tests.common.recording import FailingStore, NoHolds
from tests.common.spooling import FailingCatalogue, leave_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from footage.segment import Segment
    from recorder.spool.spool import Spooled

ONE = CameraId("camera-1")


class Choosy(MemoryCatalogue):
    """Takes no segment that begins with the third of a run."""

    def add_segments(self, segments: Iterable[Segment]) -> None:
        segments = list(segments)
        if any(segment.sequence == 2 for segment in segments):
            raise BadInput("not this one")
        super().add_segments(segments)


class Parts:
    def __init__(self, folder: Path, catalogue: MemoryCatalogue) -> None:
        self.catalogue = catalogue
        self.store = FailingStore(MemoryStore(SystemClock()))
        self.spool = CameraSpool(folder, ONE)
        self.writer = StoreWriter(Ingest(self.store, catalogue, NoHolds()), catalogue)

    def put_all(self, count: int) -> list[StoredFile]:
        return [self.put(one) for one in leave_run(self.spool, count)]

    def put(self, one: Spooled) -> StoredFile:
        return StoredFile(self.spool, one, self.writer.put(self.spool, one))

    def finish_gaps(self, gaps: Sequence[Gap]) -> None:
        rows = [GapRow(self.spool, Written(gap, final=True)) for gap in gaps]
        assert self.writer.enter_gaps(rows) == self.writer.copy_gaps(rows) == {}

    def files(self) -> list[str]:
        return sorted(path.name for path in self.spool.folder.glob("*.mp4"))


@pytest.fixture
def choosy(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path, Choosy())
    yield parts
    parts.spool.close()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path, FailingCatalogue())
    yield parts
    parts.spool.close()


def test_what_is_entered_leaves_the_spool_and_what_is_not_stays(choosy: Parts) -> None:
    put = choosy.put_all(4)
    failed = choosy.writer.enter(put)
    assert {at: str(exc) for at, exc in failed.items()} == {2: "not this one"}
    assert choosy.files() == [put[2].spooled.path.name]
    assert [one.sequence for one in choosy.catalogue.segments()] == [0, 1, 3]


def test_a_file_that_has_gone_was_stored_before(parts: Parts) -> None:
    (one,) = leave_run(parts.spool, 1)
    assert parts.writer.enter([parts.put(one)]) == {}
    again = parts.put(one)
    assert again.segment is None
    assert parts.writer.enter([again]) == {}
    assert len(list(parts.catalogue.segments())) == 1


def test_a_catalogue_that_is_down_fails_all_and_removes_nothing(parts: Parts) -> None:
    assert isinstance(parts.catalogue, FailingCatalogue)
    put = parts.put_all(2)
    gap = Gap(ONE, during(0, 5), GapReason.CAMERA_LOST)
    parts.spool.keep_gap(gap)
    parts.catalogue.down = True
    assert parts.writer.enter(put).keys() == {0, 1}
    failed = parts.writer.enter_gaps([GapRow(parts.spool, Written(gap, final=True))])
    assert isinstance(failed[0], Unavailable)
    assert (len(parts.files()), parts.spool.gaps()) == (2, [gap])
    parts.catalogue.down = False
    assert parts.writer.enter(put) == {}
    assert parts.writer.enter_gaps([GapRow(parts.spool, Written(gap, final=False))]) == {}
    assert parts.spool.gaps() == [gap]  # it may grow yet
    parts.finish_gaps([gap])
    assert parts.spool.gaps() == []


def test_finished_gaps_of_a_call_are_one_object_and_growing_gaps_none(parts: Parts) -> None:
    """Invariant 12: a recorder whose cameras are all lost sends one request."""
    gaps = [Gap(ONE, during(n, n + 0.5), GapReason.CAMERA_LOST) for n in range(100)]
    for gap in gaps:
        parts.spool.keep_gap(gap)
    rows = [GapRow(parts.spool, Written(gap, final=False)) for gap in gaps]
    assert parts.writer.enter_gaps(rows) == {}
    assert list(parts.store.list("gaps/")) == []
    parts.finish_gaps(gaps)
    (stored,) = parts.store.list("gaps/")
    assert sorted(gaps_of(parts.store, stored), key=lambda gap: gap.interval) == gaps
    assert list(parts.spool.folder.glob(".*.new")) == []


def test_a_store_that_is_down_hides_no_gap_and_the_gap_stays_in_the_spool(parts: Parts) -> None:
    gap = Gap(ONE, during(0, 5), GapReason.CAMERA_LOST)
    parts.spool.keep_gap(gap)
    parts.store.down = True
    row = GapRow(parts.spool, Written(gap, final=True))
    assert parts.writer.enter_gaps([row]) == {}
    (failed,) = parts.writer.copy_gaps([row]).values()
    assert isinstance(failed, Unavailable)
    assert (list(parts.catalogue.gaps()), parts.spool.gaps()) == ([gap], [gap])
    parts.store.down = False
    assert parts.writer.copy_gaps([row]) == {}
    assert parts.spool.gaps() == []
    assert len(list(parts.store.list("gaps/"))) == 1
