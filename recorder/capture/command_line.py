"""Command lines for FFmpeg, by `ffmpeg-python`, of which `compile()` alone is used.

Every option was measured (`docs/recording.md`, "The FFmpeg process"). Pictures and audio are
copied, never encoded again, and no sample's bytes are touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import ffmpeg

from footage.errors import BadInput
from footage.instant import ZERO, Elapsed
from recorder.capture.audio import AudioMode
from recorder.capture.own_bytes import OWN_BYTES
from recorder.capture.source_list import PROTOCOLS, shows_password, source_list

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ids import CameraId

SHORTEST: Final = Elapsed.parse("2s")
LONGEST: Final = Elapsed.parse("5m")
DEFAULT_LENGTH: Final = Elapsed.parse("1m")
_DAY: Final = Elapsed.parse("1d")

_RTSP_TIMEOUT: Final = Elapsed.parse("5s")
"""FFmpeg gives up after twice this long without a byte (measured: 10.24 s)."""

_LONGEST_FRAGMENT: Final = Elapsed.parse("2s")
"""The most a crash can cost, where a camera sends keyframes less often."""
_RATE_PROBE_PICTURES: Final = 2
"""FFmpeg holds back the pictures needed to find the frame rate, then writes all at once: by default
20 pictures and more, 2.8 s at ten a second, that a kill would lose and no arrival could date."""
_JUMP: Final = Elapsed.parse("10s")
"""A camera that sends nothing for 10 s is lost: picture times further apart are never true."""

FIRST_PICTURE: Final = Elapsed.parse("40ms")
"""FFmpeg loses the time of the first picture of every RTSP run (5.1 and 9.0) and says zero, the
second picture's time. All later pictures are delayed by 40 ms, a usual picture's length, so that
the first picture lasts so long. The filter `setts` could restore the true time, but holds each
picture until the next has come, when the picture has left the processor's cache: a twentieth of
the processor time FFmpeg needs for a stream."""

OPENING_PICTURES: Final = 3_000
"""Pictures of a file whose own times FFmpeg lists at an import: two minutes at 25 a second. The
first whole picture and the pictures hidden by an edit list are among these, but in odd files."""

_FRAGMENTED: Final = (
    # empty_moov..default_base_moof: each fragment stands alone, so a kill loses one fragment, not
    # all: one GOP, or 2 s where `_OFTEN` is added, whichever is less.
    # frag_discont with avoid_negative_ts=disabled: media time runs on from segment to segment.
    # flush_packets: a written fragment reaches the file whole, not held back in a 32 KiB buffer.
    "movflags=+frag_keyframe+empty_moov+default_base_moof+frag_discont"
    ":avoid_negative_ts=disabled:flush_packets=1"
)
_OFTEN: Final = f":frag_duration={_LONGEST_FRAGMENT.us}"
"""Only where a crash costs a fragment: a fragment that ends because the sound goes on leaves FFmpeg
without the length of the last picture, and FFmpeg then dates the next picture as if no picture were
missing between."""
_TRUE_TIMES: Final = ":use_editlist=0"
"""Without this option FFmpeg moves reordered pictures of each segment by the time held back, and
writes an edit list that would move them back only into segments that are not fragmented: the sound
would lie up to 0.1 s from the picture."""
_CAMERA_TIME: Final = ":write_prft=wallclock"
"""Write before each fragment the first picture's camera time, from RTCP sender reports."""
FED: Final = "/dev/stdin"
"""Path by which FFmpeg opens the file on its standard input anew, so that it can seek in it."""
_QUIET: Final = ("-nostdin", "-hide_banner", "-loglevel", "warning")


class SourceKind(StrEnum):
    """Kind of a camera's source, which decides the input options of FFmpeg."""

    RTSP = "rtsp"
    FILE = "file"
    """A file played in real time, in a loop by default: a camera for demonstrations and tests."""
    OTHER = "other"
    """Any other URL FFmpeg reads."""


def kind_of(source: str) -> SourceKind:
    """The kind of a source: RTSP URL, file or other URL."""
    scheme, separator, _ = source.partition("://")
    if not separator:
        return SourceKind.FILE
    return SourceKind.RTSP if scheme.lower() in {"rtsp", "rtsps"} else SourceKind.OTHER


@dataclass(frozen=True, slots=True)
class Capture:
    """Settings of the FFmpeg process that records a camera.

    Attributes:
        source: RTSP URL or file; may hold a password.
        pattern: Path of the segments, with one `%06d`.
        length: Length of a segment.
        slot: Time within each `length` of the clock at which the camera starts a new segment.
        audio: Mode in which the first audio track is kept.
        loop: Whether a file starts again after the last picture.

    Raises:
        BadInput: The length is out of range, or no whole number of segments makes a day.
    """

    source: str = field(repr=False)
    pattern: Path
    length: Elapsed = DEFAULT_LENGTH
    slot: Elapsed = ZERO
    audio: AudioMode = AudioMode.MP4
    loop: bool = True

    def __post_init__(self) -> None:
        check_length(self.length)

    @property
    def source_list(self) -> bytes:
        """The list that FFmpeg reads the source from; empty for a source in the command line.

        Raises:
            BadInput: The source has a character that no URL has.
        """
        if not _listed(self.source):
            return b""
        return source_list(self.source, _opening_options(self))


def check_length(length: Elapsed) -> None:
    """Raise BadInput unless a segment length is 2 s to 5 min and divides a day."""
    if not SHORTEST <= length <= LONGEST:
        raise BadInput(f"segment length {length} is out of range", hint=f"{SHORTEST} to {LONGEST}")
    if _DAY.us % length.us:
        raise BadInput(
            f"segment length {length} does not divide a day", hint="e.g. 10s, 30s, 1m or 5m"
        )


def slot(camera: CameraId, length: Elapsed) -> Elapsed:
    """Offset within `length` at which a camera starts segments; spreads the closing of files."""
    spread = int.from_bytes(sha256(camera.encode()).digest()[:8], "big")
    return Elapsed(spread % (length.us // 1_000) * 1_000)


def argv(
    binary: str, capture: Capture, list_descriptor: int, source_descriptor: int = -1
) -> list[str]:
    """The command line that records a camera until FFmpeg gets a signal to end.

    Args:
        binary: Path of FFmpeg.
        capture: What to record, and how.
        list_descriptor: Where FFmpeg writes the list of closed segments.
        source_descriptor: Where FFmpeg reads `capture.source_list`, unless that is empty.
    """
    address = _address(capture.source, source_descriptor)
    source = ffmpeg.input(address, **_input_options(capture))
    heard = capture.audio is not AudioMode.NONE
    streams = [source["v:0"], source["a:0?"]] if heard else [source["v:0"]]
    output = ffmpeg.output(
        *streams,
        str(capture.pattern.parent).replace("%", "%%") + "/" + capture.pattern.name,
        c="copy",
        # No tag: FFmpeg 9 takes the parameter sets out of the samples of "hvc1".
        f="segment",
        segment_time=_seconds(capture.length),
        # By the clock, not by media time: staggers the cameras and ignores the times they claim.
        segment_atclocktime=1,
        segment_clocktime_offset=_seconds(capture.slot),
        segment_format="mov" if capture.audio is AudioMode.MOV else "mp4",
        segment_format_options=_FRAGMENTED + _OFTEN + _CAMERA_TIME,
        segment_list=f"pipe:{list_descriptor}",
        segment_list_type="csv",
    )
    # FFmpeg 9 looks at signals once per period: one second allows a quick stop.
    return _compile(output, [binary, *_QUIET, "-progress", "pipe:1", "-stats_period", "1"])


def import_argv(  # noqa: PLR0913 - an option each, by keyword
    binary: str,
    source: Path,
    pattern: Path,
    *,
    length: Elapsed,
    audio: AudioMode,
    frame_rate: str = "",
    track: int = 1,
    max_pixels: int = 0,
) -> list[str]:
    """The command line that cuts a file into segments.

    The times of the first pictures go to standard output (`recorder.imports.opening`). No time is
    mended: FFmpeg would close holes of more than 10 s in formats without continuous times. `track`
    is the track of pictures to keep, counted from 1; `max_pixels` the most pixels of a picture that
    FFmpeg may decode while it looks what the file holds, 0 for any number.
    """
    options: dict[str, Any] = {**OWN_BYTES, **_at_most(max_pixels), "fflags": "+genpts"}
    options |= {"copyts": None, "start_at_zero": None}
    if frame_rate:
        options["framerate"] = frame_rate
    media = ffmpeg.input(f"file:{source}", **options)
    output = ffmpeg.output(
        media[f"V:{track - 1}"],  # V: no cover pictures
        *([] if audio is AudioMode.NONE else [media["a:0?"]]),
        str(pattern.parent).replace("%", "%%") + "/" + pattern.name,
        c="copy",
        f="segment",
        segment_time=_seconds(length),
        segment_format="mov" if audio is AudioMode.MOV else "mp4",
        segment_format_options=_FRAGMENTED + _TRUE_TIMES,
    )
    opening = ffmpeg.output(
        media[f"V:{track - 1}"],
        "pipe:1",
        **{"frames:v": OPENING_PICTURES},
        c="copy",
        copyinkf=None,
        f="framecrc",
    )
    return _compile(ffmpeg.merge_outputs(output, opening), [binary, *_QUIET])


def join_argv(binary: str, listing: Path, target: Path) -> list[str]:
    """The command line that joins films of a list (format ffconcat) into an MP4, pictures copied.

    `auto_convert` is off: FFmpeg would insert parameter sets into the pictures otherwise.
    """
    options = {"f": "concat", "safe": 0, "auto_convert": 0, "protocol_whitelist": "file"}
    media = ffmpeg.input(f"file:{listing}", **options)
    output = ffmpeg.output(
        media["V:0"], media["a:0?"], f"file:{target}", c="copy", f="mp4", movflags="+faststart"
    )
    return _compile(output, [binary, *_QUIET])


def probe_argv(binary: str, max_pixels: int = 0) -> list[str]:
    """The command line that describes the file on standard input in its messages."""
    media = ffmpeg.input(f"file:{FED}", **OWN_BYTES, **_at_most(max_pixels))
    output = ffmpeg.output(media, "pipe:1", f="ffmetadata")
    return _compile(output, [binary, "-nostdin", "-hide_banner", "-loglevel", "info"])


def _at_most(max_pixels: int) -> dict[str, Any]:
    return {"max_pixels": max_pixels} if max_pixels else {}


def _listed(source: str) -> bool:
    """Whether FFmpeg gets a source by a list: all of RTSP, and whatever shows a password."""
    kind = kind_of(source)
    return kind is SourceKind.RTSP or (kind is SourceKind.OTHER and shows_password(source))


def _address(source: str, descriptor: int) -> str:
    """Input of FFmpeg; a file as `file:` URL, lest FFmpeg see another protocol in the name."""
    if _listed(source):
        return f"pipe:{descriptor}"
    return f"file:{source}" if kind_of(source) is SourceKind.FILE else source


def _input_options(capture: Capture) -> dict[str, Any]:
    """Options of FFmpeg's input; what only opens the source is in the list where there is one."""
    listed: dict[str, Any] = {}
    opening = _opening_options(capture)
    if _listed(capture.source):
        # safe=0: the entry may be a URL.
        listed = {"f": "concat", "safe": 0, "protocol_whitelist": PROTOCOLS}
        opening = {}
    if kind_of(capture.source) is not SourceKind.RTSP:
        return {**listed, **opening}
    return {
        **listed,
        "dts_error_threshold": _seconds(_JUMP),
        "fpsprobesize": _RATE_PROBE_PICTURES,
        "itsoffset": _seconds(FIRST_PICTURE),
    }


def _opening_options(capture: Capture) -> dict[str, Any]:
    """Options with which a source itself is opened."""
    match kind_of(capture.source):
        case SourceKind.RTSP:
            return {
                # TCP: a lost packet costs a retransmission, not a smeared picture.
                "rtsp_transport": "tcp",
                "timeout": _RTSP_TIMEOUT.us,
                "fpsprobesize": _RATE_PROBE_PICTURES,
                # A metadata track is not even requested: FFmpeg would wait for the track's first
                # line, and with two tracks derives media time from the camera's wall clock.
                "allowed_media_types": "video"
                if capture.audio is AudioMode.NONE
                else "video+audio",
            }
        case SourceKind.FILE:
            looped = {"stream_loop": -1} if capture.loop else {}
            return {**OWN_BYTES, "re": None, **looped}
        case SourceKind.OTHER:
            return {"rw_timeout": 2 * _RTSP_TIMEOUT.us}


def _compile(output: Any, command: list[str]) -> list[str]:  # noqa: ANN401 - untyped there
    # Global options go before the input: behind the output FFmpeg warns of ignoring such options.
    return [str(part) for part in ffmpeg.compile(output, cmd=command)]


def _seconds(length: Elapsed) -> str:
    whole, rest = divmod(length.us, 1_000_000)
    return f"{whole}.{rest:06d}" if rest else str(whole)
