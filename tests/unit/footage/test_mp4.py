"""Walking boxes: what real muxers write, what a kill leaves, and what an attacker might send."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import DataLoss
from footage.instant import Elapsed
from footage.mp4 import Layout, elapsed, keyframes, parts, walk, wall_time
from footage.segment import ClockReading, TimeSource
from tests.common.builders import START, a_segment
from tests.common.mp4_builder import Frame, box, fragment, gop, init, traf, trak, words

MFRA = box(b"mfra", bytes(20))
TWO = init() + fragment(gop()) + fragment(gop(), dts=200)


def look(data: bytes) -> Layout:
    return walk(io.BytesIO(data))


def test_a_closed_segment() -> None:
    layout = look(TWO + MFRA)
    assert layout.closed
    assert layout.complete_bytes == len(TWO + MFRA)
    assert layout.init_bytes == layout.media.init_bytes == len(init())
    media = layout.media
    assert (media.codec, media.width, media.height, media.timescale) == ("avc1", 640, 360, 1_000)
    assert (media.samples, media.duration_ticks) == (10, 400)
    assert (layout.first_dts_ticks, layout.end_dts_ticks) == (0, 400)
    assert [sample.dts_ticks for sample in keyframes(layout)] == [0, 200]
    assert layout.audio == ()


def test_wall_time_runs_at_the_rate_at_which_pictures_came() -> None:
    """400 ms of media arrived within 800 ms; what a person states is taken as stated."""
    live = a_segment(seconds=0.8, clock=ClockReading(TimeSource.ARRIVAL))
    stated = a_segment(seconds=0.8, clock=ClockReading(TimeSource.STATED))
    assert wall_time(live, look(TWO), 200) == START + Elapsed.parse("400ms")
    assert wall_time(stated, look(TWO), 200) == START + Elapsed.parse("200ms")


def test_samples_lie_where_they_are_said_to() -> None:
    layout = look(TWO)
    first = layout.fragments[0]
    assert layout.samples[0].length == 30
    assert layout.samples[4].offset + layout.samples[4].length == first.offset + first.length
    for former, later in pairwise(layout.samples[:5]):
        assert later.offset == former.offset + former.length


def test_parts_are_init_and_fragments_without_a_hole() -> None:
    found = parts(look(TWO + MFRA))
    assert found.init == (0, len(init()))
    assert found.fragments[0].offset == len(init())
    assert found.fragments[1].offset == sum(found.fragments[0])
    assert sum(found.fragments[1]) == len(TWO)


@given(st.integers(0, len(TWO + MFRA)))
def test_a_cut_keeps_every_whole_fragment_and_nothing_else(at: int) -> None:
    ends = [len(init() + fragment(gop())), len(TWO)]
    whole = [end for end in ends if end <= at]
    if not whole:
        with pytest.raises(DataLoss, match=r"no whole fragment|no video"):
            look((TWO + MFRA)[:at])
        return
    layout = look((TWO + MFRA)[:at])
    assert len(layout.fragments) == len(whole)
    assert layout.closed is (at == len(TWO + MFRA))
    assert layout.complete_bytes == (at if layout.closed else whole[-1])


@given(st.binary(max_size=200))
def test_garbage_behind_whole_fragments_costs_nothing(tail: bytes) -> None:
    layout = look(TWO + b"\0\0\0\0\0\0\0\0" + tail)
    assert len(layout.samples) == 10
    assert layout.complete_bytes == len(TWO)


@given(st.binary(max_size=400))
def test_garbage_alone_is_data_loss_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(DataLoss):
        look(data)


@given(st.data())
def test_flipped_bytes_are_data_loss_or_another_layout(data: st.DataObject) -> None:
    damaged = bytearray(TWO)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(TWO) - 1))] = data.draw(st.integers(0, 255))
    try:
        layout = look(bytes(damaged))
    except DataLoss:
        return
    assert layout.samples
    assert layout.complete_bytes <= len(TWO)
    for sample in layout.samples:
        assert 0 <= sample.offset <= sample.offset + sample.length <= len(TWO)


@pytest.mark.parametrize("runs", [1, 2, 5])
def test_several_truns_continue_each_other(runs: int) -> None:
    split, whole = (look(init() + fragment(gop(), runs=count)) for count in (runs, 1))
    moved = split.samples[0].offset - whole.samples[0].offset
    assert [one._replace(offset=one.offset - moved) for one in split.samples] == [*whole.samples]


@pytest.mark.parametrize("version", [0, 1])
def test_both_versions_of_the_decode_time(version: int) -> None:
    size = len(box(b"moof", traf(gop(), 0, version=version)))
    moof = box(b"moof", traf(gop(), size + 8, dts=7_000, version=version))
    assert look(init() + moof + box(b"mdat", bytes(70))).first_dts_ticks == 7_000


def test_decode_times_beyond_32_bits() -> None:
    assert look(init() + fragment(gop(), dts=1 << 40)).first_dts_ticks == 1 << 40


def test_large_sizes() -> None:
    layout = look(init() + fragment(gop(), large=True))
    assert layout.samples[-1].offset + layout.samples[-1].length == layout.complete_bytes


def test_composition_offsets_may_be_negative() -> None:
    frames = [Frame(key=True, shift=80), Frame(shift=-40), Frame(shift=0)]
    layout = look(init() + fragment(frames))
    assert [sample.pts_ticks for sample in layout.samples] == [80, 0, 80]


def test_defaults_of_trex_tfhd_and_the_first_sample() -> None:
    """Three samples without rows: duration from trex, size from tfhd, flags from all."""
    tfhd = box(b"tfhd", words(0x20000 | 0x10 | 0x20, 1, 10, 0x0101_0000))
    tfdt = box(b"tfdt", words(0, 0))
    size = len(box(b"moof", box(b"traf", tfhd, tfdt, box(b"trun", words(0x5, 3, 0, 0)))))
    trun = box(b"trun", words(0x5, 3, size + 8, 0x0200_0000))
    layout = look(init() + box(b"moof", box(b"traf", tfhd, tfdt, trun)) + box(b"mdat", bytes(30)))
    assert [(one.length, one.duration_ticks, one.keyframe) for one in layout.samples] == [
        (10, 40, True),
        (10, 40, False),
        (10, 40, False),
    ]


def test_other_tracks_are_told_apart() -> None:
    tracks = (trak(1), trak(2, b"soun", b"mp4a", 8_000))
    video, sound = gop(2), [Frame(size=5)]
    size = len(box(b"moof", traf(video, 0), traf(sound, 0, track=2)))
    moof = box(b"moof", traf(video, size + 8), traf(sound, size + 48, track=2))
    layout = look(init(*tracks) + moof + box(b"mdat", bytes(45)))
    assert layout.audio == ("mp4a",)
    assert [sample.length for sample in layout.samples] == [30, 10]


@pytest.mark.parametrize("codec", [b"avc1", b"avc3", b"hvc1", b"hev1"])
def test_codecs_are_named_as_they_are(codec: bytes) -> None:
    assert look(init(trak(1, codec=codec)) + fragment(gop())).media.codec == codec.decode()


@pytest.mark.parametrize("version", [0, 1])
def test_both_versions_of_track_and_media_headers(version: int) -> None:
    found = look(init(trak(1, timescale=90_000, version=version)) + fragment(gop()))
    assert found.media.timescale == 90_000


HUGE = words(0x0000_0001, 0xFFFF_FFFF, 8)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(init(trak(1, b"soun", b"mp4a")) + fragment(gop()), id="no video"),
        pytest.param(init(trak(1, timescale=0)) + fragment(gop()), id="no timescale"),
        pytest.param(fragment(gop()), id="no moov"),
        pytest.param(init(), id="no fragment"),
        pytest.param(
            init()
            + box(b"moof", box(b"traf", box(b"tfhd", words(0x20000, 1)), box(b"trun", HUGE)))
            + box(b"mdat"),
            id="a trun of four thousand million samples",
        ),
        pytest.param(
            init() + box(b"moof", traf(gop(), 1 << 30)) + box(b"mdat", bytes(70)),
            id="points outside",
        ),
        pytest.param(
            init() + box(b"moof", traf(gop(), -500)) + box(b"mdat", bytes(70)), id="points before"
        ),
        pytest.param(init() + box(b"moof", bytes(20 << 20)) + box(b"mdat"), id="a moof of 20 MiB"),
        pytest.param(init() + box(b"moof", box(b"traf")) + box(b"mdat"), id="no tfhd"),
        pytest.param(box(b"moov", words(7) + b"trak"), id="smaller than its header"),
        pytest.param(box(b"moov", words(99) + b"trak"), id="sticks out"),
    ],
)
def test_what_cannot_be_right_is_data_loss(data: bytes) -> None:
    with pytest.raises(DataLoss):
        look(data)


def test_a_damaged_fragment_ends_what_counts() -> None:
    bad = box(b"moof", traf(gop(), 1 << 30)) + box(b"mdat", bytes(70))
    layout = look(TWO + bad + fragment(gop(), dts=900) + MFRA)
    assert len(layout.fragments) == 2
    assert layout.complete_bytes == len(TWO)
    assert not layout.closed


def test_unknown_boxes_are_passed_over() -> None:
    layout = look(init() + box(b"free", bytes(9)) + fragment(gop()) + box(b"sidx", bytes(9)))
    assert len(layout.fragments) == 1


def test_equal_ticks_are_equal_microseconds() -> None:
    assert elapsed(1, 3) == Elapsed(333_333)
    assert elapsed(-1, 3) == Elapsed(-333_334)
    assert elapsed(90_000, 90_000) == Elapsed(1_000_000)
