"""Files that other users of the machine may not read: umask, what is too wide, mending.

The home folder holds passwords of cameras, footage, the custody log and what was searched for.
Every command of the product therefore starts with `keep_private`, and all that the command and the
processes started by the command make is closed to other users. What a user asks to be written
outside the home folder, to be given to others, gets the modes that user's umask gives: `give_out`.

A folder closed to others closes everything inside, whatever the modes there, so `wider` looks
inside a closed folder no further than at the entries that `SECRETS` names: copies of those leave
the folder with the modes they have.
"""

from __future__ import annotations

import logging
import os
import stat
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.durable import seam

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OTHERS: Final = 0o077
"""Permissions of group and others, none of which a private file has."""
SECRETS: Final = ("camera-secrets", "register.db", "custody", "keys")
"""Entries of the home folder that are looked at even where the home folder is closed."""
_log = logging.getLogger(__name__)
_users_umask: Final[ContextVar[int | None]] = ContextVar("_users_umask", default=None)
_FOLDER: Final = 0o777
_FILE: Final = 0o666
_SHOWN: Final = 3
MOST_LOOKED_AT: Final = 100_000
"""Entries looked at in an open folder: a store has millions, and the first wide entry decides."""


@dataclass(frozen=True, slots=True)
class Wider:
    """Files below a folder that other users may reach.

    Attributes:
        first: The first paths found with their modes, at most three.
        count: Number of paths found.
        whole: Whether everything was looked at; False: at least `count`.
    """

    first: tuple[str, ...]
    count: int
    whole: bool

    def __bool__(self) -> bool:
        return self.count > 0

    def __str__(self) -> str:
        more = f", and {self.count - len(self.first)} more" if self.count > _SHOWN else ""
        return f"{'' if self.whole else 'at least '}{self.count}: {', '.join(self.first)}{more}"


def keep_private() -> None:
    """Make private what this process and processes started from now on make.

    For the start of a process: the umask belongs to the whole process, threads included. The umask
    before is kept for `give_out`.
    """
    _users_umask.set(os.umask(OTHERS))


def give_out(path: Path) -> None:
    """Give a file, or a folder with all inside, the modes that the user's umask would have given.

    For what a user asked for by name; does nothing in a process without `keep_private`.
    """
    umask = _users_umask.get()
    if umask is None:
        return
    with seam(path):
        for one in _below(path):
            mode = _mode(one)
            # A file that may be executed, or that nobody may write, keeps that.
            open_to = _FOLDER if one.is_dir() or mode & stat.S_IXUSR else _FILE
            if not mode & stat.S_IWUSR:
                open_to &= ~0o222
            one.chmod(mode | open_to & ~umask)


def warn_if_open(paths: Iterable[Path]) -> None:
    """Log a warning for each of `paths` that other users may enter; for the start of a service."""
    for path in paths:
        with seam(path):
            if _mode(path) & OTHERS:
                _log.warning(
                    "other users of this machine can reach %s: footage doctor --make-private", path
                )


def wider(folder: Path, *, most: int = MOST_LOOKED_AT) -> Wider:
    """Find what other users may reach of `folder`; nothing where the folder is absent.

    Args:
        folder: A folder that should be closed to other users, or a single file.
        most: Entries to look at, at most.

    Raises:
        Misconfigured: The folder may not be read.
        Unavailable: The disk cannot be read.
    """
    with seam(folder):
        if not folder.exists():
            return Wider((), 0, whole=True)
        roots = [folder]
        if folder.is_dir() and not _mode(folder) & OTHERS:
            roots = [folder / name for name in SECRETS if (folder / name).exists()]
        return _found((one for root in roots for one in _below(root)), most)


def mend(folder: Path) -> int:
    """Close `folder` and everything inside to other users; return how many modes were changed.

    The folder itself first: from then on nobody reaches the rest, however long the rest takes.

    Raises:
        Misconfigured: A file belongs to another user.
        Unavailable: The disk cannot be used.
    """
    mended = 0
    with seam(folder):
        if folder.exists():
            for path in _below(folder):
                with suppress(FileNotFoundError):  # a recorder removes what is stored meanwhile
                    if (mode := _mode(path)) & OTHERS:
                        path.chmod(mode & ~OTHERS)
                        mended += 1
    return mended


def _found(paths: Iterator[Path], most: int) -> Wider:
    first: list[str] = []
    count = 0
    for looked, path in enumerate(paths):
        if looked >= most:
            return Wider(tuple(first), count, whole=False)
        with suppress(FileNotFoundError):
            if (mode := _mode(path)) & OTHERS:
                count += 1
                if len(first) < _SHOWN:
                    first.append(f"{path} ({mode:04o})")
    return Wider(tuple(first), count, whole=True)


def _below(root: Path) -> Iterator[Path]:
    """Give `root` and all below, parents first; of links neither the link nor what lies behind."""
    if root.is_symlink():
        return
    yield root
    if not root.is_dir():
        return
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)
