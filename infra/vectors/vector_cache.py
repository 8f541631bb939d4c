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

    A value larger than the limit is returned but not kept. One value is read at a time: threads
    that ask for the same value at once wait, and memory holds the value once.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._lock, self._reading = Lock(), Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """The value of a key, read when not cached."""
        known = self._known(key)
        if known is not None:
            return known
        with self._reading:
            known = self._known(key)  # another thread may have read it meanwhile
            if known is not None:
                return known
            value = read()
            if value.size_bytes <= self.limit_bytes:
                self._keep(key, value)
            return value

    def _known(self, key: Hashable) -> T | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: Hashable, value: T) -> None:
        with self._lock:
            self._kept[key] = value
            self._bytes += value.size_bytes
            while self._bytes > self.limit_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.size_bytes
