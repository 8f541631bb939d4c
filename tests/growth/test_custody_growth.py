"""Growth of what is read of the custody log and its tree (invariant 12), counted, never timed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from evidence.custody_published import PublishedLog
from evidence.custody_terms import of_case
from footage.action import Purpose
from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.instant import DAY, Elapsed, Instant
from footage.ledger_objects import checkpoint_key, custody_log, origin_of
from footage.signed_note import Checkpoint
from infra.custody.custody_file import CustodyFile
from infra.custody.personal_purge import PersonalPurge
from infra.objects.memory_store import MemoryStore
from infra.registers.memory_register import MemoryRegister
from tests.common.custody_logs import a_deed
from tests.common.work import bytes_moved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.ports import ObjectStore, StoredObject

pytestmark = pytest.mark.slow

BEGIN: Final = Instant.parse("2026-11-01T00:00:00Z")
LOG: Final = custody_log("0123456789abcdef")
FLAT: Final = 1.3


@dataclass
class ListedStore:
    """Counts the objects that a store lists and gives."""

    store: MemoryStore
    count: int = field(default=0)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        for one in self.store.list(prefix):
            self.count += 1
            yield one

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        self.count += 1
        return self.store.get(key, offset=offset, length=length)


def with_checkpoints(folder: Path, *, days: int, a_day: int) -> ListedStore:
    """Make a store with `a_day` checkpoints on each of some days, ten entries more each."""
    clock = SimulatedClock(BEGIN)
    made = ListedStore(MemoryStore(clock))
    source = folder / "checkpoint"
    for number in range(days * a_day):
        at = BEGIN + DAY * (number // a_day) + Elapsed.seconds(60) * (number % a_day)
        checkpoint = Checkpoint(origin_of(LOG), 10 * (number + 1), bytes(32))
        source.write_bytes(checkpoint.note().encode())
        digest = Digest.of(source.read_bytes())
        made.store.put(checkpoint_key(LOG, checkpoint, at), source, digest, {})
    return made


def looked_at(stored: ListedStore, days: int, first: int = 1, *, every: bool = False) -> int:
    """Return how many objects were listed and read for a check from entry `first` on."""
    source: ObjectStore = stored  # type: ignore[assignment]
    now = SimulatedClock(BEGIN + DAY * days)
    log = PublishedLog(lambda: source, lambda: LOG, list, lambda *_: True, lambda: None, now)
    told = log.read(first, every=every).told
    assert (told.trouble, told.entries % 10) == ("", 0)
    assert told.entries > first
    return stored.count


def test_a_check_from_an_entry_lists_no_day_before(tmp_path: Path) -> None:
    work = []
    for times in (1, 4, 16):
        days = 3 * times
        stored = with_checkpoints(tmp_path, days=days, a_day=20)
        last_two_days = 10 * 20 * (days - 2) + 1
        work.append(looked_at(stored, days, last_two_days))
    assert 0 < work[2] <= FLAT * work[0], work


def test_a_whole_check_lists_some_of_each_day(tmp_path: Path) -> None:
    work = []
    for times in (1, 4, 16):
        stored = with_checkpoints(tmp_path, days=2, a_day=30 * times)
        work.append(looked_at(stored, 2))
    # Those of the last hour of a day: 60 at most.
    assert 0 < work[2] <= 2 * (60 + 1) + 2, work
    assert looked_at(with_checkpoints(tmp_path, days=2, a_day=90), 2, every=True) > 2 * 90


def test_entries_of_a_case_cost_what_the_case_has(tmp_path: Path) -> None:
    work = []
    for times in (1, 4, 16):
        folder = tmp_path / str(times)
        log = CustodyFile(folder, MemoryRegister(), SimulatedClock(BEGIN), require_case=False)
        for _ in range(10):
            log.intent(a_deed(purpose=Purpose("amina", "MINE", "theft")))
        for _ in range(60 * times):
            log.intent(a_deed(purpose=Purpose("amina", "OTHER", "theft")))
        assert len(log.about([of_case("MINE")]).entries) == 10
        log.intent(a_deed(purpose=Purpose("amina", "OTHER", "theft")))
        with bytes_moved() as moved:
            assert len(log.about([of_case("MINE")]).entries) == 10
        work.append(moved.amount)
    assert 0 < work[2] <= 2 * work[0], work  # a taller tree of the index


def test_the_daily_purge_reads_a_day(tmp_path: Path) -> None:
    work = []
    for times in (1, 4, 16):
        folder, clock = tmp_path / str(times), SimulatedClock(BEGIN)
        log = CustodyFile(folder, MemoryRegister(), clock, require_case=False)
        purge = partial(PersonalPurge, log, folder, keeps=lambda case: case == "OPEN")
        log.intent(a_deed(purpose=Purpose("amina", "OPEN", "theft")))
        for _ in range(130 * times):  # as many as fill what is read back for an entry
            log.intent(a_deed())
        clock.sleep(DAY)
        assert purge(before=clock.now()).run(Purpose("service:retention"), "1d").kept == 1
        for _ in range(20):
            log.intent(a_deed())
        clock.sleep(DAY)
        with bytes_moved() as moved:
            done = purge(before=clock.now()).run(Purpose("service:retention"), "1d")
        assert (done.entries, done.kept) == (22, 1)
        work.append(moved.amount)
    assert 0 < work[2] <= FLAT * work[0], work
