"""For tests of the custody log's tree: a log in a folder, a store, keys and a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evidence.custody_published import PublishedLog
from evidence.custody_tree import HINT, CustodyTree
from evidence.published_tree import TreePublisher
from footage.action import Action, Deed, Purpose
from footage.clock import SimulatedClock
from footage.instant import Elapsed
from footage.ledger_objects import custody_log, origin_of
from footage.log_keys import renamed
from infra.custody.custody_file import LOG, CustodyFile
from infra.custody.tree_file import TreeFile
from infra.keys import note_crypto
from infra.keys.key_folder import FolderSigner, KeyFolder
from infra.objects.memory_store import MemoryStore
from infra.registers.memory_register import MemoryRegister
from tests.common.builders import START

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.custody_check import Check
    from evidence.published_tree import Round
    from footage.ports import ObjectStore

NAME = "0123456789abcdef"
DEED = Deed(Action.SEARCH, Purpose("amina", "FIR-4711", "robbery"), {"text": "red pickup"})


@dataclass
class CustodyParts:
    """A custody log with its tree."""

    folder: Path
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    store: ObjectStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.register = MemoryRegister()
        self.keys = KeyFolder(self.folder / "keys")
        self.keys.make(origin_of(NAME), self.clock.now() - Elapsed.parse("1m"), first=True)
        self.log = custody_log(NAME)
        self.notes = TreeFile(self.folder / "custody", self.clock)
        self.custody = CustodyFile(
            self.folder / "custody",
            self.register,
            self.clock,
            require_case=False,
            published=PublishedLog(
                lambda: self.store,
                lambda: self.log,
                lambda: renamed(self.keys.log_keys(), origin_of(self.log)),
                note_crypto.is_right,
                self.notes.signed_at,
                self.clock,
            ),
        )

    @property
    def path(self) -> Path:
        return self.folder / "custody" / LOG

    def tree(self) -> CustodyTree:
        """What extends the tree, as a process begins with."""
        return CustodyTree(
            self.log,
            self.custody,
            self.notes,
            self.store,
            TreePublisher(
                store=self.store,
                clock=self.clock,
                signer=FolderSigner(self.keys),
                folder=self.folder / "work",
                keep=Elapsed.parse("1d"),
                hint=HINT,
            ),
        )

    def enter(self, count: int) -> None:
        """Enter acts: an intent and an outcome each."""
        for _ in range(count):
            intent = self.custody.intent(DEED)
            self.custody.outcome(intent, DEED, ok=True, result={"moments": 3})

    def minute(self, acts: int = 0) -> Round:
        """A minute with some acts passes, and a round is done."""
        self.clock.sleep(Elapsed.parse("1m"))
        self.enter(acts)
        return self.tree().round()

    def check(self, *, every: bool = True) -> Check:
        """Check the log against its anchor and the stored checkpoints."""
        return self.custody.check(every=every)

    def lines(self) -> list[bytes]:
        """The lines of the log's file."""
        return self.path.read_bytes().splitlines(keepends=True)

    def rewrite(self, lines: list[bytes], head: tuple[int, str]) -> None:
        """Put another log in the place of this one, with an anchor that fits."""
        self.path.write_bytes(b"".join(lines))
        self.register._custody = head
