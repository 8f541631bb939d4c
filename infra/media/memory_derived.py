"""Derived files in memory: the whole contract, and nothing left when the process ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.ids import SegmentKey


class MemoryDerived:
    """`footage.ports.DerivedFiles` in memory.

    Args:
        limit_bytes: Most bytes of all files.
    """

    def __init__(self, limit_bytes: int = 1 << 20) -> None:
        self._limit, self._lock = limit_bytes, threading.Lock()
        # The last used last.
        self._files: dict[str, tuple[bytes, frozenset[SegmentKey]]] = {}

    def get(self, name: str) -> bytes | None:
        """Return the file of this name; None where no such file is kept."""
        with self._lock:
            found = self._files.pop(name, None)
            if found is None:
                return None
            self._files[name] = found
            return found[0]

    def kept(self, names: Collection[str]) -> frozenset[str]:
        """Return those of `names` under which a file is kept."""
        with self._lock:
            return frozenset(names) & self._files.keys()

    def put(self, name: str, data: bytes, segments: Collection[SegmentKey]) -> bool:
        """Keep a file derived from `segments`; return whether the file is kept."""
        if len(data) > self._limit:
            return False
        with self._lock:
            self._files.pop(name, None)
            self._files[name] = (data, frozenset(segments))
            while self._size() > self._limit:
                del self._files[next(iter(self._files))]
        return True

    def discard(self, segments: Collection[SegmentKey]) -> int:
        """Remove all files derived from any of `segments`; return how many there were."""
        with self._lock:
            going = [name for name, (_, of) in self._files.items() if of & frozenset(segments)]
            for name in going:
                del self._files[name]
        return len(going)

    def segments(self, *, after: SegmentKey | None = None, limit: int = 1_000) -> list[SegmentKey]:
        """Return segments of which derived files are kept, by key, those behind `after` only."""
        with self._lock:
            found = {key for _, of in self._files.values() for key in of}
        return sorted(key for key in found if key > (after or ""))[:limit]

    @property
    def size_bytes(self) -> int:
        """Bytes of all files kept."""
        with self._lock:
            return self._size()

    def _size(self) -> int:
        return sum(len(data) for data, _ in self._files.values())
