"""Plan of the scan of one part: by how many rows are eligible and by what the part has. Pure.

Costs on one core, 512 numbers a vector: comparing an eligible row 0.13 µs; passing over a row that
is not eligible 0.002 µs; a row of codes 0.008 µs, eligible or not (`docs/searching.md`). So codes
pay only where many rows of a large part are eligible, and then the best by codes are compared.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

LARGE: Final = 200_000
"""Rows from which a part gets codes; a smaller part is compared whole in 30 ms."""
SHORTLISTS: Final = (500, 2_000, 8_000, 32_000)
"""Least numbers of rows to compare after a scan of codes; a part keeps the first that reaches
`RECALL` on sample queries when the part is sealed."""
RECALL: Final = 0.98
"""Least expected share of the ten best rows that a scan of codes must find; else finer codes are
made, and where these find less too, none."""
GATHERED: Final = 1_024
"""Most eligible rows that are fetched one by one: fetching that many takes a millisecond."""
_SHARE: Final = 0.07
_TIMES: Final = 10
"""Rows compared after a scan of codes for each row wanted."""


class Method(StrEnum):
    """Way in which the eligible rows of a part are compared."""

    NOTHING = "nothing"
    """No row is eligible: nothing is compared."""
    ROWS = "rows"
    """The few eligible rows are fetched one by one and all compared."""
    EXACT = "exact"
    """All eligible rows are compared, in a scan that passes over the others."""
    CODES = "codes"
    """All eligible rows' codes are compared, then the best of these rows themselves."""


def method(rows: int, eligible: int, least: int, k: int, gathered: int) -> Method:
    """Return the cheapest method for a part.

    Args:
        rows: Rows of the part, dead rows too.
        eligible: Rows that time, place and removal leave.
        least: The part's number of `SHORTLISTS`; 0 when the part has no codes.
        k: Rows wanted.
        gathered: Most eligible rows that are fetched one by one.
    """
    if not eligible:
        return Method.NOTHING
    if eligible <= gathered:
        return Method.ROWS
    few = eligible < max(_SHARE * rows, 2 * shortlist(least, k, eligible))
    return Method.EXACT if not least or few else Method.CODES


def shortlist(least: int, k: int, eligible: int) -> int:
    """Return how many of the best rows by codes are compared themselves."""
    return min(eligible, max(_TIMES * k, least))
