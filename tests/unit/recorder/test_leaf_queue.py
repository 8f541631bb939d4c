"""Leaves on the way to the ledger: an outage of the ledger costs neither footage nor leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import Conflict, DataLoss, Unavailable
from footage.leaf import Late
from footage.segment import ClockReading, TimeSource
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.memory_store import MemoryStore
from infra.registers.memory_ledger import MemoryLedger
from infra.registers.memory_register import MemoryRegister
from recorder.store.ingest import Ingest
from recorder.store.leaf_queue import LeafQueue
from tests.common.builders import a_segment, at, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.leaf import Draft


class AwayAtTimes(MemoryLedger):
    """A ledger that is away while `away` is set."""

    away = False

    def append(self, drafts: Sequence[Draft]) -> None:
        if self.away:
            raise Unavailable("the ledger is away")
        super().append(drafts)


@pytest.fixture
def ledger() -> AwayAtTimes:
    return AwayAtTimes()


@pytest.fixture
def queue(tmp_path: Path, ledger: AwayAtTimes) -> LeafQueue:
    return LeafQueue(ledger, tmp_path / "waiting", SimulatedClock(at(200)))


def waiting(ledger: AwayAtTimes) -> list[Draft]:
    return [one.draft for one in ledger.waiting(100)]


def test_leaves_say_when_the_segment_had_been_stored(queue: LeafQueue, ledger: AwayAtTimes) -> None:
    imported = a_segment("camera-2", clock=ClockReading(TimeSource.STATED))
    queue.add([a_segment(), imported])
    first, second = waiting(ledger)
    assert (first.key, first.stored, first.late) == (a_segment().key, at(200), None)
    assert second.late is Late.IMPORT, "nobody vouches for the time of an import"


def test_while_the_ledger_is_away_leaves_wait_on_disk(
    queue: LeafQueue, ledger: AwayAtTimes, tmp_path: Path
) -> None:
    segments = segments_in_a_row(3)
    ledger.away = True
    queue.add(segments[:2])
    queue.add(segments[:2])  # entered again after a crash: the same file
    queue.add(segments[2:])
    assert queue.kept == 2
    with pytest.raises(Unavailable):
        queue.drain()
    assert queue.kept == 2
    ledger.away = False
    again = LeafQueue(ledger, tmp_path / "waiting", SimulatedClock(at(999)))  # after a restart
    again.drain()
    assert {draft.key for draft in waiting(ledger)} == {segment.key for segment in segments}
    assert {draft.stored for draft in waiting(ledger)} == {at(200)}, "as it was, not as of now"
    assert again.kept == 0
    again.drain()


def test_a_file_that_cannot_be_read_stays_and_is_told(
    queue: LeafQueue, ledger: AwayAtTimes, tmp_path: Path
) -> None:
    ledger.away = True
    queue.add([a_segment()])
    (path,) = (tmp_path / "waiting").glob("*")
    path.write_bytes(b'{"key": 1}\n')
    ledger.away = False
    with pytest.raises(DataLoss, match="cannot be read"):
        queue.drain()
    assert queue.kept == 1


def test_a_leaf_that_the_ledger_refuses_delays_no_other(
    queue: LeafQueue, ledger: AwayAtTimes, tmp_path: Path
) -> None:
    """A segment was deleted, and other footage imported under its key: both have a draft."""
    first, second, third = segments_in_a_row(3)
    queue.add([first])
    ledger.away = True
    other = replace(first, digest=Digest.of(b"other"))
    queue.add([other, second])
    queue.add([third])
    (tmp_path / "waiting" / "0.jsonl").write_bytes(b"{}\n")
    ledger.away = False
    for _ in range(2):
        with pytest.raises((Conflict, DataLoss)):
            queue.drain()
        assert {one.key for one in waiting(ledger)} == {first.key, second.key, third.key}
        kept = [path.read_text() for path in (tmp_path / "waiting").glob("*")]
        assert sum(text.count(other.digest.hex) for text in kept) == 1, "what is refused stays"
        assert sum(text.count("\n") for text in kept) == 2, "and nothing else"


def test_a_segment_is_listed_and_its_leaf_waits_whatever_the_ledger_does(
    queue: LeafQueue, ledger: AwayAtTimes
) -> None:
    clock = SimulatedClock(at(200))
    catalogue = MemoryCatalogue()
    ingest = Ingest(MemoryStore(clock), catalogue, MemoryRegister(), queue)
    first, second = segments_in_a_row(2)
    ingest.enter_all([first])
    ledger.away = True
    ingest.enter_all([second])
    assert {one.key for one in catalogue.segments()} == {first.key, second.key}
    assert ([draft.key for draft in waiting(ledger)], queue.kept) == ([first.key], 1)
