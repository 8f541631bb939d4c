"""Names of files from outside, as text for people: a name is bytes, and may hold any of them.

Python gives bytes that are not UTF-8 as lone surrogates, which no report can be written with, and a
name may hold line breaks and escape sequences that would forge lines of a report.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import PurePath

_JOINERS: Final = "\u200c\u200d"
"""Marks that tell letters of Urdu to join or not; they show as nothing and move nothing."""


def shown(name: str | PurePath) -> str:
    r"""The name as text that can be printed: other bytes as `\xdf`, a line break as `\n`.

    A backslash of the name itself is doubled, so that two names never look alike.
    """
    return "".join(_escaped(one) for one in os.fspath(name))


def _escaped(one: str) -> str:
    if one == "\\":
        return "\\\\"
    if one.isprintable() or one in _JOINERS:
        return one
    if "\udc80" <= one <= "\udcff":  # a byte that is not UTF-8 (PEP 383)
        return f"\\x{ord(one) - 0xDC00:02x}"
    return one.encode("unicode_escape", "surrogatepass").decode("ascii")
