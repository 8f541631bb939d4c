"""Files that survive a power cut: what is written, linked and removed is on the disk on return."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
from typing import IO, TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import Conflict, FootageError, Misconfigured, NoSpace, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK: Final = 1 << 20
_ATTEMPTS: Final = 20  # a neighbour's clean-up may remove the folder we just made, rarely twice
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_THE_WAY: Final = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY}


@contextlib.contextmanager
def seam(where: Path) -> Iterator[None]:
    """Translate what the file system says into our errors."""
    try:
        yield
    except OSError as exc:
        raise _translated(exc, where) from exc


def copy_in(source: IO[bytes], target: Path) -> Digest:
    """Copy to a new file, synced; returns the digest of what was written."""
    hasher = hashlib.sha256()
    with target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            hasher.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Digest(hasher.hexdigest())


def write_new(target: Path, data: bytes) -> None:
    """Write a new file, synced; its name is durable only when its folder is synced."""
    with target.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def publish(part: Path, target: Path) -> None:
    """Move `part` to `target` by rename, replacing it, and sync the folder's entry of it."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            make_folder(target.parent)
            part.rename(target)
            break
        except FileNotFoundError:
            if attempt == _ATTEMPTS or not part.exists():
                raise
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each entry synced."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(file: Path, *, up_to: Path) -> None:
    """Remove a file durably, then the folders below `up_to` that became empty."""
    file.unlink(missing_ok=True)
    if file.parent.is_dir():
        sync_folder(file.parent)
    for folder in file.parents:
        if folder == up_to:
            return
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue  # a neighbour was faster
        except OSError as exc:
            if exc.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                return
            raise


@contextlib.contextmanager
def locked(file: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold an advisory lock, against other threads and processes; freed when the process dies."""
    with file.open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def sweep(folder: Path, lock: Path) -> None:
    """Remove what writers left in `folder` when they died: only when none is at work."""
    with lock.open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for orphan in folder.iterdir():
            orphan.unlink(missing_ok=True)


def _translated(exc: OSError, where: Path) -> FootageError:
    if exc.errno in _FULL:
        return NoSpace(f"no space left for {where}", mend="free space or add a disk")
    if exc.errno in _FORBIDDEN:
        return Misconfigured(f"not allowed at {where}: {exc.strerror}", mend="check its owner")
    if exc.errno in _IN_THE_WAY:
        return Conflict(f"{where} or a part of its path is already something else: {exc.strerror}")
    return Unavailable(f"{where}: {exc.strerror or exc}", mend="check that the disk is mounted")
