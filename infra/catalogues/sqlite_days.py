"""Day summaries in the SQLite catalogue: changed with segments and marks, in their transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from footage.day import (
    DaySegment,
    DaySummary,
    DayTimes,
    day_of,
    summarise,
    with_mark,
    with_segment,
    without_first,
)
from footage.errors import DataLoss
from footage.ids import CameraId, DistrictId, RunId, SiteId
from footage.instant import DAY, Instant, Interval
from infra.catalogues import documents

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from infra.catalogues.sqlite_file import Cell

FACTS: Final = "start_us, end_us, run, site, district, retention_class, size_bytes, checksum"
"""Columns of `segments` that `day_segment` reads, in this order."""

OF_DAY: Final = f"""
    SELECT {FACTS},
        (SELECT json_group_array(encoder) FROM marks WHERE marks.key = segments.key)
    FROM segments WHERE camera = ? AND start_us >= ? AND start_us < ?
    ORDER BY start_us, key"""  # noqa: S608 - constants only
_CHECKSUM_BYTES: Final = 16
_KEPT_BYTES: Final = 4 << 20
"""Text of summaries whose times are kept, twice: a city's camera has less than 1 kB a day."""
_UNREADABLE: Final = "rebuild it with footage catalogue rebuild"


class TimesRead:
    """Reads the times in summaries, and keeps what was read, by the summary's text.

    What is kept cannot be stale: the text itself is read from the catalogue for each question, and
    the same text has the same times. Safe in several threads: what two threads enter at once is
    read once more at worst.
    """

    def __init__(self) -> None:
        self._kept: dict[str, DayTimes] = {}
        self._before: dict[str, DayTimes] = {}
        self._bytes = 0

    def read(self, text: str) -> DayTimes:
        """Read the times in a summary; raises DataLoss when the text is malformed."""
        found = self._kept.get(text)
        if found is None:
            found = self._before.get(text) or _times(text)
            self._bytes += len(text)
            if self._bytes > _KEPT_BYTES:
                self._before, self._kept, self._bytes = self._kept, {}, 0
            self._kept[text] = found
        return found


class DayChanges:
    """Summaries that a transaction changes; `write` stores them before the transaction ends.

    A change whose outcome is plain from the summary alone is made there; any other change has the
    summary derived anew from the day's segments, once, by `write`.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._changed: dict[tuple[CameraId, Instant], DaySummary] = {}
        self._stale: set[tuple[CameraId, Instant]] = set()

    def add(self, camera: CameraId, segment: DaySegment) -> None:
        """Take a segment into the summary that was not in the catalogue before."""
        day = day_of(segment.interval.start)
        if summary := self._summary(camera, day):
            self._put(camera, day, with_segment(summary, segment))

    def mark(self, camera: CameraId, segment: DaySegment, mark: str) -> None:
        """Take in an index mark that the segment did not bear before."""
        day = day_of(segment.interval.start)
        if summary := self._summary(camera, day):
            self._put(camera, day, with_mark(summary, segment, mark))

    def remove(self, camera: CameraId, segment: DaySegment) -> None:
        """Take out a segment, given with its marks, after its row was deleted."""
        day = day_of(segment.interval.start)
        if summary := self._summary(camera, day):
            following = self._following(camera, segment)
            self._put(camera, day, without_first(summary, segment, following))

    def derive(self, camera: CameraId, day: Instant) -> None:
        """Have the summary derived anew from the day's segments."""
        self._put(camera, day, None)

    def write(self) -> None:
        """Store all changed summaries."""
        for camera, day in self._stale:
            self._changed[camera, day] = summary_of(self._connection, camera, day)
        for (camera, day), summary in self._changed.items():
            if summary.spans:
                self._connection.execute(
                    "INSERT INTO days VALUES (?, ?, ?)"
                    " ON CONFLICT (camera, day_us) DO UPDATE SET document = excluded.document",
                    (camera, day.us, written(summary)),
                )
            else:
                self._connection.execute(
                    "DELETE FROM days WHERE camera = ? AND day_us = ?", (camera, day.us)
                )

    def _summary(self, camera: CameraId, day: Instant) -> DaySummary | None:
        """Return the summary as changed so far; None where `write` will derive it anyway."""
        if (camera, day) in self._stale:
            return None
        known = self._changed.get((camera, day))
        if known is None:
            try:
                known = stored(self._connection, camera, day) or DaySummary(camera, day, ())
            except DataLoss:
                # Segments tell what an unreadable summary said.
                self._stale.add((camera, day))
        return known

    def _put(self, camera: CameraId, day: Instant, summary: DaySummary | None) -> None:
        if summary is None:
            self._stale.add((camera, day))
        else:
            self._changed[camera, day] = summary

    def _following(self, camera: CameraId, segment: DaySegment) -> DaySegment | None:
        """Return the day's next segment of the same run, place and class."""
        day = day_of(segment.interval.start)
        found = self._connection.execute(
            f"SELECT {FACTS},"  # noqa: S608 - constants only
            " (SELECT json_group_array(encoder) FROM marks WHERE marks.key = segments.key)"
            " FROM segments WHERE camera = ? AND start_us >= ? AND start_us < ?"
            " AND run = ? AND site = ? AND district = ? AND retention_class = ?"
            " ORDER BY start_us LIMIT 1",
            (
                *(camera, segment.interval.start.us, (day + DAY).us),
                *(segment.run, segment.site, segment.district, segment.retention_class),
            ),
        ).fetchone()
        return day_segment(found) if found else None


def stored(connection: sqlite3.Connection, camera: CameraId, day: Instant) -> DaySummary | None:
    """Return a day's summary as stored; None where the day has none.

    Raises:
        DataLoss: The summary is unreadable.
    """
    found = connection.execute(
        "SELECT document FROM days WHERE camera = ? AND day_us = ?", (camera, day.us)
    ).fetchone()
    return read(found[0]) if found else None


def summary_of(connection: sqlite3.Connection, camera: CameraId, day: Instant) -> DaySummary:
    """Return a day's summary as the day's segments have it."""
    rows = connection.execute(OF_DAY, (camera, day.us, (day + DAY).us))
    return summarise(camera, day, map(day_segment, rows))


def day_segment(row: Sequence[Cell]) -> DaySegment:
    """Read a row of `FACTS`, and a JSON list of marks where the row has one column more."""
    start_us, end_us, run, site, district, retention_class, size_bytes, checksum, *marks = row
    return DaySegment(
        interval=Interval(Instant(int(start_us)), Instant(int(end_us))),
        run=RunId(str(run)),
        site=SiteId(str(site)),
        district=DistrictId(str(district)),
        retention_class=str(retention_class),
        size_bytes=int(size_bytes),
        checksum=int.from_bytes(checksum if isinstance(checksum, bytes) else b""),
        marks=frozenset(json.loads(str(marks[0]))) if marks else frozenset(),
    )


def checksum_bytes(checksum: int) -> bytes:
    """Return a segment's checksum as the catalogue's file holds it."""
    return checksum.to_bytes(_CHECKSUM_BYTES)


def written(summary: DaySummary) -> str:
    """Return a summary as the catalogue's file holds it."""
    return json.dumps(documents.day_document(summary), separators=(",", ":"))


def read(text: str) -> DaySummary:
    """Read a summary; raises DataLoss when the text is malformed."""
    return documents.day_from(_document(text))


def _times(text: str) -> DayTimes:
    return documents.day_times_from(_document(text))


def _document(text: str) -> documents.Document:
    try:
        found: documents.Document = json.loads(text)
    except ValueError as exc:
        raise DataLoss(
            f"a day summary in the catalogue is unreadable: {exc}", hint=_UNREADABLE
        ) from exc
    return found
