"""Decodes keyframes by PyAV, from the init's parameter sets and coded pictures, as people see them.

A picture comes upright and with square pixels, whatever the camera stored (`infra.media.display`).
"""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass
from itertools import dropwhile
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Interpolation, VideoReformatter

from footage import mp4
from footage.errors import DataLoss
from footage.mp4_boxes import children
from footage.picture import Picture
from infra.media.display import (
    SAMPLE_ENTRY_BYTES,
    UPRIGHT,
    Display,
    Orientation,
    display,
    sample_entries,
    shown_size,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

Scalers = defaultdict[tuple[int, int], VideoReformatter]

MAX_PIXELS: Final = 40_000_000
"""Most pixels of a picture: 8K has 33 million; a picture of 40 million takes 60 MB decoded and
120 MB in RGB. A hostile picture of a few kB may claim 268 million: 1.3 GB."""
_CODECS: Final = {
    b"avc1": ("h264", b"avcC"),
    b"avc3": ("h264", b"avcC"),
    b"hvc1": ("hevc", b"hvcC"),
    b"hev1": ("hevc", b"hvcC"),
}
_SCALING: Final = Interpolation.AREA | Interpolation.FULL_CHR_H_INT
"""Means of areas; without the second flag swscale halves the colour's resolution once more."""
_FRAGMENT: Final = (b"moof", b"prft")


@dataclass(frozen=True, slots=True)
class Coding:
    """Coding and display of a segment's pictures.

    Attributes:
        codec: FFmpeg's name of the codec.
        extradata: What the codec must know before the first picture; None for nothing.
        display: Orientation and pixel shape by the init.
        size: Width and height that a codec must be told whose pictures do not say them; None for
            codecs whose pictures do.
        pixels: FFmpeg's name of the kind of pixels, for such a codec; None where not known.
    """

    codec: str
    extradata: bytes | None
    display: Display
    size: tuple[int, int] | None = None
    pixels: str | None = None


class PyavDecoder:
    """Decodes keyframes by PyAV; without state between calls, so safe in several threads.

    Args:
        max_pixels: Most pixels of a picture; a larger one is refused before memory is taken.
    """

    def __init__(self, max_pixels: int = MAX_PIXELS) -> None:
        self._max_pixels = max_pixels

    def decode(self, init: bytes, sample: bytes) -> Picture:
        """Decode a coded picture, or the last picture of a run of fragments.

        Raises:
            DataLoss: The init tells no codec that FFmpeg decodes, the picture is too large, or it
                cannot be decoded whole.
        """
        return self.open(init).decode(sample).picture()

    def open(self, init: bytes) -> PyavKeyframeDecoder:
        """Return a decoder of the keyframes of the segment that begins with `init`.

        Raises:
            DataLoss: `init` tells no codec that FFmpeg decodes.
        """
        return PyavKeyframeDecoder(init, coding(init), self._max_pixels)


class PyavKeyframeDecoder:
    """Decodes the keyframes of a segment, each by a codec of its own.

    A shared codec would keep parameter sets of one keyframe for the next, and saves no time.
    Scalers are shared, one for each size: asked for another size, a scaler makes new tables.
    """

    def __init__(self, init: bytes, coding: Coding, max_pixels: int) -> None:
        self._init, self._coding, self._max_pixels = init, coding, max_pixels
        self._scalers: Scalers = defaultdict(VideoReformatter)

    def decode(self, sample: bytes) -> PyavKeyframe:
        """Decode a coded picture, or the last picture of a run of whole fragments.

        Raises:
            DataLoss: The picture is too large, or cannot be decoded whole.
        """
        return self._shown(*self._decode(sample))

    def _shown(self, frame: VideoFrame, pixel: float | None) -> PyavKeyframe:
        shown = self._coding.display
        turned = shown.orientation
        if turned == UPRIGHT and frame.rotation:  # told by the camera in the stream itself
            turned = Orientation.of_degrees(frame.rotation)
        size = shown_size(frame.width, frame.height, shown.pixel or pixel, self._max_pixels)
        return PyavKeyframe(frame, self._scalers, size, turned)

    def decode_on(
        self, run: bytes | memoryview, ends: Collection[int]
    ) -> Iterator[tuple[int, PyavKeyframe]]:
        """Decode on from a keyframe, and yield the pictures whose samples end at `ends`.

        Raises:
            DataLoss: A picture is damaged, too large or cannot be decoded; those yielded are whole.
        """
        what = f"a picture in {len(run)} bytes after a keyframe"
        data = memoryview(self._init + run)
        samples = list(_from_keyframe(mp4.walk(io.BytesIO(data), cut=True).samples))
        wanted = {s.pts_ticks: s.offset + s.length - len(self._init) for s in samples}
        wanted = {pts: end for pts, end in wanted.items() if end in ends}
        try:
            context = self._context(what)
            for frame in _frames(context, data, samples):
                if frame.is_corrupt:  # and whatever is decoded on from the picture
                    raise DataLoss(f"{what} is damaged")
                if frame.pts in wanted:
                    pixel = context.sample_aspect_ratio
                    shown = self._shown(frame, float(pixel) if pixel else None)
                    yield wanted[frame.pts], shown
        except (av.FFmpegError, ValueError, MemoryError) as exc:
            raise DataLoss(f"{what} cannot be decoded: {exc}") from exc

    def _context(self, what: str) -> VideoCodecContext:
        context = av.CodecContext.create(self._coding.codec, "r")
        if not isinstance(context, VideoCodecContext):
            raise DataLoss(f"{what} is of {self._coding.codec}, no codec of pictures")
        if self._coding.extradata:
            context.extradata = self._coding.extradata
        if self._coding.size:
            context.width, context.height = self._coding.size
        if self._coding.pixels:
            context.pix_fmt = self._coding.pixels
        # Recording goes first: indexing decodes on the one thread it was given.
        context.thread_count = 1
        context.options = {"max_pixels": str(self._max_pixels)}
        return context

    def _decode(self, sample: bytes) -> tuple[VideoFrame, float | None]:
        """The picture as coded, and the pixel shape that the stream tells."""
        what = f"a keyframe of {len(sample)} bytes"
        try:
            context = self._context(what)
            frame: VideoFrame | None = None
            for coded in self._samples(sample):
                frame = next(reversed(context.decode(av.Packet(coded))), frame)
            frame = next(reversed(context.decode(None)), frame)
        except (av.FFmpegError, ValueError, MemoryError) as exc:
            raise DataLoss(f"{what} cannot be decoded: {exc}") from exc
        if frame is None:
            raise DataLoss(f"{what} gives no picture")
        if frame.width * frame.height > self._max_pixels:  # where the codec knows no limit
            raise DataLoss(f"{what} has {frame.width}x{frame.height} pixels, too many")
        if frame.is_corrupt:
            # FFmpeg paints over what is missing: such a picture was not seen by any camera.
            raise DataLoss(f"{what} is damaged")
        pixel = context.sample_aspect_ratio
        return frame, float(pixel) if pixel else None

    def _samples(self, coded: bytes) -> Iterator[bytes]:
        if coded[4:8] not in _FRAGMENT:
            yield coded
            return
        data = self._init + coded
        for sample in _from_keyframe(mp4.walk(io.BytesIO(data), cut=True).samples):
            yield data[sample.offset : sample.offset + sample.length]


class PyavKeyframe:
    """A decoded keyframe: FFmpeg's frame, scaled and converted by swscale when asked for.

    Args:
        frame: The picture as coded.
        scalers: Scalers by size, shared by the keyframes of a segment.
        size: Size of the picture with square pixels, before any turn.
        turned: The turn that brings the picture upright.
    """

    def __init__(
        self, frame: VideoFrame, scalers: Scalers, size: tuple[int, int], turned: Orientation
    ) -> None:
        self._frame, self._scalers, self._size, self._turned = frame, scalers, size, turned
        self._rgb: NDArray[np.uint8] | None = None

    @property
    def width(self) -> int:
        """Pixels across, as shown."""
        return self._size[1 if self._turned.transposed else 0]

    @property
    def height(self) -> int:
        """Pixels down, as shown."""
        return self._size[0 if self._turned.transposed else 1]

    @property
    def size_bytes(self) -> int:
        """Memory of the frame's planes."""
        return sum(plane.buffer_size for plane in self._frame.planes)

    def picture(self) -> Picture:
        """Return the whole keyframe at full resolution."""
        return self.crop(0, 0, self.width, self.height)

    def scaled(self, width: int, height: int) -> Picture:
        """Return the whole keyframe in this size; each pixel is the mean of the area it covers."""
        size = (height, width) if self._turned.transposed else (width, height)
        return Picture(width, height, self._pixels(*size, _SCALING).tobytes())

    def crop(self, left: int, top: int, right: int, bottom: int) -> Picture:
        """Return a rectangle at full resolution; `right` and `bottom` are not included."""
        if self._rgb is None:  # kept: several crops are cut from the same keyframe
            self._rgb = self._pixels(*self._size, None)
        cut = self._rgb[top:bottom, left:right]
        return Picture(right - left, bottom - top, cut.tobytes())

    def _pixels(
        self, width: int, height: int, interpolation: Interpolation | None
    ) -> NDArray[np.uint8]:
        """Upright pixels of the frame scaled, before the turn, to this size."""
        rgb = self._scalers[width, height].reformat(
            self._frame, width, height, format="rgb24", interpolation=interpolation
        )
        return self._turned.apply(np.asarray(rgb.to_ndarray(), dtype=np.uint8))


def _from_keyframe(samples: Iterable[mp4.Sample]) -> Iterator[mp4.Sample]:
    """Yield samples from the first keyframe on: what earlier samples refer to is not known."""
    return dropwhile(lambda sample: not sample.keyframe, samples)


def _frames(
    context: VideoCodecContext, data: memoryview, samples: Iterable[mp4.Sample]
) -> Iterator[VideoFrame]:
    """Yield the decoded pictures in the order of time, each with its media time as `pts`."""
    for sample in samples:
        packet = av.Packet(bytes(data[sample.offset : sample.offset + sample.length]))
        packet.pts, packet.dts = sample.pts_ticks, sample.dts_ticks
        yield from context.decode(packet)
    yield from context.decode(None)


def coding(init: bytes) -> Coding:
    """Read how the pictures of a segment are coded and shown.

    Raises:
        DataLoss: No video track of a codec that FFmpeg decodes in `init`, or its boxes are cut
            short.
    """
    data = memoryview(init)
    for entry in sample_entries(data):
        if entry.kind in _CODECS:
            codec, wanted = _CODECS[entry.kind]
            for box in children(data, entry.start + SAMPLE_ENTRY_BYTES, entry.end):
                if box.kind == wanted:
                    return Coding(codec, bytes(data[box.start : box.end]), display(init))
            raise DataLoss(f"no parameter sets of H.264 or H.265 in an init of {len(init)} bytes")
    return _by_ffmpeg(init)


def _by_ffmpeg(init: bytes) -> Coding:
    """The coding by FFmpeg's own reading of the init: of any codec FFmpeg knows."""
    try:
        # A given format: another one could open other files that the bytes name.
        with av.open(io.BytesIO(init), format="mov") as film:
            for stream in film.streams.video:
                context = stream.codec_context
                if context is not None:
                    size = context.width, context.height
                    told = size if all(size) else None
                    name, extra, pixels = context.name, context.extradata, context.pix_fmt
                    return Coding(name, extra, display(init), told, pixels)
    except (av.FFmpegError, ValueError) as exc:
        raise DataLoss(f"an init of {len(init)} bytes cannot be read: {exc}") from exc
    raise DataLoss(f"no video that FFmpeg decodes in an init of {len(init)} bytes")
