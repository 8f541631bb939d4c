"""Decodes single keyframes by PyAV, from the init's parameter sets and a coded picture."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Interpolation, VideoReformatter

from footage.errors import DataLoss
from footage.mp4_boxes import Box, children
from footage.picture import Picture

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

Codec = Literal["h264", "hevc"]
Scalers = defaultdict[tuple[int, int], VideoReformatter]

_CODECS: Final[dict[bytes, tuple[Codec, bytes]]] = {
    b"avc1": ("h264", b"avcC"),
    b"avc3": ("h264", b"avcC"),
    b"hvc1": ("hevc", b"hvcC"),
    b"hev1": ("hevc", b"hvcC"),
}
_SAMPLE_ENTRY_BYTES: Final = 78
"""Fixed part of a visual sample entry, before its boxes (ISO/IEC 14496-12, 12.1.3)."""
_SCALING: Final = Interpolation.AREA | Interpolation.FULL_CHR_H_INT
"""Means of areas; without the second flag swscale halves the colour's resolution once more."""
_STSD_BYTES: Final = 8
"""Version, flags and number of entries, before the first entry."""


class PyavDecoder:
    """Decodes keyframes by PyAV; without state between calls, so safe in several threads."""

    def decode(self, init: bytes, sample: bytes) -> Picture:
        """Decode a single coded picture.

        Raises:
            DataLoss: The init holds no parameter sets, or the picture cannot be decoded whole.
        """
        return self.open(init).decode(sample).picture()

    def open(self, init: bytes) -> PyavKeyframeDecoder:
        """Return a decoder of the keyframes of the segment that begins with `init`.

        Raises:
            DataLoss: `init` holds no parameter sets.
        """
        return PyavKeyframeDecoder(*parameter_sets(init))


class PyavKeyframeDecoder:
    """Decodes the keyframes of a segment, each by a codec of its own.

    A shared codec would keep parameter sets of one keyframe for the next, and saves no time.
    Scalers are shared, one for each size: asked for another size, a scaler makes new tables.
    """

    def __init__(self, codec: Codec, extradata: bytes) -> None:
        self._codec, self._extradata = codec, extradata
        self._scalers: Scalers = defaultdict(VideoReformatter)

    def decode(self, sample: bytes) -> PyavKeyframe:
        """Decode a single coded picture.

        Raises:
            DataLoss: The picture cannot be decoded whole.
        """
        return PyavKeyframe(_decode(self._codec, self._extradata, sample), self._scalers)


class PyavKeyframe:
    """A decoded keyframe: FFmpeg's frame, scaled and converted by swscale when asked for."""

    def __init__(self, frame: VideoFrame, scalers: Scalers) -> None:
        self._frame, self._scalers = frame, scalers
        self._rgb: NDArray[np.uint8] | None = None

    @property
    def width(self) -> int:
        """Pixels across."""
        return self._frame.width

    @property
    def height(self) -> int:
        """Pixels down."""
        return self._frame.height

    @property
    def size_bytes(self) -> int:
        """Memory of the frame's planes."""
        return sum(plane.buffer_size for plane in self._frame.planes)

    def picture(self) -> Picture:
        """Return the whole keyframe at full resolution."""
        return self.crop(0, 0, self.width, self.height)

    def scaled(self, width: int, height: int) -> Picture:
        """Return the whole keyframe in this size; each pixel is the mean of the area it covers."""
        small = self._scalers[width, height].reformat(
            self._frame, width, height, format="rgb24", interpolation=_SCALING
        )
        return Picture(width, height, small.to_ndarray().tobytes())

    def crop(self, left: int, top: int, right: int, bottom: int) -> Picture:
        """Return a rectangle at full resolution; `right` and `bottom` are not included."""
        if self._rgb is None:  # kept: several crops are cut from the same keyframe
            rgb = self._scalers[self.width, self.height].reformat(self._frame, format="rgb24")
            self._rgb = np.asarray(rgb.to_ndarray(), dtype=np.uint8)
        cut = self._rgb[top:bottom, left:right]
        return Picture(right - left, bottom - top, cut.tobytes())


def parameter_sets(init: bytes) -> tuple[Codec, bytes]:
    """FFmpeg's codec name and the content of `avcC` or `hvcC`.

    Raises:
        DataLoss: No video track of H.264 or H.265 in `init`, or its boxes are cut short.
    """
    data = memoryview(init)
    for entry in _sample_entries(data):
        if entry.kind in _CODECS:
            codec, wanted = _CODECS[entry.kind]
            for box in children(data, entry.start + _SAMPLE_ENTRY_BYTES, entry.end):
                if box.kind == wanted:
                    return codec, bytes(data[box.start : box.end])
    raise DataLoss(f"no parameter sets of H.264 or H.265 in an init of {len(init)} bytes")


def _sample_entries(data: memoryview) -> list[Box]:
    boxes = list(children(data, 0, len(data)))
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        boxes = [
            inner
            for box in boxes
            if box.kind == kind
            for inner in children(
                data, box.start + (_STSD_BYTES if kind == b"stsd" else 0), box.end
            )
        ]
    return boxes


def _decode(codec: Codec, extradata: bytes, sample: bytes) -> VideoFrame:
    try:
        context = VideoCodecContext.create(codec, "r")
        context.extradata = extradata
        # Recording goes first: indexing decodes on the one thread it was given.
        context.thread_count = 1
        frames = context.decode(av.Packet(sample)) + context.decode(None)
    except (av.FFmpegError, ValueError) as exc:
        raise DataLoss(f"a keyframe of {len(sample)} bytes cannot be decoded: {exc}") from exc
    if not frames:
        raise DataLoss(f"a keyframe of {len(sample)} bytes gives no picture")
    if frames[0].is_corrupt:
        # FFmpeg paints over what is missing: such a picture was not seen by any camera.
        raise DataLoss(f"a keyframe of {len(sample)} bytes is damaged")
    return frames[0]
