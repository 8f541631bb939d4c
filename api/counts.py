"""Counts of answered requests since the process began; metrics are a view of the counts.

No count names a person, a camera or what was searched for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from collections.abc import Mapping

BOUNDS: Final = tuple(
    map(Elapsed.parse, ("5ms", "20ms", "50ms", "100ms", "250ms", "500ms", "1s", "3s", "10s", "1m"))
)
"""Upper bounds of the classes of durations; one more class has no bound."""


@dataclass(slots=True)
class Durations:
    """Counts of durations by the classes of `BOUNDS`, and the sum of the durations."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: Elapsed = ZERO

    def add(self, took: Elapsed) -> None:
        """Count a duration."""
        self.counts[bisect_left(BOUNDS, took)] += 1
        self.total += took


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts at some time.

    Attributes:
        requests: Durations by operation id and status.
        problems: How many problems were answered, by kind.
        footage_bytes: Bytes of pictures and films given to people.
    """

    requests: Mapping[tuple[str, int], Durations]
    problems: Mapping[str, int]
    footage_bytes: int


class RequestCounts:
    """Counts answered requests; safe in several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: defaultdict[tuple[str, int], Durations] = defaultdict(Durations)
        self._problems: Counter[str] = Counter()
        self._footage_bytes = 0

    def add_request(self, operation: str, status: int, took: Elapsed, problem: str = "") -> None:
        """Count a request that was answered.

        Args:
            operation: Operation id of the route; "" where no route has the path.
            status: HTTP status of the answer; 0 where the answer never began.
            took: Time from the request's header to the end of the answer.
            problem: Kind of the problem answered; "" for none.
        """
        with self._lock:
            self._requests[operation, status].add(took)
            if problem:
                self._problems[problem] += 1

    def add_footage(self, size_bytes: int) -> None:
        """Count bytes of footage given out."""
        with self._lock:
            self._footage_bytes += size_bytes

    def counted(self) -> Counted:
        """Return a copy of the counts."""
        with self._lock:
            requests = {
                key: Durations(list(one.counts), one.total) for key, one in self._requests.items()
            }
            return Counted(requests, dict(self._problems), self._footage_bytes)
