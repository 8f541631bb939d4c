"""A few threads that make pictures: however many are asked for, few are decoded at once.

A picture of 40 million pixels takes 200 MB while decoded. Other routes keep their own threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from anyio import CapacityLimiter, to_thread

from footage.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
THREADS: Final = 4
SHEETS: Final = 2
"""Sheets of sprites drawn at once: each decodes up to 100 pictures in turn."""
WAITING: Final = 64
"""A page of search results asks for 20 pictures at once, by a few people."""


class PicturePool:
    """Runs work in a limited number of threads; refuses work when too much waits.

    Args:
        threads: Most pieces of work at once.
        waiting: Most pieces of work that wait for a thread.
    """

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._limiter = CapacityLimiter(threads)
        self._most = threads + waiting
        self._asked = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread and return the result; called on the event loop alone.

        Raises:
            Unavailable: Too much work waits; the answer is a 503 that says when to try again.
        """
        if self._asked >= self._most:
            raise Unavailable(f"{self._asked} pictures are waited for already", hint="ask again")
        self._asked += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._asked -= 1
