"""Files that survive a power cut: what is durable when.

A file's bytes and its name are two things, each on the disk only once it is synced. So the order is
always the same: write, sync the file, rename it to its place, sync the folder. A crash before the
rename leaves what was there before, a crash after it the new file, whole; only when the folder is
synced does the new name outlive a power cut, and only then has a function here returned, except:
`write_new`, `write_chunks` and `sync_file` sync the bytes alone, because the name is a draft's.

These functions raise OSError. Callers put `seam` around a step of theirs, which translates it: the
disk is full, `NoSpace`; it may not be written, `Misconfigured`; something else is in the way,
`Conflict`; anything else, `Unavailable`.
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
_ATTEMPTS: Final = 20  # a neighbour's clean-up may remove the folder we just made, rarely twice
_FOR_ALL: Final = 0o666  # as the umask allows
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_THE_WAY: Final = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY}


@contextlib.contextmanager
def seam(where: Path) -> Iterator[None]:
    """Translate what the file system says of `where` into our errors.

    Raises:
        NoSpace: The disk or the quota is full.
        Misconfigured: It may not be read or written.
        Conflict: A part of the path is already something else.
        Unavailable: Anything else, e.g. the disk is gone.
    """
    try:
        yield
    except OSError as exc:
        raise _translated(exc, where) from exc


def write_new(target: Path, data: bytes, *, mode: int = _FOR_ALL) -> None:
    """Write a new file, synced; its name is durable only when its folder is synced.

    Args:
        target: Must not exist.
        data: All of its content.
        mode: Its permissions from the first moment on, less the umask.
    """
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)


def write_chunks(target: Path, chunks: Iterable[bytes]) -> tuple[Digest, int]:
    """Write a new file piece by piece, synced like `write_new`; returns its digest and bytes."""
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
    """Copy to a new file, synced like `write_new`; returns the digest of what was written."""
    return write_chunks(target, iter(lambda: source.read(_CHUNK), b""))[0]


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


def replace(target: Path, data: bytes, *, mode: int = _FOR_ALL) -> None:
    """Let `target` hold `data`: a crash leaves the old content or the new. One writer at a time."""
    part = target.with_name(f".{target.name}.new")
    part.unlink(missing_ok=True)  # a crash left it
    write_new(part, data, mode=mode)
    part.rename(target)
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each entry synced."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_file(path: Path) -> None:
    """Make a file's bytes durable."""
    _sync(path, os.O_RDONLY)


def sync_data(path: Path) -> None:
    """Make what a growing file holds so far durable, through a descriptor of our own.

    The writer does not notice, save for the disk's time. Its length is synced too, its times are
    not; a new file's name is durable only when its folder is synced.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
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
            continue  # a neighbour was faster
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
