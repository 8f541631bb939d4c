"""Restore of register and custody log from a backup (`footage restore`).

In this order:
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
A crash before 6 leaves the register as it was, and the same command does all of it again: a log
that was put back from the backup and goes on with nothing but a restore tells nothing of later
holds, so step 3 still holds.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from evidence import custody
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
from infra.custody.log_file import Lines, end_of_last_line, last_entry, opened, write
from infra.host import file_lock
from infra.node import backup as backups
from infra.registers import sql_copy
from infra.registers.sql_register import SqlRegister

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from evidence.custody import Entry
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
        backup: The backup restored.
        log_kept: Whether the custody log of this home went on after the backup, and was kept.
        placed: Holds placed again: from the log, or from the register replaced.
        released: Holds released again.
        precaution: The hold placed over all footage, since later holds may have been lost; or "".
        aside: Where what was replaced lies now; None where nothing was.
        rows: Number of rows restored.
    """

    backup: Backup
    log_kept: bool = False
    placed: list[HoldId] = field(default_factory=list)
    released: list[HoldId] = field(default_factory=list)
    precaution: str = ""
    aside: Path | None = None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class _Log:
    """The custody log to go on with.

    Attributes:
        source: The file to put in place; None where the log of this home stays.
        later: Entries after the backup.
        known: Whether the log tells what happened since the backup.
    """

    source: Path | None
    later: Sequence[Entry] = ()
    known: bool = False


class Restore:
    """Restores backups into the register at `url` and the custody log of `home`.

    Args:
        url: Database of the register; holds its password.
        home: The home folder.
        clock: Tells the instant.
        replace: Whether a register that is not empty may be replaced; what is replaced is kept.
    """

    def __init__(self, url: str, home: Path, clock: Clock, *, replace: bool) -> None:
        self._url, self._home, self._clock, self._replace = url, home, clock, replace
        self._path = home / "custody" / LOG

    def run(
        self, folder: Path, log: Custody, purpose: Purpose, cameras: Collection[CameraId]
    ) -> Restored:
        """Restore the backup in `folder`.

        Args:
            folder: The backup.
            log: The custody log, in which the outcome is entered.
            purpose: Who asks.
            cameras: Cameras with footage, for the hold that is placed where holds may be lost.

        Raises:
            NotFound: The folder holds no backup.
            DataLoss: The backup is damaged, or the log that survives is.
            Refused: The register is not empty, or the log tells another story than the backup, and
                `replace` is not set.
            Unavailable: The register cannot be reached.
        """
        backup = backups.read(folder)  # 1
        done = Restored(backup)
        with ExitStack() as held:
            durable.make_folder(self._path.parent)
            lock = self._path.parent / LOCK
            # Nobody enters anything until the rows fit the log again.
            held.enter_context(file_lock.locked(lock, clock=self._clock, wait=file_lock.WAIT))
            kept = self._set_aside(done)
            work = self._home / f"restore-{secrets.token_hex(4)}"
            durable.make_folder(work)
            held.callback(shutil.rmtree, work, ignore_errors=True)
            rows = work / backups.ROWS
            shutil.copyfile(folder / backups.ROWS, rows)
            followed = self._log(backup)  # 2
            done.log_kept = followed.source is None
            copy = SqlRegister(f"sqlite:///{rows}")
            held.callback(copy.close)
            self._hold(copy, done, replay(followed.later), kept)  # 2, 4
            if not followed.known:
                self._precaution(copy, done, cameras, purpose)  # 3
            self._put_log(followed, done)
            entering = _Entering(self._path, self._clock, copy, log)
            with bracket(entering, Deed(Action.RESTORE, purpose, _facts(done))) as act:  # 5, 7
                with closing(SqlRegister(self._url)) as register, register.purging():
                    done.rows = sum(sql_copy.load(rows, self._url).values())  # 6
                act.result = {"rows": done.rows}
                held.close()
        return done

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

    def _log(self, backup: Backup) -> _Log:
        """Compare the log of this home with that of the backup."""
        saved = backup.folder / LOG
        mine, theirs = self._size(), saved.stat().st_size
        if mine >= theirs and mine and backups.agree(self._path, saved, theirs):
            with opened(self._path) as file:
                last = last_entry(file, self._path)
            backups.require_whole(self._path, backup.head, last.head if last else Head())
            with closing(Lines(self._path, theirs, mine)) as lines:
                later = [custody.read_line(line) for line in lines]
            told = bool(later) and later[0].action is not Action.RESTORE
            return _Log(None, later, known=told)
        if mine <= theirs and backups.agree(self._path, saved, mine):
            return _Log(saved)
        if not self._replace:
            raise Refused(
                f"{self._path} and the backup tell different stories",
                hint="use a backup of this home, or --replace, which keeps the log beside",
            )
        return _Log(saved)

    def _size(self) -> int:
        """Return the size of the log's whole lines; what a crash cut short is removed."""
        if not self._path.exists():
            return 0
        with durable.seam(self._path), opened(self._path) as file:
            size = os.fstat(file).st_size
            whole = end_of_last_line(file, size)
            if whole < size:
                torn = self._path.with_name(f"torn-{size}-at-{self._clock.now().us}.part")
                durable.write_new(torn, os.pread(file, size - whole, whole))
                os.ftruncate(file, whole)
            return whole

    def _hold(
        self, copy: SqlRegister, done: Restored, told: Replayed, kept: Sequence[Hold]
    ) -> None:
        known = {hold.id for hold in copy.holds(active_only=False)}
        for hold in (*told.placed, *kept):
            if hold.id not in known:
                copy.place_hold(hold)
                known.add(hold.id)
                done.placed.append(hold.id)
        for release in told.released:
            with suppress(NotFound, Conflict):  # released before the backup
                copy.release_hold(release.hold, at=release.at, by=release.by, reason=release.reason)
                done.released.append(release.hold)

    def _precaution(
        self,
        copy: SqlRegister,
        done: Restored,
        cameras: Collection[CameraId],
        purpose: Purpose,
    ) -> None:
        known = frozenset(camera.id for camera in copy.cameras()) | frozenset(cameras)
        if not known:
            return
        now = self._clock.now()
        hold = Hold(
            id=HoldId(f"hold-{secrets.token_hex(6)}"),
            cameras=known,
            interval=Interval(Instant(0), now),
            authority=AUTHORITY,
            reason=f"restored from a backup of {done.backup.made}: later holds may be lost; "
            "release this hold once they are placed again",
            placed_by=purpose.actor,
            placed_at=now,
        )
        copy.place_hold(hold)
        done.precaution = hold.id

    def _put_log(self, followed: _Log, done: Restored) -> None:
        if followed.source is None:
            return
        with durable.seam(self._path):
            if self._path.exists() and self._path.stat().st_size:
                shutil.copyfile(self._path, self._aside(done) / LOG)
            draft = self._path.with_name(f".{LOG}.new")
            shutil.copyfile(followed.source, draft)
            draft.chmod(0o600)
            durable.sync_file(draft)
            durable.publish(draft, self._path)


class _Entering:
    """The custody log for a restore: the log fits no register until the rows are there.

    Args:
        path: The log's file; the caller holds the log's lock until the rows are there.
        clock: Gives the intent its instant.
        copy: The rows to come, whose anchor moves to the intent.
        log: The log as everybody uses it, for the outcome.
    """

    def __init__(self, path: Path, clock: Clock, copy: SqlRegister, log: Custody) -> None:
        self._path, self._clock, self._copy = path, clock, copy
        self.outcome = log.outcome

    def intent(self, deed: Deed) -> int:
        """Append the intent behind the last entry, and move the copy's anchor to the intent."""
        with durable.seam(self._path), opened(self._path) as file:
            last = last_entry(file, self._path)
            head = last.head if last else Head()
            entry = custody.intent_entry(deed, head, self._clock.now())
            write(file, entry.line, self._path)
        self._copy.anchor_custody(entry.number, entry.hash)
        return entry.number


def _facts(done: Restored) -> dict[str, object]:
    return {
        "folder": done.backup.folder.name,
        "made": str(done.backup.made),
        "log_kept": done.log_kept,
        "placed": done.placed,
        "released": done.released,
        "precaution": done.precaution,
    }
