"""Writing files that survive a power cut: the order of write, sync, rename and folder sync.

A file's bytes and a file's name are two things, each on the disk only once synced. So the order is
always the same: write, sync the file, rename the file to its place, sync the folder. A crash before
the rename leaves the old content, a crash after the rename leaves the new file, whole; only when
the folder is synced does the new name outlive a power cut, and only then do functions here return,
except: `write_new`, `write_chunks` and `sync_file` sync the bytes alone, because the name is a
temporary file's.

The functions of this module raise OSError. Callers put `seam` around such a step, which translates
the OSError: disk full, `NoSpace`; reading or writing forbidden, `Misconfigured`; something else is
in the way, `Conflict`; anything else, `Unavailable`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from typing import IO, TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import Conflict, FootageError, Misconfigured, NoSpace, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_CHUNK: Final = 1 << 20
_ATTEMPTS: Final = 20  # another process may remove the still empty folder, rarely twice
_FOR_ALL: Final = 0o666  # less the umask
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_THE_WAY: Final = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY}


@contextlib.contextmanager
def seam(where: Path) -> Iterator[None]:
    """Translate an OSError raised inside the `with` into an error of Footage that names `where`.

    Raises:
        NoSpace: The disk or the quota is full.
        Misconfigured: The path may not be read or written.
        Conflict: A part of the path is already something else.
        Unavailable: Anything else, e.g. the disk is gone.
    """
    try:
        yield
    except OSError as exc:
        raise _translated(exc, where) from exc


def write_new(target: Path, data: bytes, *, mode: int = _FOR_ALL) -> None:
    """Write a new file and sync the bytes; the name is durable only once the folder is synced.

    Args:
        target: Path of the new file; must not exist.
        data: The whole content.
        mode: Permissions of the file from the first moment on, less the umask.
    """
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)


def write_chunks(target: Path, chunks: Iterable[bytes]) -> tuple[Digest, int]:
    """Write a new file in pieces, synced like `write_new`; return digest and size in bytes."""
    hasher, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        for chunk in chunks:
            hasher.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Digest(hasher.hexdigest()), size


def copy_in(source: IO[bytes], target: Path) -> Digest:
    """Copy `source` to a new file, synced like `write_new`; return the digest of the bytes."""
    return write_chunks(target, iter(lambda: source.read(_CHUNK), b""))[0]


def publish(part: Path, target: Path) -> None:
    """Rename `part` to `target`, replacing an older `target`, and sync the folder."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            make_folder(target.parent)
            part.rename(target)
            break
        except FileNotFoundError:
            if attempt == _ATTEMPTS or not part.exists():
                raise
    sync_folder(target.parent)


def replace(target: Path, data: bytes, *, mode: int = _FOR_ALL) -> None:
    """Replace the content of `target`: a crash leaves the old or the new. Only a single writer."""
    part = target.with_name(f".{target.name}.new")
    part.unlink(missing_ok=True)  # left by a crash
    write_new(part, data, mode=mode)
    part.rename(target)
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and all missing parent folders, each entry synced."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_file(path: Path) -> None:
    """Sync a file's bytes to the disk."""
    _sync(path, os.O_RDONLY)


def sync_data(path: Path) -> None:
    """Sync the bytes a growing file holds so far, through a descriptor opened here.

    The writer does not notice, save for the disk's time. The file's length is synced too, the
    file's times are not; a new file's name is durable only once the folder is synced.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Sync the names in `folder` to the disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


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
            continue  # another process was faster
        except OSError as exc:
            if exc.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                return
            raise


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _translated(exc: OSError, where: Path) -> FootageError:
    if exc.errno in _FULL:
        return NoSpace(f"no space left for {where}", hint="free space or add a disk")
    if exc.errno in _FORBIDDEN:
        return Misconfigured(f"not allowed at {where}: {exc.strerror}", hint="check its owner")
    if exc.errno in _IN_THE_WAY:
        return Conflict(f"{where} or a part of its path is already something else: {exc.strerror}")
    return Unavailable(f"{where}: {exc.strerror or exc}", hint="check that the disk is mounted")
