"""Spans and gaps, which together tile any window of a recording (invariant 5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.ids import CameraId, RunId
    from footage.segment import Segment

JOIN_TOLERANCE: Final = Elapsed.parse("1s")
"""Segments of one run this close form one span: a camera that sends few pictures of a still scene
leaves so much time between two pictures, and the length of a segment's last picture is a guess."""


class GapReason(StrEnum):
    """Reason why scheduled time has no stored segment."""

    CAMERA_LOST = "camera_lost"
    RECORDER_DOWN = "recorder_down"
    SPOOL_OVERFLOW = "spool_overflow"
    WRITE_FAILED = "write_failed"
    EXPIRED = "expired"
    CLOCK_STEPPED = "clock_stepped"
    """No footage is missing: the recorder's clock was set forward, so no frame has this time."""
    HELD_BACK = "held_back"
    NOT_SCHEDULED = "not_scheduled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a camera's time without a stored segment.

    Attributes:
        detail: For people: the policy that expired the segments, FFmpeg's last lines, the server
            that was unreachable.
    """

    camera: CameraId
    interval: Interval
    reason: GapReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """An unbroken stretch of a camera's segments, all of the same FFmpeg run."""

    camera: CameraId
    interval: Interval
    segments: int
    run: RunId


@dataclass(frozen=True, slots=True)
class Timeline:
    """A camera's window, tiled: each instant lies in exactly a single span or gap."""

    camera: CameraId
    window: Interval
    spans: tuple[Span, ...]
    gaps: tuple[Gap, ...]


def timeline(
    camera: CameraId, window: Interval, segments: Iterable[Segment], gaps: Iterable[Gap]
) -> Timeline:
    """Tile `window` with spans and gaps (invariant 5).

    A stored segment outranks a gap that overlaps the segment; of overlapping gaps the
    earlier-starting gap wins, then the order of `GapReason`; what nothing explains is a gap of
    reason `unknown`. Segments of one run closer than `JOIN_TOLERANCE` form one span, and the time
    between such segments counts as recorded.
    """
    spans = _spans(window, segments)
    holes = window.less(span.interval for span in spans)
    return Timeline(camera, window, tuple(spans), tuple(_explain(camera, holes, list(gaps))))


def _spans(window: Interval, segments: Iterable[Segment]) -> list[Span]:
    spans: list[Span] = []
    for segment in sorted(segments, key=lambda s: (s.interval.start, s.key)):
        part = segment.interval.clip(window)
        if part is None:
            continue
        last = spans[-1] if spans else None
        if last and last.run == segment.run and part.start <= last.interval.end + JOIN_TOLERANCE:
            end = max(last.interval.end, part.end)
            spans[-1] = Span(
                last.camera, Interval(last.interval.start, end), last.segments + 1, last.run
            )
        elif last and part.start < last.interval.end:
            rest = Interval(last.interval.end, part.end) if part.end > last.interval.end else None
            if rest:
                spans.append(Span(segment.camera, rest, 1, segment.run))
        else:
            spans.append(Span(segment.camera, part, 1, segment.run))
    return spans


def _explain(camera: CameraId, holes: Sequence[Interval], known: Sequence[Gap]) -> list[Gap]:
    pieces = _apart(known)
    starts, ends = [p.interval.start for p in pieces], [p.interval.end for p in pieces]
    explained: list[Gap] = []
    for hole in holes:
        # Only gaps that touch the hole: a camera that comes and goes has thousands of both.
        near = pieces[bisect_right(ends, hole.start) : bisect_left(starts, hole.end)]
        explained += [
            Gap(camera, part, gap.reason, gap.detail)
            for gap in near
            if (part := gap.interval.clip(hole))
        ]
        left = hole.less(gap.interval for gap in near)
        explained += [Gap(camera, rest, GapReason.UNKNOWN) for rest in left]
    return _merged(sorted(explained, key=lambda g: g.interval))


def _apart(gaps: Iterable[Gap]) -> list[Gap]:
    """Return the gaps in order, without the time that a gap of higher rank explains."""
    order = list(GapReason)
    pieces: list[Gap] = []
    for gap in sorted(gaps, key=lambda g: (g.interval.start, order.index(g.reason))):
        start, end = gap.interval.start, gap.interval.end
        if pieces:
            # The gap before starts no later, so that gap explains all time up to its own end.
            start = max(start, pieces[-1].interval.end)
        if start < end:
            pieces.append(replace(gap, interval=Interval(start, end)))
    return pieces


def _merged(gaps: Iterable[Gap]) -> list[Gap]:
    """Merge neighbouring gaps of the same reason and detail."""
    merged: list[Gap] = []
    for gap in gaps:
        last = merged[-1] if merged else None
        if last and last.interval.end == gap.interval.start and _same_cause(last, gap):
            merged[-1] = replace(last, interval=Interval(last.interval.start, gap.interval.end))
        else:
            merged.append(gap)
    return merged


def _same_cause(one: Gap, other: Gap) -> bool:
    return (one.reason, one.detail) == (other.reason, other.detail)
