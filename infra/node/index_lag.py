"""Lag of indexing, as the catalogue told last."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from footage.instant import Elapsed
from indexer.backlog import backlog

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.instant import Instant
    from indexer.backlog import Backlog

EVERY: Final = Elapsed.parse("10s")
"""Time between two questions to the catalogue."""

_log = logging.getLogger(__name__)


class IndexLag:
    """Keeps the backlog for metrics, so that a scrape never waits for the catalogue.

    While the catalogue cannot be asked, or indexing stands still, the known lags grow.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: Mapping[CameraId, tuple[int, Instant]] | None = None

    def backlog(self) -> Backlog | None:
        """Return the backlog now; None until the catalogue has told for the first time."""
        return None if self._waiting is None else backlog(self._waiting, self._clock.now())

    def follow(
        self,
        ask: Callable[[], Mapping[CameraId, tuple[int, Instant]]],
        stopping: threading.Event,
        every: Elapsed = EVERY,
    ) -> None:
        """Ask the catalogue until `stopping`; run on a thread of its own."""
        while True:
            try:
                self._waiting = ask()
            except FootageError as exc:
                _log.debug("how far indexing is behind is not known: %s", exc)
            if stopping.wait(every.in_seconds):
                return
