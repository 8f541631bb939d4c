"""Films that browsers cannot play, or play wrongly: other codecs, interlaced, turned."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from infra.host import process
from infra.media.ffmpeg_tool import find
from tests.common.recording import A_MINUTE
from tests.common.tiny_films import FRAGMENTED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FPS: Final = 10
SECONDS: Final = 8
_QUIET: Final = "log-level=none:pools=none"
FILMS: Final[dict[str, Sequence[str]]] = {
    "hevc": ["-c:v", "libx265", "-x265-params", f"{_QUIET}:keyint=20:bframes=2", "-tag:v", "hvc1"],
    "hevc-10-bit": ["-c:v", "libx265", "-x265-params", _QUIET, "-g", "20", "-pix_fmt", "yuv420p10"],
    "mjpeg": ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"],
    "mpeg-4": ["-c:v", "mpeg4", "-g", "20", "-bf", "2"],
    "h264-10-bit": ["-c:v", "libx264", "-g", "20", "-pix_fmt", "yuv420p10"],
    "h264-4:2:2": ["-c:v", "libx264", "-g", "20", "-pix_fmt", "yuv422p"],
    "interlaced": ["-c:v", "libx264", "-g", "20", "-flags", "+ildct+ilme", "-vf",
                   "tinterlace=mode=interleave_top,setfield=tff"],
    "h264": ["-c:v", "libx264", "-g", "20", "-bf", "0"],
}  # fmt: skip
"""How FFmpeg codes each film."""


def odd_film(
    path: Path,
    kind: str,
    *,
    seconds: int = SECONDS,
    size: str = "320x240",
    sound: str = "",
    more: Sequence[str] = (),
) -> Path:
    """Write a film of a moving test picture; `sound` is an audio encoder of FFmpeg."""
    argv = [str(find().path), "-nostdin", "-v", "error", "-y", "-f", "lavfi"]
    argv += ["-i", f"testsrc2=size={size}:rate={FPS}:duration={seconds}"]
    if sound:
        argv += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=8000:duration={seconds}"]
        argv += ["-c:a", sound]
    if not {"mjpeg", "mpeg-4"} & {kind}:
        argv += ["-preset", "ultrafast"]
    argv += [*FILMS[kind], *more, "-f", "mov" if sound.startswith("pcm") else "mp4"]
    process.run([*argv, "-movflags", FRAGMENTED["movflags"], str(path)], timeout=A_MINUTE)
    return path


def lying_on_its_side(path: Path) -> Path:
    """Give a film the matrix of a telephone that was held upright."""
    data = path.read_bytes()
    at = data.index(b"tkhd") + 4
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data[: at + 40] + matrix + data[at + 76 :])
    return path
