"""Holds on imported recordings, placed before the first of their segments is stored.

So no run of retention can come between import and hold. Files that follow each other share a hold,
as far as their times are known before they are cut; what a cut shows beyond is held besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from footage.hold import Hold
    from footage.ids import CameraId

_NEAR: Final = Elapsed.parse("1m")
"""Files of a camera that lie this near each other share a hold."""


class HoldFirst:
    """Places holds on recordings that are about to be imported.

    Args:
        place: Places a hold on a camera's recordings of an interval; returns once the hold stands.
    """

    def __init__(self, place: Callable[[CameraId, Interval], Hold]) -> None:
        self._place = place
        self.placed: list[Hold] = []

    def hold(self, camera: CameraId, files: Iterable[Interval]) -> None:
        """Hold the times of files of a camera, those stored before included, as far as known.

        Raises:
            FootageError: A hold cannot be placed; nothing may be stored then.
        """
        for stretch in stretches(files):
            self.cover(camera, stretch)

    def cover(self, camera: CameraId, whole: Interval) -> None:
        """Hold a recording that is about to be stored; no second hold where one covers it all."""
        covered = (camera in hold.cameras and hold.interval.covers(whole) for hold in self.placed)
        if not any(covered):
            self.placed.append(self._place(camera, whole))


def stretches(times: Iterable[Interval]) -> list[Interval]:
    """Join intervals that overlap or lie near each other."""
    joined: list[Interval] = []
    for one in sorted(times):
        if joined and one.start <= joined[-1].end + _NEAR:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, one.end))
        else:
            joined.append(one)
    return joined
