"""HLS playlist of a camera's stored segments (RFC 8216). Pure: no object is opened.

All a playlist says stands in the catalogue. An entry is a stored segment: `EXTINF` is media time,
the sum of the samples' durations; `EXT-X-PROGRAM-DATE-TIME` is wall time, the start of the
segment's interval, written for each segment because media time may run faster or slower than wall
time (invariant 8). Where media time may jump stands `EXT-X-DISCONTINUITY`, where another init holds
stands `EXT-X-MAP`.

Gaps take no media time: play goes on at the next segment, and the gap is told by
`EXT-X-DATERANGE`. `EXT-X-GAP` would need an entry with a duration and a URL for time that has
neither, and a target duration as long as the longest gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.mp4 import elapsed
from footage.span import JOIN_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footage.ids import SegmentKey
    from footage.instant import Elapsed, Instant, Interval
    from footage.segment import Segment
    from footage.span import Gap

MEDIA_TYPE: Final = "application/vnd.apple.mpegurl"
VERSION: Final = 7
"""The protocol version in which fragmented MP4 came."""
_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makers of the two URLs of a segment: of the init, and of the fragments behind the init.

    Attributes:
        media: Takes whether the segment is the first of the playlist.
    """

    init: Callable[[SegmentKey], str]
    media: Callable[[SegmentKey, bool], str]


def playlist(
    window: Interval, segments: Sequence[Segment], gaps: Iterable[Gap], addresses: Addresses
) -> str:
    """Write the media playlist of `window`.

    Args:
        window: The time asked for; play begins at the window's start.
        segments: The camera's segments that overlap the window, by start; at least one.
        gaps: Gaps of the window.
        addresses: Makers of the segments' URLs.
    """
    longest = max(media_time(segment).us for segment in segments)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max((longest + _SECOND_US // 2) // _SECOND_US, 1)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *_begin(window, segments[0]),
        *(_gap(number, gap) for number, gap in enumerate(gaps, 1)),
    ]
    before: Segment | None = None
    for segment in segments:
        lines += _entry(before, segment, addresses)
        before = segment
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def media_time(segment: Segment) -> Elapsed:
    """Return the time for which a segment plays, which is not the length of the interval."""
    return elapsed(segment.media.duration_ticks, segment.media.timescale)


def follows(before: Segment, segment: Segment) -> bool:
    """Whether media time runs on from one segment to the next, under the same init.

    Segments of one run share one init (ADR 3). A hole inside a run, or a stepped clock, shows as a
    jump of wall time.
    """
    jump = abs(segment.interval.start.us - before.interval.end.us)
    return (
        segment.run == before.run
        and segment.sequence == before.sequence + 1
        and jump <= JOIN_TOLERANCE.us
        and _coding(segment) == _coding(before)
    )


def _coding(segment: Segment) -> tuple[object, ...]:
    media = segment.media
    return (media.codec, media.width, media.height, media.timescale, media.init_bytes)


def _begin(window: Interval, first: Segment) -> Iterator[str]:
    """Yield the tag that lets play begin at the window's start, inside the first segment."""
    passed, wall = (window.start - first.interval.start).us, first.interval.length.us
    if passed > 0 and wall > 0:
        into = min(passed * media_time(first).us // wall, media_time(first).us)
        yield f"#EXT-X-START:TIME-OFFSET={_seconds(into)},PRECISE=YES"


def _gap(number: int, gap: Gap) -> str:
    return (
        f'#EXT-X-DATERANGE:ID="gap-{number}",CLASS="footage.gap",'
        f'START-DATE="{_date(gap.interval.start)}",END-DATE="{_date(gap.interval.end)}",'
        f'X-REASON="{gap.reason.value}"'
    )


def _entry(before: Segment | None, segment: Segment, addresses: Addresses) -> Iterator[str]:
    if before is None or not follows(before, segment):
        if before is not None:
            yield "#EXT-X-DISCONTINUITY"
        yield f'#EXT-X-MAP:URI="{addresses.init(segment.key)}"'
    yield f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.interval.start)}"
    yield f"#EXTINF:{_seconds(media_time(segment).us)},"
    yield addresses.media(segment.key, before is None)


def _seconds(us: int) -> str:
    return f"{us // _SECOND_US}.{us % _SECOND_US:06d}"


def _date(instant: Instant) -> str:
    """Write an instant to the millisecond, cut: the most that players read."""
    return f"{str(instant)[:-4]}Z"
