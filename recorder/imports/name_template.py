"""Templates for reading file names, given by a user: `--name '{camera}/%Y-%m-%d/%H-%M-%S'`.

A template is compared with the end of the path, the file's extension left out; `/` parts folders.
`{camera}` is the camera's name, `{any}` anything but `/`, a code stands for digits as in
`strptime`; all other text must match literally. A code used twice must match the same text twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.instant import Elapsed, Instant
from footage.local_time import instant_of, offset_of
from footage.time_text import resolution_of
from recorder.imports.filenames import Named, face_of, hints

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import PurePath

_CODES: Final = {
    "Y": r"\d{4}",
    "y": r"\d\d",
    "m": r"\d\d",
    "d": r"\d\d",
    "H": r"\d\d",
    "I": r"\d{1,2}",
    "M": r"\d\d",
    "S": r"\d\d",
    "f": r"\d{1,6}",
    "p": r"[AaPp][Mm]",
    "z": r"Z|[+-]\d\d(?::?\d\d)?",
    "s": r"\d{1,11}",
}
_PIECE: Final = re.compile(r"%(?P<code>.)|\{(?P<field>[^{}/]*)\}|(?P<text>[^%{]+|.)", re.DOTALL)
_FIELDS: Final = {"camera": r"(?P<camera>[^/]+?)", "any": r"[^/]*?"}
_CENTURY: Final = 2000
_HELP: Final = "e.g. --name '{camera}/%Y-%m-%d/%H-%M-%S'"
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template, made by `parse`."""

    text: str
    regex: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Compile a template; raises BadInput for an unknown code or field or a missing part."""
        if len(text) > _LONGEST:
            raise BadInput(f"a --name of more than {_LONGEST} characters", hint=_HELP)
        seen: set[str] = set()
        regex = "".join(_compiled(piece, seen, text) for piece in _PIECE.finditer(text))
        missing = _missing(seen)
        if missing:
            raise BadInput(f"--name {text!r} has no {missing}", hint=_HELP)
        return cls(text, re.compile(rf"(?:^|(?<=/)){regex}$"))

    def read(self, path: PurePath, zone: tzinfo) -> Named:
        """Read the time and camera in a path.

        Raises:
            BadInput: The path does not fit the template, or has no such time.
        """
        text = path.with_suffix("").as_posix() if path.suffix else path.as_posix()
        match = self.regex.search(text)
        if match is None:
            raise BadInput(f"its name does not fit --name {self.text!r}")
        said = match.groupdict()
        camera = said.get("camera") or ""
        pattern = f"--name {self.text}"
        if seconds := said.get("s"):
            fraction = said.get("f") or ""
            us = int(seconds) * 1_000_000 + int(fraction.ljust(6, "0"))
            return Named(Instant(us), resolution_of(fraction), pattern, camera, hints(path))
        if year := said.get("y"):
            said["Y"] = str(_CENTURY + int(year))
        said["H"] = said.get("H") or said.get("I")
        face, resolution = face_of(said)
        offset = _offset(said.get("z"))
        start = instant_of(face.at_offset(offset), zone)
        return Named(start, resolution, pattern, camera, hints(path))


def _offset(text: str | None) -> Elapsed | None:
    if not text:
        return None
    offset = offset_of(text)
    if offset is None:
        raise BadInput(f"no such offset from UTC: {text}")
    return offset


def _compiled(piece: re.Match[str], seen: set[str], text: str) -> str:
    code, name, plain = piece["code"], piece["field"], piece["text"]
    if plain is not None:
        if plain in {"%", "{"}:
            raise BadInput(f"--name {text!r} has a lone {plain!r}", hint=_HELP)
        return re.escape(plain)
    if code == "%":
        return "%"
    key = code if code is not None else name
    known = _CODES if code is not None else _FIELDS
    if key not in known:
        shown = f"%{key}" if code is not None else f"{{{key}}}"
        raise BadInput(
            f"--name {text!r}: {shown} is not known",
            hint=f"known: {{camera}} {{any}} {' '.join('%' + one for one in _CODES)}",
        )
    if key in seen and key != "any":
        return f"(?P={key})"
    seen.add(key)
    return f"(?P<{key}>{known[key]})" if code is not None else known[key]


def _missing(seen: set[str]) -> str:
    """The part of a time that no code in the template gives; "" for a whole time."""
    if "s" in seen:
        return ""
    needs = (
        ({"Y", "y"}, "year"),
        ({"m"}, "month"),
        ({"d"}, "day"),
        ({"H", "I"}, "hour"),
        ({"M"}, "minute"),
        ({"H", "p"}, "half of the day (%p)"),
    )
    return next((what for codes, what in needs if not codes & seen), "")
