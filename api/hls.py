"""HLS playlist of a camera's stored segments (RFC 8216). Pure: no object is opened.

All a playlist says stands in the catalogue. An entry is a stored segment: `EXTINF` is media time,
from the beginning of the first picture to the end of the last (`shown_us`);
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
from functools import lru_cache
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import Elapsed, Instant
from footage.played import runs_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footage.ids import SegmentKey
    from footage.instant import Interval
    from footage.played import Played
    from footage.span import Gap

MEDIA_TYPE: Final = "application/vnd.apple.mpegurl"
VERSION: Final = 7
"""The protocol version in which fragmented MP4 came."""
_SECOND_US: Final = 1_000_000
_MINUTE_US: Final = 60 * _SECOND_US
_ROUNDING_US: Final = 1_000
"""Lengths that differ by less than any picture differ by rounding to ticks and microseconds."""


class Addresses(NamedTuple):
    """Makers of the URLs of a segment's init and fragments, without what tells the viewer."""

    init: Callable[[SegmentKey], str]
    media: Callable[[SegmentKey], str]


@dataclass(frozen=True, slots=True)
class Written:
    """The part of a playlist that is the same for each viewer, and whatever is known of gaps.

    Attributes:
        first_us: Start of the first segment.
        last_us: Start of the last segment.
        head: Lines before the gaps.
        entries: Lines of each segment, up to the value of `viewing` in the media's address.
    """

    first_us: int
    last_us: int
    head: str
    entries: tuple[bytes, ...]

    def playlist(self, gaps: Iterable[Gap], viewer: str) -> bytes:
        """Return the playlist in UTF-8.

        Args:
            gaps: Gaps of the window.
            viewer: Value of `viewing`, and further parameters of each medium's address.
        """
        told = "".join([f"{_gap(number, gap)}\n" for number, gap in enumerate(gaps, 1)])
        # Of a day of 2 s segments this is all that is done again for each viewer.
        entries = f"{viewer}\n".encode().join((*self.entries, b"#EXT-X-ENDLIST\n"))
        return f"{self.head}{told}".encode() + entries


def written(
    window: Interval, segments: Sequence[Played], addresses: Addresses, *, derived: str = ""
) -> Written:
    """Write the media playlist of `window`, without gaps and the addresses of media.

    Args:
        window: The time asked for; play begins at the window's start.
        segments: The camera's segments that overlap the window, by start; at least one.
        addresses: Makers of the URLs.
        derived: Name of how the media given out are derived from the segments, "" for the segments
            themselves. A derived segment lasts as long, and has an init of its own.
    """
    lengths = _lengths(segments)
    longest = max(lengths)
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
    entries = [
        _entry(before, segment, length, addresses, own_init=bool(derived)).encode()
        for before, segment, length in zip([None, *segments], segments, lengths, strict=False)
    ]
    return Written(segments[0].start_us, segments[-1].start_us, "\n".join(head), tuple(entries))


def shown_us(segment: Played, after: Played | None) -> int:
    """Return the microseconds of media time for which a segment is shown, until the next is.

    A writer guesses how long the last picture lasts. The interval of a segment of stated time ends
    where the last picture does, in media time. Of a recorded one a pause right at the segment's end
    shows as time between two intervals.
    """
    media, wall = _media_us(segment), segment.end_us - segment.start_us
    shown = media
    if segment.stated:
        shown = wall
    elif after is not None and after.start_us > segment.end_us and runs_on(segment, after):
        shown = media + (after.start_us - segment.end_us) * media // max(wall, 1)
    return shown if abs(shown - media) > _ROUNDING_US else media


def player_time(segments: Sequence[Played]) -> Callable[[Instant], Elapsed]:
    """Return what tells where in the play of a playlist an instant lies; a gap takes no time.

    Args:
        segments: The segments of the playlist, by start; at least one.
    """
    starts = [segment.start_us for segment in segments]
    lengths = _lengths(segments)
    begins = list(accumulate(lengths, initial=0))

    def tell(instant: Instant) -> Elapsed:
        number = max(bisect_right(starts, instant.us) - 1, 0)
        passed = max(instant.us - starts[number], 0)
        wall = max(segments[number].end_us - segments[number].start_us, 1)
        into = min(passed * lengths[number] // wall, lengths[number])
        return Elapsed(begins[number] + into)

    return tell


def _media_us(segment: Played) -> int:
    return segment.media.duration_ticks * _SECOND_US // segment.media.timescale


def _lengths(segments: Sequence[Played]) -> list[int]:
    return [shown_us(one, after) for one, after in pairwise([*segments, None]) if one]


def _begin(window: Interval, first: Played, lasts_us: int) -> Iterator[str]:
    """Yield the tag that lets play begin at the window's start, inside the first segment."""
    passed, wall = window.start.us - first.start_us, first.end_us - first.start_us
    if passed > 0 and wall > 0:
        into = min(passed * lasts_us // wall, lasts_us)
        yield f"#EXT-X-START:TIME-OFFSET={_seconds(into)},PRECISE=YES"


def _gap(number: int, gap: Gap) -> str:
    return (
        f'#EXT-X-DATERANGE:ID="gap-{number}",CLASS="footage.gap",'
        f'START-DATE="{_date(gap.interval.start.us)}",END-DATE="{_date(gap.interval.end.us)}",'
        f'X-REASON="{gap.reason.value}"'
    )


def _streams(segments: Sequence[Played], derived: str) -> Iterator[str]:
    """Yield a tag for each stretch of equal coding: what a player is to be told in words."""
    kinds = groupby(segments, key=lambda one: (one.media.codec, one.media.width, one.media.height))
    for number, ((codec, width, height), same) in enumerate(kinds, 1):
        stretch = list(same)
        told = f'X-CODEC="{codec}",X-SIZE="{width}x{height}"'
        if derived:
            told += f',X-DERIVED="{derived}"'
        yield (
            f'#EXT-X-DATERANGE:ID="stream-{number}",CLASS="footage.stream",'
            f'START-DATE="{_date(stretch[0].start_us)}",'
            f'END-DATE="{_date(max(one.end_us for one in stretch))}",{told}'
        )


def _entry(
    before: Played | None, segment: Played, lasts_us: int, addresses: Addresses, *, own_init: bool
) -> str:
    """Return the lines of a segment, up to the value of `viewing` in the media's address."""
    lines = ""
    opening = before is None or not runs_on(before, segment)
    if opening or own_init:
        lines = f'#EXT-X-MAP:URI="{addresses.init(segment.key)}"\n'
    if opening and before is not None:
        lines = f"#EXT-X-DISCONTINUITY\n{lines}"
    more = "" if before is not None else "opening=true&"
    if lasts_us != _media_us(segment):
        more += f"lasts={lasts_us}&"
    date, media = _date(segment.start_us), addresses.media(segment.key)
    return (
        f"{lines}#EXT-X-PROGRAM-DATE-TIME:{date}\n#EXTINF:{_seconds(lasts_us)},\n"
        f"{media}?{more}viewing="
    )


def _seconds(us: int) -> str:
    return f"{us // _SECOND_US}.{us % _SECOND_US:06d}"


def _date(us: int) -> str:
    """Write an instant to the millisecond, cut: the most that players read."""
    minute, us = divmod(us, _MINUTE_US)
    second, us = divmod(us, _SECOND_US)
    return f"{_minute(minute)}{second:02d}.{us // 1_000:03d}Z"


@lru_cache(maxsize=16)
def _minute(number: int) -> str:
    """Write a minute, counted from 1970 UTC, as far as the seconds: neighbours share minutes."""
    return str(Instant(number * _MINUTE_US))[: len("2026-11-22T15:08:")]
