"""A lane: work that waits for one server. What fails is tried again, and holds nobody up.

What is new goes first, the cameras in turn, each camera's oldest first: neither a long backlog nor
a bad disk of one keeps the others waiting. What failed waits behind and has every fourth turn, so
that a server too slow to ever catch up does not forget it. After a failure a worker rests: a dead
server is not asked more often for having more to do.
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
"""A trouble that lasts is told again, so that nobody has to look for it far back in a log."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing has worked since; `why` is what failed first."""

    since: Instant
    why: str


class RetryQueue(Generic[T]):
    """Work for one server. All calls from the event loop's thread.

    Args:
        source: What fails while it is down.
        whose: Who takes turns: work of the same name is done in its order.
        clock: Wall time of an outage's begin.
        tell: Told when work begins to fail, each 10 min while it does, and when all is well again.
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
        """In the order of turns; nobody without work."""
        self._again: deque[T] = deque()
        self._ready = asyncio.Event()
        self._turn = 0
        self._failing: set[T] = set()
        self._told_at: Elapsed | None = None
        self.trouble = ""
        """Why some of it has failed and was not done since; "" when nothing has."""
        self.outage: Outage | None = None
        """Set while nothing works."""

    def put(self, item: T) -> None:
        """New work."""
        self._new.setdefault(self._whose(item), deque()).append(item)
        self._ready.set()

    async def take(self, at_most: int = 1) -> list[T]:
        """The next work, one or more of it."""
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
            self._new[name] = queue  # the next turn comes after all others'
        return item

    def failed(self, items: Sequence[T], why: BaseException) -> None:
        """To be tried again, after all that is new."""
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
        """These are done."""
        self.outage = None
        self.dropped(items)

    def dropped(self, items: Sequence[T]) -> None:
        """These need not be done any more."""
        self._failing.difference_update(items)
        if self._told_at is not None and not self._failing:
            self._told_at, self.trouble = None, ""
            self._tell(self._down.ended())


def pause(failures: int) -> Elapsed:
    """The wait after so many failures in a row: 0.5 s doubling to 5 s."""
    if failures < 1:
        return ZERO
    return Elapsed(min(_FIRST_PAUSE.us << min(failures - 1, 10), _LONGEST_PAUSE.us))


def describe(why: BaseException) -> str:
    """What to tell of a failure: ours speak for themselves, a fault of ours needs its kind."""
    return str(why) if isinstance(why, FootageError) else repr(why)


def bisect_failures(
    do: Callable[[Sequence[T]], None], items: Sequence[T]
) -> list[tuple[T, FootageError]]:
    """Do it for all at once; where one is at fault, find it by halves. Returns those that failed.

    A server that is down is at fault for all of them.
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
