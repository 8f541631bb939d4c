"""Restore of register and custody log (`footage restore`).

From a backup, in this order:
1. the backup is checked: digests, chain, anchor; the register it goes into is empty, or `replace`;
2. the custody log that survives is compared: a log that goes on after the backup is kept, and the
   holds that its later entries place and release are placed and released in a copy of the rows;
3. where no log tells what happened since the backup, a hold over all footage is added to the copy:
   nothing is deleted that a lost hold may have protected, until a person releases that hold;
4. active holds of a register that is replaced are added to the copy;
5. the intent is appended to the log, and the copy's anchor moves there (invariant 7);
6. the copy's rows replace those of the register, in one transaction, in the section in which no
   purge runs (invariant 4);
7. the outcome is entered.
A crash before 6 leaves the register as it was, and the same command does all of it again: a log in
which a restore follows does not count as telling all, so the hold of step 3 is placed then too.

Where only the log was lost, the rows stay and step 6 moves the register's anchor back to the log.
Where there is no backup, the rows are those of the new register, with the holds of the log.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from evidence.custody import Head
from evidence.hold_replay import Replayed, replay
from footage import durable
from footage.action import Action, Deed
from footage.custody import bracket
from footage.errors import Conflict, NotFound, Refused
from footage.hold import Hold
from footage.ids import HoldId
from footage.instant import Instant, Interval
from infra.custody.custody_file import LOCK, LOG
from infra.host import file_lock
from infra.node import backup as backups
from infra.node.surviving_log import RestoreEntries, SurvivingLog
from infra.registers import sql_copy
from infra.registers.sql_register import SqlRegister

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from footage.action import Purpose
    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.ports import Custody
    from infra.node.backup import Backup

AUTHORITY: Final = "footage restore"
"""Authority of the hold that a restore places where holds may have been lost."""


@dataclass(slots=True)
class Restored:
    """Result of a restore.

    Attributes:
        backup: The backup restored; None without.
        log_kept: Whether the custody log of this home goes on after the backup, and was kept.
        placed: Holds placed again: from the log, or from the register replaced.
        released: Holds released again.
        precaution: The hold placed over all footage, since later holds may have been lost; or "".
        lost_entries: Number of entries that the register had anchored and no log has any more.
        torn: Where the last line of the log of this home lies, which was cut short; None without.
        aside: Where what was replaced lies now; None where nothing was.
        rows: Number of rows restored.
    """

    backup: Backup | None
    log_kept: bool = False
    placed: list[HoldId] = field(default_factory=list)
    released: list[HoldId] = field(default_factory=list)
    precaution: str = ""
    lost_entries: int = 0
    torn: Path | None = None
    aside: Path | None = None
    rows: int = 0


class Restore:
    """Restores the register at `url` and the custody log of `home`.

    Args:
        url: Database of the register; holds its password.
        home: The home folder.
        clock: Tells the instant.
        log: The custody log, in which the outcome is entered.
        purpose: Who asks.
        replace: Whether a register that is not empty may be replaced; what is replaced is kept.
    """

    def __init__(
        self,
        url: str,
        home: Path,
        clock: Clock,
        log: Custody,
        purpose: Purpose,
        *,
        replace: bool = False,
    ) -> None:
        self._url, self._home, self._clock, self._log = url, home, clock, log
        self._purpose, self._replace = purpose, replace
        self._folder = home / "custody"
        self._surviving = SurvivingLog(self._folder / LOG, clock)

    def whole(self, folder: Path | None, cameras: Collection[CameraId]) -> Restored:
        """Restore register and log.

        Args:
            folder: The backup; None to add the holds of the surviving log to a new register.
            cameras: Cameras with footage, for the hold that is placed where holds may be lost.

        Raises:
            NotFound: The folder holds no backup.
            DataLoss: The backup is damaged, or the log that survives is.
            Refused: The register is not empty, or the log tells another story than the backup, and
                `replace` is not set.
            Unavailable: The register cannot be reached.
        """
        backup = backups.read(folder) if folder else None  # 1
        done = Restored(backup)
        with self._alone() as held:
            kept = self._set_aside(done) if backup else self._require_no_anchor()
            work = self._home / f"restore-{secrets.token_hex(4)}"
            durable.make_folder(work)
            held.callback(shutil.rmtree, work, ignore_errors=True)
            rows = work / backups.ROWS
            if backup:
                shutil.copyfile(backup.folder / backups.ROWS, rows)
                followed = self._surviving.compare(backup, replace=self._replace)  # 2
            else:
                sql_copy.save(self._url, rows)  # cameras that were entered again
                followed = self._surviving.whole()
            done.log_kept, done.torn = followed.source is None, self._surviving.torn
            copy = SqlRegister(f"sqlite:///{rows}")
            held.callback(copy.close)
            _hold(copy, done, replay(followed.later), kept)  # 2, 4
            if not followed.known:
                self._precaution(copy, done, cameras)  # 3
            self._surviving.put(followed, partial(self._aside, done))
            entries = RestoreEntries(self._surviving, copy.anchor_custody, self._log)
            with bracket(entries, self._deed(done)) as act:  # 5, 7
                try:
                    with closing(SqlRegister(self._url)) as register, register.purging():
                        done.rows = sum(sql_copy.load(rows, self._url).values())  # 6
                finally:
                    held.close()  # before the outcome, which needs the log's lock
                act.result = {"rows": done.rows}
        return done

    def log_alone(self, folder: Path) -> Restored:
        """Restore the log, and keep the rows of the register.

        A log of this home that goes on after the backup, and ends before the entry that the
        register has anchored, is kept up to its last whole line.

        Raises:
            NotFound: The folder holds no backup.
            DataLoss: The backup is damaged.
            Refused: The register is empty; or the log of this home lacks nothing, or tells another
                story and `replace` is not set.
            Unavailable: The register cannot be reached.
        """
        backup = backups.read(folder)
        done = Restored(backup)
        if sql_copy.is_empty(self._url):
            raise Refused("the register is empty", hint="restore it too: without --log-only")
        with self._alone() as held:
            followed = self._surviving.compare(backup, replace=self._replace)
            with closing(SqlRegister(self._url)) as register:
                anchor = Head(*register.custody_head())
            lacks = anchor.count > backup.head.count and not followed.has(anchor)
            if followed.known and not lacks:
                raise Refused("the custody log is there, and goes on after the backup")
            done.log_kept, done.torn = followed.source is None, self._surviving.torn
            done.lost_entries = max(anchor.count - followed.head.count, 0)
            self._surviving.put(followed, partial(self._aside, done))
            move = partial(sql_copy.anchor_again, self._url)
            with bracket(RestoreEntries(self._surviving, move, self._log), self._deed(done)):
                held.close()
        return done

    @contextmanager
    def _alone(self) -> Iterator[ExitStack]:
        """Hold the log's lock until the stack is closed: nobody enters anything meanwhile."""
        durable.make_folder(self._folder)
        with ExitStack() as held:
            lock = self._folder / LOCK
            held.enter_context(file_lock.locked(lock, clock=self._clock, wait=file_lock.WAIT))
            yield held

    def _require_no_anchor(self) -> list[Hold]:
        with closing(SqlRegister(self._url)) as register:
            if register.custody_head()[0]:
                raise Refused("the register has an anchor of the custody log: it was not lost")
        return []

    def _set_aside(self, done: Restored) -> list[Hold]:
        """Keep a copy of a register that is to be replaced; return the active holds there."""
        if sql_copy.is_empty(self._url):
            return []
        if not self._replace:
            raise Refused(
                "the register is not empty", hint="--replace keeps a copy, and replaces it"
            )
        sql_copy.save(self._url, self._aside(done) / backups.ROWS)
        with closing(SqlRegister(self._url)) as register:
            return register.holds()

    def _aside(self, done: Restored) -> Path:
        if done.aside is None:
            done.aside = self._home / f"replaced-{self._clock.now().us}"
            durable.make_folder(done.aside)
            done.aside.chmod(0o700)
        return done.aside

    def _precaution(self, copy: SqlRegister, done: Restored, cameras: Collection[CameraId]) -> None:
        known = frozenset(camera.id for camera in copy.cameras()) | frozenset(cameras)
        if not known:
            return
        since = (
            f"after {str(done.backup.made)[:19]}Z" if done.backup else "before an earlier restore"
        )
        now = self._clock.now()
        hold = Hold(
            id=HoldId(f"hold-{secrets.token_hex(6)}"),
            cameras=known,
            interval=Interval(Instant(0), now),
            authority=AUTHORITY,
            reason=f"holds placed {since} may be lost",
            placed_by=self._purpose.actor,
            placed_at=now,
        )
        copy.place_hold(hold)
        done.precaution = hold.id

    def _deed(self, done: Restored) -> Deed:
        backup = done.backup
        facts: dict[str, object] = {
            "folder": backup.folder.name if backup else "",
            "made": str(backup.made) if backup else "",
            "log_kept": done.log_kept,
            "placed": done.placed,
            "released": done.released,
            "precaution": done.precaution,
            "lost_entries": done.lost_entries,
            "torn": done.torn.name if done.torn else "",
        }
        return Deed(Action.RESTORE, self._purpose, facts)


def _hold(copy: SqlRegister, done: Restored, told: Replayed, kept: Sequence[Hold]) -> None:
    """Place and release in `copy` what the log tells, and what the register replaced had."""
    known = {hold.id for hold in copy.holds(active_only=False)}
    for hold in (*told.placed, *kept):
        if hold.id not in known:
            copy.place_hold(hold)
            known.add(hold.id)
            done.placed.append(hold.id)
    for hold in copy.holds():
        copy.grow_hold(told.joined(hold))
    for release in told.released:
        with suppress(NotFound, Conflict):  # released before the backup
            copy.release_hold(release.hold, at=release.at, by=release.by, reason=release.reason)
            done.released.append(release.hold)
