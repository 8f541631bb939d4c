"""Stills of a bundle are made: pictures as PNG files, decoded from the master files in the bundle.

Of each camera the exhibits of the case that lie in the exported time; without any, the first
picture of each unbroken stretch. A still is derived: the manifest says file, media time, instant.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import Image

from evidence.manifest import master_path
from evidence.stills import NoStill, Still, Wanted, still_path
from footage.errors import DataLoss
from footage.mp4 import elapsed, walk
from footage.shown_picture import begin_of, fragments_to, shown_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evidence.bundle import BundleFolder
    from evidence.manifest import Source, Statement
    from footage.case import Exhibit
    from footage.instant import Elapsed, Instant
    from footage.picture import Picture
    from footage.ports import Decoder
    from footage.segment import Segment

MOST: Final = 200
"""Most stills of a bundle: a picture of 8 million pixels takes some 10 MB as PNG."""
MOST_BYTES: Final = 64 << 20
"""Most bytes from a keyframe to the picture: a group of 10 s at 8 Mbit/s has 10 MB."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture taken from a segment, with the time at which the picture is shown.

    Attributes:
        begins: From when on the segment shows the picture.
        ticks: Media time of the picture in the segment's file.
        timescale: Ticks of a second.
    """

    begins: Instant
    ticks: int
    timescale: int
    png: bytes


def stills_wanted(sources: Iterable[Source], exhibits: Sequence[Exhibit]) -> list[Wanted]:
    """Return the stills that the cameras' footage can give, by camera and time."""
    found: list[Wanted] = []
    for source in sources:
        of_case = sorted(
            (wanted for exhibit in exhibits for wanted in _of_exhibit(source, exhibit)),
            key=lambda wanted: (wanted.at, wanted.exhibit),
        )
        found += of_case or _beginnings(source)
    return found


def _of_exhibit(source: Source, exhibit: Exhibit) -> list[Wanted]:
    if source.camera.id not in exhibit.cameras:
        return []
    at = exhibit.best or exhibit.interval.start
    inside = [part for part in source.asked if part.start <= at < part.end]
    if not inside and exhibit.best is None:  # begins before the time asked for, and goes on
        inside = [part for part in source.asked if at < part.start < exhibit.interval.end]
        at = inside[0].start if inside else at
    shown = [one for one in source.segments if one.interval.start <= at < one.interval.end]
    if not inside or not shown:
        return []
    return [Wanted(shown[0], at, exhibit.number, exhibit.words.title)]


def _beginnings(source: Source) -> list[Wanted]:
    found = []
    for line in source.timelines():
        for span in line.spans:
            at = span.interval.start
            shown = [one for one in source.segments if one.interval.start <= at < one.interval.end]
            found += [Wanted(one, at) for one in shown[:1]]
    return found


def make_stills(
    statement: Statement, exhibits: Sequence[Exhibit], decoder: Decoder, folder: BundleFolder
) -> tuple[tuple[Still, ...], tuple[NoStill, ...]]:
    """Write the stills of a bundle whose master files are written.

    Returns:
        The stills, and those that could not be made.
    """
    made: list[Still] = []
    absent: list[NoStill] = []
    for number, wanted in enumerate(stills_wanted(statement.sources, exhibits)):
        if number >= MOST:
            absent.append(NoStill(wanted, f"only the first {MOST} stills are made"))
            continue
        try:
            with folder.opened(master_path(wanted.segment)) as file:
                taken = take(file, wanted, decoder)
        except DataLoss as exc:
            absent.append(NoStill(wanted, str(exc)))
            continue
        fact = folder.add(still_path(wanted), [taken.png], "still")
        of = (wanted, fact.path, fact.digest, taken.begins, taken.ticks, taken.timescale)
        made.append(Still(*of, *_where_to_play(statement, taken, wanted.segment, folder)))
    return tuple(made), tuple(absent)


def _where_to_play(
    statement: Statement, taken: Taken, segment: Segment, folder: BundleFolder
) -> tuple[str, Elapsed]:
    """Return the file to play for a picture, and the time of the picture in that file.

    The counter of a clip begins with the first decoding time; in a master file, whose counter
    begins anywhere, people count from the first picture.
    """
    clip = next((one for one in statement.clips if segment in one.segments), None)
    path = master_path(clip.segments[0] if clip else segment)
    with folder.opened(path) as file:
        layout = walk(file)
    begin = layout.first_dts_ticks if clip else layout.start_pts_ticks
    return clip.path if clip else path, elapsed(taken.ticks - begin, taken.timescale)


def take(file: BinaryIO, wanted: Wanted, decoder: Decoder) -> Taken:
    """Decode the picture that an open segment file shows at the wanted instant.

    Raises:
        DataLoss: The file is no fragmented MP4, or the picture cannot be decoded.
    """
    segment = wanted.segment
    layout = walk(file)
    sample = shown_at(segment, layout, wanted.at)
    run = fragments_to(layout, sample)
    if run.length > MOST_BYTES:
        raise DataLoss(f"{run.length} bytes from the keyframe to the picture")
    init = _read(file, 0, layout.init_bytes)
    data = _read(file, run.offset, run.length)
    end = sample.offset + sample.length - run.offset
    for _, decoded in decoder.open(init).decode_on(data, {end}):
        return Taken(
            begin_of(segment, layout, sample),
            sample.pts_ticks,
            layout.media.timescale,
            _png(decoded.picture()),
        )
    raise DataLoss("the decoder gives no picture")


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _png(picture: Picture) -> bytes:
    made = io.BytesIO()
    size = (picture.width, picture.height)
    Image.frombytes("RGB", size, picture.rgb).save(made, "PNG")
    return made.getvalue()
