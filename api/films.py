"""Films of an interval: the stretches that each play as one MP4, with the gaps between. Pure.

Nothing is joined across a gap: an MP4 has no way to show one that players keep to, and a film that
runs on over a gap would be taken for time without a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.playback import of_span
from footage.instant import Interval
from footage.joined import follows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.instant import Elapsed, Instant
    from footage.segment import Segment
    from footage.span import Gap, Span, Timeline


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an interval that plays as one MP4.

    Attributes:
        segments: Number of segments that hold the part.
    """

    interval: Interval
    segments: int


@dataclass(frozen=True, slots=True)
class FilmPage:
    """Stretches and gaps that tile an interval.

    Attributes:
        cursor: Where the next page begins; None where nothing is left.
    """

    interval: Interval
    stretches: tuple[Stretch, ...]
    gaps: tuple[Gap, ...]
    cursor: Instant | None


def stretches(line: Timeline, segments: Sequence[Segment], longest: Elapsed) -> list[Stretch]:
    """Return the stretches of a timeline, in order.

    A stretch ends where a span ends, where the coding changes, where a segment is missing or media
    time jumps, and before it gets longer than `longest`.

    Args:
        line: Timeline of an interval.
        segments: All segments that overlap the interval.
        longest: Longest stretch.
    """
    return [one for span in line.spans for one in _of_span(span, segments, longest)]


def page(line: Timeline, found: Sequence[Stretch], limit: int, more: Instant | None) -> FilmPage:
    """Return the first `limit` stretches of a timeline, and the gaps up to the next stretch.

    Args:
        line: Timeline of an interval.
        found: The stretches of the timeline.
        limit: Most stretches of the page.
        more: Where the next page begins if all of `found` is on this page; None: nothing is left.
    """
    cursor = found[limit].interval.start if len(found) > limit else more
    end = cursor if cursor is not None else line.window.end
    shown = Interval(line.window.start, end)
    gaps = (gap for gap in line.gaps if gap.interval.start < end)
    return FilmPage(shown, tuple(found[:limit]), tuple(gaps), cursor)


def _of_span(span: Span, segments: Sequence[Segment], longest: Elapsed) -> Iterator[Stretch]:
    """Yield the stretches that tile a span; a stretch begins where its first segment begins."""
    begin, count = span.interval.start, 0
    before: Segment | None = None
    for segment in of_span(segments, span):
        start = segment.interval.start
        if before is not None and begin < start < span.interval.end:
            too_long = min(segment.interval.end, span.interval.end) - begin > longest
            if too_long or not follows(before, segment):
                yield from _short_enough(Interval(begin, start), count, longest)
                begin, count = start, 0
        before = segment
        count += 1
    yield from _short_enough(Interval(begin, span.interval.end), count, longest)


def _short_enough(interval: Interval, segments: int, longest: Elapsed) -> Iterator[Stretch]:
    """Yield a stretch, in parts where a single segment is longer than `longest`."""
    begin = interval.start
    while interval.end - begin > longest:
        yield Stretch(Interval(begin, begin + longest), segments)
        begin += longest
    yield Stretch(Interval(begin, interval.end), segments)
