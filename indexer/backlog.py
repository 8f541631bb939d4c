"""Backlog of indexing: stored segments not indexed yet, by the catalogue. Pure; stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.instant import ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.ids import CameraId
    from footage.instant import Elapsed, Instant


@dataclass(frozen=True, slots=True)
class Backlog:
    """Stored segments that an encoder has still to look at; cameras without such are absent.

    Attributes:
        segments: By camera, number of waiting segments.
        lags: By camera, time from the start of the oldest waiting segment until now.
    """

    segments: Mapping[CameraId, int]
    lags: Mapping[CameraId, Elapsed]

    @property
    def waiting(self) -> int:
        """Number of waiting segments of all cameras."""
        return sum(self.segments.values())

    @property
    def lag(self) -> Elapsed:
        """Longest lag of any camera; zero when no segment waits."""
        return max(self.lags.values(), default=ZERO)

    def segments_of(self, camera: CameraId) -> int:
        """Return the number of waiting segments of `camera`."""
        return self.segments.get(camera, 0)

    def lag_of(self, camera: CameraId) -> Elapsed:
        """Return the lag of `camera`: zero when no segment waits."""
        return self.lags.get(camera, ZERO)

    def worst_first(self) -> list[CameraId]:
        """Return the cameras with waiting segments, the longest lag first."""
        return sorted(self.lags, key=lambda camera: (-self.lags[camera].us, camera))


def backlog(waiting: Mapping[CameraId, tuple[int, Instant]], now: Instant) -> Backlog:
    """Return the backlog at `now`, the end of every lag.

    Args:
        waiting: By camera, number of waiting segments and start of the oldest, as from
            `Catalogue.backlog`.
        now: A start after `now`, by a clock that is behind, makes a lag of zero.
    """
    return Backlog(
        {camera: count for camera, (count, _) in waiting.items()},
        {camera: max(now, start) - start for camera, (_, start) in waiting.items()},
    )
