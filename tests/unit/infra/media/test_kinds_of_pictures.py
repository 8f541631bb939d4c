"""Pictures of every kind that cameras send are decoded, upright and with square pixels."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from footage.errors import DataLoss
from footage.mp4 import walk
from indexer.extract import read_reel
from infra.media.display import UPRIGHT, Orientation, display, shown_size
from infra.media.pyav_decoder import PyavDecoder
from tests.common.builders import a_segment
from tests.common.tiny_films import FRAGMENTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from footage.picture import Picture
    from indexer.extract import Reel

WIDTH, HEIGHT, FPS = 160, 96, 10
CORNERS = np.array([[(220, 20, 20), (20, 200, 20)], [(20, 20, 220), (235, 235, 235)]], np.uint8)
"""Red, green, blue, white: top left, top right, bottom left, bottom right."""
MATRIX_OF = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


class _Bytes:
    """An object store of a single object."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def get(self, key: str) -> bytes:
        del key
        return self._data


def coded(
    codec: str,
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    *,
    pixel: Fraction | None = None,
) -> bytes:
    """A fragmented MP4 of 3 s with four coloured quarters."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4", options=dict(FRAGMENTED)) as film:
        stream = film.add_stream(codec, rate=FPS, options={"threads": "1", **(options or {})})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pix_fmt
        if pixel:
            stream.sample_aspect_ratio = pixel
        quarters = CORNERS.repeat(HEIGHT // 2, 0).repeat(WIDTH // 2, 1)
        for number in range(3 * FPS):
            picture = quarters.copy()
            picture[40:56, 4 * number : 4 * number + 16] = 128
            film.mux(stream.encode(VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode(None))
    return target.getvalue()


def reel_of(data: bytes) -> Reel:
    layout = walk(io.BytesIO(data))
    ticks = layout.end_dts_ticks - layout.first_dts_ticks
    segment = a_segment(seconds=ticks / layout.media.timescale)
    return read_reel(_Bytes(data), segment)  # type: ignore[arg-type]


def seen(data: bytes) -> list[Picture]:
    reel = reel_of(data)
    opened = PyavDecoder().open(reel.init)
    return [opened.decode(shot.data or bytes(shot.run)).picture() for shot in reel.shots]


def corners(picture: Picture) -> NDArray[np.int_]:
    pixels = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    rows, columns = ([size // 8, size - size // 8 - 1] for size in (picture.height, picture.width))
    return pixels[np.ix_(rows, columns)].astype(int)


def turned(data: bytes, degrees: int) -> bytes:
    """The film with the matrix of a camera that lay on its side, in its `tkhd`."""
    a, b, c, d = (one << 16 for one in MATRIX_OF[degrees])
    at = data.index(b"tkhd") + 4
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return data[: at + 40] + matrix + data[at + 76 :]


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "options"),
    [
        ("mjpeg", "yuvj420p", {}),
        ("mpeg4", "yuv420p", {}),
        ("libx264", "yuv420p10le", {}),
        ("libx264", "yuv422p", {}),
        ("libx264", "yuv444p", {}),
        ("libx264", "gray", {}),
        ("libx264", "yuv420p", {"x264-params": "tff=1"}),
        ("libx265", "yuv420p10le", {"x265-params": "log-level=none:pools=none"}),
        ("libx265", "yuv422p", {"x265-params": "log-level=none:pools=none"}),
        ("mpeg2video", "yuv420p", {}),
    ],
)
def test_each_codec_is_decoded(codec: str, pix_fmt: str, options: dict[str, str]) -> None:
    pictures = seen(coded(codec, pix_fmt, options))
    assert pictures
    for picture in pictures:
        assert (picture.width, picture.height) == (WIDTH, HEIGHT)
        want = CORNERS.astype(int)
        if pix_fmt == "gray":
            assert np.ptp(corners(picture), axis=2).max() < 8
        else:
            assert np.abs(corners(picture) - want).max() < 50


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_camera_on_its_side_is_shown_upright(degrees: int) -> None:
    data = turned(coded("libx264"), degrees)
    picture = seen(data)[0]
    size = (HEIGHT, WIDTH) if degrees in {90, 270} else (WIDTH, HEIGHT)
    assert (picture.width, picture.height) == size
    want = np.rot90(CORNERS, -degrees // 90).astype(int)  # the matrix turns with the clock
    assert np.abs(corners(picture) - want).max() < 50
    reel = reel_of(data)
    keyframe = PyavDecoder().open(reel.init).decode(reel.shots[0].data)
    small = keyframe.scaled(24, 32)
    assert np.abs(corners(small) - want).max() < 60
    crop = keyframe.crop(0, 0, size[0] // 2, size[1] // 2)
    assert np.abs(corners(crop)[0, 0] - want[0, 0]).max() < 50


@pytest.mark.parametrize(
    ("pixel", "shown"),
    [
        (Fraction(40, 11), (582, 96)),
        (Fraction(1, 2), (160, 192)),
        (Fraction(1), (160, 96)),
        (Fraction(1, 5000), (160, 96)),
    ],
)
def test_pixels_that_are_not_square_are_shown_as_wide_as_they_are(
    pixel: Fraction, shown: tuple[int, int]
) -> None:
    picture = seen(coded("libx264", pixel=pixel))[0]
    assert (picture.width, picture.height) == shown
    assert np.abs(corners(picture) - CORNERS.astype(int)).max() < 50


def test_stretching_never_makes_more_pixels_than_allowed() -> None:
    assert shown_size(1000, 1000, 4.0, 1_000_000) == (1000, 250)
    assert shown_size(1000, 1000, 0.25, 1_000_000) == (250, 1000)
    assert shown_size(1000, 1000, None, 10) == (1000, 1000)


def test_intra_refresh_is_decoded_over_its_recovery_run() -> None:
    options = {"x264-params": "intra-refresh=1:keyint=10:bframes=0:scenecut=0"}
    data = coded("libx264", options=options)
    layout = walk(io.BytesIO(data))
    # Without the first picture, as a camera sends that was running already: no IDR at all.
    assert [at for at, one in enumerate(layout.samples) if one.keyframe] == [0, 10, 20]
    reel = reel_of(data)
    seconds = [(shot.instant - reel.segment.interval.start).us / 1e6 for shot in reel.shots]
    assert seconds == [0.0, 1.9, 2.9]  # the IDR, then the ends of two runs
    opened = PyavDecoder().open(reel.init)
    for shot, number in zip(reel.shots, (0, 19, 29), strict=True):
        picture = opened.decode(shot.data or bytes(shot.run)).picture()
        assert np.abs(corners(picture) - CORNERS.astype(int)).max() < 50
        pixels = np.frombuffer(picture.rgb, np.uint8).reshape(HEIGHT, WIDTH, 3).astype(int)
        assert np.abs(pixels[48, 4 * number + 8] - 128).max() < 30  # the last picture, not the 1st
    key = layout.samples[10]
    with pytest.raises(DataLoss):
        opened.decode(data[key.offset : key.offset + key.length])


def test_a_recovery_run_that_was_cut_short_gives_no_picture() -> None:
    options = {"x264-params": "intra-refresh=1:keyint=10:bframes=0:scenecut=0"}
    data = coded("libx264", options=options)
    start = walk(io.BytesIO(data)).fragments[2].offset
    size = int.from_bytes(data[start : start + 4], "big")
    cut = data[:start] + data[start : start + size].replace(b"trun\0", b"skip\0")
    reel = reel_of(cut + data[start + size :])
    assert [shot.offset >= start for shot in reel.shots] == [False, False]
    opened = PyavDecoder().open(reel.init)
    run = reel.shots[1].data
    half = io.BytesIO(run)
    with pytest.raises(DataLoss):
        opened.decode(half.getvalue()[: len(run) // 2])


def test_a_picture_of_too_many_pixels_is_refused_before_memory_is_taken() -> None:
    for codec in ("libx264", "mjpeg", "mpeg4"):
        reel = reel_of(coded(codec, "yuvj420p" if codec == "mjpeg" else "yuv420p"))
        opened = PyavDecoder(max_pixels=WIDTH * HEIGHT - 1).open(reel.init)
        with pytest.raises(DataLoss):
            opened.decode(reel.shots[0].data)


def test_the_turns_by_degrees_and_by_matrix_agree() -> None:
    for degrees, (a, b, c, d) in MATRIX_OF.items():
        assert Orientation.of_matrix(a, b, c, d) == Orientation.of_degrees(-degrees)
    assert Orientation.of_matrix(-1, 0, 0, 1) == Orientation(across=True)
    assert Orientation.of_matrix(0, 0, 0, 0) == UPRIGHT


def test_an_init_that_is_damaged_is_data_loss() -> None:
    data = coded("libx264")
    init = data[: walk(io.BytesIO(data)).init_bytes]
    assert display(b"") == display(init[:28])
    for end in range(40, len(init), 37):
        with pytest.raises(DataLoss):
            display(init[:end])
