"""Command lines for FFmpeg: the only module that knows `ffmpeg-python`, and only its `compile()`.

Every option was measured (`docs/recording.md`, "The FFmpeg process"). Video is copied, never
encoded again; what MP4 cannot hold of the sound is left out rather than losing the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import ffmpeg

from footage.errors import BadInput
from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ids import CameraId

SHORTEST: Final = Elapsed.parse("2s")
LONGEST: Final = Elapsed.parse("5m")
DEFAULT_LENGTH: Final = Elapsed.parse("1m")
_DAY: Final = Elapsed.parse("1d")

_RTSP_TIMEOUT: Final = Elapsed.parse("5s")
"""FFmpeg gives up after twice this long without a byte (measured: 10.24 s)."""

_FRAGMENTED: Final = (
    # empty_moov..default_base_moof: each fragment stands alone, so a kill loses one GOP, not all.
    # frag_discont with avoid_negative_ts=disabled: media time runs on from segment to segment.
    # flush_packets: a written fragment reaches the file whole, not held back in a 32 KiB buffer.
    "movflags=+frag_keyframe+empty_moov+default_base_moof+frag_discont"
    ":avoid_negative_ts=disabled:flush_packets=1"
)
_QUIET: Final = ("-nostdin", "-hide_banner", "-loglevel", "warning")


class SourceKind(StrEnum):
    """How a camera's source is read."""

    RTSP = "rtsp"
    FILE = "file"
    """A file played again and again in real time: a camera for demonstrations and tests."""
    OTHER = "other"
    """Any other URL FFmpeg reads."""


def kind_of(source: str) -> SourceKind:
    """Tell an RTSP URL, a file and other URLs apart."""
    scheme, separator, _ = source.partition("://")
    if not separator:
        return SourceKind.FILE
    return SourceKind.RTSP if scheme.lower() in {"rtsp", "rtsps"} else SourceKind.OTHER


@dataclass(frozen=True, slots=True)
class Capture:
    """One camera's capture.

    Attributes:
        source: RTSP URL or file; may hold a password.
        pattern: Path of the segments, with one `%06d`.
        slot: When within each `length` of the clock this camera starts a new segment.
        audio: Whether the first audio track is recorded too.
        loop: Whether a file starts again at its end.

    Raises:
        BadInput: The length is out of range, or no whole number of segments makes a day.
    """

    source: str = field(repr=False)
    pattern: Path
    length: Elapsed = DEFAULT_LENGTH
    slot: Elapsed = ZERO
    audio: bool = True
    loop: bool = True

    def __post_init__(self) -> None:
        check_length(self.length)


def check_length(length: Elapsed) -> None:
    """Raise BadInput unless segments of this length can follow the clock."""
    if not SHORTEST <= length <= LONGEST:
        raise BadInput(f"segment length {length} is out of range", mend=f"{SHORTEST} to {LONGEST}")
    if _DAY.us % length.us:
        raise BadInput(
            f"segment length {length} does not divide a day", mend="e.g. 10s, 30s, 1m or 5m"
        )


def slot(camera: CameraId, length: Elapsed) -> Elapsed:
    """The camera's place within each `length`, so that a thousand files never close at once."""
    spread = int.from_bytes(sha256(camera.encode()).digest()[:8], "big")
    return Elapsed(spread % (length.us // 1_000) * 1_000)


def argv(binary: str, capture: Capture, list_descriptor: int) -> list[str]:
    """The command line that records a camera until it is told to end."""
    source = ffmpeg.input(_address(capture.source), **_input_options(capture))
    streams = [source["v:0"], source["a:0?"]] if capture.audio else [source["v:0"]]
    output = ffmpeg.output(
        *streams,
        str(capture.pattern.parent).replace("%", "%%") + "/" + capture.pattern.name,
        c="copy",
        f="segment",
        segment_time=_seconds(capture.length),
        # By the clock, not by media time: staggers the cameras and ignores what they claim.
        segment_atclocktime=1,
        segment_clocktime_offset=_seconds(capture.slot),
        segment_format="mp4",
        segment_format_options=_FRAGMENTED,
        segment_list=f"pipe:{list_descriptor}",
        segment_list_type="csv",
    )
    # FFmpeg 9 looks at signals once per period: one second lets it stop quickly.
    return _compile(output, [binary, *_QUIET, "-progress", "pipe:1", "-stats_period", "1"])


def import_argv(
    binary: str, source: Path, pattern: Path, *, length: Elapsed, audio: bool, frame_rate: str = ""
) -> list[str]:
    """The command line that cuts a file into segments, fast; the list goes to standard output."""
    options: dict[str, Any] = {"fflags": "+genpts"}
    if frame_rate:
        options["framerate"] = frame_rate
    media = ffmpeg.input(f"file:{source}", **options)
    output = ffmpeg.output(
        *([media["V:0"], media["a:0?"]] if audio else [media["V:0"]]),  # V: no cover pictures
        str(pattern.parent).replace("%", "%%") + "/" + pattern.name,
        c="copy",
        f="segment",
        segment_time=_seconds(length),
        segment_format="mp4",
        segment_format_options=_FRAGMENTED,
        segment_list="pipe:1",
        segment_list_type="csv",
    )
    return _compile(output, [binary, *_QUIET])


def _address(source: str) -> str:
    """A file's name as `file:` URL, so that none is taken for another protocol of FFmpeg's."""
    return f"file:{source}" if kind_of(source) is SourceKind.FILE else source


def _input_options(capture: Capture) -> dict[str, Any]:
    match kind_of(capture.source):
        case SourceKind.RTSP:
            # TCP: a lost packet costs a retransmission, not a smeared picture.
            return {"rtsp_transport": "tcp", "timeout": _RTSP_TIMEOUT.us}
        case SourceKind.FILE:
            return {"re": None, **({"stream_loop": -1} if capture.loop else {})}
        case SourceKind.OTHER:
            return {"rw_timeout": 2 * _RTSP_TIMEOUT.us}


def _compile(output: Any, command: list[str]) -> list[str]:  # noqa: ANN401 - untyped there
    # Global options go before the input: behind the output FFmpeg warns that it may ignore them.
    return [str(part) for part in ffmpeg.compile(output, cmd=command)]


def _seconds(length: Elapsed) -> str:
    whole, rest = divmod(length.us, 1_000_000)
    return f"{whole}.{rest:06d}" if rest else str(whole)
