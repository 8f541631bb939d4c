"""Strip burned into each frame: counter, capture instant and camera, as black and white blocks.

120 bits in blocks of 8x8 pixels, 24 a row, five rows at the top left: whole transform blocks, so
that coarse encoding does not blur a block into the next. A checksum tells a damaged picture from a
whole picture: a strip is read right or not at all.
"""

from __future__ import annotations

import binascii
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from av.codec.context import Flags

from footage.instant import Elapsed, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

BLOCK: Final = 8
COLUMNS: Final = 24
ROWS: Final = 5
WIDTH: Final = COLUMNS * BLOCK
"""The least width of a picture that bears a strip."""
HEIGHT: Final = ROWS * BLOCK
_BYTES: Final = COLUMNS * ROWS // 8
_BLACK, _WHITE, _MIDDLE = 16, 235, 126
_INNER: Final = 2


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """Content of a frame's strip.

    Attributes:
        counter: Number of the frame; never used twice, also after the camera was switched off.
        captured: True wall time just before the frame was encoded.
        camera: Number of the camera.
    """

    counter: int
    captured: Instant
    camera: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A decoded frame: stamp (None if the picture is damaged), media time, and keyframe or not."""

    stamp: Stamp | None
    media: Elapsed
    key: bool


def burn(stamp: Stamp, luma: NDArray[np.uint8]) -> None:
    """Write the strip with `stamp` into the top left of a picture's brightness."""
    body = (
        stamp.counter.to_bytes(4, "big")
        + stamp.captured.us.to_bytes(7, "big")
        + stamp.camera.to_bytes(2, "big")
    )
    bits = np.unpackbits(np.frombuffer(body + _checksum(body), np.uint8))
    blocks = np.where(bits, _WHITE, _BLACK).astype(np.uint8).reshape(ROWS, COLUMNS)
    luma[:HEIGHT, :WIDTH] = blocks.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)


def read_strip(luma: NDArray[np.uint8]) -> Stamp | None:
    """Return the stamp in a picture's brightness; None of a damaged or missing strip."""
    if luma.shape[0] < HEIGHT or luma.shape[1] < WIDTH:
        return None
    cells = luma[:HEIGHT, :WIDTH].reshape(ROWS, BLOCK, COLUMNS, BLOCK)
    inner = cells[:, _INNER:-_INNER, :, _INNER:-_INNER].mean(axis=(1, 3))
    raw = np.packbits((inner > _MIDDLE).reshape(-1)).tobytes()
    body, checksum = raw[: _BYTES - 2], raw[_BYTES - 2 :]
    if checksum != _checksum(body):
        return None
    return Stamp(
        int.from_bytes(body[:4], "big"),
        Instant(int.from_bytes(body[4:11], "big")),
        int.from_bytes(body[11:], "big"),
    )


def frames_of(segment: bytes) -> list[Shown]:
    """Return every frame that a decoder shows of a segment, in the order of presentation.

    Raises:
        OSError: The bytes are no media file at all.
    """
    with av.open(io.BytesIO(segment), "r") as container:
        return list(_decoded(container))


def frames_of_run(segments: Iterable[bytes]) -> list[list[Shown]]:
    """Return what `frames_of` returns of each segment, decoded one behind the other.

    A picture of a stream with intra refresh is whole only behind the pictures before, which may
    lie in the segment before.
    """
    found, decoder = list[list[Shown]](), None
    for segment in segments:
        with av.open(io.BytesIO(segment), "r") as container:
            if decoder is None:
                stated = container.streams.video[0].codec_context
                made = av.CodecContext.create(stated.name, "r")
                assert isinstance(made, av.VideoCodecContext)
                decoder = made
                decoder.extradata = stated.extradata
                decoder.thread_count = 1  # a picture comes out with its packet
                decoder.flags |= Flags.output_corrupt.value  # also where no sweep is through yet
            found.append(list(_decoded(container, decoder)))
    return found


def _decoded(
    container: av.container.InputContainer, decoder: av.VideoCodecContext | None = None
) -> Iterator[Shown]:
    stream = container.streams.video[0]
    base = stream.time_base
    assert base is not None
    for packet in container.demux(stream):
        try:
            frames = packet.decode() if decoder is None else _next(decoder, packet)
        except av.error.InvalidDataError:
            continue  # the frames of a damaged packet are missing from the list, to be counted
        for frame in frames:
            assert isinstance(frame, av.VideoFrame)
            assert frame.pts is not None
            media = Elapsed(round(frame.pts * base * 1_000_000))
            yield Shown(read_strip(luma_of(frame)), media, frame.key_frame)


def _next(decoder: av.VideoCodecContext, packet: av.Packet[av.VideoStream]) -> list[av.VideoFrame]:
    """The pictures of a packet; none of the empty packet that would end the decoder."""
    return decoder.decode(packet) if packet.size else []


def luma_of(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the brightness of a decoded picture, without copying."""
    plane = frame.planes[0]
    whole: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8)
    return whole.reshape(-1, plane.line_size)[: frame.height, : frame.width]


def _checksum(body: bytes) -> bytes:
    return binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")
