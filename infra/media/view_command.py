"""The command lines by which FFmpeg codes films for viewing: H.264 that plays everywhere. Pure.

Each picture keeps its time. FFmpeg turns pictures upright by the track's matrix; pixels become
square; interlaced pictures are deinterlaced. One thread codes, so that the same input gives the
same bytes; pictures are coded in the order of showing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.media.view_script import STRETCH
from recorder.capture.command_line import FED
from recorder.capture.own_bytes import OWN_BYTES

if TYPE_CHECKING:
    from footage.instant import Elapsed
    from footage.ports.views import Size
    from infra.media.view_script import Box

MARK: Final = "Derived by Footage for viewing; not the recorded footage."
"""The comment that each film for viewing carries."""
SCRIPT: Final = "script.ass"
FONTS: Final = "fonts"
LIST: Final = "parts.txt"
CARD_RATE: Final = 5
"""Pictures a second of a card."""
_TIMESCALE: Final = 90_000
_GROUP_S: Final = 2
_BURN: Final = f"ass=filename={SCRIPT}:fontsdir={FONTS}:shaping=complex"
_CODING: Final = (
    "-c:v libx264 -preset veryfast -profile:v main -level:v 4.1 -crf 20 -maxrate 12M -bufsize 24M "
    f"-bf 0 -g 10000 -sc_threshold 0 -threads 1 -fps_mode passthrough "
    f"-enc_time_base 1/{_TIMESCALE} -video_track_timescale {_TIMESCALE} "
    f"-force_key_frames expr:isnan(prev_forced_t)+gte(t,prev_forced_t+{_GROUP_S})"
)
_PLAIN: Final = ("-nostdin", "-hide_banner", "-loglevel", "error", "-y")
_OUT: Final = (
    *("-an", "-sn", "-dn", "-map_metadata", "-1", "-metadata", f"comment={MARK}"),
    *("-fflags", "+bitexact", "-flags:v", "+bitexact"),
    *("-use_editlist", "0", "-avoid_negative_ts", "disabled", "-f", "mp4"),
)


def filters() -> str:
    """Return filters and coding options as text, with names where sizes and times stand."""
    return f"{_film_filters('BEGIN', 'END', 'WIDTH:HEIGHT', 'CANVAS')}; {_CODING}"


def film_argv(
    binary: str, shown: tuple[int, int], box: Box, canvas: Size, out: str, *, max_pixels: int
) -> list[str]:
    """The command line that codes the pictures on standard input.

    Args:
        binary: Path of FFmpeg.
        shown: Media times, in ticks, of the first picture to show and of the end.
        box: Where the pictures are shown.
        canvas: Size of the film.
        out: File to make.
        max_pixels: Most pixels of a picture that FFmpeg may decode.
    """
    own = [part for name, value in OWN_BYTES.items() for part in (f"-{name}", str(value))]
    chain = _film_filters(
        str(shown[0]),
        str(shown[1]),
        f"{box.width}:{box.height}",
        f"{canvas.width}:{canvas.height}:{box.x}:{box.y}",
    )
    return [
        *(binary, *_PLAIN, "-copyts", "-progress", "pipe:1", "-nostats"),
        *(*own, "-f", "mov", "-ignore_editlist", "1", "-max_pixels", str(max_pixels)),
        *("-threads", "1", "-i", f"file:{FED}", "-map", "0:V:0", "-vf", chain),
        *(*_CODING.split(), *_OUT, out),
    ]


def card_argv(binary: str, length: Elapsed, canvas: Size, out: str) -> list[str]:
    """The command line that codes a card of this length."""
    size = f"{canvas.width}x{canvas.height}"
    source = f"color=c=black:s={size}:r={CARD_RATE}:d={length.in_seconds:.6f}"
    chain = f"setpts=PTS*{STRETCH},{_BURN},setpts=PTS/{STRETCH},setsar=1,format=yuv420p"
    return [
        *(binary, *_PLAIN, "-progress", "pipe:1", "-nostats"),
        *("-f", "lavfi", "-i", source, "-vf", chain, *_CODING.split(), *_OUT, out),
    ]


def join_argv(binary: str, out: str) -> list[str]:
    """The command line that joins the files of the list into one film, without coding again."""
    return [
        *(binary, *_PLAIN, "-f", "concat", "-safe", "0", "-auto_convert", "0", "-i", LIST),
        *("-c", "copy", "-video_track_timescale", str(_TIMESCALE), "-movflags", "+faststart"),
        *(*_OUT, out),
    ]


def _film_filters(begin: str, end: str, size: str, canvas: str) -> str:
    # The time of the first picture is taken away first: `yadif` counts in half ticks.
    return (
        f"trim=start_pts={begin}:end_pts={end},setpts=PTS-{begin},"
        "yadif=mode=send_frame:parity=auto:deint=interlaced,"
        f"scale={size}:flags=bicubic+accurate_rnd+full_chroma_int:out_range=tv,setsar=1,"
        f"format=yuv420p,pad={canvas}:black,setpts=PTS*{STRETCH},{_BURN},"
        f"setpts=PTS/{STRETCH},format=yuv420p"
    )
