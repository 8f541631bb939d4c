"""Canonical JSON, whose bytes can be hashed: each value has a single spelling (RFC 8785 subset).

Keys are ASCII and sorted, there is no white space, text is UTF-8. Numbers are whole and below 2^53;
any other number is written as text, because languages spell fractions differently. So a document
read and written again by another language under RFC 8785 has the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Final

from footage.digest import Digest
from footage.errors import BadInput
from footage.instant import Elapsed, Instant, Interval

_EXACT: Final = 1 << 53  # RFC 8785 numbers are IEEE doubles


def _refused(text: str) -> object:
    raise ValueError(f"{text} is no whole number")


# Made once: `json.loads` and `json.dumps` make theirs anew for each call that names an option.
_READER: Final = json.JSONDecoder(parse_float=_refused, parse_constant=_refused)
_WRITER: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
)


def canonical(value: object) -> bytes:
    """Write a value as canonical JSON.

    Raises:
        BadInput: A part of the value is no JSON, or a key is not ASCII text.
    """
    return spelled(plain(value))


def spelled(value: object) -> bytes:
    """Write canonical JSON of a value that `plain` or `parse` returned."""
    try:
        return _WRITER.encode(value).encode()
    except UnicodeEncodeError as exc:
        raise BadInput("text that is not Unicode cannot be written as JSON") from exc


def plain(value: object) -> object:
    """Convert a value to dicts, lists, text, whole numbers, booleans and None.

    Raises:
        BadInput: A part of the value has no such form.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int):
        return int(value) if abs(value) < _EXACT else str(value)
    if isinstance(value, str | float | Instant | Interval | Digest):
        return str(value)
    return value.us if isinstance(value, Elapsed) else _many(value)


def _many(value: object) -> object:
    if isinstance(value, Mapping):
        return {_key(key): plain(part) for key, part in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((plain(part) for part in value), key=canonical)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(part) for part in value]
    raise BadInput(f"a {type(value).__name__} cannot be written as JSON")


def _key(key: object) -> str:
    if not isinstance(key, str) or not key.isascii():
        raise BadInput(f"a key must be ASCII text: {key!r}")
    return str(key)


def parse(data: bytes) -> object:
    """Read canonical JSON only; the same value in another spelling is refused.

    Raises:
        BadInput: Not JSON, a key stands twice, a number is not whole, or the spelling differs.
    """
    try:
        value: object = json.loads(data, parse_float=_refused, parse_constant=_refused)
    except (ValueError, RecursionError) as exc:
        raise BadInput(f"not canonical JSON: {exc}") from exc
    if spelled(value) != data:  # a key that stands twice is seen here too
        raise BadInput("not canonical JSON: spelled otherwise")
    return value


def parse_at(text: str, begin: int) -> tuple[object, int]:
    """Read the canonical JSON that begins at `begin` of a text.

    Returns:
        The value, and the offset in the text at which the value ends.

    Raises:
        BadInput: As `parse` raises.
    """
    try:
        value, end = _READER.raw_decode(text, begin)
        written = _WRITER.encode(value)
    except (ValueError, RecursionError) as exc:
        raise BadInput(f"not canonical JSON: {exc}") from exc
    if written != text[begin:end]:
        raise BadInput("not canonical JSON: spelled otherwise")
    return value, end
