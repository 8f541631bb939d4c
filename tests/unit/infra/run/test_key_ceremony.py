"""Keys of the ledger are made by a single process at a time, and entered in the custody log."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from footage.clock import SimulatedClock
from footage.signed_note import Checkpoint
from infra.keys.key_folder import FolderSigner, KeyFolder
from infra.registers.memory_ledger import MemoryLedger
from infra.run.ledger_upkeep import ensure_keys
from tests.common.builders import START
from tests.common.custody_list import CustodyList

if TYPE_CHECKING:
    from pathlib import Path

    from footage.instant import Instant
    from infra.keys.ledger_keys import KeySet

PROCESSES = 2


class Watched(KeyFolder):
    """A folder of keys that all look at before any makes keys, and that says who was alone."""

    def __init__(self, folder: Path, ledger: MemoryLedger) -> None:
        super().__init__(folder)
        self._ledger, self._looked, self._looks = ledger, Barrier(PROCESSES), count()
        self.alone: list[bool] = []

    def sets(self) -> list[KeySet]:
        found = super().sets()
        if next(self._looks) < PROCESSES:
            self._looked.wait(timeout=60)
        return found

    def make(self, origin: str, now: Instant, *, first: bool) -> KeySet:
        self.alone.append(self._ledger._section.locked())
        return super().make(origin, now, first=first)


def test_two_processes_that_begin_at_once_make_one_set_of_keys(tmp_path: Path) -> None:
    ledger, clock = MemoryLedger(), SimulatedClock(START)
    keys = Watched(tmp_path / "keys", ledger)
    parts: Any = SimpleNamespace(
        ledger=ledger,
        ledger_keys=keys,
        key_folder=keys,
        signing_process=None,
        clock=clock,
        custody=CustodyList(),
        register_shared=False,
    )
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(ensure_keys, [parts] * PROCESSES))
    assert keys.alone == [True, True], "each inside the ledger's exclusive section"
    (made,) = keys.sets()
    bare = Checkpoint(made.keys[0].name, 0, bytes(32))
    assert len(FolderSigner(keys).sign(bare, clock.now()).signatures) == len(made.keys)
