"""Whether something keeps this host's clock right: what the kernel's NTP discipline says."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMEX_BYTES: Final = 256
"""More than `struct timex` (208 bytes on 64-bit Linux); all zero means: ask, change nothing."""
_UNSYNCHRONISED: Final = 5  # TIME_ERROR
_REFUSED: Final = -1


def synchronised() -> bool:
    """Whether the kernel's clock is synchronised (`adjtimex`); False where that is unknown.

    NTP daemons set this state and keep it over steps of their own; setting the clock by hand
    takes it away.
    """
    ask = _adjtimex()
    if ask is None:
        return False
    return ask(ctypes.create_string_buffer(_TIMEX_BYTES)) not in {_UNSYNCHRONISED, _REFUSED}


@cache
def _adjtimex() -> Callable[[object], int] | None:
    """The C library's `adjtimex`; None on systems without that call."""
    found: Callable[[object], int] | None = getattr(ctypes.CDLL(None), "adjtimex", None)
    return found
