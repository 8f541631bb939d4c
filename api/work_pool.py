"""A few threads for work of one kind: however much is asked for, little is done at once.

A picture of 40 million pixels takes 200 MB while decoded, and more questions at once than there are
cores only slow each other down. The rest waits in the order of asking. Other routes keep their own
threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from footage.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class WorkPool:
    """Runs work in a limited number of threads; refuses work when too much waits.

    Args:
        what: The work, for people, in the plural.
        threads: Most pieces of work at once.
        waiting: Most pieces of work that wait for a thread.
    """

    def __init__(self, what: str, threads: int, waiting: int) -> None:
        self._what = what
        self._limiter = CapacityLimiter(threads)
        self._most = threads + waiting
        self._asked = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread and return the result; called on the event loop alone.

        Raises:
            Unavailable: Too much work waits; the answer is a 503 that says when to try again.
        """
        if self._asked >= self._most:
            said = f"{self._asked} {self._what} are waited for already"
            raise Unavailable(said, hint="ask again")
        self._asked += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._asked -= 1
