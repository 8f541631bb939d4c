"""The custody log that survives in a home, beside that of a backup: which of the two goes on."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence import custody
from evidence.custody import Head
from footage import durable
from footage.action import Action
from footage.errors import DataLoss, Refused
from infra.custody.custody_file import LOG
from infra.custody.log_file import Lines, last_entry, opened, set_torn_aside, write
from infra.node import backup as backups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from evidence.custody import Entry
    from footage.action import Deed
    from footage.clock import Clock
    from footage.ports import Custody
    from infra.node.backup import Backup


@dataclass(frozen=True, slots=True)
class Followed:
    """The custody log to go on with.

    Attributes:
        source: The file to put in place; None where the log of this home stays.
        head: The last entry of the log to go on with.
        later: Entries after the backup.
        known: Whether the log tells what happened since the backup.
    """

    source: Path | None
    head: Head
    later: Sequence[Entry] = ()
    known: bool = False

    def has(self, entry: Head) -> bool:
        """Whether an entry is in the log after the backup, with this number and hash."""
        return any(later.head == entry for later in self.later)


class SurvivingLog:
    """The custody log at `path`; the caller holds the log's lock.

    Attributes:
        torn: Where the last line lies that was found cut short and set aside; None without.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self.torn: Path | None = None

    def compare(self, backup: Backup, *, replace: bool) -> Followed:
        """Return which log goes on: that of this home where it begins with that of the backup.

        A log in which a restore follows the backup may have been put back by that restore, and
        does not tell all that happened between.

        Args:
            backup: The backup, checked.
            replace: Whether a log that tells another story may be replaced.

        Raises:
            DataLoss: The log of this home was altered after the backup.
            Refused: The log tells another story than the backup, and `replace` is not set.
        """
        saved = backup.folder / LOG
        mine, theirs = self._size(), saved.stat().st_size
        if mine >= theirs and mine and backups.agree(self._path, saved, theirs):
            later = self._entries(theirs, mine, backup.head)
            head = later[-1].head if later else backup.head
            return Followed(None, head, later, known=bool(later) and _tells_all(later))
        if not (replace or (mine <= theirs and backups.agree(self._path, saved, mine))):
            raise Refused(
                f"{self._path} and the backup tell different stories",
                hint="use a backup of this home, or --replace, which keeps the log beside",
            )
        return Followed(saved, backup.head)

    def whole(self) -> Followed:
        """Return all of this log, to go on with where there is no backup.

        Raises:
            DataLoss: The log is missing, or was altered.
        """
        if not (size := self._size()):
            raise DataLoss(f"{self._path} is missing or empty", hint="footage restore FOLDER")
        entries = self._entries(0, size, Head())
        return Followed(None, entries[-1].head, entries, known=_tells_all(entries))

    def put(self, followed: Followed, aside: Callable[[], Path]) -> None:
        """Put the log to go on with in place; the log before is copied to the folder `aside`."""
        if followed.source is None:
            return
        with durable.seam(self._path):
            if self._path.exists() and self._path.stat().st_size:
                shutil.copyfile(self._path, aside() / LOG)
            draft = self._path.with_name(f".{LOG}.new")
            shutil.copyfile(followed.source, draft)
            draft.chmod(0o600)
            durable.sync_file(draft)
            durable.publish(draft, self._path)

    def append(self, deed: Deed) -> Head:
        """Append the intent of `deed` behind the last entry, whatever the anchor says."""
        with durable.seam(self._path), opened(self._path) as file:
            last = last_entry(file, self._path)
            entry = custody.intent_entry(deed, last.head if last else Head(), self._clock.now())
            write(file, entry.line, self._path)
        return entry.head

    def _entries(self, begin: int, end: int, head: Head) -> list[Entry]:
        """Return the entries of the bytes from `begin` on, behind entry `head`; check the chain."""
        with opened(self._path) as file:
            last = last_entry(file, self._path)
        backups.require_whole(self._path, head, last.head if last else Head())
        with closing(Lines(self._path, begin, end)) as lines:
            return [custody.read_line(line) for line in lines]

    def _size(self) -> int:
        """Return the size of the log's whole lines; what a crash cut short is set aside."""
        if not self._path.exists():
            return 0
        with durable.seam(self._path), opened(self._path) as file:
            self.torn = set_torn_aside(file, self._path, self._clock) or self.torn
            return os.fstat(file).st_size


def _tells_all(entries: Sequence[Entry]) -> bool:
    """Whether no restore is among the entries: entries before a restore may have been lost."""
    return all(entry.action is not Action.RESTORE for entry in entries)


class RestoreEntries:
    """The custody log for a restore: fits no register until the restored rows are there.

    Args:
        surviving: Where the intent is appended.
        anchor: Moves the anchor of the rows to come to the intent.
        log: The log as everybody uses it, for the outcome.
    """

    def __init__(
        self, surviving: SurvivingLog, anchor: Callable[[int, str], None], log: Custody
    ) -> None:
        self._surviving, self._anchor = surviving, anchor
        self.outcome = log.outcome

    def intent(self, deed: Deed) -> int:
        """Append the intent, then move the anchor of the rows to come."""
        head = self._surviving.append(deed)
        self._anchor(head.count, head.hash)
        return head.count
