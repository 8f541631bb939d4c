"""FFmpeg's command lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from footage.errors import BadInput
from footage.ids import CameraId
from footage.instant import Elapsed
from recorder.capture.audio import AudioMode
from recorder.capture.command_line import (
    Capture,
    SourceKind,
    argv,
    import_argv,
    kind_of,
    probe_argv,
    slot,
)

MINUTE = Elapsed.parse("1m")


def words(command: list[str]) -> str:
    return " ".join(command)


def test_an_rtsp_camera_is_recorded_as_measured() -> None:
    capture = Capture(
        "rtsp://u:p@cam/1",
        Path("/spool/cam/run-%06d.mp4"),
        slot=Elapsed.parse("7s250ms"),
    )
    command = argv("/bin/ffmpeg", capture, 9, 10)
    assert command[0] == "/bin/ffmpeg"
    assert command[-1] == "/spool/cam/run-%06d.mp4"
    said = words(command)
    for part in (
        "-nostdin -hide_banner -loglevel warning -progress pipe:1 -stats_period 1",
        "-i pipe:10",
        "-f concat",
        "-safe 0",
        "-dts_error_threshold 10",
        "-fpsprobesize 2",
        "-map 0:v:0 -map 0:a:0?",
        "-c copy",
        "-f segment",
        "-segment_time 60",
        "-segment_atclocktime 1",
        "-segment_clocktime_offset 7.250000",
        "movflags=+frag_keyframe+empty_moov+default_base_moof+frag_discont",
        ":avoid_negative_ts=disabled:flush_packets=1:frag_duration=2000000",
        ":write_prft=wallclock",
        "-segment_list pipe:9",
        "-segment_list_type csv",
        "-segment_format mp4",
    ):
        assert part in said
    assert said.index("-nostdin") < said.index("-i ")
    assert "u:p" not in said  # a command line can be read by every user of the machine
    assert capture.source_list.decode().splitlines() == [
        "ffconcat version 1.0",
        "file 'rtsp://u:p@cam/1'",
        "option rtsp_transport tcp",
        "option timeout 5000000",
        "option fpsprobesize 2",
        "option allowed_media_types video+audio",
    ]
    assert "-copyts" not in said  # cuts at every keyframe
    assert "-tag" not in said  # takes parameter sets out of the samples


def test_the_first_picture_lasts_as_long_as_a_usual_one() -> None:
    said = words(argv("ffmpeg", Capture("rtsp://cam", Path("/s/x-%06d.mp4")), 3))
    assert "-itsoffset 0.040000 " in said
    assert said.index("-itsoffset") < said.index("-i pipe:")
    assert "-bsf" not in said


def test_sound_can_be_left_out() -> None:
    capture = Capture("rtsp://cam", Path("/s/x-%06d.mp4"), audio=AudioMode.NONE)
    said = words(argv("ffmpeg", capture, 3))
    assert "a:0" not in said
    assert b"option allowed_media_types video\n" in capture.source_list
    assert "-segment_format mp4" in said


def test_g711_goes_into_quicktime_under_the_same_name() -> None:
    command = argv("ffmpeg", Capture("rtsp://cam", Path("/s/x-%06d.mp4"), audio=AudioMode.MOV), 3)
    said = words(command)
    assert "-segment_format mov" in said
    assert "-map 0:a:0?" in said
    assert command[-1] == "/s/x-%06d.mp4"


@pytest.mark.parametrize(("loop", "expected"), [(True, True), (False, False)])
def test_a_file_is_played_in_real_time(loop: bool, expected: bool) -> None:  # noqa: FBT001 - cases
    command = argv("ffmpeg", Capture("/films/a.mp4", Path("/s/x-%06d.mp4"), loop=loop), 3)
    assert "-re" in command
    assert ("-stream_loop -1" in words(command)) is expected
    assert "-i file:/films/a.mp4" in words(command)
    assert "-bsf:v" not in command  # FFmpeg 5.1 ends them where the file starts again


def test_a_file_is_read_by_formats_that_hold_their_own_pictures_alone() -> None:
    capture = Capture(source="a.mp4", pattern=Path("/spool/%06d.mp4"))
    for found in (
        argv("ffmpeg", capture, 7),
        probe_argv("ffmpeg"),
        import_argv("ffmpeg", Path("a"), Path("/x/%06d.mp4"), length=MINUTE, audio=AudioMode.MP4),
    ):
        inputs = found[: found.index("-i")]  # options of the input stand before the input
        formats = inputs[inputs.index("-format_whitelist") + 1].split(",")
        assert {"mov", "matroska", "mpegts", "avi", "dhav"} <= set(formats)
        assert not {"concat", "hls", "dash", "sdp", "imf", "image2", "lavfi"} & set(formats)
        assert inputs[inputs.index("-protocol_whitelist") + 1] == "file,pipe"


def test_a_percent_sign_in_the_folder_is_no_pattern() -> None:
    command = argv("ffmpeg", Capture("rtsp://cam", Path("/100%/x-%06d.mp4")), 3)
    assert command[-1] == "/100%%/x-%06d.mp4"


@pytest.mark.parametrize(
    ("length", "why"),
    [
        ("1s", "out of range.*2s to 5m"),
        ("1900ms", "out of range"),
        ("6m", "out of range"),
        ("7s", "does not divide a day.*10s, 30s, 1m or 5m"),
        ("1m1s", "does not divide a day"),
        ("2500001us", "does not divide a day"),
    ],
)
def test_impossible_lengths_are_refused(length: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        Capture("rtsp://cam", Path("/s/x-%06d.mp4"), Elapsed.parse(length))


@pytest.mark.parametrize("length", ["2s", "2500ms", "10s", "1m", "288s", "5m"])
def test_lengths_that_divide_a_day_are_kept(length: str) -> None:
    capture = Capture("rtsp://cam", Path("/s/x-%06d.mp4"), Elapsed.parse(length))
    said = words(argv("ffmpeg", capture, 3))
    assert f"-segment_time {Elapsed.parse(length).in_seconds:.6f}".rstrip("0").rstrip(".") in said


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("rtsp://a", SourceKind.RTSP),
        ("RTSPS://a", SourceKind.RTSP),
        ("film.mp4", SourceKind.FILE),
        ("srt://a", SourceKind.OTHER),
    ],
)
def test_kinds_of_sources(source: str, kind: SourceKind) -> None:
    assert kind_of(source) is kind


def test_a_source_never_shows_in_repr() -> None:
    assert "hunter2" not in repr(Capture("rtsp://a:hunter2@b", Path("/s/x-%06d.mp4")))


def test_slots_spread_a_thousand_cameras() -> None:
    slots = [slot(CameraId(f"camera-{n}"), MINUTE).us // 1_000_000 for n in range(1_000)]
    fullest = max(slots.count(second) for second in range(60))
    assert set(slots) == set(range(60))
    assert fullest < 40
    assert slot(CameraId("camera-1"), MINUTE) == slot(CameraId("camera-1"), MINUTE)


def test_an_import_is_not_paced() -> None:
    command = import_argv(
        "ffmpeg",
        Path("/a.h264"),
        Path("/s/x-%06d.mp4"),
        length=MINUTE,
        audio=AudioMode.MP4,
        frame_rate="30",
    )
    said = words(command)
    assert "-re" not in command
    assert "-framerate 30" in said
    assert "-map 0:V:0" in said
    assert "-f framecrc" in said
    assert "-copyts" in command  # else FFmpeg closes holes of more than 10 s
    assert "-start_at_zero" in command
    assert "frag_duration" not in said  # else pictures behind a hole are dated before the hole
    assert ":use_editlist=0" in said  # else sound lies beside the picture of reordered streams
