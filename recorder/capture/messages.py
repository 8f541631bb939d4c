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
_DISORDERED: Final = re.compile(
    # 5.1: "[segment @ 0x1] Non-monotonous DTS in output stream 0:0; previous: 9, current: 7; ..."
    # 9.0: "[vost#0:0/copy @ 0x1] Non-monotonic DTS; previous: 9, current: 7; ..."
    r"Non-monoton(?:ous|ic) DTS(?:.*previous: (?P<previous>-?\d+), current: (?P<current>-?\d+))?"
)
_SOUND: Final = ("in output stream 0:1", "[aost#")
_DROPPED: Final = re.compile(
    # 5.1: "DTS 325258566, next:13995644 st:0 invalid dropping", the sound's with st:1
    # 9.0: "[vist#0:0/h264 @ 0x1] DTS 325453795, next:16112333 st:0 invalid dropping"
    r"^DTS .* st:0 invalid dropping|\[vist#.*\] DTS .* invalid dropping"
)
"""A picture's time lies more than 10 s from where the one before it ended."""
_FAR_BACK_TICKS: Final = 2_000
"""22 ms at 90 kHz. A split picture runs back by a few ticks."""
_TIMES_OFF: Final = 5
"""So many such messages are no hiccup: where pictures are reordered, a run begins with two."""
_GARBLED: Final = (
    "missing picture in access unit",
    "RTP H.264 NAL unit type",
    "Multi-layer HEVC coding is not implemented",
    "Illegal temporal ID in RTP/HEVC packet",
    "nal size exceeds length",
)
_GARBLED_A_SECOND: Final = 3
"""A signature in an access unit of its own makes one a group of pictures."""
_GARBLED_SECONDS: Final = 10
_NOISE: Final = (
    "SEI type 5 size",  # camera signatures
    "missing picture in access unit",  # the same
    "No meaningful edit list",
    "Timestamps are unset in a packet",  # the first frames of an RTSP run
    "Last message repeated",
    "Non-monotonous DTS",
    "Non-monotonic DTS",
    "invalid dropping",
    "RTP H.264 NAL unit type",
    "Multi-layer HEVC coding is not implemented",
)
AUDIO_REFUSED: Final = (
    "codec not currently supported in container",
    "Could not find tag for codec",
)
_TIMED_OUT: Final = "Connection timed out"
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
    """The last messages of one run, noise left out, and what they tell of the stream."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_MESSAGES)
        self._off = 0
        self._garbled = self._garbled_seconds = 0

    def add(self, line: str) -> None:
        """Remember a message."""
        if found := _DISORDERED.search(line):
            self._disorder(line, found)
        self._off += bool(_DROPPED.search(line))
        self._garbled += any(sign in line for sign in _GARBLED)
        if line.strip() and not is_noise(line):
            self._lines.append(line.strip())

    def second(self, *, overdue: bool = False) -> None:
        """About a second has passed.

        Args:
            overdue: Whether a segment should have closed by now. Then fewer messages tell: a camera
                of one picture a second makes one a second too.
        """
        bad = self._garbled >= (1 if overdue else _GARBLED_A_SECOND)
        self._garbled = 0
        self._garbled_seconds = max(self._garbled_seconds + (1 if bad else -1), 0)

    @property
    def clock_set(self) -> bool:
        """Whether the pictures' time has jumped, as when the camera's clock is set.

        FFmpeg counts by the camera's wall clock where a camera has sound.
        """
        return self._off >= _TIMES_OFF

    @property
    def garbled(self) -> bool:
        """Whether for ten seconds, more or less, nothing came that its codec explains.

        It sends another one: FFmpeg goes on then and never finds a keyframe again, so that no
        segment closes either.
        """
        return self._garbled_seconds >= _GARBLED_SECONDS

    def last_words(self) -> str:
        """What to tell people about its end, masked and on one line; "" when it said nothing."""
        return last_words(self._lines)

    @property
    def audio_refused(self) -> bool:
        """Whether it ended because MP4 cannot hold the sound."""
        return any(sign in line for line in self._lines for sign in AUDIO_REFUSED)

    @property
    def timed_out(self) -> bool:
        """Whether it waited for its source in vain."""
        return any(_TIMED_OUT in line for line in self._lines)

    @property
    def disk_full(self) -> bool:
        """Whether it could not write."""
        return any(sign in line for line in self._lines for sign in _DISK_FULL)

    def _disorder(self, line: str, found: re.Match[str]) -> None:
        if found["previous"] is not None and not any(sign in line for sign in _SOUND):
            self._off += int(found["previous"]) - int(found["current"]) > _FAR_BACK_TICKS


def is_noise(line: str) -> bool:
    """Whether a message says nothing about a fault."""
    return any(part in line for part in _NOISE)


def last_words(lines: Iterable[str]) -> str:
    """The last two telling lines, masked, without memory addresses."""
    telling = [_ADDRESS.sub("", mask(line)) for line in lines if not is_noise(line)]
    return "; ".join(dict.fromkeys(telling[-2:]))[:_WORDS_LENGTH]
