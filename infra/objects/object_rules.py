"""Checks of keys and metadata that every object store makes: limits common to all stores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from footage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA_BYTES: Final = 1_900
"""S3 allows 2 048 bytes of user metadata in all; the rest is for the digest we add."""

_KEY: Final = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_KEY_BYTES: Final = 1_024  # S3's limit
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_READABLE: Final = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"  # printable ASCII without the space and %


def check_key(key: str) -> str:
    """Check an object key and return the key unchanged.

    Raises:
        BadInput: The key has a character, an empty part, "." or ".." that some store cannot keep.
    """
    parts = key.split("/")
    if not _KEY.fullmatch(key) or len(key) > _KEY_BYTES or {".", ".."} & set(parts):
        raise BadInput(
            f"not an object key: {key!r}", hint="parts of A-Z a-z 0-9 _ - . joined by single /"
        )
    return key


def check_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Check metadata and return a copy with keys in lower case.

    Raises:
        BadInput: A name or value fits no HTTP header, a name comes twice, or the sum is too large.
    """
    checked: dict[str, str] = {}
    for name, value in metadata.items():
        low = name.lower()
        if not _NAME.fullmatch(name) or low in checked:
            raise BadInput(f"not a metadata name, or twice: {name!r}", hint="A-Z a-z 0-9 and -")
        if not value.isascii() or len(value.splitlines()) > 1 or value.endswith(("\n", "\r")):
            raise BadInput(f"metadata {name!r} is not one line of ASCII: {value!r}")
        checked[low] = value
    weight = sum(len(name) + len(encode_value(value)) for name, value in checked.items())
    if weight > METADATA_BYTES:
        raise BadInput(f"{weight} bytes of metadata, more than the {METADATA_BYTES} a store keeps")
    return checked


def encode_value(value: str) -> str:
    """A header value that no proxy or signature alters: spaces and control characters as %XX."""
    return quote(value, safe=_READABLE)


def decode_value(value: str) -> str:
    """The original text of a value encoded by `encode_value`."""
    return unquote(value)
