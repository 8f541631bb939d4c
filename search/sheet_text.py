"""Texts of a contact sheet, and line breaking."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from PIL import ImageFont

if TYPE_CHECKING:
    from datetime import tzinfo

    from footage.action import Purpose
    from footage.instant import Instant
    from search.answer import SearchAnswer

INK: Final = (24, 28, 34)
PALE: Final = (92, 100, 112)
WARN: Final = (176, 0, 16)
_LEADING: Final = 1.32
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, with size in pixels and colour."""

    text: str
    size: int
    ink: Colour

    @property
    def height(self) -> int:
        """Height in pixels of the line, with the space below."""
        return round(self.size * _LEADING)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font, so that a sheet looks the same on every machine."""
    return ImageFont.load_default(size)


def wrapped(text: str, size: int, ink: Colour, width: int) -> list[Line]:
    """Return the text broken between words into lines of at most `width` pixels."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [Line(line, size, ink) for line in lines]


def local(instant: Instant, zone: tzinfo) -> str:
    """Return local time to the second, with the zone's name and offset from UTC."""
    moment = instant.to_datetime().astimezone(zone)
    offset = moment.strftime("%z")
    name = moment.strftime("%Z")
    told = f"UTC{offset[:3]}:{offset[3:]}"
    named = f"{name} ({told})" if name and name[0].isalpha() and name != told else told
    return f"{moment:%Y-%m-%d %H:%M:%S} {named}"


def utc(instant: Instant) -> str:
    """Return UTC to the millisecond."""
    moment = instant.to_datetime()
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} UTC"


def time_line(answer: SearchAnswer, zone: tzinfo) -> str:
    """Return the line with the asked interval, in local time and UTC."""
    interval = answer.query.interval
    return (
        f"{local(interval.start, zone)} to {local(interval.end, zone)}"
        f"  =  {utc(interval.start)} to {utc(interval.end)}"
    )


def paper_lines(answer: SearchAnswer, who: Purpose, made: Instant, zone: tzinfo) -> list[str]:
    """Return the lines that file a sheet: case, purpose, person, custody entry, date made."""
    case = f"case {who.case}" if who.case else "no case named"
    code = f"purpose {who.code}" if who.code else "no purpose named"
    return [
        f"{case}  ·  {code}  ·  asked by {who.actor}  ·  custody entry {answer.entry}",
        f"made {local(made, zone)}  =  {utc(made)}",
    ]


def found_line(answer: SearchAnswer, drawn: int) -> str:
    """Return the line with the numbers of moments drawn and not drawn."""
    number = len(answer.found)
    shown = f"{number} moment{'s' if number != 1 else ''} found and shown"
    if drawn < number:
        shown = f"{number} moments found, the first {drawn} shown"
    more = f"; {answer.beyond_limit} more beyond the limit" if answer.beyond_limit else ""
    return f"{shown}{more}; {answer.below_cut} weaker, not shown"
