"""Time of a file's first picture and the camera, read from the file's name and folders.

Nothing is guessed. A name that fits two patterns with different instants, a time the zone's clocks
showed twice, and a date without a time are each refused with the reason. Two stamps of the same
kind, the later behind, are "from" and "to"; a stamp in local time beside a stamp in UTC must agree,
which checks the zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.instant import DAY, ZERO, Elapsed, Instant
from footage.local_time import Face, instant_of, offset_of
from footage.objectkey import MILLISECOND, ObjectKey
from footage.time_text import MINUTE, SECOND, resolution_of
from recorder.imports.name_patterns import DAY_FIRST, MONTH_FIRST, PATTERNS, UNIX, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo
    from pathlib import PurePath

_LONGEST: Final = DAY * 7
"""Longest recording in a file: two stamps further apart are not start and end."""
_EPOCH: Final = (Instant.parse("2000-01-01T00:00:00Z"), Instant.parse("2100-01-01T00:00:00Z"))
_KEY_PARTS: Final = 5
_KEY_NAME: Final = "key of a store like ours"
_HOURLY: Final = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])"
)
_AROUND: Final = " _-.,@()[]"
_NOON: Final = 12
_HINT: Final = "tell how to read it with --name, or list it: --start-from FILE.csv"


@dataclass(frozen=True, slots=True)
class Named:
    """Start, camera and end of a recording as read from a name.

    Attributes:
        start: Time of the first picture.
        resolution: The first picture was taken within `resolution` of `start`.
        pattern: Name of the pattern that fits, for people.
        camera: The camera's name in the pattern; "" where the pattern has none.
        hints: Other texts that may be a camera's name: the text around the stamp, then the folders
            from the file upwards.
        end: End of the recording, where the name has an end.
    """

    start: Instant
    resolution: Elapsed
    pattern: str
    camera: str = ""
    hints: tuple[str, ...] = ()
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to read a part of the name; `span` is the part's place in the text."""

    named: Named
    span: tuple[int, int]


def read(path: PurePath, zone: tzinfo) -> Named:
    """Read the time and camera in a path; times without an offset are of `zone`.

    Raises:
        BadInput: The name has no time or several different times; with the reason.
    """
    if (key := _key(path)) is not None:
        return key
    folders = _folders(path)
    text = "/".join([*folders, path.stem])
    readings, complaints = _readings(text, len(text) - len(path.stem), zone)
    if not readings:
        found = f": {complaints[0]}" if complaints else ""
        raise BadInput(f"its name tells no date and time{found}", hint=_HINT)
    if complaints:
        raise BadInput(f"its name is not clear: {complaints[0]}", hint=_HINT)
    chosen = _agreed(readings)
    return replace(chosen, hints=_hints(path.stem, folders, text, [one.span for one in readings]))


def hints(path: PurePath) -> tuple[str, ...]:
    """Texts in a path that may be a camera's name, for a path from which no time is read."""
    return _hints(path.stem, _folders(path), "", [])


def _key(path: PurePath) -> Named | None:
    try:
        key = ObjectKey.parse("/".join(path.parts[-_KEY_PARTS:]))
    except BadInput:
        return None
    return Named(key.start, MILLISECOND, _KEY_NAME, camera=key.camera)


def _readings(text: str, name_at: int, zone: tzinfo) -> tuple[list[_Reading], list[str]]:
    """All readings in order of place, and complaints about texts that fit a pattern but no time."""
    taken: list[tuple[int, int]] = []
    found: list[_Reading] = []
    complaints: list[str] = []
    for pattern in PATTERNS:
        for match in pattern.regex.finditer(text, 0 if pattern.layout else name_at):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            try:
                readings = list(_read(pattern, match, zone))
            except BadInput as exc:
                taken.append(match.span())
                complaints.append(str(exc.args[0]))  # without the hint: the caller adds a hint
                continue
            taken += [match.span()] if readings else []
            found += [_Reading(named, match.span()) for named in readings]
    return sorted(found, key=lambda one: one.span), complaints


def _read(pattern: Pattern, match: re.Match[str], zone: tzinfo) -> Iterator[Named]:
    """The readings of a match; none where the numbers cannot be meant as a time."""
    said = match.groupdict()
    camera = said.get("camera") or ""
    if "e" in said:
        yield from _epoch(pattern, said, camera)
        return
    if pattern.name == DAY_FIRST:
        yield from _either_first(said, zone)
        return
    face, resolution = face_of(said)
    for offset in _offsets(said) if not pattern.utc else (ZERO,):
        start = instant_of(face.at_offset(offset), UTC if pattern.utc else zone)
        yield Named(
            start, resolution, pattern.name, camera=camera, end=_end(said, face, start, zone)
        )


def _epoch(pattern: Pattern, said: dict[str, str | None], camera: str) -> Iterator[Named]:
    digits, fraction = said["e"] or "", said.get("ef") or ""
    milliseconds = len(digits) == 13  # noqa: PLR2004 - digits of this century in milliseconds
    us = int(digits) * (1_000 if milliseconds else 1_000_000) + int(fraction.ljust(6, "0") or 0)
    start = Instant(us)
    if not _EPOCH[0] <= start < _EPOCH[1]:
        return  # a number, but no time
    if not milliseconds and _HOURLY.fullmatch(digits):
        raise BadInput(f"{digits} may be {UNIX} or a date and an hour")
    resolution = resolution_of(fraction) if fraction else MILLISECOND if milliseconds else SECOND
    yield Named(start, resolution, pattern.name, camera=camera)


def _either_first(said: dict[str, str | None], zone: tzinfo) -> Iterator[Named]:
    """Readings with the day first or the month first; both where both are dates."""
    turned = {**said, "d": said["m"], "m": said["d"]}
    months = {name: int(one["m"] or 0) for name, one in ((DAY_FIRST, said), (MONTH_FIRST, turned))}
    for name, one in ((DAY_FIRST, said), (MONTH_FIRST, turned)):
        if not 1 <= months[name] <= 12:  # noqa: PLR2004 - months
            continue
        face, resolution = face_of(one)
        for offset in _offsets(one):
            yield Named(instant_of(face.at_offset(offset), zone), resolution, name)


def face_of(said: Mapping[str, str | None]) -> tuple[Face, Elapsed]:
    """The clock face and resolution of digits given by `strptime` code; raises BadInput."""
    year, month, day, hour, minute = (int(said[part] or 0) for part in "YmdHM")
    if half := said.get("p"):
        if not 1 <= hour <= _NOON:
            raise BadInput(f"no such time: {hour} {half}")
        hour = hour % _NOON + (_NOON if half.upper() == "PM" else 0)
    fraction = said.get("f") or said.get("f3") or ""
    face = Face(
        year, month, day, hour, minute, int(said.get("S") or 0), int(fraction.ljust(6, "0") or 0)
    )
    return face, resolution_of(fraction) if said.get("S") else MINUTE


def _offsets(said: dict[str, str | None]) -> tuple[Elapsed | None, ...]:
    """The offsets from UTC a time may have; None stands for the zone's offset."""
    text, greenwich = said.get("z") or "", said.get("g")
    if greenwich and not text:
        return (ZERO,)
    offset = offset_of(text) if text else None
    iso = "T" in (said.get("sep") or "") or ":" in text
    if offset is not None and text.startswith("-") and not iso and not greenwich:
        return (None, offset)  # "-0500" may as well be the number of a file
    return (offset,)


def _end(said: dict[str, str | None], face: Face, start: Instant, zone: tzinfo) -> Instant | None:
    if not said.get("H2"):
        return None
    hour, minute, second = (int(said[part] or 0) for part in ("H2", "M2", "S2"))
    end = instant_of(replace(face, hour=hour, minute=minute, second=second, microsecond=0), zone)
    return end if end > start else end + DAY


def _agreed(readings: list[_Reading]) -> Named:
    """The instant on which all readings agree, or the first of a "from" and a "to"."""
    first, last = readings[0], readings[-1]
    kinds = {one.named.pattern for one in readings}
    between = last.named.start - first.named.start
    two = len(readings) == 2 and first.span != last.span  # noqa: PLR2004 - from and to
    if two and len(kinds) == 1 and ZERO < between <= _LONGEST:
        return replace(first.named, end=last.named.start)
    finest = min((one.named for one in readings), key=lambda named: named.resolution)
    for one in readings:
        apart = abs((one.named.start - finest.start).us)
        if apart > one.named.resolution.us:
            raise BadInput(
                f"its name means different times: {finest.start} by {finest.pattern!r}, "
                f"{one.named.start} by {one.named.pattern!r}",
                hint=_HINT,
            )
    camera = next((one.named.camera for one in readings if one.named.camera), "")
    end = next((one.named.end for one in readings if one.named.end), None)
    agreed = " and ".join(dict.fromkeys(one.named.pattern for one in readings))
    return replace(finest, pattern=agreed, camera=camera, end=end)


def _folders(path: PurePath) -> list[str]:
    return [part for part in path.parent.parts if part not in {path.anchor, ".", ".."}]


def _hints(
    stem: str, folders: list[str], text: str, spans: list[tuple[int, int]]
) -> tuple[str, ...]:
    """Text before and behind the stamps, then the folders outside the layout, nearest first.

    Numbers are left out: a folder "12" is more often a day than a camera.
    """
    name_at = len(text) - len(stem)
    start = min((start for start, _ in spans), default=name_at + len(stem))
    end = max((end for _, end in spans), default=name_at + len(stem))
    around = [stem[: max(start - name_at, 0)], stem[max(end - name_at, 0) :]]
    if start < name_at:
        folders = text[:start].split("/")
    candidates = [part.strip(_AROUND) for part in around] + folders[::-1]
    return tuple(dict.fromkeys(one for one in candidates if one and not one.isdigit()))
