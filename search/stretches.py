"""Stretches of time as pairs of numbers: start and end, in microseconds since the epoch. Pure.

Coverage of a city's day cuts thousands of stretches for each question; pairs of numbers cost a
tenth of what `Interval` objects cost. Stretches are half-open and never empty.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from footage.instant import Instant, Interval
from footage.span import JOIN_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footage.ids import RunId

    Stretch = tuple[int, int]
    Recorded = tuple[int, int, RunId]

_start, _end = itemgetter(0), itemgetter(1)
_JOIN_US: Final = JOIN_TOLERANCE.us


def of(intervals: Iterable[Interval]) -> list[Stretch]:
    """Return the intervals as stretches."""
    return [(interval.start.us, interval.end.us) for interval in intervals]


def interval(stretch: Stretch) -> Interval:
    """Return a stretch as an interval."""
    return Interval(Instant(stretch[0]), Instant(stretch[1]))


def length(stretches: Iterable[Stretch]) -> int:
    """Return the sum of the lengths."""
    return sum([end - start for start, end in stretches])


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Merge overlapping and touching stretches, in order, as `footage.instant.union` does."""
    merged: list[Stretch] = []
    for start, end in sorted(stretches):
        if not merged or start > merged[-1][1]:
            merged.append((start, end))
        elif end > merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
    return merged


def stored(window: Stretch, recorded: Sequence[Recorded]) -> list[Stretch]:
    """Return the recorded time in `window`, by span, as `footage.span.tile` does.

    Args:
        window: The time to look at.
        recorded: Stretches of segments, in any order.
    """
    spans: list[Stretch] = []
    last_run = None
    since, until = window
    if len(recorded) == 1:  # as of most cameras and days
        ((start, end, _),) = recorded
        whole = max(start, since), min(end, until)
        return [whole] if whole[0] < whole[1] else []
    for start, end, run in sorted(recorded, key=_start):
        first, last = max(start, since), min(end, until)
        if first >= last:
            continue
        if not spans or first > spans[-1][1] + _JOIN_US:
            spans.append((first, last))
        elif last_run == run:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
            continue
        elif last > spans[-1][1]:
            spans.append((max(first, spans[-1][1]), last))
        else:
            continue
        last_run = run
    return spans


def by_window(
    windows: Iterable[Stretch], recorded: Sequence[Recorded]
) -> Iterator[tuple[Stretch, Sequence[Recorded]]]:
    """Pair each window with recorded stretches, of which all that touch the window are.

    Args:
        windows: In order and apart.
        recorded: Stretches of segments, in any order.
    """
    ordered = sorted(recorded, key=_start)
    first = last = 0
    for window in windows:
        since, until = window
        while first < len(ordered) and ordered[first][1] <= since:
            first += 1
        last = max(first, last)
        while last < len(ordered) and ordered[last][0] < until:
            last += 1
        yield window, ordered[first:last]


def holes(window: Stretch, spans: Iterable[Stretch]) -> list[Stretch]:
    """Return `window` without `spans`, which are in order, apart and inside the window."""
    found, at = [], window[0]
    for start, end in spans:
        if at < start:
            found.append((at, start))
        at = end
    if at < window[1]:
        found.append((at, window[1]))
    return found


def before(windows: Iterable[Stretch], edge: int) -> tuple[Stretch, ...]:
    """Return the part of `windows` before `edge`."""
    return tuple((start, min(end, edge)) for start, end in windows if start < edge)


def after(windows: Iterable[Stretch], edge: int) -> tuple[Stretch, ...]:
    """Return the part of `windows` from `edge` on."""
    return tuple((max(start, edge), end) for start, end in windows if edge < end)


def taken(
    parts: Sequence[Stretch], others: Sequence[Stretch]
) -> tuple[list[Stretch], list[Stretch]]:
    """Cut `parts` into stretches inside `others` and stretches outside; return both.

    The others are in order and apart. Both results are in the order of `parts`.
    """
    if not others:
        return [], list(parts)
    inside: list[Stretch] = []
    outside: list[Stretch] = []
    for start, end in parts:
        # Only the others that touch the part: a day of a camera may have a thousand.
        first = bisect_right(others, start, key=_end)
        at = start
        for other_start, other_end in others[first : bisect_left(others, end, first, key=_start)]:
            cut, until = max(other_start, start), min(other_end, end)
            inside.append((cut, until))
            if at < cut:
                outside.append((at, cut))
            at = until
        if at < end:
            outside.append((at, end))
    return inside, outside
