"""Interval at which an encoder looks, and the time that counts as looked at. Pure.

An encoder sees single pictures. Between two of them anything may have come and gone, so the one
rule is: time counts as looked at when it lies within `LOOK_EVERY` (or the longer time that a mark
names), and a tenth, of a picture that was looked at, and no other time does (invariants 6, 11).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Interval, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.instant import Instant

LOOK_EVERY: Final = Elapsed.parse("2s")
"""Most time between two pictures that are looked at, where the settings name no other."""
FAR_KEYFRAMES: Final = Elapsed.parse("10s")
"""Time between keyframes above which the camera is named to the operator: to look each 2 s, five
times as much and more is decoded as is looked at, and a picture takes long to show."""
_TENTH: Final = 10
"""A tenth more is the same: keyframes each 2 s come 2.04 s apart now and then, and a picture
between them would cost the decoding of 50."""
_LOOSE: Final = re.compile(r"\+every(\d+)ms$")


def near(pictures: Iterable[Instant], within: Interval, every: Elapsed) -> list[Interval]:
    """Return the parts of `within` that lie no further than `every` from any of the pictures.

    Args:
        pictures: Instants of pictures that were looked at and could be decoded, in any order.
        within: Recorded time.
        every: Longest distance; a tenth more is taken for the same.
    """
    most = farthest(every)
    around = (Interval(at - most, at + most + Elapsed(1)).clip(within) for at in pictures)
    return union(part for part in around if part)


def apart(pictures: Iterable[Instant], within: Interval, every: Elapsed) -> bool:
    """Return whether a part of `within` does not count as looked at."""
    return near(pictures, within, every) != [within]


def keyframes_far_apart(keyframes: Iterable[Instant], end: Instant) -> bool:
    """Return whether keyframes, in order, or the last and `end` lie further apart than they should.

    Args:
        keyframes: Instants of the keyframes of a segment.
        end: End of the segment.
    """
    return any(after - before > FAR_KEYFRAMES for before, after in pairwise((*keyframes, end)))


def between(pictures: Sequence[int], start: int, end: int, every: int) -> list[int]:
    """Choose the fewest pictures, evenly apart, so that no two lie much more than `every` apart.

    Args:
        pictures: Times of the pictures to choose from, ascending, all after `start`; any unit.
        start: Time of the keyframe before, which is looked at anyway.
        end: Time of the next keyframe, or at which the footage ends.
        every: Longest time between two; a tenth more is taken for the same.

    Returns:
        The chosen times, ascending. Where no picture is shown for longer than `every`, the picture
        before that time and the first after are among those.
    """
    chosen: list[int] = []
    last, at, most = start, 0, _allowed(every)
    while at < len(pictures) and end - last > most:
        parts = -(-(end - last) // most)
        due = last + (end - last) // parts
        # The first after the last at least: where nothing is shown for long, the next that is.
        at = max(bisect_right(pictures, due, at), at + 1)
        last = pictures[at - 1]
        chosen.append(last)
    return chosen


def loose_mark(digest: str, every: Elapsed) -> str:
    """The mark, beside the digest, of segments looked at less often than each `LOOK_EVERY`."""
    return f"{digest}+every{every.us // 1000}ms"


def looked_every(marks: Iterable[str], digest: str) -> Elapsed:
    """Return the longest time between looked-at pictures that the marks of an encoder allow."""
    told = (_LOOSE.fullmatch(mark, len(digest)) for mark in marks if mark.startswith(digest))
    return max([LOOK_EVERY, *(Elapsed(int(found[1]) * 1000) for found in told if found)])


def farthest(every: Elapsed) -> Elapsed:
    """Most time from what counts as looked at to a picture that was looked at."""
    return Elapsed(_allowed(every.us))


def _allowed(every: int) -> int:
    return every + every // _TENTH
