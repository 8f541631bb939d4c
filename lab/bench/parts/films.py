"""Films for benchmarks, and their frames, by PyAV with libx264 and by FFmpeg."""

from __future__ import annotations

import io
import subprocess
from fractions import Fraction
from itertools import cycle, islice
from typing import TYPE_CHECKING, BinaryIO, Final

import av
import numpy as np
from numpy.typing import NDArray

from infra.media.ffmpeg_tool import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


Pixels = NDArray[np.uint8]

RATE: Final = 25
GROUP: Final = 2 * RATE
_NOISE: Final = 3
"""Largest step of a sensor's noise, up or down."""
_FIELDS: Final = 8
_SECONDS_OF_CLIP: Final = 20


def clip_frames(path: Path, size: tuple[int, int]) -> list[Pixels]:
    """Return frames of a film in RGB, scaled to `size`, repeated up to `RATE` a second."""
    with av.open(str(path), "r") as film:
        stream = film.streams.video[0]
        rate = float(stream.average_rate or RATE)
        found = [
            _rgb(frame.reformat(*size, format="rgb24"))
            for frame in islice(film.decode(stream), round(rate * _SECONDS_OF_CLIP))
        ]
    count = round(len(found) / rate * RATE)
    return [found[min(int(number * rate / RATE), len(found) - 1)] for number in range(count)]


def drawn_frames(size: tuple[int, int]) -> list[Pixels]:
    """Return frames of blocks that cross a street of coloured houses, for lack of a real film."""
    width, height = size
    rng = np.random.default_rng(5)
    street = np.full((height, width, 3), 110, np.uint8)
    for x in range(0, width, width // 12):
        street[height // 6 : height // 2, x : x + width // 16] = rng.integers(60, 200, 3)
    frames = []
    for number in range(20 * RATE):
        picture = street.copy()
        for lane, colour in enumerate([(200, 30, 30), (30, 60, 200), (230, 230, 230)]):
            left = (number * (lane + 3) * width // 900 + lane * width // 3) % (width - width // 8)
            top = height // 2 + lane * height // 7
            picture[top : top + height // 9, left : left + width // 9] = colour
        frames.append(picture)
    return frames


def moving(frames: Sequence[Pixels], seconds: int) -> Iterator[Pixels]:
    """Yield a film with a block that crosses it, so that every keyframe differs from the last."""
    height, width, _ = frames[0].shape
    for number, frame in enumerate(islice(cycle(frames), seconds * RATE)):
        picture = frame.copy()
        left = number * width // (7 * RATE) % (width - width // 8)
        picture[height // 2 : height * 2 // 3, left : left + width // 8] = (200, 30, 30)
        yield picture


def mostly_still(frames: Sequence[Pixels], seconds: int) -> Iterator[Pixels]:
    """Yield a film that stands still but for noise, and moves for 3 s in each 30 s."""
    rng = np.random.default_rng(11)
    still = frames[0].astype(np.int16)
    fields = [rng.integers(-_NOISE, _NOISE + 1, still.shape, np.int16) for _ in range(_FIELDS)]
    noisy = [(still + field).clip(0, 255).astype(np.uint8) for field in fields]
    moves = cycle(frames)
    for number in range(seconds * RATE):
        yield next(moves) if number // RATE % 30 in {14, 15, 16} else noisy[number % _FIELDS]


def write_film(
    path: Path,
    pictures: Iterable[Pixels],
    size: tuple[int, int],
    bits: int,
    *,
    group_s: int = GROUP // RATE,
) -> None:
    """Encode pictures at `bits` bits a second, a keyframe every `group_s` seconds and no other."""
    options = {
        "preset": "veryfast",
        "bf": "0",
        "sc_threshold": "0",
        "g": str(group_s * RATE),
        "keyint_min": str(group_s * RATE),
        "b": str(bits),
        "maxrate": str(bits),
        "bufsize": str(2 * bits),
        "x264-params": "open-gop=0:threads=1",
    }
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as film:
        stream = film.add_stream("libx264", rate=RATE, options=options)
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, RATE)
        stream.width, stream.height = size
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def pictures_by_full_decode(data: bytes) -> Iterator[Pixels]:
    """Decode every frame of a film on one thread; yield a picture every two seconds in RGB."""
    with av.open(io.BytesIO(data), "r") as film:
        stream = film.streams.video[0]
        stream.codec_context.thread_count = 1
        for number, frame in enumerate(film.decode(stream)):
            if number % GROUP == 0:
                yield _rgb(frame.reformat(format="rgb24"))


def _rgb(frame: av.VideoFrame) -> Pixels:
    return np.asarray(frame.to_ndarray(), dtype=np.uint8)


def write_padded_film(path: Path, size: str, seconds: int) -> None:
    """Write a test film of 25 frames/s by FFmpeg: GOPs of 2 s, padded to a constant 4 Mbit/s.

    The encoder in a camera pads its stream likewise.

    Raises:
        CalledProcessError: FFmpeg failed.
    """
    rate = ["-b:v", "4M", "-minrate", "4M", "-maxrate", "4M", "-bufsize", "4M"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-g", str(GROUP), "-bf", "0", *rate]
    coded += ["-x264-params", "nal-hrd=cbr:force-cfr=1", "-pix_fmt", "yuv420p"]
    source = f"testsrc2=size={size}:rate={RATE}:duration={seconds}"
    argv = [str(find().path), "-nostdin", "-v", "error", "-f", "lavfi", "-i", source]
    subprocess.run([*argv, *coded, str(path)], check=True, capture_output=True)


def first_picture(film: BinaryIO) -> float:
    """Read a film no further than needed to decode the first frame; return the frame's seconds."""
    with av.open(film, "r", format="mp4") as container:
        return next(container.decode(video=0)).time or 0.0
