"""Reads that several threads want at the same time, done once for all of those threads.

Fifty questions about the same day read the same thousand summaries. A read that is under way when a
thread asks may have passed what has changed since, so that thread shares the next read instead,
which begins when all who share it have asked. So whoever shares a read is told what a read of their
own would have told, and nothing older.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


@dataclass(slots=True)
class _Read:
    """A read: who asks before `has_begun` shares it; `next` is for those who ask later."""

    result: Any = None
    has_begun: bool = False
    has_failed: bool = True
    ended: Event = field(default_factory=Event)
    next: _Read | None = None


class SharedReads:
    """Reads by key. Safe in several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[Hashable, _Read] = {}

    def read(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return the result of a call of `work` that began after this call.

        Args:
            key: Threads with equal keys share the result; all that the work depends on. Work may
                read under another key, never under its own.
            work: Reads. Where the shared work fails, each thread works by itself, and gets what
                its own work raises.
        """
        with self._lock:
            before = self._under_way.get(key)
            leads = before is None or (before.has_begun and before.next is None)
            if before is None:
                mine = self._under_way[key] = _Read(has_begun=True)
            elif before.has_begun:
                mine = before.next = before.next or _Read()
            else:
                mine = before
        if leads:
            return self._lead(key, mine, before, work)
        mine.ended.wait()
        if mine.has_failed:
            return work()
        found: T = mine.result
        return found

    def _lead(self, key: Hashable, mine: _Read, before: _Read | None, work: Callable[[], T]) -> T:
        """Work for all who share `mine`, once the read before has ended."""
        try:
            if before is not None:
                before.ended.wait()
                with self._lock:
                    mine.has_begun = True
            mine.result = found = work()
            mine.has_failed = False
            return found
        finally:
            with self._lock:
                if before is not None and not before.ended.is_set():
                    before.next = None  # interrupted while waiting
                elif mine.next:
                    self._under_way[key] = mine.next
                else:
                    del self._under_way[key]
                mine.ended.set()
