"""Days whose vectors are gone: index marks promise vectors that the vector index does not hold.

A mark says that an encoder looked at a segment, and outlives the vectors when a disk or a folder is
lost. So nothing counts as searched by the mark alone (invariant 11): the index is asked which
cameras it holds vectors of, and the answer is compared with what must be there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.instant import DAY, Elapsed, Instant, Interval

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from footage.day import DayTimes
    from footage.encoder import EncoderIdentity
    from footage.ids import CameraId

SURE_AFTER: Final = Elapsed.parse("10m")
"""Unbroken time looked at within a day that cannot be without a vector: a camera's keyframes are
embedded at least once a minute, however still the scene."""


def lost_days(
    days: Iterable[DayTimes],
    encoder: EncoderIdentity,
    held: Mapping[Instant, Collection[CameraId]],
    interval: Interval,
) -> list[tuple[CameraId, Instant]]:
    """Return cameras and UTC days that must have vectors of `encoder`, and have none.

    Vectors are promised by the encoder's `vectors_mark` on a segment of the day, and by
    `SURE_AFTER` of time looked at. A day of which neither is so may well be without vectors.

    Args:
        days: Times of day summaries; days outside `interval` are passed over.
        encoder: The encoder that looked.
        held: By midnight, the cameras with vectors of that day, for all days of `interval`.
        interval: Time of which `held` tells.
    """
    first, last = interval.start.us - DAY.us, interval.end.us
    by_day = {midnight.us: cameras for midnight, cameras in held.items()}
    return [
        (day.camera, Instant(day.day))
        for day in days
        if encoder.digest in day.looked
        and day.camera not in by_day.get(day.day, ())
        and first < day.day < last
        and _promised(day, encoder)
    ]


def _promised(day: DayTimes, encoder: EncoderIdentity) -> bool:
    if day.looked.get(encoder.vectors_mark):
        return True
    unreadable = [_interval(one) for one in day.looked.get(encoder.unreadable_mark, ())]
    whole = _interval((day.day, day.day + DAY.us))
    parts = (_interval(part).clip(whole) for part in day.looked[encoder.digest])
    readable = (some for part in parts if part for some in part.less(unreadable))
    return any(some.length >= SURE_AFTER for some in readable)


def _interval(stretch: tuple[int, int]) -> Interval:
    return Interval(Instant(stretch[0]), Instant(stretch[1]))
