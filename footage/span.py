"""Spans and gaps, which together tile any window of a recording (invariant 5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
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
    NO_PICTURES = "no_pictures"
    """The recording goes on without a picture of this time (`footage.holes`): a camera that records
    on motion, or that fell silent, inside one file or stream."""
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

    @property
    def why(self) -> str:
        """Reason and detail, in one line for people."""
        return f"{self.reason.value} {self.detail}".strip()


@dataclass(frozen=True, slots=True)
class Span:
    """An unbroken stretch of a camera's segments, all of the same FFmpeg run.

    Attributes:
        segments: Number of segments in the stretch.
    """

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
    """Tile `window` with the spans that segments form, and with gaps; see `tile`."""
    ordered = sorted(segments, key=lambda s: (s.interval.start.us, s.key))
    return tile(camera, window, (Span(s.camera, s.interval, 1, s.run) for s in ordered), gaps)


def tile(
    camera: CameraId, window: Interval, recorded: Iterable[Span], gaps: Iterable[Gap]
) -> Timeline:
    """Tile `window` with spans and gaps (invariant 5).

    Recorded time outranks a gap; of overlapping gaps the earlier-starting gap wins, then the order
    of `GapReason`; what nothing explains is a gap of reason `unknown`. Stretches of one run closer
    than `JOIN_TOLERANCE` form one span, and the time between such stretches counts as recorded.
    Where runs overlap, the span that starts earlier has the time.

    Args:
        camera: The camera of the window.
        window: The time to tile.
        recorded: Stretches of segments: single segments or spans of days. A stretch counts with all
            its segments, also where only a part of the stretch shows.
        gaps: Known gaps, in any order; may overlap each other and recorded time.
    """
    spans = _spans(window, recorded)
    holes = _holes(window, spans)
    return Timeline(camera, window, tuple(spans), tuple(explain(camera, holes, list(gaps))))


def _spans(window: Interval, recorded: Iterable[Span]) -> list[Span]:
    spans: list[Span] = []
    for each in sorted(recorded, key=lambda span: span.interval.start.us):
        part = each.interval.clip(window)
        if part is None:
            continue
        last = spans[-1] if spans else None
        if last is None or part.start.us > last.interval.end.us + JOIN_TOLERANCE.us:
            whole = part is each.interval
            spans.append(each if whole else Span(each.camera, part, each.segments, each.run))
        elif last.run == each.run:
            end = max(last.interval.end, part.end)
            count = last.segments + each.segments
            spans[-1] = Span(last.camera, Interval(last.interval.start, end), count, last.run)
        elif part.end.us > last.interval.end.us:
            rest = Interval(max(part.start, last.interval.end), part.end)
            spans.append(Span(each.camera, rest, each.segments, each.run))
    return spans


def _holes(window: Interval, spans: Iterable[Span]) -> list[Interval]:
    """Return the window without `spans`, which are in order, apart and inside the window."""
    holes, at = [], window.start
    for span in spans:
        if at.us < span.interval.start.us:
            holes.append(Interval(at, span.interval.start))
        at = span.interval.end
    if at.us < window.end.us:
        holes.append(Interval(at, window.end))
    return holes


def explain(camera: CameraId, holes: Sequence[Interval], known: Sequence[Gap]) -> list[Gap]:
    """Cover `holes`, which are in order and apart, with gaps; merge neighbours of one cause."""
    pieces = _apart(known)
    starts, ends = [p.interval.start.us for p in pieces], [p.interval.end.us for p in pieces]
    explained: list[Gap] = []
    for hole in holes:
        at = hole.start
        # Only gaps that touch the hole: a camera that comes and goes has thousands of both.
        near = slice(bisect_right(ends, hole.start.us), bisect_left(starts, hole.end.us))
        for gap in pieces[near]:
            part = gap.interval.clip(hole)
            if part is None:
                continue
            if at.us < part.start.us:
                unknown = Interval(at, part.start)
                _append(explained, Gap(camera, unknown, GapReason.UNKNOWN))
            whole = part is gap.interval and gap.camera == camera
            _append(explained, gap if whole else Gap(camera, part, gap.reason, gap.detail))
            at = part.end
        if at.us < hole.end.us:
            _append(explained, Gap(camera, Interval(at, hole.end), GapReason.UNKNOWN))
    return explained


def _apart(gaps: Iterable[Gap]) -> list[Gap]:
    """Return the gaps in order, without the time that a gap of higher rank explains."""
    rank = {reason: number for number, reason in enumerate(GapReason)}
    pieces: list[Gap] = []
    for gap in sorted(gaps, key=lambda g: (g.interval.start.us, rank[g.reason])):
        last = pieces[-1].interval.end if pieces else gap.interval.start
        # The gap before starts no later, so that gap explains all time up to its own end.
        if gap.interval.start.us >= last.us:
            pieces.append(gap)
        elif gap.interval.end.us > last.us:
            part = Interval(last, gap.interval.end)
            pieces.append(Gap(gap.camera, part, gap.reason, gap.detail))
    return pieces


def _append(gaps: list[Gap], gap: Gap) -> None:
    """Append a gap, merged with the last gap where both touch and have the same cause."""
    last = gaps[-1] if gaps else None
    if last and last.interval.end.us == gap.interval.start.us and _same_cause(last, gap):
        whole = Interval(last.interval.start, gap.interval.end)
        gaps[-1] = Gap(last.camera, whole, last.reason, last.detail)
    else:
        gaps.append(gap)


def _same_cause(one: Gap, other: Gap) -> bool:
    return one.reason is other.reason and one.detail == other.detail
