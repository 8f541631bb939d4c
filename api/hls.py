"""HLS playlist of a camera's stored segments (RFC 8216). Pure: no object is opened.

All a playlist says stands in the catalogue. An entry is a stored segment: `EXTINF` is media time,
from the beginning of the first picture to the end of the last (`shown_time`);
`EXT-X-PROGRAM-DATE-TIME` is wall time, the start of the segment's interval, written for each
segment because media time may run faster or slower than wall time (invariant 8). Where media time
may jump stands `EXT-X-DISCONTINUITY`, where another init holds stands `EXT-X-MAP`.

Gaps take no media time: play goes on at the next segment, and the gap is told by
`EXT-X-DATERANGE`. `EXT-X-GAP` would need an entry with a duration and a URL for time that has
neither, and a target duration as long as the longest gap.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import Elapsed
from footage.joined import follows
from footage.mp4 import elapsed
from footage.segment import TimeSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footage.ids import SegmentKey
    from footage.instant import Instant, Interval
    from footage.segment import Segment
    from footage.span import Gap

MEDIA_TYPE: Final = "application/vnd.apple.mpegurl"
VERSION: Final = 7
"""The protocol version in which fragmented MP4 came."""
_SECOND_US: Final = 1_000_000
_ROUNDING: Final = Elapsed.parse("1ms")
"""Lengths that differ by less than any picture differ by rounding to ticks and microseconds."""


class Entry(NamedTuple):
    """A segment of a playlist.

    Attributes:
        before: Lines before the address of the media.
        opening: Whether the segment is the first of the playlist.
        lasts: Time for which the segment is shown, where the samples' durations tell otherwise.
    """

    before: str
    key: SegmentKey
    opening: bool
    lasts: Elapsed | None


@dataclass(frozen=True, slots=True)
class Written:
    """The part of a playlist that is the same for each viewer, and whatever is known of gaps.

    Attributes:
        head: Lines before the gaps.
        entries: The segments, in order.
    """

    head: str
    entries: tuple[Entry, ...]

    def playlist(self, gaps: Iterable[Gap], media: Callable[[Entry], str]) -> str:
        """Return the playlist.

        Args:
            gaps: Gaps of the window.
            media: Makes the URL of the fragments of a segment.
        """
        told = "".join(f"{_gap(number, gap)}\n" for number, gap in enumerate(gaps, 1))
        entries = "".join([f"{one.before}{media(one)}\n" for one in self.entries])
        return f"{self.head}{told}{entries}#EXT-X-ENDLIST\n"


def written(
    window: Interval,
    segments: Sequence[Segment],
    init: Callable[[SegmentKey], str],
    *,
    derived: str = "",
) -> Written:
    """Write the media playlist of `window`, without gaps and the addresses of media.

    Args:
        window: The time asked for; play begins at the window's start.
        segments: The camera's segments that overlap the window, by start; at least one.
        init: Makes the URL of the init of a segment.
        derived: Name of how the media given out are derived from the segments, "" for the segments
            themselves. A derived segment lasts as long, and has an init of its own.
    """
    lengths = [shown_time(one, after) for one, after in pairwise([*segments, None]) if one]
    longest = max(length.us for length in lengths)
    head = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max((longest + _SECOND_US // 2) // _SECOND_US, 1)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *_begin(window, segments[0], lengths[0]),
        *_streams(segments, derived),
        "",
    ]
    entries: list[Entry] = []
    before: Segment | None = None
    for segment, length in zip(segments, lengths, strict=True):
        entries.append(_entry(before, segment, length, init, own_init=bool(derived)))
        before = segment
    return Written("\n".join(head), tuple(entries))


def media_time(segment: Segment) -> Elapsed:
    """Return the time for which a segment is decoded, which is not the length of the interval."""
    return elapsed(segment.media.duration_ticks, segment.media.timescale)


def shown_time(segment: Segment, after: Segment | None) -> Elapsed:
    """Return the media time for which a segment is shown, until the next segment is.

    Samples' durations tell the times between decoding: a writer guesses how long the last sample
    lasts, and where pictures are reordered a pause right at a segment's end is among the durations
    of the next segment. The interval of a segment of stated time ends where the last picture does,
    in media time. Of a recorded one a pause shows as time between two intervals.
    """
    media, wall = media_time(segment), segment.interval.length
    shown = media
    if segment.clock.source is TimeSource.STATED:
        shown = wall
    elif after is not None and follows(segment, after):
        pause = max((after.interval.start - segment.interval.end).us, 0)
        shown = Elapsed(media.us + pause * media.us // max(wall.us, 1))
    return shown if abs((shown - media).us) > _ROUNDING.us else media


def player_time(segments: Sequence[Segment]) -> Callable[[Instant], Elapsed]:
    """Return what tells where in the play of a playlist an instant lies; a gap takes no time.

    Args:
        segments: The segments of the playlist, by start; at least one.
    """
    starts = [segment.interval.start.us for segment in segments]
    lengths = [shown_time(one, after).us for one, after in pairwise([*segments, None]) if one]
    begins = list(accumulate(lengths, initial=0))

    def tell(instant: Instant) -> Elapsed:
        number = max(bisect_right(starts, instant.us) - 1, 0)
        passed = max(instant.us - starts[number], 0)
        wall = max(segments[number].interval.length.us, 1)
        into = min(passed * lengths[number] // wall, lengths[number])
        return Elapsed(begins[number] + into)

    return tell


def _begin(window: Interval, first: Segment, lasts: Elapsed) -> Iterator[str]:
    """Yield the tag that lets play begin at the window's start, inside the first segment."""
    passed, wall = (window.start - first.interval.start).us, first.interval.length.us
    if passed > 0 and wall > 0:
        into = min(passed * lasts.us // wall, lasts.us)
        yield f"#EXT-X-START:TIME-OFFSET={_seconds(into)},PRECISE=YES"


def _gap(number: int, gap: Gap) -> str:
    return (
        f'#EXT-X-DATERANGE:ID="gap-{number}",CLASS="footage.gap",'
        f'START-DATE="{_date(gap.interval.start)}",END-DATE="{_date(gap.interval.end)}",'
        f'X-REASON="{gap.reason.value}"'
    )


def _streams(segments: Sequence[Segment], derived: str) -> Iterator[str]:
    """Yield a tag for each stretch of equal coding: what a player is to be told in words."""
    kinds = groupby(segments, key=lambda one: (one.media.codec, one.media.width, one.media.height))
    for number, ((codec, width, height), same) in enumerate(kinds, 1):
        stretch = list(same)
        told = f'X-CODEC="{codec}",X-SIZE="{width}x{height}"'
        if derived:
            told += f',X-DERIVED="{derived}"'
        yield (
            f'#EXT-X-DATERANGE:ID="stream-{number}",CLASS="footage.stream",'
            f'START-DATE="{_date(stretch[0].interval.start)}",'
            f'END-DATE="{_date(max(one.interval.end for one in stretch))}",{told}'
        )


def _entry(
    before: Segment | None,
    segment: Segment,
    lasts: Elapsed,
    init: Callable[[SegmentKey], str],
    *,
    own_init: bool,
) -> Entry:
    opening = before is None or not follows(before, segment)
    lines = []
    if opening and before is not None:
        lines.append("#EXT-X-DISCONTINUITY")
    if opening or own_init:
        lines.append(f'#EXT-X-MAP:URI="{init(segment.key)}"')
    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.interval.start)}")
    lines.append(f"#EXTINF:{_seconds(lasts.us)},")
    other = lasts if lasts != media_time(segment) else None
    return Entry("\n".join([*lines, ""]), segment.key, before is None, other)


def _seconds(us: int) -> str:
    return f"{us // _SECOND_US}.{us % _SECOND_US:06d}"


def _date(instant: Instant) -> str:
    """Write an instant to the millisecond, cut: the most that players read."""
    return f"{str(instant)[:-4]}Z"
