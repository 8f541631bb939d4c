"""Sizes in bytes, read and shown as people write sizes: "200GB", "1.5TB", "512MiB"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from footage.errors import BadInput

_UNITS: Final = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KIB": 1024,
    "MIB": 1024**2,
    "GIB": 1024**3,
    "TIB": 1024**4,
}
_WRITTEN: Final = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]?I?B)", re.IGNORECASE | re.ASCII)
_STEP: Final = 1000


def parse_size(text: str) -> int:
    """Read a size such as "200GB" and return bytes; GB is decimal, GiB is binary.

    Raises:
        BadInput: No number, no unit, or not a byte in all.
    """
    found = _WRITTEN.fullmatch(text.strip())
    unit = _UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None:
        raise BadInput(f"not a size: {text!r}", hint="write it like 200GB or 1.5TB")
    size_bytes = int(Decimal(found[1]) * unit)
    if size_bytes < 1:
        raise BadInput(f"not a size: {text!r} is less than a byte")
    return size_bytes


def show_size(size_bytes: int) -> str:
    """Write a number of bytes for people, in decimal units: "1.5 GB"."""
    amount = Decimal(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _STEP:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= _STEP
    return f"{amount:.1f} TB"
