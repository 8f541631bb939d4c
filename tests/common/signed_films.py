"""Films with signatures of a camera: messages put in front of pictures, as such cameras send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from footage.camera_signature import UUIDS, SignedBy
from infra.host import process
from infra.media.ffmpeg_tool import find
from tests.common.recording import A_MINUTE

if TYPE_CHECKING:
    from pathlib import Path

_LIBRARY: Final = {"h264": "libx264", "hevc": "libx265"}
_UNIT: Final = re.compile(rb"\x00\x00\x00?\x01")
_SEI: Final = {"h264": b"\x06", "hevc": b"\x4e\x01"}


def message(codec: str, kind: SignedBy, body: bytes = b"signature" * 40) -> bytes:
    """A unit with a message of unregistered user data, as in a byte stream."""
    data = UUIDS[kind] + body
    size = b"\xff" * (len(data) // 255) + bytes([len(data) % 255])
    return b"\x00\x00\x00\x01" + _SEI[codec] + b"\x05" + size + data + b"\x80"


def signed_film(path: Path, kind: SignedBy, codec: str = "h264", *, seconds: int = 6) -> Path:
    """Write a film of a keyframe each second, each with a signature in front (none for NONE)."""
    raw = path.with_suffix(f".{codec}")
    pattern = f"testsrc2=size=160x96:rate=5:duration={seconds}"
    coder = ["-c:v", _LIBRARY[codec], "-g", "5", "-bf", "0"]
    if codec == "hevc":
        coder += ["-x265-params", "log-level=error:info=0"]
    _ffmpeg("-f", "lavfi", "-i", pattern, *coder, "-f", codec, str(raw))
    if kind is not SignedBy.NONE:
        raw.write_bytes(_put(raw.read_bytes(), codec, kind))
    _ffmpeg("-r", "5", "-f", codec, "-i", str(raw), "-c", "copy", str(path))
    return path


def _put(stream: bytes, codec: str, kind: SignedBy) -> bytes:
    out, starts = bytearray(), [*_UNIT.finditer(stream)]
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(stream)
        head = stream[start.end()]
        key = head & 0x1F == 5 if codec == "h264" else 16 <= head >> 1 & 0x3F < 24
        if key:
            out += message(codec, kind)
        out += stream[start.start() : end]
    return bytes(out)


def _ffmpeg(*options: str) -> None:
    argv = [str(find().path), "-nostdin", "-v", "error", "-y", *options]
    process.run(argv, timeout=A_MINUTE)
