"""Changes: how much the pictures of each of many equal parts of a window changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.keyframe import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.instant import Interval
    from footage.keyframe import Keyframe


def most_by_bucket(
    window: Interval, buckets: int, keyframes: Iterable[Keyframe]
) -> list[float | None]:
    """Return the largest change in each bucket; None where no picture was looked at.

    A picture that the indexer took for unchanged has no change, whatever its noise, and one that
    could not be decoded was not looked at.

    Args:
        window: The time that the buckets tile.
        buckets: How many buckets.
        keyframes: Pictures that were looked at, in any order; those outside the window do not
            count.
    """
    found: list[float | None] = [None] * buckets
    for one in keyframes:
        if one.gate is Gate.UNREADABLE or one.instant not in window:
            continue
        at = (one.instant - window.start).us * buckets // window.length.us
        change = one.change if one.gate is Gate.CHANGED else 0.0
        found[at] = max(found[at] or 0.0, change)
    return found
