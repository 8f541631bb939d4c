"""Derived files in a folder, bounded in bytes: the least recently used go first.

Layout below the root: `files/<2 digits>/<SHA-256 of the name>` the bytes, `index.db` an index by
SQLite, `incoming/` files being written, `lock` and `incoming.lock` advisory locks.

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
"""

from __future__ import annotations

import logging
import secrets
import shutil
import sqlite3
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.digest import Digest
from footage.errors import DataLoss, NoSpace, Unavailable
from footage.ids import SegmentKey
from footage.instant import Elapsed
from infra.host import file_lock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
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
_log = logging.getLogger(__name__)


class DerivedCache:
    """`footage.ports.DerivedFiles` in a folder that several processes may share.

    Args:
        root: The folder, made when absent and closed to other users.
        limit_bytes: Most bytes of all files; 0: nothing is kept.
        clock: Tells when a file was used.

    Raises:
        DataLoss: The index is damaged, or of a newer version.
        Misconfigured: The folder may not be made or written.
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
        with self._seam():
            self._database = sqlite3.connect(
                root / "index.db", timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._database.close()
                raise

    def close(self) -> None:
        """Close the index; no call may follow."""
        with self._lock:
            self._database.close()

    def get(self, name: str) -> bytes | None:
        """Return the file of this name, checked by its digest; None where no such file is kept."""
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

    def kept(self, names: Collection[str]) -> frozenset[str]:
        """Return those of `names` under which a file is kept."""
        by_file = {_file_of(name): name for name in names}
        found = self._found("SELECT file FROM files WHERE file IN ({})", list(by_file))
        return frozenset(by_file[file] for file in found)

    def put(self, name: str, data: bytes, segments: Collection[SegmentKey]) -> bool:
        """Keep a file derived from `segments`; return whether the file is kept.

        Not kept is a file larger than the bound, and any file while the disk is nearly full.
        """
        if len(data) > self._limit or not self._has_space(len(data)):
            return False
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
        return True

    def discard(self, segments: Collection[SegmentKey]) -> int:
        """Remove all files derived from any of `segments`, durably; return how many there were."""
        with self._section():
            files = self._found("SELECT file FROM derived WHERE segment IN ({})", list(segments))
            self._remove(sorted(set(files)))
        return len(set(files))

    def segments(self, *, after: SegmentKey | None = None, limit: int = 1_000) -> list[SegmentKey]:
        """Return segments of which derived files are kept, by key, those behind `after` only."""
        with self._lock, self._seam():
            rows = self._database.execute(
                "SELECT DISTINCT segment FROM derived WHERE segment > ? ORDER BY segment LIMIT ?",
                (after or "", limit),
            ).fetchall()
        return [SegmentKey(segment) for (segment,) in rows]

    @property
    def size_bytes(self) -> int:
        """Bytes of all files kept."""
        with self._lock, self._seam():
            ((total,),) = self._database.execute("SELECT bytes FROM total").fetchall()
        return int(total)

    def _prepare(self) -> None:
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise DataLoss(f"{self._root} is of a newer version", hint="update Footage")
        if version < _VERSION:
            self._database.executescript(_SCHEMA)

    def _row(self, file: str) -> tuple[str, int] | None:
        with self._lock, self._seam():
            row = self._database.execute(
                "SELECT digest, used_us FROM files WHERE file = ?", (file,)
            ).fetchone()
        return (str(row[0]), int(row[1])) if row else None

    def _found(self, statement: str, values: list[str]) -> list[str]:
        """Return the first column of a statement asked with some values at a time."""
        found: list[str] = []
        for first in range(0, len(values), _AT_ONCE):
            some = values[first : first + _AT_ONCE]
            with self._lock, self._seam():
                marks = ", ".join("?" * len(some))
                rows = self._database.execute(statement.format(marks), some).fetchall()
            found += [row[0] for row in rows]
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
        excess = self.size_bytes - self._limit
        while excess > 0:
            with self._lock, self._seam():
                oldest = self._database.execute(
                    "SELECT file, size FROM files ORDER BY used_us, file LIMIT ?", (_AT_ONCE,)
                ).fetchall()
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
        with self._lock, self._seam():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                self._database.rollback()
                raise

    @contextmanager
    def _seam(self) -> Iterator[None]:
        index = self._root / "index.db"
        try:
            yield
        except sqlite3.OperationalError as exc:
            full = getattr(exc, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
            raise (NoSpace if full else Unavailable)(f"{index}: {exc}") from exc
        except sqlite3.DatabaseError as exc:
            raise DataLoss(
                f"{index} is damaged: {exc}",
                hint=f"stop Footage and remove {self._root}: all in it is made again",
            ) from exc


def _file_of(name: str) -> str:
    return Digest.of(name.encode()).hex
