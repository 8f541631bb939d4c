"""Parser of FFmpeg's output: segment list, progress and messages. Text in, values out."""

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
    # 5.1: "DTS 325258566, next:13995644 st:0 invalid dropping", the audio's with st:1
    # 9.0: "[vist#0:0/h264 @ 0x1] DTS 325453795, next:16112333 st:0 invalid dropping"
    r"^DTS .* st:0 invalid dropping|\[vist#.*\] DTS .* invalid dropping"
)
"""A picture's time lies more than 10 s from the end of the picture before."""
_FAR_BACK_TICKS: Final = 2_000
"""22 ms at 90 kHz. The time of a split picture goes back by a few ticks only."""
_TIMES_OFF: Final = 5
"""Messages of disorder that prove a set clock: with reordered pictures, a run begins with two."""
_GARBLED: Final = (
    "missing picture in access unit",
    "RTP H.264 NAL unit type",
    "Multi-layer HEVC coding is not implemented",
    "Illegal temporal ID in RTP/HEVC packet",
    "nal size exceeds length",
)
_GARBLED_A_SECOND: Final = 3
"""A signature in a separate access unit causes only one such message per group of pictures."""
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
    """A line of the segment list: a segment was closed. Times are media time of the run."""

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
    """Media time in a progress line (`out_time_us`), or None."""
    key, _, value = line.strip().partition("=")
    if key != "out_time_us" or not value.isdigit() or value == "0":
        return None
    return Elapsed(int(value))


def mask(text: str) -> str:
    """`text` without credentials: ``rtsp://user:***@host``, ``?password=***``.

    Masks too much rather than too little: a password may hold any character, "@" and "/" too.
    """
    hidden = _CREDENTIALS.sub(r"\1\2\3***@", text)
    return _SECRETS.sub(r"\1=***", hidden)


class Messages:
    """The last messages of a run, noise left out, and the faults of the stream counted."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_MESSAGES)
        self._off = 0
        self._garbled = self._garbled_seconds = 0

    def add(self, line: str) -> None:
        """Keep a message unless noise, and count signs of a fault in the message."""
        if found := _DISORDERED.search(line):
            self._disorder(line, found)
        self._off += bool(_DROPPED.search(line))
        self._garbled += any(sign in line for sign in _GARBLED)
        if line.strip() and not is_noise(line):
            self._lines.append(line.strip())

    def second(self, *, overdue: bool = False) -> None:
        """Note that about a second has passed.

        Args:
            overdue: Whether a segment should have closed by now. Then one message a second is
                enough instead of three: a camera of one picture a second causes only one.
        """
        bad = self._garbled >= (1 if overdue else _GARBLED_A_SECOND)
        self._garbled = 0
        self._garbled_seconds = max(self._garbled_seconds + (1 if bad else -1), 0)

    @property
    def clock_set(self) -> bool:
        """Whether the pictures' time has jumped, as when the camera's clock is set.

        FFmpeg derives media time from the camera's wall clock where a camera has audio.
        """
        return self._off >= _TIMES_OFF

    @property
    def garbled(self) -> bool:
        """Whether for about ten seconds the stream has not fitted the announced codec.

        The camera sends another codec: FFmpeg goes on then and never finds a keyframe again, so
        that no segment closes either.
        """
        return self._garbled_seconds >= _GARBLED_SECONDS

    def last_words(self) -> str:
        """FFmpeg's last messages for people, masked and on a single line; "" without a message."""
        return last_words(self._lines)

    @property
    def audio_refused(self) -> bool:
        """Whether FFmpeg ended because the container cannot hold the audio's codec."""
        return any(sign in line for line in self._lines for sign in AUDIO_REFUSED)

    @property
    def timed_out(self) -> bool:
        """Whether FFmpeg's connection to the source timed out."""
        return any(_TIMED_OUT in line for line in self._lines)

    @property
    def disk_full(self) -> bool:
        """Whether FFmpeg could not write: disk or quota full, or file system read-only."""
        return any(sign in line for line in self._lines for sign in _DISK_FULL)

    def _disorder(self, line: str, found: re.Match[str]) -> None:
        if found["previous"] is not None and not any(sign in line for sign in _SOUND):
            self._off += int(found["previous"]) - int(found["current"]) > _FAR_BACK_TICKS


def is_noise(line: str) -> bool:
    """Whether a message says nothing about a fault of the recording."""
    return any(part in line for part in _NOISE)


def last_words(lines: Iterable[str]) -> str:
    """The last two lines that are not noise, masked, without memory addresses."""
    telling = [_ADDRESS.sub("", mask(line)) for line in lines if not is_noise(line)]
    return "; ".join(dict.fromkeys(telling[-2:]))[:_WORDS_LENGTH]
