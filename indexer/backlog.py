"""Backlog of indexing: stored segments not indexed yet, by the catalogue. Pure; stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.ids import CameraId
    from footage.instant import Elapsed, Instant
    from footage.segment import Segment

ASKED: Final = 1000
"""Most waiting segments to ask a catalogue for: usually about one waits per camera of a city."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Stored segments that an encoder has still to look at.

    Attributes:
        waiting: Number of waiting segments; a lower limit where not `whole`.
        whole: Whether no other segments wait.
        lags: By camera, time from the start of the oldest waiting segment until now.
    """

    waiting: int
    whole: bool
    lags: Mapping[CameraId, Elapsed]

    @property
    def lag(self) -> Elapsed:
        """Longest lag of any camera; zero when no segment waits."""
        return max(self.lags.values(), default=ZERO)

    def lag_of(self, camera: CameraId) -> Elapsed | None:
        """Return the lag of `camera`: zero when no segment waits, None when not known."""
        return self.lags.get(camera, ZERO if self.whole else None)


def backlog(waiting: Sequence[Segment], now: Instant, *, asked: int = ASKED) -> Backlog:
    """Return the backlog, computed from the oldest segments that are not indexed.

    Args:
        waiting: All segments that are not indexed, or the oldest `asked`.
        now: The end of every lag.
        asked: Number of segments the catalogue was asked for.
    """
    starts: dict[CameraId, Instant] = {}
    for segment in waiting:
        start = segment.interval.start
        starts[segment.camera] = min(starts.get(segment.camera, start), start)
    lags = {camera: max(now, start) - start for camera, start in starts.items()}
    return Backlog(len(waiting), len(waiting) < asked, lags)
