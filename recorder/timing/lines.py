"""Lines under sightings: wall time of media time zero, moving with media time. Pure.

No arrival comes before its picture, so the line lies under all sightings and as close to them as a
line can: on an edge of the lower convex hull (see `recorder.timing.anchor`).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import ZERO, Elapsed, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNSEEN: Final = Elapsed.parse("100ms")
"""Exposure, encoding and network of an ordinary camera, unseen in arrivals (an assumption)."""
TELLS_RATE: Final = Elapsed.parse("1s")
"""Sightings within less are too near for a rate: 40 ms of jitter would look like 4 %."""
_BILLION: Final = 1_000_000_000


class Sighting(NamedTuple):
    """The least delayed arrival of some seconds: media time, and wall time of media time zero."""

    media: Elapsed
    zero: Instant


@dataclass(frozen=True, slots=True)
class Line:
    """Wall time of media time zero, moving with media time by the drift: `zero` at `at`.

    Attributes:
        wrong: Whether the drift is a wrong rate of the camera, beyond any crystal's drift.
        moved: Whether arrivals before some moment lie below the line: pictures came later since.
    """

    zero: Instant
    at: Elapsed = ZERO
    drift_ppb: int = 0
    uncertainty: Elapsed = UNSEEN
    wrong: bool = False
    moved: bool = False

    def zero_at(self, media: Elapsed) -> Instant:
        """Wall time of media time zero, as valid for a frame of media time `media`."""
        return self.zero + drifted(media - self.at, self.drift_ppb)


def drifted(media: Elapsed, drift_ppb: int) -> Elapsed:
    """Excess of wall time over the time `media`, at a drift."""
    return Elapsed(media.us * drift_ppb // _BILLION)


def line_under(points: Sequence[Sighting], drift_ppb: int, uncertainty: Elapsed) -> Line:
    """The line of a given drift under all sightings, which are sorted; at least one."""
    middle = points[len(points) // 2].media
    lines = (Line(point.zero, point.media, drift_ppb).zero_at(middle) for point in points)
    return Line(min(lines), middle, drift_ppb, uncertainty)


def slope_ppb(points: Sequence[Sighting]) -> int:
    """Drift of the line closest to all sightings, which are sorted; 0 for a single sighting."""
    hull = lower_hull(points)
    if len(hull) == 1:
        return 0
    mean = sum(point.media.us for point in points) // len(points)
    edges = [*pairwise(hull)]
    left, right = next((e for e in edges if e[1].media.us >= mean), edges[-1])
    return (right.zero - left.zero).us * _BILLION // max((right.media - left.media).us, 1)


def likely_slope_ppb(points: Sequence[Sighting]) -> int:
    """Drift as of `slope_ppb`, but no steeper than that of a camera at half or twice its rate.

    Sightings of nearly the same media time would tell any rate: a millisecond apart, 5 ms of jitter
    made 4 000 s of uncertainty.
    """
    return max(-_BILLION // 2, min(slope_ppb(points), _BILLION))


def least_above(line: Line, points: Iterable[Sighting]) -> Elapsed:
    """Distance of the least delayed sighting from a line under all sightings."""
    return min((point.zero - line.zero_at(point.media) for point in points), default=ZERO)


def off_edge(line: Line, points: Sequence[Sighting], media: Elapsed) -> Elapsed:
    """Distance by which a line may lie off the lower edge of sorted sightings, at a media time.

    Before and behind the sightings the edge goes on as steeply as its nearest piece, but no steeper
    than that of a camera which delivers half or twice as fast as its stamps say. Behind the
    sightings, delays that differ by `UNSEEN` may have turned the edge. Sightings that lie within
    `TELLS_RATE` of each other tell no rate: the camera may then deliver half as fast.
    """
    hull = lower_hull(points)
    if hull[-1].media - hull[0].media < TELLS_RATE:
        away = abs((media - hull[0].media).us)
        return Elapsed(abs((hull[0].zero - line.zero_at(media)).us) + away)
    right = max(min(bisect_left(hull, media, key=_media), len(hull) - 1), 1)
    a, b = hull[right - 1], hull[right]
    run, rise = max((b.media - a.media).us, 1), (b.zero - a.zero).us
    if not a.media <= media <= b.media:
        rise = max(-run // 2, min(rise, run))
    near = a if media < b.media else b
    edge = near.zero + Elapsed(rise * (media - near.media).us // run)
    ahead = max((media - b.media).us, 0)
    turned = UNSEEN.us * ahead // (hull[-1].media - hull[0].media).us
    return Elapsed(abs((edge - line.zero_at(media)).us) + turned)


def lower_hull(points: Sequence[Sighting]) -> list[Sighting]:
    """The sightings on the lower edge of all, which are sorted; none of none."""
    hull: list[Sighting] = []
    for point in points:
        while len(hull) > 1 and not _turns_up(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_up(left: Sighting, middle: Sighting, right: Sighting) -> bool:
    run_a, rise_a = (middle.media - left.media).us, (middle.zero - left.zero).us
    run_b, rise_b = (right.media - middle.media).us, (right.zero - middle.zero).us
    return rise_a * run_b < rise_b * run_a


def _media(point: Sighting) -> Elapsed:
    return point.media
