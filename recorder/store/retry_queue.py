"""A queue of work that waits for a server. Failed work is tried again and delays no other work.

New work goes first, the cameras in turn, each camera's oldest first: neither a long backlog nor a
bad disk of one camera keeps the other cameras waiting. Failed work waits behind and has every
fourth turn, so that a server too slow to ever catch up still gets to the failed work. After a
failure a worker pauses: more work does not make a dead server be asked more often.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from footage.errors import FootageError, Misconfigured, Unavailable
from footage.instant import ZERO, Elapsed
from recorder.events import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.clock import Clock
    from footage.instant import Instant
    from recorder.events import Event, TroubleSource

T = TypeVar("T")

_FIRST_PAUSE: Final = Elapsed.parse("500ms")
_LONGEST_PAUSE: Final = Elapsed.parse("5s")
_TURNS: Final = 4
REMIND_EVERY: Final = Elapsed.parse("10m")
"""A lasting trouble is reported again this often: nobody has to search far back in a log."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing has succeeded since `since`; `why` describes the first failure."""

    since: Instant
    why: str


class RetryQueue(Generic[T]):
    """Queue of work for a single server. All calls from the event loop's thread.

    Args:
        source: The work that fails while the server is down.
        whose: Name (a camera's) of an item: names take turns, items of one name keep their order.
        clock: Gives the wall time at which an outage begins.
        tell: Called when work begins to fail, each 10 min while work fails, and when all failed
            work is done.
    """

    def __init__(
        self,
        source: TroubleSource,
        whose: Callable[[T], str],
        clock: Clock,
        tell: Callable[[Event], None],
    ) -> None:
        self._down = Trouble(source)
        self._whose = whose
        self._clock = clock
        self._tell = tell
        self._new: dict[str, deque[T]] = {}
        """New work by name, in the order of turns; only names with work are in here."""
        self._again: deque[T] = deque()
        self._ready = asyncio.Event()
        self._turn = 0
        self._failing: set[T] = set()
        self._told_at: Elapsed | None = None
        self.trouble = ""
        """Why some work has failed and is not done yet; "" when there is no such work."""
        self.outage: Outage | None = None
        """Set from the first failure until the next success."""

    def put(self, item: T) -> None:
        """Add new work."""
        self._new.setdefault(self._whose(item), deque()).append(item)
        self._ready.set()

    async def take(self, at_most: int = 1) -> list[T]:
        """Wait for work; returns between 1 and `at_most` items, the next in turn."""
        while not self._new and not self._again:
            self._ready.clear()
            await self._ready.wait()
        self._turn = (self._turn + 1) % _TURNS
        if self._again and (not self._turn or not self._new):
            return [self._again.popleft() for _ in range(min(at_most, len(self._again)))]
        taken: list[T] = []
        while self._new and len(taken) < at_most:
            taken.append(self._next())
        return taken

    def _next(self) -> T:
        name, queue = next(iter(self._new.items()))
        del self._new[name]
        item = queue.popleft()
        if queue:
            self._new[name] = queue  # this name's next turn comes after all other names'
        return item

    def failed(self, items: Sequence[T], why: BaseException) -> None:
        """Queue failed items again, behind all new work."""
        self._again.extend(items)
        self._ready.set()
        self._failing.update(items)
        self.trouble = describe(why)
        if self.outage is None:
            self.outage = Outage(self._clock.now(), self.trouble)
        now = self._clock.monotonic()
        if self._told_at is None or now - self._told_at >= REMIND_EVERY:
            self._told_at = now
            self._tell(self._down.began(self.trouble))

    def worked(self, items: Sequence[T]) -> None:
        """Mark items as done, which ends an outage."""
        self.outage = None
        self.dropped(items)

    def dropped(self, items: Sequence[T]) -> None:
        """Mark items as no longer needed: failures of these items count no more."""
        self._failing.difference_update(items)
        if self._told_at is not None and not self._failing:
            self._told_at, self.trouble = None, ""
            self._tell(self._down.ended())


def pause(failures: int) -> Elapsed:
    """The wait after `failures` failures in a row: 0.5 s doubling to 5 s; none after 0."""
    if failures < 1:
        return ZERO
    return Elapsed(min(_FIRST_PAUSE.us << min(failures - 1, 10), _LONGEST_PAUSE.us))


def describe(why: BaseException) -> str:
    """Text of a failure: a `FootageError`'s message, type and message of a programming error."""
    return str(why) if isinstance(why, FootageError) else repr(why)


def bisect_failures(
    do: Callable[[Sequence[T]], None], items: Sequence[T]
) -> list[tuple[T, FootageError]]:
    """Call `do` for all items at once, for halves after an error; returns failed items with errors.

    Halving finds the faulty items. A server that is down fails all items at once, without halving.
    """
    if not items:
        return []
    try:
        do(items)
    except (Unavailable, Misconfigured) as exc:
        return [(item, exc) for item in items]
    except FootageError as exc:
        if len(items) == 1:
            return [(items[0], exc)]
        half = len(items) // 2
        return [*bisect_failures(do, items[:half]), *bisect_failures(do, items[half:])]
    return []
