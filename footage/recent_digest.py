"""Cache of digests this process took moments ago, so that no file is read twice in a row.

The kernel keeps device, inode, size and the last change of bytes and of inode of every file. Where
all of these are as when the digest was taken, nobody has written to the file through the file
system since. Reading the file again at once would ask the page cache, not the disk; a file whose
digest has left this short cache is read again. Thread-safe.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

from footage.clock import SystemClock
from footage.digest import Digest
from footage.instant import Elapsed, Instant

if TYPE_CHECKING:
    from pathlib import Path

KEPT: Final = 64
"""Most digests in the cache; the oldest leaves first."""
SETTLED: Final = Elapsed.parse("20ms")
"""Older kernels stamp in steps of up to 10 ms: two writes within one step look the same."""

_Look = tuple[int, int, int, int, int]
_lock = Lock()
_known: OrderedDict[_Look, Digest] = OrderedDict()


def take(path: Path) -> Digest:
    """Return and cache the SHA-256 of a file that nobody writes to; OSError passes through."""
    before = _look(path)
    digest = Digest.of_file(path)
    changed = Instant(before[-1] // 1_000)
    if _look(path) == before and SystemClock().now() - changed > SETTLED:
        with _lock:
            _known[before] = digest
            while len(_known) > KEPT:
                _known.popitem(last=False)
    return digest


def known(path: Path) -> Digest | None:
    """Take an unchanged file's digest out of the cache, or None; OSError passes through."""
    with _lock:
        return _known.pop(_look(path), None)


def _look(path: Path) -> _Look:
    seen = path.stat()
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
