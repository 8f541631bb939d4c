"""Reading what FFmpeg says."""

from __future__ import annotations

import pytest

from footage.instant import Elapsed
from recorder.capture.messages import Closed, Messages, closed, last_words, mask, media_time


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


SPLIT = (
    "[segment @ 0x1] Non-monotonous DTS in output stream 0:0; previous: 145404, current: 145404; "
    "changing to 145405. This may result in incorrect timestamps in the output file."
)
SET_BACK = (
    "[segment @ 0x1] Non-monotonous DTS in output stream 0:0; previous: 66801, current: 4096; ...",
    "[vost#0:0/copy @ 0x1] Non-monotonic DTS; previous: 9000, current: -3600; changing to 9001.",
)
DROPPED = (
    "DTS 325258566, next:13995644 st:0 invalid dropping",
    "[vist#0:0/h264 @ 0x55fc] DTS 325453795, next:16112333 st:0 invalid dropping",
    "[vist#0:1/h264 @ 0x55fc] DTS 325453795, next:16112333 st:1 invalid dropping",
)


@pytest.mark.parametrize("line", [*SET_BACK, *DROPPED])
def test_a_camera_whose_clock_is_set(line: str) -> None:
    messages, told = Messages(), []
    for _ in range(6):
        messages.add(line)
        told.append(messages.clock_set)
    assert told == [False] * 4 + [True] * 2
    assert messages.last_words() == ""


@pytest.mark.parametrize(
    "line",
    [
        SPLIT,
        SET_BACK[0].replace("0:0", "0:1"),  # the sound's
        SET_BACK[1].replace("vost", "aost"),
        "PTS 57819841, next:13740063 invalid dropping st:1",
        "DTS 57819841, next:13740063 st:1 invalid dropping",
        "[aist#0:1/aac @ 0x55fc] DTS 57854561, next:15910063 st:1 invalid dropping",
    ],
)
def test_what_does_not_tell_of_a_clock(line: str) -> None:
    messages = Messages()
    for _ in range(100):
        messages.add(line)
    assert not messages.clock_set


def test_a_stream_of_another_codec() -> None:
    messages, told = Messages(), []
    for second in range(12):
        for _ in range(3 if second < 10 else 2):
            messages.add("[h264 @ 0x1] missing picture in access unit with size 772")
        messages.second()
        told.append(messages.garbled)
    assert told == [False] * 9 + [True, False, False]


def test_a_slow_stream_of_another_codec() -> None:
    """Of one picture a second: what tells it from a signature is that no segment closes."""
    for overdue in (True, False):
        messages = Messages()
        for _ in range(12):
            messages.add("[h264 @ 0x1] missing picture in access unit with size 772")
            messages.second(overdue=overdue)
        assert messages.garbled is overdue


def test_signatures_are_not_another_codec() -> None:
    messages = Messages()
    for _ in range(100):
        messages.add("[NULL @ 0x1] missing picture in access unit with size 772")
        messages.add("[NULL @ 0x1] SEI type 5 size 22248 truncated at 5112")
        messages.second()
    assert not messages.garbled
