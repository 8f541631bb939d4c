"""A cache of values already read and checked, limited by memory."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class Sized(Protocol):
    """A value that reports its memory."""

    @property
    def size_bytes(self) -> int:
        """Bytes of memory."""
        ...


T = TypeVar("T", bound=Sized)


class Cache(Generic[T]):
    """Immutable values by key; beyond `limit_bytes` the least recently used are dropped.

    A value larger than the limit is returned but not kept. Two threads may read the same value at
    once; both get the right value.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """The value of a key, read when not cached."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = read()
        with self._lock:
            if key not in self._kept and value.size_bytes <= self._limit:
                self._kept[key] = value
                self._bytes += value.size_bytes
            while self._bytes > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.size_bytes
        return value
