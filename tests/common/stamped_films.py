"""Films whose every picture carries its own instant, in the forms that cameras and players make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footage.instant import Elapsed
from infra.host import process
from infra.media.ffmpeg_tool import find
from tests.common.camera.strip import WIDTH, Stamp, burn
from tests.common.recording import A_MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.instant import Instant

RATE = 10
SIZE = (WIDTH, 64)


def stamped(
    path: Path,
    first: Instant,
    *options: str,
    seconds: int = 24,
    pauses: Sequence[tuple[float, float]] = (),
    sound: bool = False,
    size: tuple[int, int] = SIZE,
) -> Path:
    """Make a film of `RATE` pictures a second, encoded with `options`.

    Args:
        path: The film to make; the name tells the container.
        first: Instant of the first picture.
        options: FFmpeg's options for the output.
        seconds: Length of all pictures together.
        pauses: From these seconds of pictures on, this many seconds without a picture.
        sound: Whether a tone is heard, from the first picture to the last.
        size: Width and height, both even and no less than those of the strip.
    """
    raw = path.with_suffix(".raw")
    width, height = size
    late = "".join(f"+gte(N,{round(at * RATE)})*{length}/TB" for at, length in pauses)
    with raw.open("wb") as file:
        for number, instant in enumerate(captured(first, seconds=seconds, pauses=pauses)):
            picture = np.full((height * 3 // 2, width), 128, np.uint8)
            burn(Stamp(number, instant, 1), picture[:height])
            picture[44:height, number % width] = 235
            file.write(picture.tobytes())
    form = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(RATE)]
    whole = seconds + sum(length for _, length in pauses)
    tone = ["-f", "lavfi", "-i", f"sine=duration={whole}:sample_rate=8000"] if sound else []
    argv = [str(find().path), "-nostdin", "-v", "error", "-y", *form, "-i", str(raw), *tone]
    argv += ["-vf", f"setpts='PTS{late}'", "-fps_mode", "vfr", "-g", str(RATE), *options, str(path)]
    process.run(argv, timeout=A_MINUTE)
    raw.unlink()
    return path


def captured(
    first: Instant, *, seconds: int = 24, pauses: Sequence[tuple[float, float]] = ()
) -> list[Instant]:
    """Return the instant that each picture of `stamped` carries."""
    return [
        first
        + Elapsed.seconds(
            number / RATE + sum(length for at, length in pauses if number >= round(at * RATE))
        )
        for number in range(seconds * RATE)
    ]


def again(film: Path, name: str, *options: str, before: Sequence[str] = ()) -> Path:
    """Copy a film's streams into another file; `before` are options for the input."""
    path = film.with_name(name)
    argv = [str(find().path), "-nostdin", "-v", "error", "-y", *before, "-i", str(film)]
    process.run([*argv, "-c", "copy", *options, str(path)], timeout=A_MINUTE)
    return path
