"""Decides whether a camera stamps its pictures at the rate at which the camera delivers. Pure.

A crystal drifts by some hundred ppm. A camera that says 25 pictures a second and sends 21 stamps
wrong: its media time falls behind by 16 % for ever, and only arrivals tell the time. A slow network
looks alike for a while: arrivals fall behind until a buffer is full. The two are told apart by how
evenly arrivals run away: a wrong rate runs away in every part of the time, a network does not.

    sightings in quarters    within tolerance    wrong rate    step, burst or full buffer
    arrivals later                                      .'               ..........
       |                                             .'                  .
       +-- media time        ...............      .'            .........

A camera is found wrong where no line of at most 1 000 ppm lies near all quarters, while a line of
some other slope does.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed
from recorder.timing.lines import Sighting, least_above, line_under, slope_ppb

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DRIFT_PPM: Final = 1_000
"""Twice the drift of the worst crystal; more is not drift."""
RUN_AWAY: Final = Elapsed.parse("500ms")
"""Arrivals further from every line within tolerance are no jitter: of some seconds, the least
delayed arrival counts."""
LATELY: Final = Elapsed.parse("1m")
RUN_AWAY_LATELY: Final = Elapsed.parse("5s")
"""As `RUN_AWAY`, for the last minute alone: a network's buffers hold some seconds."""
WATCHED: Final = Elapsed.parse("8s")
"""Less media time tells no rate."""
_QUARTERS: Final = 4
_NEAR: Final = 6
"""A line is near all quarters where it misses each by less than this part of what the best line
within tolerance misses."""
_BILLION: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class WrongRate:
    """The drift of a camera that stamps its pictures faster or slower than it delivers.

    Attributes:
        drift_ppb: By how much more wall time passes than media time.
        points: The sightings that a line of this drift fits.
    """

    drift_ppb: int
    points: Sequence[Sighting]


def wrong_rate(points: Sequence[Sighting], run_away: Elapsed = RUN_AWAY) -> WrongRate | None:
    """The rate to follow instead of the camera's stamps; None where the stamps may be right.

    Args:
        points: Sightings of a run's last minutes, by media time; the least delayed of each second
            or more.
        run_away: How far arrivals run away before a rate counts as wrong.
    """
    found = _even(points, run_away)
    if found is None and points:
        lately = points[bisect_left(points, points[-1].media - LATELY, key=_media) :]
        found = _even(lately, max(run_away, RUN_AWAY_LATELY))
    return found


def _even(points: Sequence[Sighting], run_away: Elapsed) -> WrongRate | None:
    """The rate at which arrivals run away in every quarter of the time; None where in none."""
    if len(points) < _QUARTERS or points[-1].media - points[0].media < WATCHED:
        return None
    slope, most = slope_ppb(points), MAX_DRIFT_PPM * 1_000
    if abs(slope) <= most:
        return None
    quarters = _quartered(points)
    if not all(quarters):
        return None
    within = line_under(points, max(-most, min(slope, most)), ZERO)
    free = line_under(points, slope, ZERO)
    missed = max(least_above(within, quarter) for quarter in quarters)
    off = max(least_above(free, quarter) for quarter in quarters)
    if missed < run_away or off * _NEAR > missed:
        return None
    return WrongRate(slope, points)


def _quartered(points: Sequence[Sighting]) -> list[Sequence[Sighting]]:
    first, length = points[0].media, points[-1].media - points[0].media
    bounds = [first + Elapsed(length.us * n // _QUARTERS) for n in range(_QUARTERS)]
    at = [*(bisect_left(points, bound, key=_media) for bound in bounds), len(points)]
    return [points[left:right] for left, right in pairwise(at)]


def _media(point: Sighting) -> Elapsed:
    return point.media


def delivered(stamped: float, drift_ppb: int) -> float:
    """Pictures a second delivered by a camera that stamps `stamped` a second."""
    return stamped * _BILLION / (_BILLION + drift_ppb)
