"""Derived files in a folder, bounded in bytes: the least recently used go first.

Layout below the root: `files/<2 digits>/<SHA-256 of the name>` the bytes, `index.db` an index by
SQLite, `incoming/` files being written, `lock` and `incoming.lock` advisory locks. `index-1.db`,
`index-2.db` and so on are indexes begun anew: the index of the highest number is in force.

A put, in this order:
 1. the bytes are written to `incoming/`;
 2. under the lock: the index gets the name, the digest of the bytes and the segments, durably;
 3. the file is renamed into place;
 4. files used longest ago are removed until the bound is kept.
The index comes first, so that every file in place is found by the segments it was derived from. A
crash before 3 leaves a name without a file, which counts as not kept. Bytes are not synced: a power
cut may leave others, and each reading compares the digest.

A removal unlinks the file, syncs the folder, and then removes the name. Files of dead writers in
`incoming/` are removed when the cache is next opened and no process writes.

Whoever meets a damaged index sets the index aside, loudly: under the lock all files go, since no
segment leads to them any more, and only then an empty index of the next number is begun. The
damaged index stays beside until the next one is damaged; no name is used twice, as SQLite in a
process that still has the damaged index open works on files by name. The call that met the damage
is done once more, so that no request fails for what can be made again.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import sqlite3
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from footage import durable
from footage.digest import Digest
from footage.errors import DataLoss, Misconfigured, NoSpace, Unavailable
from footage.ids import SegmentKey
from footage.instant import Elapsed
from infra.host import file_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from footage.clock import Clock

SPARED_SHARE: Final = 10
"""One part in so many of the disk is left free: a recorder may need the space."""
_VERSION: Final = 1
_WAIT_S: Final = 30.0
_AT_ONCE: Final = 500
"""Most values of a statement of SQLite."""
_USED_EVERY: Final = Elapsed.parse("1m")
"""A file asked for again within this time is not noted as used anew: each note is a write."""
_SCHEMA: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS files (
    file TEXT PRIMARY KEY, digest TEXT NOT NULL, size INTEGER NOT NULL, used_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_used ON files (used_us);
CREATE TABLE IF NOT EXISTS derived (
    segment TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (segment, file)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS derived_file ON derived (file);
CREATE TABLE IF NOT EXISTS total (bytes INTEGER NOT NULL);
INSERT INTO total SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM total);
CREATE TRIGGER IF NOT EXISTS added AFTER INSERT ON files
    BEGIN UPDATE total SET bytes = bytes + new.size; END;
CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON files BEGIN
    UPDATE total SET bytes = bytes - old.size;
    DELETE FROM derived WHERE file = old.file;
END;
PRAGMA user_version = 1;
COMMIT;
"""
_DAMAGED: Final = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_ERROR,  # a table is missing: the statements are always the same
}
"""Codes of SQLite's errors by which the index is damaged."""
_PRIMARY: Final = 0xFF
"""The part of a code of SQLite that names the kind of error."""
_NOTHING_LOST: Final = "no footage is concerned; if this comes again, check the disk"
_NUMBERED: Final = re.compile(r"index-([0-9]+)\.db")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class DerivedCache:
    """`footage.ports.DerivedFiles` in a folder that several processes may share.

    Args:
        root: The folder, made when absent and closed to other users.
        limit_bytes: Most bytes of all files; 0: nothing is kept.
        clock: Tells when a file was used.

    Raises:
        DataLoss: The index is damaged, and so is the index that was begun anew.
        Misconfigured: The folder may not be made or written, or is of a newer version.
        Unavailable: The index is locked for 30 s, or the disk fails.
    """

    def __init__(self, root: Path, limit_bytes: int, clock: Clock) -> None:
        self._root, self._limit, self._clock = root, limit_bytes, clock
        self._files, self._incoming = root / "files", root / "incoming"
        self._lock_file, self._writing = root / "lock", root / "incoming.lock"
        self._lock = RLock()
        with durable.seam(root):
            durable.make_folder(root)
            root.chmod(0o700)  # footage of all cameras
            for folder in (self._files, self._incoming):
                durable.make_folder(folder)
            file_lock.sweep(self._incoming, self._writing)
        self._number = self._newest()
        try:
            self._database = self._opened(self._number)
        except DataLoss as exc:
            self._number, self._database = self._anew(self._number, exc)

    def close(self) -> None:
        """Close the index; no call may follow."""
        with self._lock:
            self._database.close()

    def get(self, name: str) -> bytes | None:
        """Return the file of this name, checked by its digest; None where no such file is kept."""
        return self._sound(lambda: self._get(name))

    def kept(self, names: Collection[str]) -> frozenset[str]:
        """Return those of `names` under which a file is kept."""
        by_file = {_file_of(name): name for name in names}
        statement = "SELECT file FROM files WHERE file IN ({})"
        found = self._sound(lambda: self._found(statement, list(by_file)))
        return frozenset(by_file[file] for file in found)

    def put(self, name: str, data: bytes, segments: Collection[SegmentKey]) -> bool:
        """Keep a file derived from `segments`; return whether the file is kept.

        Not kept is a file larger than the bound, and any file while the disk is nearly full.
        """
        if len(data) > self._limit or not self._has_space(len(data)):
            return False
        self._sound(lambda: self._put(name, data, segments))
        return True

    def discard(self, segments: Collection[SegmentKey]) -> int:
        """Remove all files derived from any of `segments`, durably; return how many there were."""
        return self._sound(lambda: self._discard(segments))

    def segments(self, *, after: SegmentKey | None = None, limit: int = 1_000) -> list[SegmentKey]:
        """Return segments of which derived files are kept, by key, those behind `after` only."""
        statement = (
            "SELECT DISTINCT segment FROM derived WHERE segment > ? ORDER BY segment LIMIT ?"
        )
        rows = self._sound(lambda: self._rows(statement, (after or "", limit)))
        return [SegmentKey(segment) for (segment,) in rows]

    @property
    def size_bytes(self) -> int:
        """Bytes of all files kept."""
        return self._sound(self._size)

    def _get(self, name: str) -> bytes | None:
        file = _file_of(name)
        row = self._row(file)
        if row is None:
            return None
        data = self._read(file)
        if data is None or Digest.of(data).hex != row[0]:
            # Between the two steps of a put the bytes are still to come; else the file is damaged.
            self._drop_damaged(file)
            return None
        self._note_used(file, row[1])
        return data

    def _put(self, name: str, data: bytes, segments: Collection[SegmentKey]) -> None:
        file, part = _file_of(name), self._incoming / secrets.token_hex(12)
        row = (file, Digest.of(data).hex, len(data), self._clock.now().us)
        with durable.seam(part), file_lock.queued(self._writing, shared=True):
            try:
                part.touch(mode=0o600)
                part.write_bytes(data)
                with self._section():
                    with self._transaction() as database:
                        database.execute("DELETE FROM files WHERE file = ?", (file,))
                        database.execute("INSERT INTO files VALUES (?, ?, ?, ?)", row)
                        database.executemany(
                            "INSERT INTO derived VALUES (?, ?)",
                            [(segment, file) for segment in set(segments)],
                        )
                    target = self._path(file)
                    durable.make_folder(target.parent)
                    part.rename(target)
                    self._evict()
            finally:
                part.unlink(missing_ok=True)

    def _discard(self, segments: Collection[SegmentKey]) -> int:
        with self._section():
            files = self._found("SELECT file FROM derived WHERE segment IN ({})", list(segments))
            self._remove(sorted(set(files)))
        return len(set(files))

    def _size(self) -> int:
        ((total,),) = self._rows("SELECT bytes FROM total")
        return int(total)

    def _sound(self, act: Callable[[], _T]) -> _T:
        """Return what `act` returns; where it meets a damaged index, once more on a new index.

        Outside the section, which is not entered twice.
        """
        number = self._number
        try:
            return act()
        except DataLoss as exc:
            self._take(*self._anew(number, exc))
            return act()

    def _anew(self, damaged: int, why: DataLoss) -> tuple[int, sqlite3.Connection]:
        """Return an index begun anew in place of a damaged one, and its number; own section.

        Where another thread or process has begun one meanwhile, that one is opened.
        """
        with self._section():
            newest = self._newest()
            if newest > damaged:
                try:
                    return newest, self._opened(newest)
                except DataLoss as exc:
                    why = exc
            _log.error("%s; every file of %s goes, to be made again", why, self._files)
            with durable.seam(self._files):
                shutil.rmtree(self._files)  # first: an empty index must not leave files behind
                durable.make_folder(self._files)
                for number in range(newest):
                    for end in ("", "-wal", "-shm"):
                        path = self._index(number)
                        path.with_name(path.name + end).unlink(missing_ok=True)
                durable.sync_folder(self._root)
            return newest + 1, self._opened(newest + 1)

    def _newest(self) -> int:
        """Return the number of the index in force."""
        with durable.seam(self._root):
            named = [_NUMBERED.fullmatch(path.name) for path in self._root.iterdir()]
        return max((int(found[1]) for found in named if found), default=0)

    def _index(self, number: int) -> Path:
        return self._root / (f"index-{number}.db" if number else "index.db")

    def _take(self, number: int, opened: sqlite3.Connection) -> None:
        """Work on this index from here on."""
        with self._lock:
            former, self._database, self._number = self._database, opened, number
            former.close()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Give the index in force, to one thread at a time."""
        with self._lock, self._seam(self._number):
            if self._index(self._number + 1).exists():  # another process has begun anew
                newest = self._newest()
                self._take(newest, self._opened(newest))
            yield self._database

    def _opened(self, number: int) -> sqlite3.Connection:
        """Open the index of a number, made when absent."""
        with self._seam(number):
            database = sqlite3.connect(
                self._index(number), timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(database)
            except BaseException:
                database.close()
                raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise Misconfigured(f"{self._root} is of a newer version", hint="update Footage")
        if version < _VERSION:
            database.executescript(_SCHEMA)

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._connected() as database:
            return database.execute(statement, values).fetchall()

    def _row(self, file: str) -> tuple[str, int] | None:
        rows = self._rows("SELECT digest, used_us FROM files WHERE file = ?", (file,))
        return (str(rows[0][0]), int(rows[0][1])) if rows else None

    def _found(self, statement: str, values: list[str]) -> list[str]:
        """Return the first column of a statement asked with some values at a time."""
        found: list[str] = []
        for first in range(0, len(values), _AT_ONCE):
            some = values[first : first + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            found += [row[0] for row in self._rows(statement.format(marks), some)]
        return found

    def _read(self, file: str) -> bytes | None:
        path = self._path(file)
        with durable.seam(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def _drop_damaged(self, file: str) -> None:
        with self._section():
            row, data = self._row(file), self._read(file)
            if row is None or (data is not None and Digest.of(data).hex == row[0]):
                return
            if data is not None:
                _log.warning("removed a damaged file of %s, to be made again", self._root)
            self._remove([file])

    def _note_used(self, file: str, used_us: int) -> None:
        now = self._clock.now().us
        if now - used_us >= _USED_EVERY.us:
            with self._transaction() as database:
                database.execute("UPDATE files SET used_us = ? WHERE file = ?", (now, file))

    def _has_space(self, size: int) -> bool:
        with durable.seam(self._root):
            disk = shutil.disk_usage(self._root)
        return disk.free - size >= disk.total // SPARED_SHARE

    def _evict(self) -> None:
        """Remove the files used longest ago until the bound is kept; within the section."""
        excess = self._size() - self._limit
        while excess > 0:
            oldest = self._rows(
                "SELECT file, size FROM files ORDER BY used_us, file LIMIT ?", (_AT_ONCE,)
            )
            going = []
            for file, size in oldest:
                if excess <= 0:
                    break
                going.append(file)
                excess -= size
            self._remove(going)

    def _remove(self, files: list[str]) -> None:
        """Remove files, then their names; within the section."""
        for file in files:
            durable.remove(self._path(file), up_to=self._files)
        with self._transaction() as database:
            database.executemany("DELETE FROM files WHERE file = ?", [(file,) for file in files])

    def _path(self, file: str) -> Path:
        return self._files / file[:2] / file

    @contextmanager
    def _section(self) -> Iterator[None]:
        """Exclude all other putting and removing, of other processes too."""
        with durable.seam(self._root), file_lock.queued(self._lock_file):
            yield

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                database.rollback()
                raise

    @contextmanager
    def _seam(self, number: int) -> Iterator[None]:
        """Translate errors of SQLite: damage is what SQLite calls damage, and nothing else."""
        index = self._index(number)
        try:
            yield
        except sqlite3.Error as exc:
            code = getattr(exc, "sqlite_errorcode", 0)
            if code & _PRIMARY in _DAMAGED:
                raise DataLoss(f"{index} is damaged: {exc}", hint=_NOTHING_LOST) from exc
            full = code == sqlite3.SQLITE_FULL
            raise (NoSpace if full else Unavailable)(f"{index}: {exc}") from exc


def _file_of(name: str) -> str:
    return Digest.of(name.encode()).hex
