"""For tests of the ledger: a ledger in memory with real keys, extended by simulated minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evidence.ledger import LedgerKeeper
from evidence.ledger_check import LedgerCheck, check_checkpoints, check_tree
from footage.clock import SimulatedClock
from footage.instant import Elapsed
from footage.leaf import Late, draft_of
from footage.ledger_objects import checkpoints, log_prefix, origin_of, stored_tree
from footage.signed_note import Checkpoint
from infra.keys import note_crypto
from infra.keys.key_folder import FolderSigner, KeyFolder
from infra.objects.memory_store import MemoryStore
from infra.registers.memory_ledger import MemoryLedger
from tests.common.builders import START, a_segment

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import Ledger, ObjectStore
    from footage.segment import Segment


@dataclass
class LedgerParts:
    """A ledger with a store, keys and a clock."""

    folder: Path
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    ledger: Ledger = field(default_factory=MemoryLedger)
    stored: list[Segment] = field(default_factory=list, init=False)
    store: ObjectStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.keys = KeyFolder(self.folder / "keys")
        self.keys.make(self.origin, self.clock.now() - Elapsed.parse("1m"), first=True)
        self.keeper = self.another_keeper()

    @property
    def log(self) -> str:
        return self.ledger.state().log

    @property
    def origin(self) -> str:
        return origin_of(self.log)

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint.parse(self.ledger.state().checkpoint)

    def another_keeper(self) -> LedgerKeeper:
        """A keeper as a process begins with."""
        return LedgerKeeper(
            ledger=self.ledger,
            store=self.store,
            clock=self.clock,
            signer=FolderSigner(self.keys),
            folder=self.folder / "work",
            keep=Elapsed.parse("1d"),
        )

    def append(self, segment: Segment, *, late: Late | None = None) -> None:
        """A segment is stored; its leaf waits."""
        self.stored.append(segment)
        self.ledger.append([draft_of(segment, stored=self.clock.now(), late=late)])

    def minutes(self, count: int, *cameras: str) -> None:
        """Minutes pass, in each of which each camera's segment is stored and a round is done."""
        for _ in range(count):
            start = self.clock.now()
            self.clock.sleep(Elapsed.parse("1m"))
            for camera in cameras:
                self.append(a_segment(camera, start))
            self.keeper.round()

    def check(self) -> LedgerCheck:
        """Check all that is stored, as somebody with the public keys alone."""
        done = LedgerCheck()
        prefix = log_prefix(self.log)
        tree = stored_tree(self.store, self.log, self.checkpoint.size)
        check_tree(tree, lambda path: self.store.get(prefix + path), done)
        found = checkpoints(self.store, self.log, START, self.clock.now())
        keys = self.keys.log_keys()
        check_checkpoints(tree, found, self.origin, keys, note_crypto.is_right, done)
        return done


def copied(ledger: Ledger) -> MemoryLedger:
    """A copy of a ledger's record in memory, as a backup holds."""
    assert isinstance(ledger, MemoryLedger)
    copy = MemoryLedger()
    copy._state, copy._waiting = ledger._state, dict(ledger._waiting)
    copy._leaves, copy._tips = dict(ledger._leaves), dict(ledger._tips)
    copy._places = dict(ledger._places)
    return copy
