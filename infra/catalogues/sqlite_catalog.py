"""The catalogue in an SQLite file: the embedded default, without a server."""

from __future__ import annotations

import heapq
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from footage.errors import DataLoss, NotFound
from footage.ids import SegmentKey
from footage.ports import EVERYWHERE
from infra.catalogues import catalog_scope as rules
from infra.catalogues import documents
from infra.catalogues.sqlite_file import SqliteFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from footage.ids import CameraId
    from footage.instant import Instant, Interval
    from footage.keyframe import Keyframe
    from footage.ports import Scope
    from footage.segment import Segment
    from footage.span import Gap
    from infra.catalogues.sqlite_file import Cell, Row
    from infra.config.settings import CatalogueSection
    from infra.stores import StoreContext

T = TypeVar("T")

_SCHEMA: Final = Path(__file__).with_name("sqlite_schema.sql")
_PAGE: Final = 1_000
_MIN_PAGE: Final = 16

_ADD_SEGMENT: Final = """
    INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET camera = excluded.camera, site = excluded.site,
        district = excluded.district, lat = excluded.lat, lon = excluded.lon,
        start_us = excluded.start_us, end_us = excluded.end_us, document = excluded.document"""

_PEND_AGAIN: Final = """
    INSERT OR IGNORE INTO pending
    SELECT encoder, start_us, key FROM segments CROSS JOIN encoders WHERE key = ?
    AND NOT EXISTS (
        SELECT 1 FROM marks
        WHERE marks.key = segments.key AND marks.encoder = encoders.encoder
    )"""


class SqliteCatalogue:
    """A `Catalogue` in the file `path`; safe for several threads and processes.

    Reads fetch pages and hold no lock between pages: a row written behind the page being read is
    seen, a row before that page is not.

    Raises:
        DataLoss: The file is damaged or is no catalogue.
        Unavailable: The file cannot be opened now.
        Misconfigured: The file was made by another version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = SqliteFile(path, _SCHEMA.read_text(encoding="utf-8"))

    def close(self) -> None:
        """Close the file; no call may follow."""
        self._file.close()

    # ------------------------------------------------------------------ segments

    def add_segments(self, segments: Iterable[Segment]) -> None:
        """Record stored segments, all or none; a segment whose key is known keeps its marks."""
        self._file.write(_ADD_SEGMENT, [_segment_row(segment) for segment in segments])

    def segment(self, key: SegmentKey) -> Segment:
        """The segment of a key; raises NotFound."""
        rows = self._file.rows("SELECT document FROM segments WHERE key = ?", (key,))
        if not rows:
            raise NotFound(f"no segment {key!r} in the catalogue")
        return self._read(documents.segment_from, rows[0])

    def segments(
        self, scope: Scope = EVERYWHERE, interval: Interval | None = None
    ) -> Iterator[Segment]:
        """Segments in scope that overlap `interval`, by start and key."""
        where, values = _segments_where(scope)
        if interval is not None:
            where += (
                " AND start_us < ? AND end_us > ? AND start_us > ? - (SELECT us FROM longest) - 1"
            )
            values += (interval.end.us, interval.start.us, interval.start.us)
        # The condition is made of constants only; every value is bound.
        select = f"SELECT start_us, key, document FROM segments WHERE {where}"  # noqa: S608
        found = self._by_camera(select, values, scope.cameras, ("start_us", "key"))
        read = (self._read(documents.segment_from, row) for row in found)
        return (segment for segment in read if rules.in_scope(segment, scope))

    def last_segment(self, camera: CameraId) -> Segment | None:
        """The camera's segment with the latest end."""
        rows = self._file.rows(
            "SELECT document FROM segments WHERE camera = ?"
            " ORDER BY end_us DESC, start_us DESC, key DESC LIMIT 1",
            (camera,),
        )
        return self._read(documents.segment_from, rows[0]) if rows else None

    def remove_segments(self, keys: Collection[SegmentKey]) -> None:
        """Remove segments with the keyframes and index marks of each."""
        with self._file.transaction() as connection:
            connection.executemany("DELETE FROM segments WHERE key = ?", [(key,) for key in keys])
            connection.executemany(
                "DELETE FROM keyframes WHERE segment = ?", [(key,) for key in keys]
            )

    # ------------------------------------------------------------------ gaps

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        """Record or replace gaps, all or none."""
        self._file.write(
            "INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, ?, ?)", [_gap_row(gap) for gap in gaps]
        )

    def gaps(self, scope: Scope = EVERYWHERE, interval: Interval | None = None) -> Iterator[Gap]:
        """Gaps of the scope's cameras that overlap `interval`."""
        cameras = rules.gap_cameras(scope)
        select = "SELECT start_us, camera, reason, document FROM gaps WHERE TRUE"
        values: tuple[Cell, ...] = ()
        if interval is not None:
            select += " AND start_us < ? AND end_us > ?"
            values = (interval.end.us, interval.start.us)
        found = self._by_camera(select, values, cameras, ("start_us", "camera", "reason"))
        return (self._read(documents.gap_from, row) for row in found)

    # ------------------------------------------------------------------ keyframes

    def add_keyframes(self, keyframes: Iterable[Keyframe]) -> None:
        """Record keyframes, all or none."""
        self._file.write(
            "INSERT OR REPLACE INTO keyframes VALUES (?, ?, ?, ?, ?)",
            [_keyframe_row(keyframe) for keyframe in keyframes],
        )

    def keyframes(self, cameras: Collection[CameraId], interval: Interval) -> Iterator[Keyframe]:
        """Keyframes of the cameras in `interval`, by instant, segment and offset."""
        if not cameras:
            return iter(())
        found = self._by_camera(
            "SELECT instant_us, segment, offset, document FROM keyframes"
            " WHERE instant_us >= ? AND instant_us < ?",
            (interval.start.us, interval.end.us),
            cameras,
            ("instant_us", "segment", "offset"),
        )
        return (self._read(documents.keyframe_from, row) for row in found)

    def keyframe(self, segment: SegmentKey, offset: int) -> Keyframe:
        """The keyframe of a segment and offset; raises NotFound."""
        rows = self._file.rows(
            "SELECT document FROM keyframes WHERE segment = ? AND offset = ?", (segment, offset)
        )
        if not rows:
            raise NotFound(f"no keyframe at byte {offset} of {segment!r}")
        return self._read(documents.keyframe_from, rows[0])

    def remove_keyframes(self, segments: Collection[SegmentKey]) -> None:
        """Remove the keyframes of the segments."""
        self._file.write(
            "DELETE FROM keyframes WHERE segment = ?", [(segment,) for segment in segments]
        )

    # ------------------------------------------------------------------ index marks

    def mark_indexed(self, keys: Collection[SegmentKey], encoder: str) -> None:
        """Mark segments as indexed by the encoder; segments unknown here are skipped."""
        self._file.write(
            "INSERT OR IGNORE INTO marks SELECT key, ? FROM segments WHERE key = ?",
            [(encoder, key) for key in keys],
        )

    def unmark_indexed(self, keys: Collection[SegmentKey], encoder: str | None = None) -> None:
        """Remove the encoder's index marks of the segments, or every mark, in a transaction."""
        with self._file.transaction() as connection:
            connection.executemany(
                "DELETE FROM marks WHERE key = ? AND encoder = coalesce(?, encoder)",
                [(key, encoder) for key in keys],
            )
            connection.executemany(_PEND_AGAIN, [(key,) for key in keys])

    def drop_empty_days(self, *, before: Instant) -> list[str]:  # noqa: ARG002 - see the port
        """Do nothing: this catalogue keeps no separate index for each day."""
        return []

    def indexed(
        self, encoder: str, cameras: Collection[CameraId], interval: Interval
    ) -> frozenset[SegmentKey]:
        """Keys of the cameras' segments overlapping `interval` that the encoder has indexed."""
        rows = self._file.rows(
            "SELECT key FROM segments JOIN marks USING (key)"
            " WHERE camera IN (SELECT value FROM json_each(?)) AND encoder = ?"
            " AND start_us < ? AND end_us > ? AND start_us > ? - (SELECT us FROM longest) - 1",
            (
                json.dumps(sorted(cameras)),
                encoder,
                interval.end.us,
                interval.start.us,
                interval.start.us,
            ),
        )
        return frozenset(SegmentKey(str(key)) for (key,) in rows)

    def unindexed(self, encoder: str, *, limit: int) -> list[Segment]:
        """The oldest segments without the encoder's index mark."""
        self._file.write("INSERT OR IGNORE INTO encoders VALUES (?)", [(encoder,)])
        rows = self._file.rows(
            "SELECT document FROM pending JOIN segments USING (key) WHERE encoder = ?"
            " ORDER BY pending.start_us, pending.key LIMIT ?",
            (encoder, limit),
        )
        return [self._read(documents.segment_from, row) for row in rows]

    # ------------------------------------------------------------------ reading

    def _by_camera(
        self,
        select: str,
        values: tuple[Cell, ...],
        cameras: Collection[CameraId],
        order: tuple[str, ...],
    ) -> Iterator[Row]:
        """Merge the cameras' rows, which an index holds in order; no cameras means all cameras."""
        if not cameras:
            return self._paged(select, values, order, _PAGE)
        page = max(_MIN_PAGE, _PAGE // len(cameras))
        streams = [
            self._paged(f"{select} AND camera = ?", (*values, camera), order, page)
            for camera in sorted(cameras)
        ]
        return heapq.merge(*streams, key=lambda row: row[: len(order)])

    def _paged(
        self, select: str, values: tuple[Cell, ...], order: tuple[str, ...], page: int
    ) -> Iterator[Row]:
        columns, marks = ", ".join(order), ", ".join("?" for _ in order)
        after: Row = ()
        while True:
            further = f" AND ({columns}) > ({marks})" if after else ""
            statement = f"{select}{further} ORDER BY {columns} LIMIT ?"
            rows = self._file.rows(statement, (*values, *after, page))
            yield from rows
            if len(rows) < page:
                return
            after = rows[-1][: len(order)]

    def _read(self, reader: Callable[[documents.Document], T], row: Row) -> T:
        try:
            return reader(json.loads(str(row[-1])))
        except ValueError as exc:
            raise DataLoss(
                f"{self._path} holds an unreadable record: {exc}",
                hint="rebuild it with footage catalogue rebuild",
            ) from exc


def from_settings(chosen: CatalogueSection, context: StoreContext) -> SqliteCatalogue:
    """The catalogue in the file that the settings name, else in the home folder."""
    return SqliteCatalogue(chosen.path or context.home / "catalogue.db")


def _segments_where(scope: Scope) -> tuple[str, tuple[Cell, ...]]:
    """SQL condition of a scope's parts except cameras; a circle becomes its bounding box."""
    parts = ["TRUE"]
    values: list[Cell] = []
    for column, names in (("site", scope.sites), ("district", scope.districts)):
        if names:
            parts.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608 - two constants
            values.append(json.dumps(sorted(names)))
    if scope.circle is not None:
        box = rules.bounds(scope.circle)
        lons = " OR ".join("lon BETWEEN ? AND ?" for _ in box.lons)
        parts.append(f"lat BETWEEN ? AND ? AND ({lons})")
        values += [*box.lats, *(edge for lon in box.lons for edge in lon)]
    return " AND ".join(parts), tuple(values)


def _segment_row(segment: Segment) -> Row:
    return (
        segment.key,
        segment.camera,
        segment.site,
        segment.district,
        segment.place.lat,
        segment.place.lon,
        segment.interval.start.us,
        segment.interval.end.us,
        json.dumps(documents.segment_document(segment)),
    )


def _gap_row(gap: Gap) -> Row:
    document = json.dumps(documents.gap_document(gap))
    return (gap.camera, gap.interval.start.us, gap.reason.value, gap.interval.end.us, document)


def _keyframe_row(keyframe: Keyframe) -> Row:
    document = json.dumps(documents.keyframe_document(keyframe))
    return (
        keyframe.segment,
        keyframe.offset,
        keyframe.camera,
        keyframe.instant.us,
        document,
    )
