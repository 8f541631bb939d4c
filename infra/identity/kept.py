"""A document of a provider: fetched when needed, kept for a while, and not asked for too often."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from footage.errors import Unavailable
from footage.instant import ZERO, Elapsed
from infra.host.time_limit import within

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.clock import Clock

T = TypeVar("T")

KEPT_FOR: Final = Elapsed.parse("1h")
"""Time after which a document is fetched anew: so long does a key count that was taken back."""
RENEWED_EVERY: Final = Elapsed.parse("30s")
"""Least time between two fetches for keys that are not known: anybody can name such a key."""
TRIED_EVERY: Final = Elapsed.parse("5s")
"""Least time between two fetches where the provider does not answer."""


class Kept(Generic[T]):
    """A document that `fetch` gets from a provider. Safe in several threads.

    Args:
        fetch: Gets the document; raises Unavailable.
        clock: Tells the document's age.
    """

    def __init__(self, fetch: Callable[[], T], clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock, self._beside = Lock(), Lock()
        self._found: tuple[T, Elapsed] | None = None
        self._failed: tuple[str, Elapsed] | None = None

    def get(self) -> T:
        """Return the document, not older than `KEPT_FOR`.

        Raises:
            Unavailable: The document cannot be fetched, or could not a moment ago.
        """
        return self._younger_than(KEPT_FOR)

    def renewed(self) -> T:
        """Return the document, not older than `RENEWED_EVERY`; raises Unavailable as `get`."""
        return self._younger_than(RENEWED_EVERY)

    def at_hand(self, wait: Elapsed) -> T | None:
        """Return the document of whatever age, or None where none was ever fetched.

        A document that is missing or older than `KEPT_FOR` is fetched in a thread of its own, for
        later calls too: of calls at the same time one alone waits, where nothing is there yet.

        Args:
            wait: Longest time to wait for a document that is missing.
        """
        found = self._found
        if found and self._clock.monotonic() < found[1] + KEPT_FOR:
            return found[0]
        if self._beside.acquire(blocking=False):
            try:
                return within(ZERO if found else wait, self._fetched_beside)
            except Unavailable:
                pass  # told by the sign-ins, which need the document
        return found[0] if found else None

    def _fetched_beside(self) -> T:
        try:
            return self.get()
        finally:
            self._beside.release()

    def _younger_than(self, age: Elapsed) -> T:
        with self._lock:
            now = self._clock.monotonic()
            if self._found and now < self._found[1] + age:
                return self._found[0]
            if self._failed and now < self._failed[1] + TRIED_EVERY:
                raise Unavailable(self._failed[0])
            try:
                self._found = (self._fetch(), now)
            except Unavailable as exc:
                self._failed = (str(exc), self._clock.monotonic())
                raise
            self._failed = None
            return self._found[0]
