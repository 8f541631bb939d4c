"""Progress of the daily purge: logged each minute, and the place where a purge ends early."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from footage.instant import Elapsed

if TYPE_CHECKING:
    import threading

    from footage.clock import Clock

_EVERY: Final = Elapsed.parse("1m")
_log = logging.getLogger(__name__)


class PurgeProgress:
    """Called between batches of a purge: logs how far the purge is, and ends it when asked to.

    A city's day takes hours to delete. A process that is told to end does not wait for that: what
    is left is planned anew by the next run.

    Args:
        stopping: Set when the process is to end.
        clock: Measures the time between two lines of the log.
    """

    def __init__(self, stopping: threading.Event, clock: Clock) -> None:
        self._stopping, self._clock = stopping, clock
        self._logged = clock.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Take note of `done` of `total` segments.

        Raises:
            Unavailable: The process is to end; nothing is half done.
        """
        if self._stopping.is_set() and done < total:
            raise Unavailable(
                f"the purge ends with the process, after {done} of {total} segments",
                hint="the next daily run deletes the rest",
            )
        if self._clock.monotonic() - self._logged >= _EVERY:
            self._logged = self._clock.monotonic()
            _log.info("retention: gone through %d of %d segments", done, total)
