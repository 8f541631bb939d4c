"""Reading many rows of the SQLite catalogue in order, in pages, so that memory stays flat."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from footage.ids import CameraId
    from infra.catalogues.sqlite_file import Cell, Row, SqliteFile

PAGE: Final = 1_000
SLICE_PAGE: Final = 4_000
_FIRST_SLICE_US: Final = 60_000_000
_LONGEST_SLICE_US: Final = 1 << 50
_GROWTH: Final = 4


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of a table with a column `camera`. Texts are constants of the program; values are bound.

    Attributes:
        columns: Columns to read; those of `order` come first.
        order: Columns that order the rows and tell them apart; the first is a time, which an index
            has behind `camera`, and another index without camera.
        kept: Condition of a partial index, if `table` names one.
        condition: Further condition, with `values`.
        since_us: The first time, or None for any; rows up to `look_back` earlier are read too.
        until_us: The time before which rows are read, or None for any.
        look_back: SQL expression for microseconds.
    """

    table: str
    columns: str
    order: tuple[str, ...]
    kept: str = "TRUE"
    condition: str = "TRUE"
    values: tuple[Cell, ...] = ()
    since_us: int | None = None
    until_us: int | None = None
    look_back: str = "0"

    @property
    def time(self) -> str:
        """The column of the time."""
        return self.order[0]


def rows_in_order(file: SqliteFile, query: Query, cameras: Collection[CameraId]) -> Iterator[Row]:
    """Yield the rows of some cameras in order; no cameras means all cameras."""
    wanted = sorted(set(cameras))
    if len(wanted) > 1:
        return _sliced(file, query, json.dumps(wanted))
    return _paged(file, query, tuple(wanted))


def _paged(file: SqliteFile, query: Query, camera: tuple[CameraId, ...]) -> Iterator[Row]:
    """Read the rows of one camera, or of all, along an index."""
    order, places = ", ".join(query.order), ", ".join("?" for _ in query.order)
    parts, values = [query.kept, query.condition], [*query.values]
    if camera:
        parts.append("camera = ?")
        values += camera
    if query.until_us is not None:
        parts.append(f"{query.time} < ?")
        values.append(query.until_us)
    start: tuple[str, tuple[Cell, ...]] = ("TRUE", ())
    if query.since_us is not None:
        start = (f"{query.time} >= ? - {query.look_back}", (query.since_us,))
    while True:
        where = " AND ".join((*parts, start[0]))
        rows = file.rows(
            f"SELECT {query.columns} FROM {query.table} WHERE {where} ORDER BY {order} LIMIT ?",  # noqa: S608
            (*values, *start[1], PAGE),
        )
        yield from rows
        if len(rows) < PAGE:
            return
        start = (f"({order}) > ({places})", rows[-1][: len(query.order)])


def _sliced(file: SqliteFile, query: Query, cameras: str) -> Iterator[Row]:
    """Read the rows of several cameras by slices of time, each a range of the index a camera.

    A slice is made longer or shorter so that most hold about a page of rows; time without rows is
    skipped.
    """
    width = _FIRST_SLICE_US
    after: Row = ()
    at = _next_time(file, query, cameras, None)
    while at is not None and (query.until_us is None or at < query.until_us):
        end = at + width if query.until_us is None else min(at + width, query.until_us)
        rows = _slice(file, query, cameras, (at, end), after)
        yield from rows
        if len(rows) == SLICE_PAGE:
            after = rows[-1][: len(query.order)]
            at, width = int(after[0]), max(1, width // 2)
            continue
        after = ()
        if len(rows) < SLICE_PAGE // _GROWTH:
            width = min(width * _GROWTH, _LONGEST_SLICE_US)
        at = end if rows else _next_time(file, query, cameras, end)


def _next_time(file: SqliteFile, query: Query, cameras: str, since_us: int | None) -> int | None:
    """Return the earliest time of any camera at or after `since_us`, else of the whole query."""
    start = "TRUE"
    values: tuple[Cell, ...] = ()
    if since_us is not None:
        start, values = f"{query.time} >= ?", (since_us,)
    elif query.since_us is not None:
        start, values = f"{query.time} >= ? - {query.look_back}", (query.since_us,)
    found = file.rows(
        f"SELECT time FROM (SELECT min((SELECT min({query.time}) FROM {query.table}"  # noqa: S608
        f" WHERE camera = asked AND {query.kept} AND {start})) AS time"
        " FROM (SELECT value AS asked FROM json_each(?))) WHERE time IS NOT NULL",
        (*values, cameras),
    )
    return int(found[0][0]) if found else None


def _slice(
    file: SqliteFile, query: Query, cameras: str, within: tuple[int, int], after: Row
) -> list[Row]:
    order, places = ", ".join(query.order), ", ".join("?" for _ in query.order)
    further = f" AND ({order}) > ({places})" if after else ""
    return file.rows(
        f"SELECT {query.columns} FROM (SELECT value AS asked FROM json_each(?))"  # noqa: S608
        f" CROSS JOIN {query.table}"
        f" WHERE camera = asked AND {query.time} >= ? AND {query.time} < ?"
        f" AND {query.kept} AND {query.condition}{further} ORDER BY {order} LIMIT ?",
        (cameras, *within, *query.values, *after, SLICE_PAGE),
    )
