"""The custody log in a file: a line an entry, on the disk before the entered action may begin.

Writing an entry, under a lock against other threads and processes:

1. set aside what a crash left unfinished at the end (its action never began), for people to see
2. compare the last entry with the anchor in the register; heal the one step a crash can leave
3. append the line and sync it
4. move the anchor

A crash between 3 and 4 leaves one entry too many for the anchor, which step 2 of the next entry
heals. Anything else that does not fit is tampering or loss: then nothing more is entered, and so
nothing is done either (invariant 7), until someone has looked.
"""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from evidence import custody, custody_check
from evidence.custody import EMPTY, Entry, Head
from evidence.custody_check import Finding, Kind
from footage.durable import make_folder, seam, sync_folder
from footage.errors import BadInput, Conflict, DataLoss, Unavailable
from infra.custody.log_file import (
    HINT,
    Lines,
    end_of_last_line,
    last_entry,
    offset_of,
    opened,
    write,
)
from infra.host.file_lock import WAIT, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from footage.action import Deed
    from footage.clock import Clock

LOG: Final = "custody.jsonl"
_LOCK: Final = "custody.lock"


class Anchor(Protocol):
    """The part of the register that the custody log needs: the anchor."""

    def custody_head(self) -> tuple[int, str]:
        """The custody anchor: count of entries and hash of the newest."""
        ...

    def anchor_custody(self, count: int, head: str) -> None:
        """Move the custody anchor forward, to the entry numbered `count` with hash `head`."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """What a check of the log found, and how much of the log was looked at.

    Attributes:
        anchor: The anchor, as read for the check.
        first: Number of the entry from which the lines were read; 1 for the whole log.
    """

    findings: tuple[Finding, ...]
    anchor: Head
    first: int

    @property
    def is_tampered(self) -> bool:
        """Whether a finding proves tampering or loss."""
        return any(finding.kind.proves_tampering for finding in self.findings)


class CustodyFile:
    """Keeps the contract of `footage.ports.Custody` in a folder.

    Args:
        folder: Made where it is missing; holds the log, the log's lock and lines set aside.
        register: Keeps the anchor of the newest entry.
        clock: Gives entries their instants.
        require_case: Refuse searches, views, exports, holds and releases without case and purpose.

    Raises:
        Misconfigured: The folder cannot be made.
    """

    def __init__(self, folder: Path, register: Anchor, clock: Clock, *, require_case: bool) -> None:
        self._folder = folder
        self._path = folder / LOG
        self._register = register
        self._clock = clock
        self._require_case = require_case
        self._turn = threading.Lock()  # threads queue here, processes at the lock file
        with seam(folder):
            make_folder(folder)

    def intent(self, deed: Deed) -> int:
        """Enter what is about to be done.

        Raises:
            CaseRequired: Case or purpose code is missing.
            BadInput: Nobody is named, or the facts are no JSON.
            DataLoss: The log does not fit its anchor.
            NoSpace: The disk is full.
            Unavailable: Log or register cannot be reached.
        """
        custody.require_purpose(deed.purpose, deed.action, require_case=self._require_case)
        return self._append(lambda head: custody.intent_entry(deed, head, self._clock.now()))

    def outcome(self, intent: int, deed: Deed, *, ok: bool, result: Mapping[str, object]) -> int:
        """Enter the outcome of an action; raises as `intent` does, but asks for no case again."""

        def entry(head: Head) -> Entry:
            now = self._clock.now()
            return custody.outcome_entry(deed, intent, head, now, ok=ok, result=result)

        return self._append(entry)

    def read(self) -> Iterator[Entry]:
        """All entries, in order.

        Raises:
            DataLoss: A line is no entry.
        """
        size, _ = self._snapshot()
        with closing(Lines(self._path, 0, size)) as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield custody.read_line(line)
                except BadInput as exc:
                    raise DataLoss(f"{self._path}, line {number}: {exc}", hint=HINT) from exc

    def verify(self) -> list[Finding]:
        """Everything wrong with the log, by line, and the lines set aside after crashes."""
        return list(self.check().findings)

    def check(self, checkpoint: Head = EMPTY) -> Check:
        """Check the log, whole, or from the entry of a checkpoint on.

        The lines set aside after crashes are named too.

        Args:
            checkpoint: Number of the entry to begin with, and the hash that entry is to have, ""
                where that is not known.

        Raises:
            BadInput: The log never reached the checkpoint's entry.
            DataLoss: The entry cannot be looked for, because a line on the way is no entry.
        """
        size, anchor = self._snapshot()
        begin = 0
        if checkpoint.count > 1:
            with seam(self._path):
                begin = offset_of(self._path, checkpoint.count, size)
            if begin == size and anchor.count < checkpoint.count:
                raise BadInput(
                    f"the custody log has no entry {checkpoint.count} yet",
                    hint=f"its last is entry {anchor.count}",
                )
        with closing(Lines(self._path, begin, size)) as lines:
            found = custody_check.verify(lines, anchor, checkpoint)
        aside = [
            Finding(Kind.TORN, 0, f"a line cut short by a crash was set aside in {path.name}")
            for path in sorted(self._folder.glob("torn-*"))
        ]
        return Check((*found, *aside), anchor, max(checkpoint.count, 1))

    def _append(self, make: Callable[[Head], Entry]) -> int:
        with self._locked(), seam(self._path), opened(self._path) as log:
            self._set_aside(log)  # (1)
            head = self._checked_head(log)  # (2)
            entry = make(head)
            write(log, entry.line, self._path)  # (3)
            self._move_anchor(entry.head)  # (4)
            return entry.number

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=WAIT.in_seconds):
            raise Unavailable(f"other threads kept writing to {self._path} for {WAIT}")
        try:
            with locked(self._folder / _LOCK, clock=self._clock):
                yield
        finally:
            self._turn.release()

    def _checked_head(self, log: int) -> Head:
        last = last_entry(log, self._path)
        anchor = Head(*self._register.custody_head())
        head = last.head if last else EMPTY
        if head == anchor:
            return head
        if last and last.number == anchor.count + 1 and last.previous == anchor.hash:
            self._move_anchor(head)
            return head
        raise DataLoss(
            f"the custody log ends with entry {head.count}, but was anchored at {anchor.count}",
            hint=HINT,
        )

    def _move_anchor(self, head: Head) -> None:
        try:
            self._register.anchor_custody(head.count, head.hash)
        except Conflict as exc:
            raise DataLoss(f"the custody log does not fit its anchor: {exc}", hint=HINT) from exc

    def _set_aside(self, log: int) -> None:
        size = os.fstat(log).st_size
        whole = end_of_last_line(log, size)
        if whole == size:
            return
        torn = os.pread(log, size - whole, whole)
        path = self._folder / f"torn-{size}-at-{self._clock.now().us}.part"
        with opened(path) as file:
            write(file, torn, path)
        sync_folder(self._folder)
        os.ftruncate(log, whole)  # only now: the bytes are never nowhere
        os.fsync(log)

    def _snapshot(self) -> tuple[int, Head]:
        """The log's size and the anchor as of now; later entries are not seen."""
        with self._locked(), seam(self._path):
            size = self._path.stat().st_size if self._path.exists() else 0
            return size, Head(*self._register.custody_head())
