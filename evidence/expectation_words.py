"""Expectation of footage where nothing is stored, in words. Pure.

"Nothing there" can mean: not recorded yet, being recorded now, recorded at other times only, or
never recorded. Each sentence says no more than catalogue, register and leases show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from footage.camera import Camera
    from footage.day import DaySummary
    from footage.ids import NodeId
    from footage.instant import Instant, Interval


def without_footage(days: Iterable[DaySummary], interval: Interval) -> bool:
    """Whether no span in the summaries of a camera's days overlaps `interval`."""
    return not any(span.interval.overlaps(interval) for day in days for span in day.spans)


def expected(
    camera: Camera,
    interval: Interval,
    days: Iterable[DaySummary],
    recorder: NodeId | None,
    now: Instant,
    show: Callable[[Instant], str],
) -> str:
    """Say whether footage of `camera` is to be expected in `interval`, where none is stored.

    Args:
        camera: The camera, as in the register.
        interval: The time asked about.
        days: Summaries of all days of the camera.
        recorder: The recorder that records the camera now, or None.
        now: The present.
        show: Writes an instant for people.
    """
    return f"{_recorded_when(interval, days, show)}; {_to_come(camera, interval, recorder, now)}"


def _recorded_when(
    interval: Interval, days: Iterable[DaySummary], show: Callable[[Instant], str]
) -> str:
    spans = [span.interval for day in days for span in day.spans]
    before = max((span.end for span in spans if span.end <= interval.start), default=None)
    after = min((span.start for span in spans if span.start >= interval.end), default=None)
    if before and after:
        return f"footage is stored until {show(before)} and again from {show(after)}"
    if before:
        return f"the newest footage stored ends at {show(before)}"
    if after:
        return f"the oldest footage stored begins at {show(after)}"
    return "no footage of this camera is stored"


def _to_come(camera: Camera, interval: Interval, recorder: NodeId | None, now: Instant) -> str:
    if recorder:
        name = f"recorder {recorder} records this camera now"
        if interval.end <= now:
            return f"{name}: what it has not stored yet may still come"
        return f"{name}: footage of this time is to be expected"
    source = (
        "no recorder records this camera now"
        if camera.source
        else ("this camera has no source, so its footage comes by import only")
    )
    if interval.start >= now:
        return f"this time lies ahead, and {source}"
    return source
