"""Damaged SQLite files: how damage is found, and how such a file is set aside for a new one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.errors import DataLoss

if TYPE_CHECKING:
    from pathlib import Path

    from footage.clock import Clock

_PARTS: Final = ("", "-wal", "-shm")
"""Endings of the files of a database. The file itself comes first: SQLite removes a log that lies
beside an absent or empty file, so a crash between two renames mixes no log into a new file."""


def require_sound(path: Path, what: str, hint: str) -> None:
    """Read an SQLite file whole (`PRAGMA quick_check`): minutes for a large one.

    Args:
        path: The file; an absent file is sound.
        what: Name of the file for people.
        hint: The command that mends.

    Raises:
        DataLoss: A page is damaged.
    """
    if found := damage(path):
        raise DataLoss(f"{what} {path} is damaged: {found}", hint=hint)


def damage(path: Path) -> str:
    """Return the first damage that SQLite finds in a file, "" where the file is sound or absent."""
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            ((said,),) = file.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError:
        return ""  # cannot be opened or locked now; whoever opens the file says why
    except sqlite3.DatabaseError as exc:
        return str(exc)
    return "" if said == "ok" else " ".join(str(said).split())


def set_aside(path: Path, clock: Clock) -> Path:
    """Rename a damaged SQLite file, with the files of its write-ahead log; return the new path.

    Nothing may have the file open.
    """
    aside = path.with_name(f"{path.name}.damaged-{clock.now().us}")
    with durable.seam(path):
        for end in _PARTS:
            part = path.with_name(path.name + end)
            if part.exists():
                part.rename(aside.with_name(aside.name + end))
        durable.sync_folder(path.parent)
    return aside
