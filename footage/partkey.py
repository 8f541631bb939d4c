"""Keys of copies of vector parts in the object store, which are no footage.

vectors/<encoder>/<day>/list.<n>                 names the parts that count; the highest n holds
vectors/<encoder>/<day>/<part>/<file>.<piece>    a file of a part, in pieces
vectors/<encoder>/<day>/<digest>.dead.<piece>    dead rows of a part
"""

from __future__ import annotations

import re
from typing import Final

PREFIX: Final = "vectors/"
_KEY: Final = re.compile(
    r"vectors/[^/]+/\d{4}-\d\d-\d\d/"
    r"(list\.\d{8}|[0-9a-f]{16}\.dead\.\d{4}|[0-9a-f]{16}/[a-z]+\.?[a-z]*\.\d{4})"
)


def is_part_key(key: str) -> bool:
    """Whether `key` is of a copy of vectors; no segment's key is."""
    return _KEY.fullmatch(key) is not None
