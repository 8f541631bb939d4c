"""The subtitle script (ASS) that FFmpeg burns into a film for viewing, below the pictures. Pure.

Every text stands in a band below the picture, so that no text hides a part of the picture.
FFmpeg's filter for plain text does not join Urdu letters; its filter for subtitles does, by
HarfBuzz. The script's times have hundredths of a second, too coarse for pictures: so FFmpeg is
asked to stretch time by `STRETCH` before the script and to shrink time behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.ports.views import Size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.ports.views import Caption, CardPart, Cover, FilmPart

STRETCH: Final = 1_000
"""Times longer that a film lasts while the script is burned in."""
LONG_SIDE: Final = 1_920
SHORT_SIDE: Final = 1_080
"""Most pixels of a film, band included: H.264 level 4.1, which everything plays."""
_SMALLEST_LETTERS: Final = 16
_LETTERS_ACROSS: Final = 46
"""Letters' heights that fit across a film, where the film is wide enough."""
_WIDE: Final = 36
"""Letters' heights across from which on two texts stand side by side."""
_WIDTH: Final = 0.4
"""Usual width of a letter by its height."""
_LINE: Final = {"en": 1.1, "ur": 1.5}
"""Height of a line by that of a letter: Nastaliq slopes."""
_LABELS: Final = {"en": 6.6, "ur": 6.2}
"""Width of the labels by the height of a letter."""
_NARROWEST: Final = 400
"""Fewest pixels across: so many the times need."""
_EDGE: Final = 0.4
"""Space around the text by the height of a letter."""
_LATIN, _LATIN_MORE, _URDU = "Noto Sans", "Noto Sans LatinExt", "Noto Nastaliq Urdu"
_MONO: Final = "Noto Sans Mono"
_URDU_SIZE: Final = 1.7
_ARABIC: Final = "[\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufeff]"
_OTHER_FONT: Final = re.compile(
    rf"(?P<urdu>{_ARABIC}(?:[{_ARABIC[1:-1]}\u200c\u200d ]*{_ARABIC})?)|[\u0100-\u02cc]+"
)
"""Text for which the style's font has no letters."""
_MARKED: Final = "&H0000D7FF"  # blue, green, red
_PLAIN: Final = "&H00FFFFFF"
_SPREAD: Final = 2
"""Pixels by which a covered part is larger than asked for, so that no edge shows through."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of the texts in a film.

    Attributes:
        letters: Height of letters in pixels.
        rows: Number of lines in the band.
        wide: Whether two texts stand side by side.
    """

    canvas: Size
    letters: int
    rows: int
    wide: bool
    line: int

    @property
    def band(self) -> int:
        """Height of the band below the picture."""
        return 2 * ((self.rows * self.line + self.letters) // 2)

    @property
    def picture(self) -> Size:
        """Pixels for the picture, above the band."""
        return Size(self.canvas.width, self.canvas.height - self.band)


class Box(NamedTuple):
    """A rectangle in a film, in pixels."""

    x: int
    y: int
    width: int
    height: int


def box_of(shown: Size, room: Size) -> Box:
    """Return where a picture of this size is shown: no larger than the room, in the middle."""
    scale = min(1.0, room.width / shown.width, room.height / shown.height)
    wide = min(max(2 * round(shown.width * scale / 2), 2), room.width)
    high = min(max(2 * round(shown.height * scale / 2), 2), room.height)
    return Box((room.width - wide) // 4 * 2, (room.height - high) // 4 * 2, wide, high)


def canvas_of(shown: Size, caption: Caption) -> Size:
    """Return the size of a film with a picture of this size and the band, no larger than allowed.

    A picture is never enlarged; one too narrow for the times stands in the middle.
    """
    width, height = shown
    long, short = (LONG_SIDE, SHORT_SIDE) if width >= height else (SHORT_SIDE, LONG_SIDE)
    scale = min(1.0, long / width)
    while True:  # the band's height goes with the width
        wide = max(2 * int(width * scale / 2), 2)
        high = max(2 * int(height * scale / 2), 2)
        canvas = Size(max(wide, _NARROWEST), high)
        band = layout_of(canvas, caption).band
        if high + band <= short or high == 2:  # noqa: PLR2004 - no picture is smaller
            return Size(canvas.width, high + band)
        scale *= 0.99


def layout_of(canvas: Size, caption: Caption) -> Layout:
    """Return where the texts of a film of this size stand."""
    letters = max(_SMALLEST_LETTERS, canvas.width // _LETTERS_ACROSS)
    wide = canvas.width >= _WIDE * letters
    rows = 1 + len(caption.labels) if wide else 4 + len(caption.labels)
    return Layout(canvas, letters, rows, wide, round(letters * _LINE[caption.language]))


def film_script(part: FilmPart, canvas: Size, shown: Size) -> str:
    """Return the script of a part of a film, for media time from the part's first picture on.

    Args:
        part: The part.
        canvas: Size of the film.
        shown: Size at which the part's pictures are shown.
    """
    layout, caption = layout_of(canvas, part.caption), part.caption
    begin = part.pictures[0].ticks
    starts = [_hundredths((one.ticks - begin) * STRETCH, part.timescale) for one in part.pictures]
    # A little behind the end: FFmpeg may show the last picture a tick longer.
    starts.append(_hundredths((part.end_ticks - begin) * STRETCH, part.timescale) + 100 * STRETCH)
    lines = [_event(starts[0], starts[-1], 2, *one) for one in _fixed(caption, layout)]
    for number, picture in enumerate(part.pictures):
        at = (starts[number], starts[number + 1], 2)
        for row, value in enumerate(picture.values):
            lines.append(_event(*at, *_value(layout, caption, row, value)))
    for cover in part.covers:
        drawn = _drawing(cover, box_of(shown, layout.picture))
        lines.append(_event(starts[cover.first], starts[cover.last + 1], 0, "cover", drawn))
    return _script(layout, lines)


def card_script(part: CardPart, canvas: Size) -> str:
    """Return the script of a card: its lines in the middle of the picture."""
    layout, caption = layout_of(canvas, part.caption), part.caption
    end = _hundredths(part.length.us * STRETCH, 1_000_000) + 100 * STRETCH
    lines = [_event(0, end, 2, *one) for one in _fixed(caption, layout, values=False)]
    high, middle = layout.line * 1.3, layout.picture.height / 2
    for number, text in enumerate(part.lines):
        down = round(middle + (number - (len(part.lines) - 1) / 2) * high)
        most = int(canvas.width / (layout.letters * _WIDTH)) - 2
        drawn = _text(cut(text, most), layout.letters)
        lines.append(_event(0, end, 2, "text", rf"{{\an5\pos({canvas.width // 2},{down})}}{drawn}"))
    return _script(layout, lines)


def cut(text: str, most: int) -> str:
    """Return a text of at most so many letters, shortened by an ellipsis."""
    return text if len(text) <= most else text[: max(most - 1, 1)] + "…"


def _fixed(caption: Caption, layout: Layout, *, values: bool = True) -> Iterator[tuple[str, str]]:
    """Yield style and text of what stands below all pictures alike."""
    most = int(layout.canvas.width / (layout.letters * _WIDTH))
    texts = [("mark", caption.mark), ("text", caption.title), ("text", caption.place)]
    texts += [("text", caption.note)]
    if layout.wide:
        other = most - len(caption.mark) - 4
        yield "mark", _at(layout, caption, 0, caption.mark, start=True)
        yield "text", _at(layout, caption, 0, cut(caption.title, other), start=False)
        room = most - round(_LABELS[caption.language] / _WIDTH) - _longest_value() - 2
        for row, (_, text) in enumerate(texts[2:], 1):
            yield "text", _at(layout, caption, row, cut(text, max(room, 20)), start=False)
        first = 1
    else:
        for row, (style, text) in enumerate(texts):
            yield style, _at(layout, caption, row, cut(text, most), start=True)
        first = len(texts)
    for row, label in enumerate(caption.labels if values else (), first):
        yield "text", _at(layout, caption, row, label, start=True)


def _longest_value() -> int:
    return len("2026-01-01 00:00:00.000Z")


def _value(layout: Layout, caption: Caption, row: int, value: str) -> tuple[str, str]:
    """Return style and text of a value, in the column behind the labels."""
    first = 1 if layout.wide else 4
    return "time", _at(layout, caption, first + row, value, start=True, behind=True)


def _at(
    layout: Layout, caption: Caption, row: int, text: str, *, start: bool, behind: bool = False
) -> str:
    """Return a text at a row of the band; `start`: where lines of the language begin."""
    edge = round(_EDGE * layout.letters)
    across = edge + (round(_LABELS[caption.language] * layout.letters) if behind else 0)
    left = start == (caption.language == "en")
    down = layout.picture.height + round((row + 0.5) * layout.line + layout.letters * _EDGE)
    x = across if left else layout.canvas.width - across
    return rf"{{\an{4 if left else 6}\pos({x},{down})}}{_text(text, layout.letters)}"


def _text(text: str, letters: int) -> str:
    """Return a text with the font of each part, and nothing in it that the script would obey."""
    plain = "".join(" " if letter in "{}\\\n\r" else letter for letter in text)
    parts, at = [], 0
    for found in _OTHER_FONT.finditer(plain):
        font, size = _LATIN_MORE, letters
        if found["urdu"]:
            font, size = _URDU, round(letters * _URDU_SIZE)
        parts += [plain[at : found.start()], f"{{\\fn{font}\\fs{size}}}{found[0]}{{\\fn\\fs}}"]
        at = found.end()
    return "".join([*parts, plain[at:]])


def corners_of(cover: Cover, box: Box) -> list[tuple[int, int]]:
    """Return the corners of a covered part in a film, in pixels."""
    return [(round(box.x + x * box.width), round(box.y + y * box.height)) for x, y in cover.shape]


def _drawing(cover: Cover, box: Box) -> str:
    """Return a filled shape, as a drawing from the film's left upper corner."""
    first, *rest = corners_of(cover, box)
    drawn = f"m {first[0]} {first[1]} l " + " ".join(f"{x} {y}" for x, y in rest)
    return rf"{{\an7\pos(0,0)\p1}}{drawn}{{\p0}}"


def _hundredths(ticks: int, timescale: int) -> int:
    """Return the hundredth of a second just before a time, so that rounding takes no picture."""
    return max(ticks * 100 // timescale - 1, 0)


def _event(start: int, end: int, layer: int, style: str, text: str) -> str:
    return f"Dialogue: {layer},{_clock(start)},{_clock(end)},{style},,0,0,0,,{text}"


def _clock(hundredths: int) -> str:
    seconds, rest = divmod(hundredths, 100)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}.{rest:02d}"


def _style(name: str, font: str, size: int, colour: str, outline: int) -> str:
    return (
        f"Style: {name},{font},{size},{colour},{colour},&H00000000,&H00000000,0,0,0,0,100,100,0,0,"
        f"1,{outline},0,7,0,0,0,-1"
    )


def _script(layout: Layout, events: Sequence[str]) -> str:
    styles = (
        _style("text", _LATIN, layout.letters, _PLAIN, 0),
        _style("mark", _LATIN, layout.letters, _MARKED, 0),
        _style("time", _MONO, layout.letters, _PLAIN, 0),
        _style("cover", _LATIN, layout.letters, "&H00000000", _SPREAD),
    )
    head = (
        "[Script Info]\nScriptType: v4.00+\nWrapStyle: 2\nScaledBorderAndShadow: yes\n"
        f"PlayResX: {layout.canvas.width}\nPlayResY: {layout.canvas.height}\n\n"
        "[V4+ Styles]\nFormat: Name,Fontname,Fontsize,PrimaryColour,SecondaryColour,OutlineColour,"
        "BackColour,Bold,Italic,Underline,StrikeOut,ScaleX,ScaleY,Spacing,Angle,BorderStyle,"
        "Outline,Shadow,Alignment,MarginL,MarginR,MarginV,Encoding\n"
    )
    form = "Format: Layer,Start,End,Style,Name,MarginL,MarginR,MarginV,Effect,Text\n"
    return f"{head}{chr(10).join(styles)}\n\n[Events]\n{form}{chr(10).join(events)}\n"
