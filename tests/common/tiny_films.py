"""Small films of moving rectangles, written by PyAV in the format of the recorder's FFmpeg."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Literal

import av
import numpy as np
from av.video.stream import VideoStream

from footage.digest import Digest
from footage.mp4 import walk
from tests.common.builders import START, a_segment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from footage.instant import Instant
    from footage.ports import ObjectStore
    from footage.segment import Segment

LIBRARY: dict[str, Literal["libx264", "libx265"]] = {"avc1": "libx264", "hvc1": "libx265"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
SIZE = (320, 180)
FPS = 5
GOP_S = 2


@dataclass(frozen=True, slots=True)
class Mover:
    """A coloured rectangle: `x`, `w`, `y` and `h` as shares, seen from `first_s` to `last_s`."""

    rgb: tuple[int, int, int]
    y: float
    w: float
    h: float
    first_s: float
    last_s: float
    x0: float = 0.0
    speed: float = 0.05

    def x(self, second: float) -> float | None:
        """Return the left edge at `second`, or None where the rectangle is not in the picture."""
        if not self.first_s <= second <= self.last_s:
            return None
        x = self.x0 + self.speed * (second - self.first_s)
        return x if x + self.w <= 1 else None


def street(noise: int = 4, seed: int = 7) -> NDArray[np.uint8]:
    """Make a still background of grey road, sky and houses, [height, width, 3]."""
    width, height = SIZE
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 110, dtype=np.int16)
    picture[: height // 3] = (150, 170, 200)
    for x in range(0, width, 40):
        picture[height // 4 : height // 2, x : x + 26] = rng.integers(60, 200, 3)
    picture += rng.integers(-noise, noise + 1, picture.shape, dtype=np.int16)
    return picture.clip(0, 255).astype(np.uint8)


def frames(seconds: int, movers: Sequence[Mover]) -> list[NDArray[np.uint8]]:
    """Make the film's frames, `FPS` a second, each with a stamp that flickers in the top rows."""
    background = street()
    film = []
    for number in range(seconds * FPS):
        picture = background.copy()
        rng = np.random.default_rng(number)
        stamp = rng.integers(0, 2, 20).repeat(SIZE[0] // 20) * 255
        picture[:8] = stamp.astype(np.uint8)[None, :, None]
        for mover in movers:
            _paint(picture, mover, number / FPS)
        film.append(picture)
    return film


def _paint(picture: NDArray[np.uint8], mover: Mover, second: float) -> None:
    x = mover.x(second)
    if x is None:
        return
    width, height = SIZE
    left, top = round(x * width), round(mover.y * height)
    bottom = top + round(mover.h * height)
    picture[top:bottom, left : left + round(mover.w * width)] = mover.rgb


def fragmented_mp4(
    film: Sequence[NDArray[np.uint8]],
    codec: str = "avc1",
    *,
    gop_s: int = GOP_S,
    b_frames: int = 0,
    times: Sequence[int] | None = None,
) -> bytes:
    """Encode frames as fragmented MP4, a keyframe each `gop_s` seconds.

    `times` gives the number of each frame at `FPS`, where some are left out.
    """
    options = {"preset": "ultrafast", "crf": "20", "sc_threshold": "0"}
    if codec == "hvc1":
        keyint = f"keyint={FPS * gop_s}:min-keyint={FPS * gop_s}:scenecut=0:bframes={b_frames}"
        options = {**options, "x265-params": f"log-level=none:{keyint}"}
        del options["sc_threshold"]
    target = io.BytesIO()
    with av.open(target, "w", format="mp4", options=FRAGMENTED) as container:
        stream = container.add_stream(LIBRARY[codec], rate=FPS, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = film[0].shape[1], film[0].shape[0]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = FPS * gop_s
        stream.codec_context.max_b_frames = b_frames
        stream.codec_context.codec_tag = codec
        for number, picture in zip(times or range(len(film)), film, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


@cache
def small_film(seconds: int, movers: tuple[Mover, ...] = (), codec: str = "avc1") -> bytes:
    """Make a film of `seconds` as fragmented MP4; the same film is encoded once a process."""
    return fragmented_mp4(frames(seconds, movers), codec)


def store_film(  # noqa: PLR0913 - a builder
    store: ObjectStore,
    folder: Path,
    data: bytes,
    *,
    camera: str = "camera-1",
    start: Instant = START,
    site: str = "site-1",
    sequence: int = 0,
) -> Segment:
    """Put a film into the store and return the segment, which is not catalogued yet."""
    media = walk(io.BytesIO(data)).media
    seconds = media.duration_ticks / media.timescale
    segment = a_segment(
        camera,
        start,
        seconds=seconds,
        site=site,
        media=media,
        size_bytes=len(data),
        digest=Digest.of(data),
        sequence=sequence,
    )
    path = folder / "film.mp4"
    path.write_bytes(data)
    store.put(segment.key, path, segment.digest, {})
    return segment
