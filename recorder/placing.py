"""Where a closed segment lies in wall time, and what is odd about it. Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Instant, Interval
from footage.mp4 import elapsed, keyframes
from recorder.anchor import Anchor, Observations, estimate, slew

if TYPE_CHECKING:
    from footage.mp4 import Layout

_TWIN: Final = Elapsed.parse("1ms")
"""Keyframes closer than this are one picture split in two by the camera's packetiser."""
_STEPPED: Final = Elapsed.parse("5s")
"""A run that seems to start this long before the last one ended: the wall clock was set back. What
was recorded overlaps then; moving the new run into the future would be the greater lie."""
_HAIR: Final = Elapsed(1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a run has been placed: wall time and media time of the end of its last segment."""

    end: Instant
    end_ticks: int
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment's interval, the uncertainty of its start, and where the next one goes on."""

    interval: Interval
    uncertainty: Elapsed
    cursor: Cursor


def place(
    layout: Layout,
    seen: Observations,
    cursor: Cursor | None,
    *,
    started: Instant,
    not_before: Instant | None,
) -> Placed:
    """Place a segment of a run.

    Media time decides within a run: a segment starts where the one before it ended, to the
    microsecond, unless media is missing between them. The wall clock may jump meanwhile; the run
    follows it by slewing and never runs backwards (invariant 8).

    Args:
        layout: The segment's boxes.
        seen: What was observed of arrivals so far.
        cursor: Where the run stands; None for its first segment.
        started: When FFmpeg was started.
        not_before: End of what the camera recorded before this run, which does not start earlier
            unless the clock was set back.
    """
    scale = layout.media.timescale
    target = estimate(
        seen, frame=frame_length(layout), reordered=is_reordered(layout), started=started
    )
    anchor = cursor.anchor if cursor else target
    length = max(
        elapsed(layout.end_dts_ticks, scale) - elapsed(layout.first_dts_ticks, scale), _HAIR
    )
    start = anchor.at + elapsed(layout.first_dts_ticks, scale)
    if cursor is not None:
        start = _after(layout, cursor, start)
    elif not_before is not None and not_before - start < _STEPPED:
        start = max(start, not_before)
    # Where it lies elsewhere than the anchor says, the difference is slewed away and told.
    anchor = replace(anchor, at=start - elapsed(layout.first_dts_ticks, scale))
    moved = slew(anchor, target, length)
    end = max(start + length + (moved.at - anchor.at), start + _HAIR)
    after = Cursor(end, layout.end_dts_ticks, moved)
    if cursor is not None and cursor.end_ticks > after.end_ticks:
        after = cursor  # closed out of order, after a disk refused it once
    return Placed(Interval(start, end), slew(anchor, target, Elapsed(0)).uncertainty, after)


def frame_length(layout: Layout) -> Elapsed:
    """The usual length of a frame."""
    ticks = median_low(sample.duration_ticks for sample in layout.samples)
    return elapsed(ticks, layout.media.timescale)


def is_reordered(layout: Layout) -> bool:
    """Whether pictures are shown in another order than they are decoded."""
    return any(sample.pts_ticks != sample.dts_ticks for sample in layout.samples)


def damage(layout: Layout, *, size_bytes: int, cut_bytes: int = 0) -> str:
    """What is faulty, for people; "" when nothing was noticed."""
    findings = []
    if twins := _twins(layout):
        findings.append(
            f"{twins} keyframes arrive split in two: the camera's packetiser is at fault, "
            "they may not be decodable"
        )
    if cut_bytes:
        findings.append(f"{cut_bytes} bytes of an unfinished fragment were cut off after a kill")
    if not layout.samples[0].keyframe:
        findings.append("does not start with a keyframe")
    if layout.complete_bytes < size_bytes:
        findings.append(f"the last {size_bytes - layout.complete_bytes} bytes are unreadable")
    return "; ".join(findings)


def _after(layout: Layout, cursor: Cursor, start: Instant) -> Instant:
    """Where a later segment of a run starts that would start at `start` by the anchor alone."""
    scale = layout.media.timescale
    apart = elapsed(layout.first_dts_ticks, scale) - elapsed(cursor.end_ticks, scale)
    slack = frame_length(layout) + _TWIN
    if apart < -slack:
        return start  # an earlier one, closed late
    return cursor.end if apart <= slack else max(start, cursor.end)


def _twins(layout: Layout) -> int:
    keys = keyframes(layout)
    near = layout.media.timescale * _TWIN.us // 1_000_000
    return sum(later.dts_ticks - former.dts_ticks <= near for former, later in pairwise(keys))
