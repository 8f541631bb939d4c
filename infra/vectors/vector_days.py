"""UTC days of rows and of segment keys: which shards can hold what. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.errors import BadInput
from footage.objectkey import ObjectKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from footage.instant import Instant

    Days = tuple[str, str]


def day_of(instant: Instant) -> str:
    """The UTC day as a shard's folder is named."""
    return f"{instant.to_datetime():%Y-%m-%d}"


def day_in(segment: str) -> str | None:
    """The day in a segment's key, or None for a malformed key."""
    try:
        return day_of(ObjectKey.parse(segment).start)
    except BadInput:
        return None


def days_in(segments: Iterable[str]) -> Days | None:
    """First and last day in the keys, or None if any key is malformed."""
    days = {day_in(segment) for segment in segments}
    known = sorted(day for day in days if day is not None)
    return (known[0], known[-1]) if known and len(known) == len(days) else None


def covering(spans: Iterable[Days | None]) -> Days | None:
    """First and last day of all spans, or None if any span is unknown."""
    known: list[str] = []
    for span in spans:
        if span is None:
            return None
        known += span
    return (min(known), max(known)) if known else None


def may_hold(days: Days | None, segment_days: Collection[str | None]) -> bool:
    """Whether rows of segments of these days can be of a segment of `segment_days`.

    None stands for unknown days.
    """
    if days is None:
        return True
    first, last = days
    return any(day is None or first <= day <= last for day in segment_days)
