"""Durations as people say them: "2 min 36 s", "1 h 5 min", "3 d 2 h", "0.4 s"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from footage.instant import Elapsed

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_SECOND_US: Final = 1_000_000
_TENTH_US: Final = 100_000
_FEW_S: Final = 10


def duration_text(elapsed: Elapsed) -> str:
    """Return a duration in its two largest units; below 10 s with a tenth, never as zero.

    A duration is rounded down: nothing reads longer than the duration was.
    """
    us = max(elapsed.us, 0)
    if not us:
        return "0 s"
    if us < _TENTH_US:
        return "less than 0.1 s"
    seconds, rest = divmod(us, _SECOND_US)
    if seconds < _FEW_S:
        tenth = rest // _TENTH_US
        return f"{seconds}.{tenth} s" if tenth else f"{seconds} s"
    first = next(n for n, (_, length) in enumerate(_UNITS) if seconds >= length)
    parts = []
    for name, length in _UNITS[first : first + 2]:
        count, seconds = divmod(seconds, length)
        parts += [f"{count} {name}"] if count else []
    return " ".join(parts)
