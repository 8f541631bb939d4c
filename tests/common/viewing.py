"""For tests of films for viewing: a camera whose pictures carry their instants, and their times."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import av
import numpy as np

from evidence.view_making import Views
from footage.instant import Elapsed
from footage.mp4 import walk
from footage.ports.views import Caption, FilmPart, Size, TimedPicture
from infra.media.ffmpeg_tool import find
from infra.media.view_encoder import FfmpegViews
from infra.media.view_script import Layout, layout_of
from tests.common.builders import START, segments_in_a_row
from tests.common.camera.strip import luma_of, read_strip
from tests.common.stamped_films import stamped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from footage.instant import Instant
    from footage.segment import Segment
    from tests.common.evidence_parts import Parts

SECONDS = 4
"""Length of a segment."""
SIZE = (640, 360)
FRAGMENTED = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
VALUE = "2026-03-07 14:30:12.345 +05:00 ± 0.250 s"
"""A time as burned in: at each place where here is a digit, a digit stands."""


EDGE = 0.4
STRONG = 60
MARGIN = 0.15
"""Part of a letter's width that is empty beside the letter."""


class ViewPicture(NamedTuple):
    """A picture of a film for viewing: brightness, and the time at which the film shows it."""

    luma: NDArray[np.uint8]
    media: Elapsed


def views() -> Views:
    """What writes films for viewing, by the FFmpeg of this machine."""
    return Views(FfmpegViews(find, max_pixels=1 << 25), Elapsed.parse("1h"))


def put_segments(
    parts: Parts,
    wanted: Sequence[int],
    *options: str,
    start: Instant = START,
    camera: str = "camera-1",
    size: tuple[int, int] = SIZE,
) -> list[Segment]:
    """Store those of four segments of a film whose pictures carry their instants.

    Args:
        parts: Where to store.
        wanted: Numbers of segments, from 0.
        options: Options of FFmpeg for the film.
        start: Instant of the first picture.
        camera: The camera.
        size: Width and height of the pictures.
    """
    coded = options or ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2")
    film = stamped(
        parts.folder / f"{camera}.mp4",
        start,
        *coded,
        *FRAGMENTED,
        seconds=4 * SECONDS,
        size=size,
    ).read_bytes()
    layout = walk(io.BytesIO(film))
    made = []
    for number, segment in enumerate(segments_in_a_row(4, camera, start, seconds=SECONDS)):
        fragments = layout.fragments[number * SECONDS : (number + 1) * SECONDS]
        data = film[: layout.init_bytes] + b"".join(
            film[one.offset : one.offset + one.length] for one in fragments
        )
        if number in wanted:
            real = replace(segment, media=walk(io.BytesIO(data)).media)
            made.append(parts.put(real, data))
    parts.catalogue.add_segments(made)
    return made


def pictures_of(film: Path) -> list[ViewPicture]:
    """Decode a film for viewing."""
    with av.open(str(film), "r") as container:
        stream = container.streams.video[0]
        base = stream.time_base
        assert base is not None
        return [
            ViewPicture(luma_of(frame), Elapsed(round((frame.pts or 0) * base * 1_000_000)))
            for frame in container.decode(stream)
        ]


def captured(picture: ViewPicture, left: int = 0) -> Instant | None:
    """Return the instant that a picture carries; None of a card, or a damaged picture."""
    stamp = read_strip(picture.luma[:, left:])
    return stamp.captured if stamp else None


class TimeReader:
    """Reads the burned-in local time of films of a size, as a person does: by the digits' looks.

    A film of ten pictures shows at each place each digit; what stands there in a picture is the
    digit that looks most alike.
    """

    def __init__(self, folder: Path, film: bytes, canvas: Size, caption: Caption) -> None:
        path = folder / "digits.mp4"
        path.write_bytes(film)
        layout = walk(io.BytesIO(film))
        ticks = sorted(sample.pts_ticks for sample in layout.samples)[:10]
        shown = [
            "".join(str(digit) if one.isdigit() else one for one in VALUE) for digit in range(10)
        ]
        part = FilmPart(
            (path,),
            layout.media.timescale,
            tuple(TimedPicture(at, (text,)) for at, text in zip(ticks, shown, strict=True)),
            ticks[-1] + 1,
            replace(caption, labels=caption.labels),
        )
        out = folder / "digits.view.mp4"
        FfmpegViews(find, max_pixels=1 << 25).film(part, canvas, out, lambda _: None)
        self._layout: Layout = layout_of(canvas, caption)
        self._digits = [self._line(one) for one in pictures_of(out)]
        self._places = self._found_places()

    def read(self, picture: ViewPicture) -> str:
        """Return the digits of the burned-in local time, e.g. "20260307143012345"."""
        line, digits = self._line(picture), ""
        for first, last in self._places:
            here = line[:, first:last]
            unlike = [float(np.abs(here - one[:, first:last]).mean()) for one in self._digits]
            digits += str(int(np.argmin(unlike)))
        return digits

    def _line(self, picture: ViewPicture) -> NDArray[np.float32]:
        row = 1 if self._layout.wide else 4
        edge = round(self._layout.letters * EDGE)
        top = self._layout.picture.height + edge + row * self._layout.line
        return picture.luma[top : top + self._layout.line].astype(np.float32)

    def _found_places(self) -> list[tuple[int, int]]:
        """Return first and last column of each digit: letters are equally wide."""
        differs = np.flatnonzero(np.ptp(np.stack(self._digits), axis=0).max(axis=0) > STRONG)
        first, last = int(differs[0]), int(differs[-1]) + 1
        at = [number for number, letter in enumerate(VALUE) if letter.isdigit()]
        wide = (last - first) / (at[-1] + 1 - MARGIN)
        starts = [first + number * wide for number in at]
        return [(round(start), round(start + wide)) for start in starts]


def numbers(at: Instant, hours: int = 5) -> str:
    """Return the digits of a local time to the millisecond, without its offset from UTC."""
    moment = (at + Elapsed.seconds(3_600 * hours)).to_datetime()
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1_000:03d}"
