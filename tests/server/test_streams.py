"""What is kept of every kind of stream: one recording of all of them, seen from all sides."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import pytest

from footage.ids import CameraId
from footage.instant import Elapsed
from footage.mp4 import elapsed, walk
from footage.nal import Codec as Coded
from footage.span import JOIN_TOLERANCE, GapReason
from recorder.capture.command_line import FIRST_PICTURE
from recorder.events import Alarm, SegmentDamaged
from tests.common.recording import each_tool, holes
from tests.common.stream_city import (
    FILMS,
    HEALTHY,
    LOOKS,
    City,
    codec_of,
    packets,
    record_city,
    samples,
    sent,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from footage.mp4 import Layout
    from lab.servers.rtsp import Rtsp

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=each_tool())
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, rtsp_server: Rtsp
) -> City:
    return record_city(request.param, tmp_path_factory.mktemp("streams"), rtsp_server)


# -------------------------------------------------------------------- all of them


@pytest.mark.parametrize("name", [*LOOKS, *FILMS, "payloader", "file"])
def test_segments_and_gaps_tile(city: City, name: str) -> None:
    segments, gaps = city.segments(name), city.studio.gaps(CameraId(name))
    assert all(hole.length <= JOIN_TOLERANCE for hole in holes(segments, gaps))
    for former, later in pairwise(segments):
        assert former.interval.end <= later.interval.start


@pytest.mark.parametrize("name", [*HEALTHY, *FILMS, "file"])
def test_a_healthy_camera_has_one_span_whoever_fails_beside_it(city: City, name: str) -> None:
    segments = city.segments(name)
    assert len({one.run for one in segments}) == 1
    assert len(segments) >= 10
    assert {one.damage for one in segments} == {""}
    assert city.said(name, Alarm, SegmentDamaged) == []


@pytest.mark.parametrize("name", [*FILMS, "file"])
def test_a_steady_source_has_no_gap(city: City, name: str) -> None:
    """A simulated camera leaves pictures out where its process does not get the time to run."""
    assert {gap.reason for gap in city.studio.gaps(CameraId(name))} == {GapReason.RECORDER_DOWN}


@pytest.mark.parametrize("name", HEALTHY)
def test_every_frame_is_stored_once_and_decodes(city: City, name: str) -> None:
    """From the first one on: each segment alone, and together all that was captured."""
    stored = city.counters(name)
    captured = [one.counter for one in city.truth[name]]
    first, last = captured.index(stored[0]), captured.index(stored[-1])
    assert stored == captured[first : last + 1]
    assert city.truth[name][first].key
    for frames in city.shown(name):
        assert frames[0].key


def test_reordered_pictures_keep_their_order(city: City) -> None:
    """From the second segment of a run on; of its first pictures FFmpeg guesses the times, though
    never below zero, which no `tfdt` can hold."""
    layouts = city.layouts("film-b-frames")
    for layout in layouts:
        assert 0 <= layout.first_dts_ticks < 3_600 * layout.media.timescale
        assert any(one.pts_ticks != one.dts_ticks for one in layout.samples)
    assert set(_steps(layouts[1:-1])) == {Elapsed.parse("100ms")}


def test_a_variable_frame_rate_keeps_its_times(city: City) -> None:
    """But for the first picture of a run, whose time FFmpeg loses."""
    steps = _steps(city.layouts("film-vfr"))
    assert steps[1:] == _film_steps(city.films["film-vfr"])[1 : len(steps)]
    assert len(set(steps)) > 1


@pytest.mark.parametrize(
    ("name", "codec", "size"),
    [
        ("film-h264", "avc1", (320, 180)),
        ("film-h265", "hev1", (320, 180)),
        ("main", "avc1", (1920, 1080)),
        ("sub", "avc1", (352, 288)),
    ],
)
def test_codecs_and_profiles(city: City, name: str, codec: str, size: tuple[int, int]) -> None:
    for one in city.segments(name):
        assert one.media.codec == codec
        assert (one.media.width, one.media.height) == size
    for data in city.data(name)[:4]:
        with av.open(io.BytesIO(data), "r") as container:
            assert sum(1 for _ in container.decode(video=0)) == len(_layout(data).samples)


@pytest.mark.parametrize(
    ("name", "entry", "codec"),
    [("aac", "mp4a", "aac"), ("pcmu", "ulaw", "pcm_mulaw"), ("pcma", "alaw", "pcm_alaw")],
)
def test_audio_is_kept_beside_every_picture(city: City, name: str, entry: str, codec: str) -> None:
    seconds = []
    for data in city.data(name):
        assert walk(io.BytesIO(data)).audio == (entry,)
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.audio[0]
            assert stream.codec_context.name == codec
            frames = container.decode(stream)
            seconds.append(sum(frame.samples / frame.sample_rate for frame in frames))
    # In the first segment there is audio from before the first keyframe.
    segments = city.segments(name)
    pictures = segments[-1].interval.end - segments[1].interval.start
    assert sum(seconds[1:]) == pytest.approx(pictures.in_seconds, abs=3)


def test_no_audio_is_invented(city: City) -> None:
    assert {layout.audio for layout in city.layouts("steady")} == {()}


def test_the_first_frame_of_a_run_lasts_as_long_as_is_usual(city: City) -> None:
    """FFmpeg loses its time; it would share the second one's. By what it lasted longer, or may
    have, the start says that it is less certain."""
    assert _steps(city.layouts("film-h264"))[0] == FIRST_PICTURE
    first, later, *_ = [one.clock.uncertainty for one in city.segments("film-h264")]
    assert first is not None
    assert later is not None
    assert first - later >= Elapsed.parse("100ms") - FIRST_PICTURE - Elapsed.parse("5ms")


# -------------------------------------------------------------------- the camera's faults


@pytest.mark.parametrize("name", ["split", "payloader"])
def test_a_split_picture_is_told_and_kept(city: City, name: str) -> None:
    """Parameter sets before every slice: FFmpeg makes a packet of each."""
    segments = city.segments(name)
    assert len(segments) >= 10
    assert all("in the middle of a picture" in one.damage for one in segments)
    assert city.said(name, SegmentDamaged)


def test_a_payloader_s_split_is_kept_byte_for_byte(city: City) -> None:
    source = sent(packets(city.films["film-slices"]), Coded.H264)
    stored = sent(samples(city.data("payloader")), Coded.H264)
    assert stored == source[: len(stored)]
    assert len(stored) > 10 * 15


def test_a_new_size_closes_the_span(city: City) -> None:
    """Changed without a word in mid-stream: all frames kept, the next run's header is right."""
    segments = city.segments("resized")
    assert -1 not in city.counters("resized")
    assert len({one.run for one in segments}) >= 2
    assert (segments[0].media.width, segments[-1].media.width) == (192, 384)
    assert any("coded in another way" in text for text in city.said("resized", Alarm))


def test_a_new_codec_closes_the_span(city: City) -> None:
    """FFmpeg does not notice: it takes H.265 for H.264 and never sees a keyframe again."""
    segments = city.segments("recoded")
    assert (segments[0].media.codec, segments[-1].media.codec) == ("avc1", "hev1")
    assert None not in [one.stamp for one in city.shown("recoded")[-1]]
    assert any("not the codec" in one.damage for one in segments)


def test_a_clock_set_back_closes_the_span(city: City) -> None:
    """With audio FFmpeg counts by the camera's clock; its pictures must not go astray with it."""
    segments = city.segments("clock-set")
    assert max(one.interval.length for one in segments) < Elapsed.parse("20s")
    assert len({one.run for one in segments}) >= 2
    assert -1 not in city.counters("clock-set")
    assert segments[-1].media.duration_ticks < 20 * segments[-1].media.timescale


def test_a_silent_camera(city: City) -> None:
    assert city.segments("silent") == []
    reasons = {gap.reason for gap in city.studio.gaps(CameraId("silent"))}
    assert GapReason.CAMERA_LOST in reasons


def test_garbage_is_a_lost_camera(city: City) -> None:
    """What was sent before is kept; the rest is a gap."""
    stored = city.counters("garbage")
    assert stored == list(range(stored[0], stored[-1] + 1))
    last = max(city.studio.gaps(CameraId("garbage")), key=lambda gap: gap.interval.end)
    assert last.reason is GapReason.CAMERA_LOST
    assert last.interval.start == city.segments("garbage")[-1].interval.end
    assert "no picture for 10s" in last.detail


def test_a_slow_camera(city: City) -> None:
    """Less arrives than it captures; what arrives is whole and in order."""
    stored = city.counters("slow")
    assert -1 not in stored
    assert stored == sorted(set(stored))


def test_a_flapping_camera(city: City) -> None:
    """What it sends while it is there is kept, in order; each loss is a gap."""
    stored = city.counters("flapping")
    assert -1 not in stored
    assert stored == sorted(set(stored))
    gaps = city.studio.gaps(CameraId("flapping"))
    assert GapReason.CAMERA_LOST in {gap.reason for gap in gaps}


# -------------------------------------------------------------------- byte for byte


@pytest.mark.parametrize("name", FILMS)
def test_pictures_come_through_byte_for_byte(city: City, name: str) -> None:
    codec = Coded(codec_of(name).value)
    source = sent(packets(city.films[name]), codec)
    stored = sent(samples(city.data(name)), codec)
    assert stored == source[: len(stored)]
    assert len(stored) > 10 * 15


def test_a_file_comes_through_as_it_is_again_and_again(city: City) -> None:
    source = list(packets(city.films["file"]))
    stored = list(samples(city.data("file")))
    assert stored == (source * (len(stored) // len(source) + 1))[: len(stored)]
    assert len(stored) > 2 * len(source)


def _layout(data: bytes) -> Layout:
    return walk(io.BytesIO(data))


def _steps(layouts: list[Layout]) -> list[Elapsed]:
    """The time from each picture to the one shown next, to the millisecond."""
    return _rounded(
        elapsed(one.pts_ticks, layout.media.timescale)
        for layout in layouts
        for one in layout.samples
    )


def _film_steps(film: Path) -> list[Elapsed]:
    """The same of a film."""
    with av.open(str(film), "r") as container:
        stream = container.streams.video[0]
        base = stream.time_base
        assert base is not None
        shown = [one.pts or 0 for one in container.demux(stream) if one.size]
        return _rounded(Elapsed(int(pts * base * 1_000_000)) for pts in shown)


def _rounded(times: Iterable[Elapsed]) -> list[Elapsed]:
    return [Elapsed(round((two - one).us, -3)) for one, two in pairwise(sorted(times))]
