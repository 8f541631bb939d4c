"""The ledger of imports: digests of files, and the recordings that were imported completely.

The ledger saves work and holds no truth. A file is not read through again while size, times of
modification and of change of status, device and inode are unchanged; a recording that is in the
catalogue segment for segment is not cut again. A lost ledger costs that work and nothing else: each
import still finds the segments stored before by deterministic names (invariant 2).

SQLite, because several imports write the ledger at once. A row is on disk when a method returns.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.durable import make_folder, seam
from footage.errors import DataLoss, Unavailable
from footage.ids import camera_id
from footage.instant import Instant
from recorder.imports.plan import Import

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imports (
    digest TEXT NOT NULL, camera TEXT NOT NULL, start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL, segments INTEGER NOT NULL, path TEXT NOT NULL,
    track INTEGER NOT NULL DEFAULT 1, at_us INTEGER,
    PRIMARY KEY (digest, camera, start_us)
) WITHOUT ROWID;
PRAGMA user_version = 3;
"""
_UPGRADES: Final = (
    # Digests of files are only work saved, and the time of change was not noted.
    "DROP TABLE files; ALTER TABLE imports ADD COLUMN track INTEGER NOT NULL DEFAULT 1;",
    "ALTER TABLE imports ADD COLUMN at_us INTEGER;",
)
"""From each version to the next, version 1 first."""
_VERSION: Final = 3
_WAIT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """Facts of the file system that change when a file changes.

    Attributes:
        ctime_ns: Time of the last change of status: no program can set this time back, as it can
            the time of modification.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Stamp:
        """Make a stamp from the result of `stat`."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_dev, stat.st_ino)


class ImportLedger:
    """The ledger in the file `path`, for a single thread at a time and many processes.

    Raises:
        DataLoss: The ledger is damaged, or of a newer version.
        Unavailable: The ledger is locked for more than 30 s, or the disk fails.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with seam(path.parent):
            make_folder(path.parent)
        with self._seam():
            self._database = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise DataLoss(f"{path} is of a newer version", hint="update Footage")
            if version < _VERSION:
                upgrade = " ".join(_UPGRADES[version - 1 :]) if version else ""
                self._database.executescript(f"BEGIN IMMEDIATE; {upgrade} {_SCHEMA} COMMIT;")

    def close(self) -> None:
        """Close the ledger's file."""
        self._database.close()

    def digest(self, path: Path, stamp: Stamp) -> Digest | None:
        """The digest noted for a file with this very stamp; None where no digest is noted."""
        with self._seam():
            row = self._database.execute(
                "SELECT digest FROM files "
                "WHERE path = ? AND size = ? AND mtime_ns = ? AND ctime_ns = ? AND device = ? "
                "AND inode = ?",
                (_text(path), *_facts(stamp)),
            ).fetchone()
        return Digest.parse(row[0]) if row else None

    def remember(self, path: Path, stamp: Stamp, digest: Digest) -> None:
        """Note the digest of a file with this stamp."""
        with self._seam():
            self._database.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
                (_text(path), *_facts(stamp), str(digest)),
            )

    def imports(self, digest: Digest) -> tuple[Import, ...]:
        """All complete imports of a file with this digest."""
        with self._seam():
            rows = self._database.execute(
                "SELECT camera, start_us, end_us, segments, path, track, at_us FROM imports "
                "WHERE digest = ? "
                "ORDER BY camera, start_us",
                (str(digest),),
            ).fetchall()
        return tuple(
            Import(
                *(digest, camera_id(camera), Instant(start), Instant(end), segments, path, track),
                None if at is None else Instant(at),
            )
            for camera, start, end, segments, path, track, at in rows
        )

    def add(self, done: Import) -> None:
        """Note a complete import: the last row of the recording is in the catalogue."""
        with self._seam():
            self._database.execute(
                "INSERT OR REPLACE INTO imports VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    str(done.digest),
                    done.camera,
                    done.start.us,
                    done.end.us,
                    done.segments,
                    done.path,
                    done.track,
                    None if done.at is None else done.at.us,
                ),
            )

    @contextlib.contextmanager
    def _seam(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as exc:
            raise Unavailable(f"the ledger of imports {self._path}: {exc}") from exc
        except sqlite3.DatabaseError as exc:
            raise DataLoss(
                f"the ledger of imports {self._path} is damaged: {exc}",
                hint="remove it: it only saves work, and is made again",
            ) from exc


def _facts(stamp: Stamp) -> tuple[int, ...]:
    return stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.device, stamp.inode


def _text(path: Path) -> str:
    """A path as text, also when not UTF-8: no file name may end an import."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
