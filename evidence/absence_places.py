"""Where a camera stood in the parts of an interval, for a certificate of absence. Pure.

Of stored footage the same place is told as in a bundle: the register's where somebody said where
the camera stood then, else the one that the recorder wrote with each segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.instant import Interval
from footage.stays import place_of_recording, stay_at, stays_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.camera import Camera
    from footage.segment import Segment
    from footage.stays import Stay


@dataclass(frozen=True, slots=True)
class Stood:
    """A place of a camera, and the part of the time for which the place is told.

    Attributes:
        camera: The camera with that place.
        sure: Whether somebody said that the camera stood there then; else the place is the
            recorder's, or the earliest that the register knows of.
    """

    camera: Camera
    interval: Interval
    sure: bool


def places_within(
    camera: Camera, stays: Sequence[Stay], segments: Sequence[Segment], interval: Interval
) -> list[Stood]:
    """Return the places of a camera in an interval; the parts tile the interval.

    Args:
        camera: The camera, with today's place.
        stays: Where the camera stood, in order; empty where nothing is known but today's place.
        segments: Stored segments that overlap the interval, in order.
        interval: The interval.
    """
    told = stays_within(stays, interval) if stays else [(None, interval)]
    found: list[Stood] = []
    for stay, part in told:
        mine = [s for s in segments if stay is None or stay_at(stays, s.interval.start) == stay]
        for one in _of_stay(camera, stay, mine, part):
            same = found and (found[-1].camera, found[-1].sure) == (one.camera, one.sure)
            start = found.pop().interval.start if same else one.interval.start
            found.append(Stood(one.camera, Interval(start, one.interval.end), one.sure))
    return found


def _of_stay(
    camera: Camera, stay: Stay | None, segments: Sequence[Segment], part: Interval
) -> Iterator[Stood]:
    sure = stay is not None and stay.sure
    first = segments[0] if segments else None
    here, start = place_of_recording(camera, stay, first), part.start
    for segment in segments:
        then = place_of_recording(camera, stay, segment)
        if then == here:
            continue
        cut = min(max(segment.interval.start, start), part.end)
        if start < cut:
            yield Stood(here, Interval(start, cut), sure)
        here, start = then, cut
    if start < part.end:
        yield Stood(here, Interval(start, part.end), sure)
