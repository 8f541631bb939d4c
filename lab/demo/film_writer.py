"""Encode pictures into an H.264 film by PyAV with libx264, without B-frames."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from footage.errors import Unavailable

OPTIONS = {
    "preset": "veryfast",
    "crf": "27",
    "bf": "0",
    "sc_threshold": "0",
    "x264-params": "open-gop=0:threads=1",
}


def write_film(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    size: tuple[int, int],
    rate: int,
    group: int,
) -> None:
    """Encode RGB pictures (uint8 [height, width, 3]) as MP4 at `rate` pictures per second.

    `size` is width and height. Every `group`-th picture is a keyframe, and no other.

    Raises:
        Unavailable: the encoder or the disk refused; `path` may be left incomplete.
    """
    try:
        with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as film:
            stream = film.add_stream("libx264", rate=rate, options=_options(group))
            stream.pix_fmt = "yuv420p"
            stream.time_base = Fraction(1, rate)
            stream.width, stream.height = size
            for number, picture in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts = number
                film.mux(stream.encode(frame))
            film.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as exc:
        raise Unavailable(
            f"cannot write the film {path}: {exc}", hint="is the disk full or write-protected?"
        ) from exc


def _options(group: int) -> dict[str, str]:
    return OPTIONS | {"g": str(group), "keyint_min": str(group)}
