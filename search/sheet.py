"""Contact sheet: an answer on pages of paper for a file, as PNG or PDF.

Each tile shows the keyframe with its box, the box enlarged, rank and band, camera and place, local
time with its zone and UTC. The head names case, purpose, person, custody entry and the date made,
repeats question, coverage and encoder, so that a printed sheet states what was searched
(invariant 6), and warns. Each page names the entry and its number.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from footage.duration_text import duration_text
from footage.errors import DataLoss, NotFound, Unavailable
from footage.keyframe import WHOLE
from search.answer_words import (
    asked_for,
    bands_line,
    encoder_line,
    example_line,
    hours_line,
    method_line,
    warnings,
)
from search.coverage_words import coverage_words
from search.sheet_text import (
    INK,
    PALE,
    WARN,
    Line,
    font,
    found_line,
    local,
    paper_lines,
    time_line,
    utc,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from footage.action import Purpose
    from footage.instant import Instant
    from footage.keyframe import Box
    from search.answer import RankedMoment, SearchAnswer
    from search.cutoff import Band
    from search.pictures import KeyframePictures

_PAPER: Final = (255, 255, 255)
_CARD: Final = (245, 246, 248)
_FRAME: Final = (208, 212, 218)
_MARK: Final = (255, 196, 0)
_MARK_EDGE: Final = (20, 20, 20)
_ABSENT: Final = (226, 228, 232)

_COLUMNS: Final = 3
_MARGIN: Final = 28
_GUTTER: Final = 20
_PICTURE: Final = (460, 259)
_CAPTION: Final = 150
_TILE: Final = _PICTURE[1] + _CAPTION
_FOOT: Final = 40
_INSET: Final = (132, 104)
_WIDTH: Final = 2 * _MARGIN + _COLUMNS * _PICTURE[0] + (_COLUMNS - 1) * _GUTTER
PAGE: Final = 2088
"""Height of a full page: A4 paper at this width."""
MOST_DRAWN: Final = 60
"""Most tiles on a sheet: some seven pages; more tiles would give no overview."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A moment and its band; None where the question has an example, and so no bands."""

    found: RankedMoment
    band: Band | None


def contact_sheet(
    answer: SearchAnswer, pictures: KeyframePictures, zone: tzinfo, who: Purpose, made: Instant
) -> tuple[bytes, ...]:
    """Draw the pages of an answer's contact sheet; a tile without a picture says why.

    The search that gave `answer` must have been entered with `sheet=True` (invariant 7).

    Args:
        answer: The answer to draw.
        pictures: Makes the pictures.
        zone: Time zone of the cameras.
        who: Person who asked, case and purpose, as entered in the custody log.
        made: The present instant.

    Returns:
        PNGs, 1476 pixels wide and at most `PAGE` high, the shape of A4 paper.
    """
    left = [
        _Shown(found, None if answer.query.example else answer.band(found))
        for found in answer.found[:MOST_DRAWN]
    ]
    head = _head(answer, zone, who, made, len(left))
    short = wrapped(asked_for(answer, "“”"), 22, INK, _WIDTH - 2 * _MARGIN)
    for text in warnings(answer):
        short += wrapped(text, 16, WARN, _WIDTH - 2 * _MARGIN)
    cut: list[tuple[list[Line], list[_Shown]]] = []
    while left or not cut:
        lines = short if cut else head
        room = PAGE - _height(lines) - 2 * _MARGIN - _FOOT
        tiles = _COLUMNS * max(room // (_TILE + _GUTTER), 1)
        cut.append((lines, left[:tiles]))
        left = left[tiles:]
    filed = f"custody entry {answer.entry}" + (f"  ·  case {who.case}" if who.case else "")
    return tuple(
        _page(lines, shown, pictures, zone, f"{filed}  ·  page {number} of {len(cut)}")
        for number, (lines, shown) in enumerate(cut, start=1)
    )


def as_pdf(pages: Sequence[bytes]) -> bytes:
    """Return the pages of a contact sheet as a PDF of A4 pages."""
    first, *others = (Image.open(io.BytesIO(page)) for page in pages)
    target = io.BytesIO()
    first.save(
        target, "PDF", save_all=True, append_images=others, resolution=_WIDTH / 8.27, quality=92
    )
    return target.getvalue()


def _page(
    lines: list[Line],
    shown: Sequence[_Shown],
    pictures: KeyframePictures,
    zone: tzinfo,
    foot: str,
) -> bytes:
    top = _height(lines) + 2 * _MARGIN
    rows = -(-len(shown) // _COLUMNS)
    height = top + max(rows * (_TILE + _GUTTER), 2 * _MARGIN) + _FOOT
    sheet = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_MARGIN, _MARGIN), lines)
    if not shown:
        nothing = "No moment found. What was looked at stands above."
        draw.text((_MARGIN, top), nothing, INK, font(20))
    for number, found in enumerate(shown):
        row, column = divmod(number, _COLUMNS)
        left = _MARGIN + column * (_PICTURE[0] + _GUTTER)
        sheet.paste(_tile(found, pictures, zone), (left, top + row * (_TILE + _GUTTER)))
    draw.text((_MARGIN, height - _FOOT + 6), foot, PALE, font(16))
    target = io.BytesIO()
    sheet.save(target, "PNG", optimize=True)
    return target.getvalue()


def _height(lines: Sequence[Line]) -> int:
    return sum(line.height for line in lines)


def _head(
    answer: SearchAnswer, zone: tzinfo, who: Purpose, made: Instant, drawn: int
) -> list[Line]:
    width = _WIDTH - 2 * _MARGIN
    lines = wrapped(asked_for(answer, "“”"), 34, INK, width)
    for text in paper_lines(answer, who, made, zone):
        lines += wrapped(text, 18, INK, width)
    for text in warnings(answer):
        lines += wrapped(text, 22, WARN, width)
    lines += wrapped(f"asked: {time_line(answer, zone)}", 17, INK, width)
    lines += wrapped(hours_line(answer), 17, INK, width) if answer.query.hours else []
    lines += wrapped(found_line(answer, drawn), 17, INK, width)
    for text in coverage_words(answer.coverage, answer.names, answer.windows, zone):
        lines += wrapped(text, 17, INK, width)
    for text in (
        method_line(answer),
        example_line(answer),
        bands_line(answer),
        encoder_line(answer),
    ):
        lines += wrapped(text, 15, PALE, width)
    return lines


def _tile(shown: _Shown, pictures: KeyframePictures, zone: tzinfo) -> Image.Image:
    tile = Image.new("RGB", (_PICTURE[0], _TILE), _CARD)
    draw = ImageDraw.Draw(tile)
    box = shown.found.moment.best.row.box
    text_width = _PICTURE[0] - 24
    picture = _picture(shown.found, pictures)
    if isinstance(picture, str):
        draw.rectangle((0, 0, _PICTURE[0], _PICTURE[1]), fill=_ABSENT)
        _write(draw, (12, 12), wrapped(picture, 16, INK, text_width))
    else:
        tile.paste(_framed(picture, box), (0, 0))
        if box != WHOLE:
            tile.paste(_enlarged(picture, box), (_PICTURE[0] - _INSET[0] - 12, _PICTURE[1] + 12))
            text_width -= _INSET[0] + 12
    _write(draw, (12, _PICTURE[1] + 10), _caption(shown, zone, text_width))
    draw.rectangle((0, 0, tile.width - 1, tile.height - 1), outline=_FRAME)
    return tile


def _caption(shown: _Shown, zone: tzinfo, width: int) -> list[Line]:
    found, moment = shown.found, shown.found.moment
    row = moment.best.row
    matched = "whole picture, no box" if row.box == WHOLE else "box"
    band = f"{shown.band.value}  ·  " if shown.band else ""
    lines = [Line(f"{found.rank}.  {band}{matched}", 20, INK)]
    lines += wrapped(local(row.instant, zone), 16, INK, width)[:1]
    lines += wrapped(f"{utc(row.instant)} {found.uncertainty_text}", 14, PALE, width)[:1]
    length = duration_text(moment.whole.length)
    start, end = (
        at.to_datetime().astimezone(zone) for at in (moment.whole.start, moment.whole.end)
    )
    last = f"{end:%H:%M:%S}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M:%S}"
    lasts = f"{start:%H:%M:%S} to {last} ({length}{', alike' if moment.still else ''})"
    lines += wrapped(lasts, 14, PALE, width)[:1]
    lines += wrapped(found.camera.name, 15, INK, width)[:1]
    lines += wrapped(f"camera {found.camera.id}, site {found.site_text}", 14, PALE, width)[:1]
    return lines


def _picture(found: RankedMoment, pictures: KeyframePictures) -> Image.Image | str:
    """Return the picture of the moment's best keyframe, or a text why the picture is missing."""
    row = found.moment.best.row
    try:
        picture = pictures.picture(row.segment, row.offset)
    except (NotFound, DataLoss, Unavailable) as exc:
        return f"No picture: {exc}"
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)


def _framed(picture: Image.Image, box: Box) -> Image.Image:
    """Return the whole keyframe fitted into a tile, with the box drawn."""
    scale = min(_PICTURE[0] / picture.width, _PICTURE[1] / picture.height)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    small = picture.resize(size, Image.Resampling.LANCZOS)
    if box != WHOLE:
        draw = ImageDraw.Draw(small)
        right, bottom = (box.x + box.w) * size[0] - 1, (box.y + box.h) * size[1] - 1
        corners = (box.x * size[0], box.y * size[1], right, bottom)
        draw.rectangle(corners, outline=_MARK_EDGE, width=4)
        draw.rectangle(corners, outline=_MARK, width=2)
    canvas = Image.new("RGB", _PICTURE, _MARK_EDGE)
    canvas.paste(small, ((_PICTURE[0] - size[0]) // 2, (_PICTURE[1] - size[1]) // 2))
    return canvas


def _enlarged(picture: Image.Image, box: Box) -> Image.Image:
    """Return the part of the keyframe inside `box`, fitted into the inset."""
    left, top = box.x * picture.width, box.y * picture.height
    right, bottom = left + box.w * picture.width, top + box.h * picture.height
    scale = min(_INSET[0] / (right - left), _INSET[1] / (bottom - top))
    size = (max(round((right - left) * scale), 1), max(round((bottom - top) * scale), 1))
    cut = picture.resize(size, Image.Resampling.BICUBIC, box=(left, top, right, bottom))
    canvas = Image.new("RGB", _INSET, _CARD)
    canvas.paste(cut, (_INSET[0] - size[0], 0))
    return canvas


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], lines: list[Line]) -> None:
    left, top = at
    for line in lines:
        draw.text((left, top), line.text, line.ink, font(line.size))
        top += line.height
