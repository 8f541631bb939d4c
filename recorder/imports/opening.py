"""The opening of a file: the picture a viewer sees first, from the times of the first packets.

FFmpeg lists the packets as the file has them (`-f framecrc`): also packets before the first
keyframe, which no decoder can show, and packets that an edit list hides. Pure: text in, value out.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELDS: Final = 6
_KEY, _HIDDEN = 1, 4
"""Flags of a packet as FFmpeg writes them: keyframe, and decoded but never shown."""
_TIME_BASE: Final = "#tb 0:"
_FLAGS: Final = "F=0x"


@dataclass(frozen=True, slots=True)
class Opening:
    """Distance of a file's first stored picture from the picture that a viewer sees first.

    Attributes:
        hidden: Time from the first stored picture to the first picture that a player shows, where
            an edit list hides a lead-in.
        dropped: Time from the file's first picture to the first picture that can be decoded, where
            the file begins amid a group of pictures.
    """

    hidden: Elapsed = ZERO
    dropped: Elapsed = ZERO


class _Packet(NamedTuple):
    pts: int
    flags: int


def opening(listed: str) -> Opening:
    """Read the list of the first packets of a file's pictures."""
    base, packets = _read(listed)
    first = next((i for i, one in enumerate(packets) if one.flags & _KEY), None)
    if first is None:
        return Opening()
    key = packets[first]
    before, stored = packets[:first], packets[first:]
    shown = key.pts
    if key.flags & _HIDDEN:
        seen = [one.pts for one in stored if not one.flags & _HIDDEN]
        shown = max(min(seen, default=key.pts), key.pts)
    begun = min((one.pts for one in before if not one.flags & _HIDDEN), default=key.pts)
    return Opening(
        hidden=_elapsed(shown - key.pts, base), dropped=_elapsed(max(key.pts - begun, 0), base)
    )


def _read(listed: str) -> tuple[Fraction, Sequence[_Packet]]:
    base, packets = Fraction(1), []
    for line in listed.splitlines():
        if line.startswith(_TIME_BASE):
            base = Fraction(line.removeprefix(_TIME_BASE).strip())
        fields = [field.strip() for field in line.split(",")]
        if line.startswith("#") or len(fields) < _FIELDS:
            continue
        told = next((one for one in fields[_FIELDS:] if one.startswith(_FLAGS)), None)
        flags = int(told.removeprefix(_FLAGS), 16) if told else _KEY
        packets.append(_Packet(int(fields[2]), flags))
    return base, packets


def _elapsed(ticks: int, base: Fraction) -> Elapsed:
    return Elapsed(int(ticks * base * 1_000_000))
