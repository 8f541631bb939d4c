"""What is odd about a camera's stream."""

from __future__ import annotations

import io

from footage.mp4 import walk
from recorder.spool.stream_check import Parameters, StreamCheck, check
from tests.common import nal_builder as nal
from tests.common.nal_builder import Access

AVC = nal.coded_init(b"avc1", nal.avcc(nal.SPS, nal.PPS))
HEVC = nal.coded_init(b"hev1", nal.hvcc(nal.VPS5, nal.SPS5, nal.PPS5))
KEY = Access((nal.SPS, nal.PPS, nal.IDR))
NEXT = Access((nal.SLICE,), key=False)
OTHER = Access((nal.OTHER_SPS, nal.PPS, nal.IDR))


def checked(data: bytes, known: Parameters | None = None) -> StreamCheck:
    return check(io.BytesIO(data), walk(io.BytesIO(data)), known)


def test_a_healthy_stream() -> None:
    found = checked(nal.segment(AVC, KEY, NEXT, KEY, NEXT))
    assert found == StreamCheck((), None, frozenset({nal.SPS}))


def test_healthy_h265() -> None:
    key = Access((nal.VPS5, nal.SPS5, nal.PPS5, nal.CRA5, nal.REST5))
    found = checked(nal.segment(HEVC, key, Access((nal.SLICE5,), key=False), key))
    assert found == StreamCheck((), None, frozenset({nal.VPS5, nal.SPS5}))


def test_several_slices_in_one_sample_are_one_picture() -> None:
    key = Access((nal.AUD, nal.SPS, nal.PPS, nal.IDR, nal.IDR_REST, nal.IDR_REST))
    assert checked(nal.segment(AVC, key, NEXT)).findings == ()


def test_two_fields_are_no_split_picture() -> None:
    """Each field of an interlaced picture begins with macroblock 0, its PPS before it."""
    assert checked(nal.segment(AVC, Access((*KEY.units, nal.PPS, nal.IDR)))).findings == ()


def test_a_picture_split_by_repeated_parameter_sets() -> None:
    """What FFmpeg writes when they stand before every slice: each slice is a packet."""
    rest = Access((nal.SPS, nal.PPS, nal.IDR_REST))
    (pieces, inside) = checked(nal.segment(AVC, KEY, rest, NEXT, KEY, rest)).findings
    assert "2 packets begin in the middle of a picture" in pieces
    assert "parameter sets stand inside pictures (2 times)" in inside


def test_h265_split() -> None:
    key = Access((nal.VPS5, nal.SPS5, nal.PPS5, nal.CRA5))
    (pieces,) = checked(nal.segment(HEVC, key, Access((nal.REST5,)))).findings
    assert "1 packets begin in the middle of a picture" in pieces


def test_parameter_sets_inside_one_sample() -> None:
    key = Access((nal.SPS, nal.PPS, nal.IDR, nal.SPS, nal.PPS, nal.IDR_REST))
    (inside,) = checked(nal.segment(AVC, key)).findings
    assert "inside pictures (1 times)" in inside


def test_a_keyframe_without_idr_or_recovery_point() -> None:
    refresh = Access((nal.SPS, nal.PPS, nal.RECOVERY, nal.SLICE))
    lonely = Access((nal.SPS, nal.PPS, nal.SLICE))
    assert checked(nal.segment(AVC, refresh)).findings == ()
    (found,) = checked(nal.segment(AVC, refresh, lonely)).findings
    assert found == "1 keyframes hold no picture that can be decoded alone"


def test_a_keyframe_without_any_picture() -> None:
    (found,) = checked(nal.segment(AVC, KEY, Access((nal.SPS, nal.PPS)))).findings
    assert found == "1 keyframes hold no picture at all"


def test_what_is_no_nal_unit() -> None:
    data = nal.segment(AVC, KEY, Access((bytes(60),)))
    broken = data.replace(nal.sample(bytes(60)), b"\xff" * 64)
    (found,) = checked(broken).findings
    assert found == "1 keyframes are not made of NAL units"


def test_a_segment_that_begins_between_keyframes() -> None:
    assert checked(nal.segment(AVC, NEXT, KEY)).findings == ("does not start with a keyframe",)


def test_parameters_that_change() -> None:
    found = checked(nal.segment(AVC, KEY, NEXT, OTHER, NEXT, OTHER))
    assert found == StreamCheck((), 80, frozenset({nal.OTHER_SPS}))


def test_parameters_that_changed_between_two_segments() -> None:
    known = checked(nal.segment(AVC, KEY)).parameters
    assert checked(nal.segment(AVC, OTHER, NEXT), known).parameters_changed_at == 0
    assert checked(nal.segment(AVC, KEY, NEXT), known).parameters_changed_at is None


def test_parameters_the_camera_never_sent_before() -> None:
    """Without any in the stream the init's count, as a player would take them."""
    bare = Access((nal.IDR,))
    found = checked(nal.segment(AVC, bare, NEXT))
    assert found.parameters == {nal.SPS}
    assert checked(nal.segment(AVC, bare, OTHER)).parameters_changed_at == 40


def test_a_wrong_description_is_no_change() -> None:
    """An SDP that never fitted must not end the span again and again."""
    first = checked(nal.segment(AVC, OTHER, NEXT, OTHER))
    assert first == StreamCheck((), None, frozenset({nal.OTHER_SPS}))
    assert checked(nal.segment(AVC, OTHER), first.parameters).parameters_changed_at is None


def test_going_to_and_fro_is_no_change() -> None:
    found = checked(nal.segment(AVC, KEY, OTHER, KEY, OTHER, KEY))
    assert found == StreamCheck((), None, frozenset({nal.SPS, nal.OTHER_SPS}))
    assert checked(nal.segment(AVC, OTHER), found.parameters).parameters_changed_at is None


def test_picture_sets_alone_are_no_change() -> None:
    other = Access((nal.SPS, nal.PPS[:-1] + b"\x00", nal.IDR))
    assert checked(nal.segment(AVC, KEY, other)).parameters_changed_at is None


def test_h265_that_changes() -> None:
    key = Access((nal.VPS5, nal.SPS5, nal.PPS5, nal.CRA5))
    other = Access((nal.VPS5, nal.OTHER_SPS5, nal.PPS5, nal.IDR5))
    assert checked(nal.segment(HEVC, key, other)).parameters_changed_at == 40


def test_another_codec_inside() -> None:
    """H.265 sent to someone who was told H.264: no keyframe is ever marked again."""
    other = Access((b"\x00\x01\xd0" + bytes(50),), key=False)
    (found,) = checked(nal.segment(AVC, KEY, NEXT, *[other] * 39)).findings
    assert found.startswith("8 of 8 pictures looked at hold none")


def test_signatures_alone_are_not_another_codec() -> None:
    signature = Access((b"\x06\x05\x02ab\x80",), key=False)
    assert checked(nal.segment(AVC, KEY, *[NEXT] * 3, signature)).findings == ()


def test_another_codec_is_said() -> None:
    (found,) = checked(nal.segment(nal.coded_init(b"mp4v"), KEY)).findings
    assert found.startswith("not H.264 or H.265")


def test_short_length_fields() -> None:
    start = nal.coded_init(b"avc1", nal.avcc(nal.SPS, nal.PPS, length_bytes=2))
    data = nal.segment(start, KEY, OTHER, length_bytes=2)
    assert checked(data).parameters_changed_at == 40


def test_an_init_that_cannot_be_read() -> None:
    (found,) = checked(nal.segment(nal.coded_init(b"avc1"), KEY)).findings
    assert found.startswith("its decoder configuration cannot be read")


class Counting(io.BytesIO):
    """Counts what is read."""

    total = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.total += len(data)
        return data


def test_it_reads_heads_only() -> None:
    """Of thirty keyframes of 200 KB in four slices, less than 1 KB each."""
    slices = (nal.IDR + bytes(50_000), *[nal.IDR_REST + bytes(50_000)] * 3)
    data = nal.segment(AVC, *[Access((nal.SPS, nal.PPS, *slices)), NEXT] * 30)
    file = Counting(data)
    layout = walk(file)
    file.total = 0
    assert check(file, layout).findings == ()
    assert file.total < 40 * 1_000
