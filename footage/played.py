"""Facts of stored segments that a player needs. Pure, and small: a day has 43 200 of 2 s."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from footage.instant import Instant, Interval
from footage.segment import Media, TimeSource
from footage.span import JOIN_TOLERANCE, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from footage.ids import CameraId, RunId, SegmentKey
    from footage.segment import Segment


class Played(NamedTuple):
    """Facts of a stored segment; times in microseconds since 1970 UTC.

    Attributes:
        stated: Whether the wall time was stated by whoever brought the recording in.
    """

    key: SegmentKey
    start_us: int
    end_us: int
    run: RunId
    sequence: int
    media: Media
    stated: bool

    @classmethod
    def of(cls, segment: Segment) -> Played:
        """Return the facts of a segment."""
        interval, stated = segment.interval, segment.clock.source is TimeSource.STATED
        times = interval.start.us, interval.end.us
        return cls(segment.key, *times, segment.run, segment.sequence, segment.media, stated)


def runs_on(before: Played, after: Played) -> bool:
    """Whether media time runs on from one segment to the next, under the same init.

    Segments of one run share one init (ADR 3). A hole inside a run, or a stepped clock, shows as a
    jump of wall time.
    """
    return (
        after.run == before.run
        and after.sequence == before.sequence + 1
        and abs(after.start_us - before.end_us) <= JOIN_TOLERANCE.us
        and (after.media is before.media or _coding(after.media) == _coding(before.media))
    )


def stretches(camera: CameraId, played: Iterable[Played]) -> Iterator[Span]:
    """Join neighbouring segments of one run, by start, into spans for `footage.span.tile`."""
    first: Played | None = None
    end_us, count = 0, 0
    for one in played:
        if first and one.run == first.run and one.start_us <= end_us + JOIN_TOLERANCE.us:
            end_us, count = max(end_us, one.end_us), count + 1
            continue
        if first:
            yield _span(camera, first, end_us, count)
        first, end_us, count = one, one.end_us, 1
    if first:
        yield _span(camera, first, end_us, count)


def _span(camera: CameraId, first: Played, end_us: int, count: int) -> Span:
    return Span(camera, Interval(Instant(first.start_us), Instant(end_us)), count, first.run)


def _coding(media: Media) -> tuple[object, ...]:
    return (media.codec, media.width, media.height, media.timescale, media.init_bytes)
