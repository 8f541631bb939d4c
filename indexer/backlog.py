"""The delay of indexing behind storing. Pure: derived from the catalogue, kept nowhere."""

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
"""Waiting segments to ask a catalogue for: about one a camera of a city, the usual state."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Stored segments that an encoder has not looked at yet.

    Attributes:
        waiting: Number of stored segments not looked at; where not `whole`, the least it can be.
        whole: Whether no other segments wait.
        lags: By camera, from the start of its oldest waiting segment until now.
    """

    waiting: int
    whole: bool
    lags: Mapping[CameraId, Elapsed]

    @property
    def lag(self) -> Elapsed:
        """The longest lag of a camera; zero when no segment waits."""
        return max(self.lags.values(), default=ZERO)

    def lag_of(self, camera: CameraId) -> Elapsed | None:
        """The camera's lag: zero when nothing of the camera waits, None when not known."""
        return self.lags.get(camera, ZERO if self.whole else None)


def backlog(waiting: Sequence[Segment], now: Instant, *, asked: int = ASKED) -> Backlog:
    """The backlog, from the oldest segments not looked at.

    Args:
        waiting: All segments not looked at, or the oldest `asked`.
        now: The end of every lag.
        asked: How many the catalogue was asked for.
    """
    starts: dict[CameraId, Instant] = {}
    for segment in waiting:
        start = segment.interval.start
        starts[segment.camera] = min(starts.get(segment.camera, start), start)
    lags = {camera: max(now, start) - start for camera, start in starts.items()}
    return Backlog(len(waiting), len(waiting) < asked, lags)
