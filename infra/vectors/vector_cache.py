"""What was read and checked, kept while there is memory for it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class Sized(Protocol):
    """Anything that knows the memory it takes."""

    @property
    def size_bytes(self) -> int:
        """Bytes of memory."""
        ...


T = TypeVar("T", bound=Sized)


class Cache(Generic[T]):
    """Values that never change, by key; past `limit_bytes` the least recently used go.

    A value larger than the limit is handed out but not kept. Two threads may read the same one at
    once; both get what is right.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """The value, read when it is not at hand."""
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
