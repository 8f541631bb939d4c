"""What a playlist says of segments and gaps."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import m3u8
import pytest

from api import hls
from footage.ids import RunId
from footage.instant import Elapsed, Instant, Interval
from footage.played import Played
from footage.segment import ClockReading, TimeSource
from footage.span import GapReason
from tests.common.builders import a_gap, a_media, a_segment, at, during, segments_in_a_row
from tests.common.playlists import ReadPlaylist, read_playlist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.segment import Segment
    from footage.span import Gap

FIRST, SECOND = segments_in_a_row(2)
VIEWER = "7&case=FIR"


def _read(
    segments: Sequence[Segment], *, start_s: float = 0, gaps: Sequence[Gap] = ()
) -> ReadPlaylist:
    return read_playlist(_text(during(start_s, 86_400), segments, gaps))


def _text(window: Interval, segments: Sequence[Segment], gaps: Sequence[Gap]) -> str:
    return _written(window, segments).playlist(gaps, VIEWER).decode()


def _written(window: Interval, segments: Sequence[Segment], derived: str = "") -> hls.Written:
    addresses = hls.Addresses("init/{}".format, "media/{}".format)
    return hls.written(window, _played(segments), addresses, derived=derived)


def _played(segments: Sequence[Segment]) -> list[Played]:
    return [Played.of(one) for one in segments]


def test_a_run_is_one_stretch_under_one_init() -> None:
    row = segments_in_a_row(5)
    entries = _read(row).entries
    first, *rest = (f"media/{segment.key}" for segment in row)
    assert [entry.uri for entry in entries] == [
        f"{first}?opening=true&viewing={VIEWER}",
        *(f"{one}?viewing={VIEWER}" for one in rest),
    ]
    assert {entry.init for entry in entries} == {f"init/{row[0].key}"}
    assert not any(entry.discontinuity for entry in entries)
    assert [entry.seconds for entry in entries] == [60.0] * 5
    assert [entry.date for entry in entries] == [
        Instant.parse(f"{str(one.interval.start)[:-4]}Z") for one in row
    ]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(replace(SECOND, run=RunId("run-2")), id="another run"),
        pytest.param(replace(SECOND, sequence=2), id="a segment is missing"),
        pytest.param(replace(SECOND, interval=during(62, 122)), id="a hole inside the run"),
        pytest.param(replace(SECOND, interval=during(50, 110)), id="a clock set back"),
        pytest.param(replace(SECOND, media=a_media(codec="hvc1")), id="another codec"),
        pytest.param(replace(SECOND, media=a_media(init_bytes=801)), id="an init of other length"),
        pytest.param(replace(SECOND, media=replace(a_media(), width=1280)), id="other pictures"),
    ],
)
def test_where_media_time_or_init_may_change_stands_a_discontinuity(second: Segment) -> None:
    first, then = _read([FIRST, second]).entries
    assert not first.discontinuity
    assert then.discontinuity
    assert then.init == f"init/{second.key}"
    assert "opening" not in then.uri


def test_a_segment_is_shown_until_the_next_one_is() -> None:
    paused = replace(SECOND, interval=during(60.4, 120.4))
    first, then = _read([FIRST, paused]).entries
    assert not then.discontinuity
    assert (first.seconds, then.seconds) == (60.4, 60.0)
    assert "&lasts=60400000&viewing=" in first.uri
    assert "lasts" not in then.uri


def test_a_pause_is_as_long_in_media_time_as_the_media_is_wrong() -> None:
    fast = replace(FIRST, media=replace(a_media(), duration_ticks=30 * FIRST.media.timescale))
    paused = replace(SECOND, interval=during(60.4, 120.4))
    assert hls.shown_us(Played.of(fast), Played.of(paused)) == 30_200_000


@pytest.mark.parametrize("seconds", [60, 60.3, 59.7])
def test_a_segment_of_stated_time_is_shown_for_as_long_as_stated(seconds: float) -> None:
    stated = replace(FIRST, interval=during(0, seconds), clock=ClockReading(TimeSource.STATED))
    assert hls.shown_us(Played.of(stated), None) == seconds * 1_000_000


def test_a_microsecond_of_rounding_changes_no_length() -> None:
    stated = replace(FIRST, interval=Interval(at(0), at(60) + Elapsed(1)))
    stated = replace(stated, clock=ClockReading(TimeSource.STATED))
    assert hls.shown_us(Played.of(stated), None) == 60_000_000


def test_media_time_is_not_wall_time() -> None:
    """A camera whose clock runs at half the rate: a minute of light is 30 s of media."""
    row = [replace(one, media=a_media(seconds=30)) for one in segments_in_a_row(3)]
    found = _read(row, start_s=20)
    assert [entry.seconds for entry in found.entries] == [30.0] * 3
    starts = [entry.date for entry in found.entries]
    assert [(b - a).in_seconds for a, b in itertools.pairwise(starts)] == [60.0, 60.0]
    assert found.whole["EXT-X-TARGETDURATION"] == "30"
    assert found.whole["EXT-X-START"] == "TIME-OFFSET=10.000000,PRECISE=YES"


def test_play_begins_where_it_was_asked_to() -> None:
    assert "EXT-X-START" not in _read([FIRST]).whole
    assert "EXT-X-START" not in _read([FIRST], start_s=-5).whole
    assert _read([FIRST], start_s=12.5).whole["EXT-X-START"].startswith("TIME-OFFSET=12.500000")


@pytest.mark.parametrize(("seconds", "target"), [(0.04, 1), (4.4, 4), (4.6, 5), (59.99, 60)])
def test_the_target_duration_is_the_longest_rounded(seconds: float, target: int) -> None:
    segment = a_segment(seconds=seconds)
    assert _read([segment]).whole["EXT-X-TARGETDURATION"] == str(target)


def test_gaps_are_told_with_their_reasons_and_nothing_of_their_details() -> None:
    lost = a_gap(interval=during(60, 90), detail='said "no"\nand left')
    expired = a_gap(interval=during(150, 200), reason=GapReason.EXPIRED)
    later = replace(SECOND, interval=during(90, 150))
    found = _read([FIRST, later], gaps=[lost, expired])
    assert [one["X-REASON"] for one in found.ranges] == ["camera_lost", "expired"]
    assert {one["CLASS"] for one in found.ranges} == {"footage.gap"}
    shown = [Instant.parse(found.ranges[0][end]) for end in ("START-DATE", "END-DATE")]
    assert [(instant - at(0)).us // 1_000_000 for instant in shown] == [60, 90]


def test_another_reader_reads_the_same() -> None:
    row = [*segments_in_a_row(2), a_segment(start=at(200), run="run-2")]
    text = _text(during(10, 300), row, [a_gap(interval=during(120, 200))])
    ours, theirs = read_playlist(text), m3u8.loads(text)
    assert theirs.is_endlist
    assert theirs.target_duration == int(ours.whole["EXT-X-TARGETDURATION"])
    assert theirs.start.time_offset == 10
    for one, other in zip(ours.entries, theirs.segments, strict=True):
        assert (other.uri, other.duration) == (one.uri, one.seconds)
        assert other.program_date_time == one.date.to_datetime()
        assert other.init_section.uri == one.init
        assert other.discontinuity is one.discontinuity
    ranges = [one for each in theirs.segments for one in each.dateranges]
    assert [one.id for one in ranges] == ["stream-1", "gap-1"]


def test_each_stretch_of_equal_coding_is_told() -> None:
    coded = replace(SECOND, media=a_media(codec="hvc1"))
    plain, other = _read([FIRST, coded]).streams
    assert (plain["X-CODEC"], other["X-CODEC"]) == ("avc1", "hvc1")
    assert other["X-SIZE"] == f"{coded.media.width}x{coded.media.height}"
    assert "X-DERIVED" not in plain | other
    assert plain["END-DATE"] == other["START-DATE"] == f"{str(at(60))[:-4]}Z"


def test_a_derived_playlist_says_so_and_each_entry_has_an_init_of_its_own() -> None:
    row = segments_in_a_row(3)
    text = _written(during(0, 86_400), row, "h264-720").playlist((), VIEWER).decode()
    derived, plain = read_playlist(text), _read(row)
    assert [one["X-DERIVED"] for one in derived.streams] == ["h264-720"]
    assert [entry.init for entry in derived.entries] == [f"init/{one.key}" for one in row]
    assert [replace(one, init="") for one in derived.entries] == [
        replace(one, init="") for one in plain.entries
    ]


def test_a_day_of_segments_is_a_playlist_of_as_many_entries() -> None:
    found = _read(segments_in_a_row(1_440))
    assert len(found.entries) == 1_440
