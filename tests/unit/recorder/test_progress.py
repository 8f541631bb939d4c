"""Reading what FFmpeg says."""

from __future__ import annotations

import pytest

from footage.instant import Elapsed
from recorder.progress import Closed, Messages, closed, last_words, mask, media_time


def test_a_list_line() -> None:
    assert closed("run-000001.mp4,4.080000,8.080000\n") == Closed(
        "run-000001.mp4", Elapsed(4_080_000), Elapsed(8_080_000)
    )


@pytest.mark.parametrize("line", ["", "a.mp4", "a.mp4,1", "a.mp4,x,y", ",1,2", "a.mp4,nan,1"])
def test_what_is_no_list_line(line: str) -> None:
    assert closed(line) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("out_time_us=1040078", Elapsed(1_040_078)),
        ("out_time_us=-79922", None),
        ("out_time_us=N/A", None),
        ("out_time_us=0", None),
        ("out_time_ms=5", None),
        ("progress=continue", None),
    ],
)
def test_media_time(line: str, expected: Elapsed | None) -> None:
    assert media_time(line) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rtsp://user:pass@host/x: refused", "rtsp://user:***@host/x: refused"),
        ("rtsp://user:p@ss/w@host/x", "rtsp://user:***@host/x"),
        ("rtsp://token@host", "rtsp://token***@host"),
        ("http://host/s?user=a&password=b&x=1", "http://host/s?user=a&password=***&x=1"),
        ("rtsp://host/plain", "rtsp://host/plain"),
        ("no address", "no address"),
    ],
)
def test_masking(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_last_words_leave_out_noise_and_addresses() -> None:
    lines = [
        "[h264 @ 0x55] SEI type 5 size 22248 truncated at 5112",
        "[tcp @ 0x55aa] Connection to rtsp://a:b@c failed",
        "    Last message repeated 1 times",
        "rtsp://a:b@c: Connection refused",
    ]
    assert last_words(lines) == (
        "[tcp] Connection to rtsp://a:***@c failed; rtsp://a:***@c: Connection refused"
    )
    assert last_words([]) == ""


def test_messages_tell_why() -> None:
    messages = Messages()
    messages.add("[mp4 @ 0x1] Could not find tag for codec pcm_mulaw in stream #1")
    assert (messages.audio_refused, messages.disk_full) == (True, False)
    messages.add("av_interleaved_write_frame(): No space left on device")
    assert (messages.audio_refused, messages.disk_full) == (True, True)
    messages.add("[mp4 @ 0x1] Non-monotonous DTS in output stream 0:0")
    assert messages.disordered == 1
