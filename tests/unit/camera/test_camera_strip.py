"""The strip burned into simulated pictures survives encoding, and never lies."""

from __future__ import annotations

import av
import numpy as np
import pytest

from footage.instant import Elapsed, Instant
from tests.common.camera.encoder import PictureEncoder
from tests.common.camera.model import CameraClock, Look
from tests.common.camera.strip import BLOCK, Stamp, burn, luma_of, read_strip

NOON = Instant.parse("2026-11-22T12:00:00.123456Z")


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_every_stamp_is_read_back_after_encoding(codec: str, b_frames: int) -> None:
    look = Look(codec=codec, b_frames=b_frames, slices=2 if codec == "h264" else 1)
    encoder = PictureEncoder(look)
    stamps = [Stamp(n, NOON + Elapsed(n * 99_991), 65_000 + n) for n in range(40)]
    pictures = [one for n, stamp in enumerate(stamps) for one in encoder.encode(stamp, n * 9_000)]

    decoder = av.CodecContext.create("hevc" if codec == "h265" else "h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    stream = b"".join(
        b"\0\0\0\1" + unit for one in pictures for unit in (*encoder.sets, *one.units)
    )
    packets = [*decoder.parse(stream), *decoder.parse(None)]
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    read = [read_strip(luma_of(frame)) for frame in frames]

    assert read == sorted(one.stamp for one in pictures)
    assert len(pictures) >= len(stamps) - 8  # the others are still inside the encoder
    assert [one.stamp.counter for one in pictures if one.key][:4] == [0, 10, 20, 30]


def test_one_wrong_block_is_noticed() -> None:
    luma = np.zeros((112, 192), np.uint8)
    burn(Stamp(7, NOON, 3), luma)
    assert read_strip(luma) == Stamp(7, NOON, 3)
    for row in range(5):
        for column in range(24):
            wrong = luma.copy()
            block = np.s_[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK]
            wrong[block] = 251 - wrong[block]
            assert read_strip(wrong) is None


def test_a_picture_without_a_strip_has_no_stamp() -> None:
    assert read_strip(np.full((112, 192), 128, np.uint8)) is None
    assert read_strip(np.zeros((20, 20), np.uint8)) is None


def test_the_cameras_clock_drifts_and_steps_as_told() -> None:
    clock = CameraClock(NOON, ppm=500, offset=Elapsed.parse("3s"))
    later = NOON + Elapsed.parse("1000s")
    assert clock.media(later) == Elapsed.parse("1000s500ms")
    assert clock.wall(later) == later + Elapsed.parse("3s500ms")
    assert clock.ticks(later, 90_000) == 90_045_000

    stepped = clock.stepped(Elapsed.parse("60s"))
    assert stepped.media(later) == clock.media(later)
    assert stepped.wall(later) - clock.wall(later) == Elapsed.parse("60s")

    slower = clock.drifting(later, -500)
    assert slower.media(later) == clock.media(later)
    assert slower.wall(later) == clock.wall(later)
    end = later + Elapsed.parse("1000s")
    assert slower.media(end) == Elapsed.parse("2000s")
    assert slower.wall(end) == end + Elapsed.parse("3s")
