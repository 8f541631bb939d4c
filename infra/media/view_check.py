"""Checks that a film for viewing shows nothing of the parts of its pictures that are covered.

The film that was made is decoded again: what a recipient could see is looked at, not what was asked
of the program that made it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from footage.errors import Misconfigured
from infra.media.view_script import box_of, corners_of, layout_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from footage.ports.views import Cover, FilmPart, Size

DARKEST: Final = 64
"""Brightness that no covered pixel passes: black has 16."""
EDGE: Final = 9
"""Side of the square around a pixel looked at, all of which is covered: coding blurs edges."""


def require_covered(film: Path, part: FilmPart, canvas: Size, shown: Size) -> None:
    """Decode a film of a part, and refuse a film in which something covered shows.

    Args:
        film: The film.
        part: What the film is of.
        canvas: Size of the film.
        shown: Size at which the pictures are shown.

    Raises:
        Misconfigured: A covered part of a picture is not black.
    """
    masks = [(cover, _mask(cover, part, canvas, shown)) for cover in part.covers]
    begin = part.pictures[0].ticks
    starts = [(one.ticks - begin) / part.timescale for one in part.pictures]
    with av.open(str(film), "r") as container:
        stream = container.streams.video[0]
        for frame in container.decode(stream):
            if frame.time is None:
                raise Misconfigured(f"{film.name} has a picture without a time")
            number = bisect_right(starts, frame.time + 0.000_1) - 1
            for cover, mask in masks:
                if cover.first <= number <= cover.last and _shows(frame, mask):
                    raise Misconfigured(
                        f"a film for viewing shows a part that was to be covered, in picture "
                        f"{number + 1} of {len(starts)}",
                        hint="install another FFmpeg; nothing was exported",
                    )


def _mask(cover: Cover, part: FilmPart, canvas: Size, shown: Size) -> NDArray[np.bool_]:
    box = box_of(shown, layout_of(canvas, part.caption).picture)
    drawn = Image.new("L", (canvas.width, canvas.height))
    ImageDraw.Draw(drawn).polygon(corners_of(cover, box), fill=1)
    return np.asarray(drawn.filter(ImageFilter.MinFilter(EDGE)), np.bool_)


def _shows(frame: av.VideoFrame, mask: NDArray[np.bool_]) -> bool:
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return bool((rows[:, : plane.width][mask] > DARKEST).any())
