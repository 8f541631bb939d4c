"""The command line by which FFmpeg makes a proxy of a segment: H.264 that every browser plays.

Each picture keeps its media time. Interlaced pictures are deinterlaced, the others pass untouched;
FFmpeg turns pictures upright by the track's matrix; pixels become square.
"""

from __future__ import annotations

from typing import Any, Final

import ffmpeg

from recorder.capture.command_line import FED
from recorder.capture.own_bytes import OWN_BYTES

MARK: Final = "Derived by Footage for viewing; not the recorded footage."
"""The comment that each proxy film carries."""
THREADS: Final = 2
"""More threads speed a single segment up, where cores are idle: a player waits for the first."""
_LONGEST_GROUP_S: Final = 2
_WIDEST: Final = 4_096
"""Most pixels across that decoders in hardware commonly take."""
_SHAPE: Final = "if(between(sar,1/8,8),sar,1)"
"""Width of a pixel by its height; an impossible shape counts as square (`infra.media.display`)."""
_ASPECT: Final = f"(iw/ih*{_SHAPE})"


def proxy_argv(
    binary: str, *, timescale: int, height: int, sound: str | None, max_pixels: int
) -> list[str]:
    """The command line that makes a proxy of the segment on standard input, on standard output.

    Args:
        binary: Path of FFmpeg.
        timescale: Ticks a second of the segment's pictures, and of the proxy's.
        height: Most pixels down.
        sound: "copy" or "aac"; None: without sound.
        max_pixels: Most pixels of a picture that FFmpeg may decode.
    """
    media = ffmpeg.input(
        f"file:{FED}",
        **OWN_BYTES,
        f="mov",
        ignore_editlist=1,
        max_pixels=max_pixels,
        threads=THREADS,
    )
    heard: dict[str, Any] = {}
    if sound is not None:
        heard = {"c:a": sound}
    if sound == "aac":
        # 48 kHz: browsers differ in what else of G.711's 8 kHz they play.
        heard |= {"b:a": "64k", "ac": 1, "ar": 48_000}
    streams = [media["V:0"], *([] if sound is None else [media["a:0"]])]
    output = ffmpeg.output(
        *streams,
        "pipe:1",
        **_pictures(timescale, height),
        **heard,
        map_metadata=-1,
        metadata=f"comment={MARK}",
        avoid_negative_ts="disabled",
        movflags="+frag_keyframe+empty_moov+default_base_moof+frag_discont",
        use_editlist=0,
        flush_packets=1,  # FFmpeg ends soon after whoever reads has gone
        f="mp4",
    )
    command = [binary, "-nostdin", "-hide_banner", "-loglevel", "error", "-copyts"]
    return [str(part) for part in ffmpeg.compile(output, cmd=command)]


def _pictures(timescale: int, height: int) -> dict[str, Any]:
    """Options of the pictures."""
    high = f"2*trunc(max(min({height},min(ih/min({_SHAPE},1),{_WIDEST}/{_ASPECT})),2)/2)"
    wide = f"2*round(max(oh*{_ASPECT},2)/2)"
    return {
        "vf": (
            "yadif=mode=send_frame:parity=auto:deint=interlaced,"
            f"scale=w='{wide}':h='{high}':out_range=tv,setsar=1,format=yuv420p"
        ),
        "c:v": "libx264",
        "preset": "veryfast",
        "profile:v": "main",
        "level:v": "4.1",
        "crf": 24,
        "maxrate": "4M",
        "bufsize": "8M",
        # In the order in which they are shown: each picture's time is its time of decoding.
        "bf": 0,
        "g": 10_000,
        "sc_threshold": 0,
        "force_key_frames": f"expr:isnan(prev_forced_t)+gte(t,prev_forced_t+{_LONGEST_GROUP_S})",
        "fps_mode": "passthrough",
        "enc_time_base": f"1/{timescale}",
        "video_track_timescale": timescale,
        "threads": THREADS,
    }
