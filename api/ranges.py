"""The Range header of RFC 9110: a single range; several ranges are answered with the whole.

RFC 9110 allows a server to ignore the header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from api.problems import Problem

_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes [start, end) of `total`; `partial` says whether a range was asked for."""

    start: int
    end: int
    total: int
    partial: bool

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that describe the range."""
        shown = {"Accept-Ranges": "bytes", "Content-Length": str(self.end - self.start)}
        if self.partial:
            shown["Content-Range"] = f"bytes {self.start}-{self.end - 1}/{self.total}"
        return shown


def byte_range(header: str | None, total: int) -> ByteRange:
    """Return the byte range that a Range header asks of a file of `total` bytes.

    A missing or malformed header asks for the whole file.

    Raises:
        Problem: 416, the range lies outside the file.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    first, last = match.groups() if match else ("", "")
    if (not first and not last) or (first and last and int(last) < int(first)):
        return ByteRange(0, total, total, partial=False)
    start = int(first) if first else max(total - int(last), 0)
    end = min(int(last) + 1, total) if first and last else total
    if start >= end:
        raise Problem(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            "range",
            f"outside of {total} bytes",
            headers={"Content-Range": f"bytes */{total}"},
        )
    return ByteRange(start, end, total, partial=True)
