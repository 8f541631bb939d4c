"""Decodes single keyframes by PyAV, from the init's parameter sets and a coded picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import av
from av.video.codeccontext import VideoCodecContext

from footage.errors import DataLoss
from footage.mp4_boxes import Box, children
from footage.picture import Picture

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Codec = Literal["h264", "hevc"]

_CODECS: Final[dict[bytes, tuple[Codec, bytes]]] = {
    b"avc1": ("h264", b"avcC"),
    b"avc3": ("h264", b"avcC"),
    b"hvc1": ("hevc", b"hvcC"),
    b"hev1": ("hevc", b"hvcC"),
}
_SAMPLE_ENTRY_BYTES: Final = 78
"""Fixed part of a visual sample entry, before its boxes (ISO/IEC 14496-12, 12.1.3)."""
_STSD_BYTES: Final = 8
"""Version, flags and number of entries, before the first entry."""


class PyavDecoder:
    """Decodes keyframes by PyAV; without state between calls, so safe in several threads."""

    def decode(self, init: bytes, sample: bytes) -> Picture:
        """Decode a single coded picture.

        Raises:
            DataLoss: The init holds no parameter sets, or the picture cannot be decoded whole.
        """
        codec, extradata = parameter_sets(init)
        return _decode(codec, extradata, sample)


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


def _decode(codec: Codec, extradata: bytes, sample: bytes) -> Picture:
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
    return _picture(frames[0])


def _picture(frame: VideoFrame) -> Picture:
    rgb = frame.to_ndarray(format="rgb24")
    return Picture(frame.width, frame.height, rgb.tobytes())
