"""Contact sheet: an answer on a single page, as PNG.

Each tile shows the keyframe with its box, the box enlarged, rank and score, camera and place, local
time with its zone and UTC. The head repeats question, coverage and encoder, so that a printed sheet
states what was searched (invariant 6).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from footage.errors import DataLoss, NotFound, Unavailable
from footage.keyframe import WHOLE
from search.sheet_text import (
    INK,
    PALE,
    Line,
    coverage_line,
    encoder_line,
    font,
    found_line,
    local,
    time_line,
    utc,
    wrapped,
)

if TYPE_CHECKING:
    from datetime import tzinfo

    from footage.keyframe import Box
    from search.answer import RankedMoment, SearchAnswer
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
_CAPTION: Final = 128
_INSET: Final = (132, 104)
_WIDTH: Final = 2 * _MARGIN + _COLUMNS * _PICTURE[0] + (_COLUMNS - 1) * _GUTTER
_MOST_LOOKED: Final = 60
"""Most tiles on a sheet: 20 rows; more tiles would give no overview."""


def contact_sheet(answer: SearchAnswer, pictures: KeyframePictures, zone: tzinfo) -> bytes:
    """Draw the contact sheet of an answer; a tile without a picture says why.

    The search that gave `answer` must have been entered with `sheet=True` (invariant 7).

    Args:
        answer: The answer to draw.
        pictures: Makes the pictures.
        zone: Time zone of the cameras.

    Returns:
        A PNG, 1476 pixels wide.
    """
    shown = answer.found[:_MOST_LOOKED]
    head = _head(answer, zone)
    tile_height = _PICTURE[1] + _CAPTION
    rows = -(-len(shown) // _COLUMNS)
    top = sum(line.height for line in head) + 2 * _MARGIN
    height = top + max(rows * (tile_height + _GUTTER) - _GUTTER, _MARGIN) + _MARGIN
    sheet = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_MARGIN, _MARGIN), head)
    if not shown:
        nothing = "No moment found. What was searched stands above."
        draw.text((_MARGIN, top), nothing, INK, font(20))
    for number, found in enumerate(shown):
        row, column = divmod(number, _COLUMNS)
        left = _MARGIN + column * (_PICTURE[0] + _GUTTER)
        sheet.paste(_tile(found, pictures, zone), (left, top + row * (tile_height + _GUTTER)))
    target = io.BytesIO()
    sheet.save(target, "PNG", optimize=True)
    return target.getvalue()


def _head(answer: SearchAnswer, zone: tzinfo) -> list[Line]:
    width = _WIDTH - 2 * _MARGIN
    lines = [Line(f"“{answer.query.text}”", 34, INK)]
    lines += wrapped(time_line(answer, zone), 19, INK, width)
    lines += wrapped(found_line(answer), 17, INK, width)
    lines += wrapped(coverage_line(answer.coverage), 17, INK, width)
    lines += wrapped(encoder_line(answer), 17, PALE, width)
    return lines


def _tile(found: RankedMoment, pictures: KeyframePictures, zone: tzinfo) -> Image.Image:
    tile = Image.new("RGB", (_PICTURE[0], _PICTURE[1] + _CAPTION), _CARD)
    draw = ImageDraw.Draw(tile)
    box = found.moment.best.row.box
    text_width = _PICTURE[0] - 24
    picture = _picture(found, pictures)
    if isinstance(picture, str):
        draw.rectangle((0, 0, _PICTURE[0], _PICTURE[1]), fill=_ABSENT)
        _write(draw, (12, 12), wrapped(picture, 16, INK, text_width))
    else:
        tile.paste(_framed(picture, box), (0, 0))
        if box != WHOLE:
            tile.paste(_enlarged(picture, box), (_PICTURE[0] - _INSET[0] - 12, _PICTURE[1] + 12))
            text_width -= _INSET[0] + 12
    _write(draw, (12, _PICTURE[1] + 10), _caption(found, zone, text_width))
    draw.rectangle((0, 0, tile.width - 1, tile.height - 1), outline=_FRAME)
    return tile


def _caption(found: RankedMoment, zone: tzinfo, width: int) -> list[Line]:
    instant = found.moment.best.row.instant
    camera = found.camera
    lines = [Line(f"{found.rank}.  score {found.moment.score:.3f}", 20, INK)]
    lines += wrapped(local(instant, zone), 16, INK, width)[:1]
    lines += wrapped(f"{utc(instant)} {found.uncertainty_text}", 14, PALE, width)[:1]
    lines += wrapped(camera.name, 15, INK, width)[:1]
    lines += wrapped(f"camera {camera.id}, site {found.site_text}", 14, PALE, width)[:1]
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
