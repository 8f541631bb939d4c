"""What FFmpeg says: lines of its segment list, progress and messages. Text in, values out."""

from __future__ import annotations

import re
from collections import deque
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEPT_MESSAGES: Final = 40
_WORDS_LENGTH: Final = 300
_LIST_FIELDS: Final = 3

_CREDENTIALS: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)([^\s:@/]*)(:?)\S*@")
_SECRETS: Final = re.compile(r"(?i)\b(pass(?:word|wd)?|pwd|token|secret|auth|key)=[^&\s]+")
_ADDRESS: Final = re.compile(r" @ 0x[0-9a-f]+")
_NOISE: Final = (
    "SEI type 5 size",  # camera signatures
    "missing picture in access unit",  # the same
    "No meaningful edit list",
    "Timestamps are unset in a packet",  # the first frames of an RTSP run
    "Last message repeated",
    "Non-monotonous DTS",
    "Non-monotonic DTS",
)
AUDIO_REFUSED: Final = (
    "codec not currently supported in container",
    "Could not find tag for codec",
)
_DISK_FULL: Final = ("No space left on device", "Disk quota exceeded", "Read-only file system")


class Closed(NamedTuple):
    """A line of the segment list: a segment was closed. Times are media time of its run."""

    name: str
    start: Elapsed
    end: Elapsed


def closed(line: str) -> Closed | None:
    """Read `name,start,end` (seconds with six digits); None for anything else."""
    fields = line.strip().rsplit(",", 2)
    if len(fields) != _LIST_FIELDS or not fields[0]:
        return None
    try:
        start, end = (Elapsed(round(Decimal(text) * 1_000_000)) for text in fields[1:])
    except (InvalidOperation, ValueError):
        return None
    return Closed(fields[0].strip('"'), start, end)


def media_time(line: str) -> Elapsed | None:
    """The media time a progress line tells (`out_time_us`), or None."""
    key, _, value = line.strip().partition("=")
    if key != "out_time_us" or not value.isdigit() or value == "0":
        return None
    return Elapsed(int(value))


def mask(text: str) -> str:
    """`text` without credentials: ``rtsp://user:***@host``, ``?password=***``.

    Takes too much rather than too little: a password may hold any character, "@" and "/" included.
    """
    hidden = _CREDENTIALS.sub(r"\1\2\3***@", text)
    return _SECRETS.sub(r"\1=***", hidden)


class Messages:
    """The last messages of one run, noise left out."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_MESSAGES)
        self.disordered = 0

    def add(self, line: str) -> None:
        """Remember a message."""
        if "Non-monotonous DTS" in line or "Non-monotonic DTS" in line:
            self.disordered += 1
        if line.strip() and not is_noise(line):
            self._lines.append(line.strip())

    def last_words(self) -> str:
        """What to tell people about its end, masked and on one line; "" when it said nothing."""
        return last_words(self._lines)

    @property
    def audio_refused(self) -> bool:
        """Whether it ended because MP4 cannot hold the sound."""
        return any(sign in line for line in self._lines for sign in AUDIO_REFUSED)

    @property
    def disk_full(self) -> bool:
        """Whether it could not write."""
        return any(sign in line for line in self._lines for sign in _DISK_FULL)


def is_noise(line: str) -> bool:
    """Whether a message says nothing about a fault."""
    return any(part in line for part in _NOISE)


def last_words(lines: Iterable[str]) -> str:
    """The last two telling lines, masked, without memory addresses."""
    telling = [_ADDRESS.sub("", mask(line)) for line in lines if not is_noise(line)]
    return "; ".join(dict.fromkeys(telling[-2:]))[:_WORDS_LENGTH]
