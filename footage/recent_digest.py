"""Digests this process took moments ago, so that a file need not be read twice in a row.

The kernel keeps of a file which one it is, its size, and when its bytes and its entry were changed
last. Where all of that is as it was when the digest was taken, nobody has written to it through the
file system since. Reading it again at once would ask the page cache, not the disk; what has left
these books, which are short, is read again. Thread-safe.
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
SETTLED: Final = Elapsed.parse("20ms")
"""Older kernels stamp in steps of up to 10 ms: two writes within one step look the same."""

_Look = tuple[int, int, int, int, int]
_lock = Lock()
_known: OrderedDict[_Look, Digest] = OrderedDict()


def take(path: Path) -> Digest:
    """The SHA-256 of a file that nobody writes to, remembered; OSError passes through."""
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
    """That of an unchanged file, told once; OSError passes through."""
    with _lock:
        return _known.pop(_look(path), None)


def _look(path: Path) -> _Look:
    seen = path.stat()
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
