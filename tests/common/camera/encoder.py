"""Encode pictures and audio of a simulated camera, at the time of capture."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import PictureType

from tests.common.camera.model import VIDEO_HZ
from tests.common.camera.strip import Stamp, burn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.common.camera.model import Look

_GREY: Final = 128
_BAR: Final = 16
AAC_HZ: Final = 16_000
_ENCODERS: Final = {"h264": "libx264", "h265": "libx265", "mjpeg": "mjpeg"}
_JPEG_QUALITY: Final = 4
AAC_BLOCK: Final = 1_024
G711_HZ: Final = 8_000


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture: stamp, media time in ticks of 90 kHz, NAL units without start codes.

    The single unit of a JPEG is the file.
    """

    stamp: Stamp
    ticks: int
    key: bool
    units: tuple[bytes, ...]


class PictureEncoder:
    """Encodes stamped pictures by libx264, libx265 or as JPEG; look-ahead for B-frames only."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._context = _context(look)
        self._waiting: dict[int, Stamp] = {}
        self._next_key = 0
        self._canvas = np.full((look.height * 3 // 2, look.width), _GREY, np.uint8)
        self._jpeg = look.codec == "mjpeg"
        self.sets = [] if self._jpeg else split(self._context.extradata or b"")

    def encode(self, stamp: Stamp, ticks: int) -> list[Picture]:
        """Encode a picture; return finished pictures, with B-frames an earlier picture or none."""
        pixels = "yuvj420p" if self._jpeg else "yuv420p"
        frame = av.VideoFrame.from_ndarray(self._paint(stamp), format=pixels)
        frame.pts = ticks
        frame.time_base = Fraction(1, VIDEO_HZ)
        if ticks >= self._next_key and not self._look.refresh:
            frame.pict_type = PictureType.I
            self._next_key = ticks + self._look.gop_ms * VIDEO_HZ // 1_000 - VIDEO_HZ // 50
        self._waiting[ticks] = stamp
        return self._out(self._context.encode(frame))

    def force_key(self) -> None:
        """Make the next picture a keyframe."""
        self._next_key = 0

    def _paint(self, stamp: Stamp) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        height, width = self._look.height, self._look.width
        picture = self._canvas.copy()
        at = stamp.counter * 4 % (width - _BAR)
        picture[height // 2 : height, at : at + _BAR] = 200  # a bar that moves with the counter
        burn(stamp, picture[:height])
        return picture

    def _out(self, packets: Iterable[av.Packet[av.VideoStream]]) -> list[Picture]:
        made = []
        for packet in packets:
            assert packet.pts is not None
            coded = bytes(packet)
            units = (coded,) if self._jpeg else tuple(split(coded))
            made.append(
                Picture(self._waiting.pop(packet.pts), packet.pts, packet.is_keyframe, units)
            )
        return made


class SoundEncoder:
    """Encodes a quiet tone as AAC or G.711, in blocks."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.hertz = AAC_HZ if kind == "aac" else G711_HZ
        self._block = AAC_BLOCK if kind == "aac" else G711_HZ // 10
        name = {"aac": "aac", "pcmu": "pcm_mulaw", "pcma": "pcm_alaw"}[kind]
        context = av.CodecContext.create(name, "w")
        assert isinstance(context, av.AudioCodecContext)
        self._context = context
        self._context.sample_rate = self.hertz
        self._context.layout = "mono"
        self._context.format = "fltp" if kind == "aac" else "s16"
        self._context.time_base = Fraction(1, self.hertz)
        self._context.flags |= Flags.global_header.value
        self._context.open()
        self.config = self._context.extradata or b""
        self._at: int | None = None
        wave = np.sin(np.arange(self._block) * (2 * np.pi * 250 / self.hertz)) * 0.1
        self._wave = (
            wave.astype(np.float32) if kind == "aac" else (wave * 32_767).astype(np.int16)
        ).reshape(1, -1)

    def upto(self, ticks: int) -> list[tuple[int, bytes]]:
        """Return the blocks due by `ticks`, each with media time; the first call starts audio."""
        if self._at is None:
            self._at = ticks
        made: list[tuple[int, bytes]] = []
        while self._at + self._block <= ticks:
            layout_format = "fltp" if self.kind == "aac" else "s16"
            frame = av.AudioFrame.from_ndarray(self._wave, format=layout_format, layout="mono")
            frame.sample_rate = self.hertz
            frame.pts = self._at
            frame.time_base = Fraction(1, self.hertz)
            made += [(packet.pts or 0, bytes(packet)) for packet in self._context.encode(frame)]
            self._at += self._block
        return made


def split(stream: bytes) -> list[bytes]:
    """Return the NAL units of an Annex B byte stream."""
    units = []
    for piece in stream.split(b"\x00\x00\x01"):
        unit = piece.rstrip(b"\x00")
        if unit:
            units.append(unit)
    return units


def _context(look: Look) -> av.VideoCodecContext:
    context = av.CodecContext.create(_ENCODERS[look.codec], "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = look.width, look.height, "yuv420p"
    context.time_base = Fraction(1, VIDEO_HZ)
    context.framerate = Fraction(look.fps, 1)
    context.gop_size = 100_000  # keyframes are forced by time instead
    context.max_b_frames = look.b_frames
    context.thread_count = 1
    context.flags |= Flags.global_header.value
    if look.codec == "mjpeg":
        context.pix_fmt = "yuvj420p"
        context.options = {"huffman": "default"}  # RTP carries no Huffman tables (RFC 2435)
        context.qmin = context.qmax = _JPEG_QUALITY
        context.open()
        return context
    context.options = {"preset": "ultrafast", "crf": "22", "forced-idr": "1"}
    if not look.b_frames:
        context.options["tune"] = "zerolatency"
    if look.codec == "h264":
        context.options["x264-params"] = (
            f"scenecut=0:slices={look.slices}:force-cfr=1:sliced-threads=0:bframes={look.b_frames}"
        )
        if look.refresh:
            pictures = look.gop_ms * look.fps // 1_000
            context.options["x264-params"] += f":intra-refresh=1:keyint={pictures}"
    else:
        ahead = f":b-adapt=0:rc-lookahead={look.b_frames + 1}" if look.b_frames else ""
        context.options["x265-params"] = (
            "scenecut=0:pools=none:frame-threads=1:log-level=error:info=0:wpp=0"
            f":bframes={look.b_frames}{ahead}"
        )
    context.open()
    return context
