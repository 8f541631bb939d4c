"""Texts of a contact sheet, and line breaking."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from PIL import ImageFont

from footage.instant import Elapsed
from footage.span import GapReason

if TYPE_CHECKING:
    from datetime import tzinfo

    from footage.instant import Instant
    from search.answer import SearchAnswer
    from search.coverage import Coverage

INK: Final = (24, 28, 34)
PALE: Final = (92, 100, 112)
_LEADING: Final = 1.32
_HOUR: Final = Elapsed.parse("1h")
_MINUTE: Final = Elapsed.parse("1m")
_REASONS: Final[dict[str, str]] = {
    GapReason.CAMERA_LOST: "camera lost",
    GapReason.RECORDER_DOWN: "recorder down",
    GapReason.SPOOL_OVERFLOW: "spool overflow",
    GapReason.WRITE_FAILED: "not written",
    GapReason.EXPIRED: "expired",
    GapReason.CLOCK_STEPPED: "clock set forward",
    GapReason.NO_PICTURES: "no pictures in the recording",
    GapReason.HELD_BACK: "held back",
    GapReason.NOT_SCHEDULED: "not scheduled",
    GapReason.UNKNOWN: "not recorded, cause unknown",
}

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


def found_line(answer: SearchAnswer) -> str:
    """Return the line with the numbers of moments shown and not shown, and the method."""
    shown = f"{len(answer.found)} moments shown" if len(answer.found) != 1 else "1 moment shown"
    more = f", {answer.beyond_limit} more beyond the limit" if answer.beyond_limit else ""
    below = f"; {answer.below_cut} below the cut-off of {answer.cut_off:.3f}"
    if not answer.scanned:
        return f"{shown}{more}{below}; nothing was compared: no vectors of this time and place"
    return (
        f"{shown}{more}{below}; {answer.method} comparison of {answer.scanned} vectors; "
        f"searched is time within {answer.looked_within.in_seconds:.1f} s of a picture looked at"
    )


def coverage_line(coverage: Coverage) -> str:
    """Return the line with the coverage, and the reasons for time that was not searched."""
    unit, us = ("hours", _HOUR.us) if coverage.asked >= _HOUR * 10 else ("minutes", _MINUTE.us)

    def told(elapsed: Elapsed) -> str:
        return f"{elapsed.us / us:.1f}"

    text = (
        f"Coverage in camera-{unit}: {told(coverage.asked)} asked, {told(coverage.recorded)} "
        f"recorded, {told(coverage.indexed)} indexed, {told(coverage.searched)} searched"
    )
    reasons: Counter[str] = Counter()
    for missing in coverage.missing:
        reasons[missing.detail or _REASONS.get(missing.reason, missing.reason)] += (
            missing.interval.length.us
        )
    rest = "; ".join(f"{reason} {told(Elapsed(n))}" for reason, n in reasons.most_common())
    return f"{text}. Not searched: {rest}" if rest else f"{text}; nothing is missing"


def encoder_line(answer: SearchAnswer) -> str:
    """Return the line with the name of the encoder and the note on the encoder's fitness."""
    note = f": {answer.encoder.note}" if answer.encoder.note else ""
    return f"Encoder {answer.encoder.name} ({answer.encoder.short}){note}"
