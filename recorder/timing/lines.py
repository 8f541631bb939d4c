"""Lines under sightings: wall time of media time zero, moving with media time. Pure.

No arrival comes before its picture, so the line lies under all sightings and as close to them as a
line can: on an edge of the lower convex hull (see `recorder.timing.anchor`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import ZERO, Elapsed, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNSEEN: Final = Elapsed.parse("100ms")
"""Exposure, encoding and network of an ordinary camera, unseen in arrivals (an assumption)."""
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
    """How much longer than `media` the same time lasted by the wall, at a drift."""
    return Elapsed(media.us * drift_ppb // _BILLION)


def line_under(points: Sequence[Sighting], drift_ppb: int, uncertainty: Elapsed) -> Line:
    """The line of a given drift under all sightings, which are sorted; at least one."""
    middle = points[len(points) // 2].media
    lines = (Line(point.zero, point.media, drift_ppb).zero_at(middle) for point in points)
    return Line(min(lines), middle, drift_ppb, uncertainty)


def slope_ppb(points: Sequence[Sighting]) -> int:
    """Drift of the line closest to all sightings, which are sorted; 0 for a single sighting."""
    hull = _lower_hull(points)
    if len(hull) == 1:
        return 0
    mean = sum(point.media.us for point in points) // len(points)
    edges = [*pairwise(hull)]
    left, right = next((e for e in edges if e[1].media.us >= mean), edges[-1])
    return (right.zero - left.zero).us * _BILLION // max((right.media - left.media).us, 1)


def least_above(line: Line, points: Iterable[Sighting]) -> Elapsed:
    """How far the least delayed of the sightings lies above a line under all sightings."""
    return min((point.zero - line.zero_at(point.media) for point in points), default=ZERO)


def _lower_hull(points: Sequence[Sighting]) -> list[Sighting]:
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
