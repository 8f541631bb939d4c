"""A document of a provider: fetched when needed, kept for a while, and not asked for too often."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from footage.errors import Unavailable
from footage.instant import Elapsed

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
        self._lock = Lock()
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
