"""Timeline of a camera, read from a catalogue: spans from day summaries, and gaps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footage.day import spans_of
from footage.errors import Unavailable
from footage.scope import Scope
from footage.span import GapReason, Span, tile
from footage.unlisted import require_listed
from footage.unscheduled import unscheduled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.day import DaySpan
    from footage.ids import CameraId
    from footage.instant import Instant, Interval
    from footage.ports import Catalogue, ObjectStore, Register
    from footage.span import Timeline


def camera_timeline(catalogue: Catalogue, camera: CameraId, window: Interval) -> Timeline:
    """Read what a camera recorded in `window`, and tile the window with spans and gaps.

    Time of which the catalogue tells nothing is a gap of reason `unknown`; see `explained`.

    A span's number of segments is added up from day summaries. Only of days with a span that the
    window cuts are the segments read, to count those inside the window: of three days at most,
    however long the window (invariant 12). Where runs overlap, a span counts also those of its
    segments that lie in the time of the span before.
    """
    recorded = list(_recorded(catalogue, camera, window))
    # Gaps are read last: a purge enters the gap before the segment goes (invariant 5).
    gaps = catalogue.gaps(Scope(cameras=frozenset([camera])), window)
    return tile(camera, window, recorded, gaps)


def explained(
    line: Timeline, catalogue: Catalogue, store: ObjectStore, register: Register, now: Instant
) -> Timeline:
    """Return a timeline with time before the camera's recording as not scheduled.

    The object store is asked first, and only where time is unknown: a catalogue that was emptied
    over a full store knows of no recording. Where the store cannot be reached, the time stays
    unknown (invariant 11).

    Args:
        line: The timeline, with gaps as the catalogue tells the gaps.
        catalogue: Tells when the camera's recording began.
        store: Holds the segments.
        register: Tells at which site the camera stood, which begins the keys of its segments.
        now: The present instant.

    Raises:
        DataLoss: The store holds footage of a gap that the catalogue does not list.
    """
    if not any(gap.reason is GapReason.UNKNOWN for gap in line.gaps):
        return line
    gaps = ((gap.camera, gap.interval, gap.reason.value) for gap in line.gaps)
    try:
        require_listed(catalogue, store, register, gaps, now)
    except Unavailable:
        return line
    since = catalogue.recorded_since([line.camera])
    return replace(line, gaps=tuple(unscheduled(line.gaps, since)))


def _recorded(catalogue: Catalogue, camera: CameraId, window: Interval) -> Iterator[Span]:
    for summary in catalogue.days([camera], window):
        spans = [span for span in summary.spans if span.interval.overlaps(window)]
        if not all(window.covers(span.interval) for span in spans):
            segments = catalogue.day_segments(camera, summary.day)
            spans = list(spans_of(each for each in segments if each.interval.overlaps(window)))
        yield from (_span(camera, span) for span in spans)


def _span(camera: CameraId, span: DaySpan) -> Span:
    return Span(camera, span.interval, span.segments, span.run)
