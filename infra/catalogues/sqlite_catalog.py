"""The catalogue in an SQLite file: the embedded default, without a server."""

from __future__ import annotations

import heapq
import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from footage.day import DaySegment, day_of, days_of
from footage.errors import DataLoss, NotFound
from footage.ids import CameraId, SegmentKey
from footage.instant import DAY, Instant, in_any
from footage.ports import EVERYWHERE, Scope
from footage.unscheduled import NOT_TELLING, first_recorded
from infra.catalogues import catalog_scope as rules
from infra.catalogues import documents, sqlite_days, sqlite_migration
from infra.catalogues.packed_keyframes import unpacked
from infra.catalogues.sqlite_days import FACTS, DayChanges, day_segment
from infra.catalogues.sqlite_file import SqliteFile
from infra.catalogues.sqlite_pages import PAGE, Query, rows_in_order
from infra.catalogues.sqlite_rows import (
    ADD_GAP,
    ADD_KEYFRAMES,
    ADD_SEGMENT,
    CHANGE_SEGMENT,
    PLAYED,
    SEGMENT,
    PlayedRows,
    gap_row,
    keyframes_row,
    segment_row,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from footage.day import DaySummary, DayTimes
    from footage.instant import Interval
    from footage.keyframe import Keyframe
    from footage.played import Played
    from footage.segment import Segment
    from footage.span import Gap
    from infra.catalogues.sqlite_file import Cell, Row
    from infra.config.sections.stores import CatalogueSection
    from infra.stores import StoreContext

T = TypeVar("T")

_SCHEMA: Final = Path(__file__).with_name("sqlite_schema.sql")
_LONGEST_SEGMENT: Final = "(SELECT us FROM longest WHERE record = 'segments')"
_LONGEST_KEYFRAMES: Final = "(SELECT us FROM longest WHERE record = 'keyframes')"
_KEYFRAMES_OF: Final = f"""
    SELECT DISTINCT camera, segment, packed FROM json_each(?) AS part CROSS JOIN keyframes
    WHERE camera = ? AND first_us >= json_extract(part.value, '$[0]') - {_LONGEST_KEYFRAMES}
        AND first_us < json_extract(part.value, '$[1]')
        AND last_us >= json_extract(part.value, '$[0]')"""  # noqa: S608 - constants only
_DAY_US: Final = str(DAY.us)
_SHORT: Final = f"end_us - start_us <= {_DAY_US}"
_LONG: Final = f"end_us - start_us > {_DAY_US}"  # spelled as in the partial indexes, else not used

_CAMERAS: Final = """
    WITH RECURSIVE known (camera) AS (
        SELECT min(camera) FROM days
        UNION ALL
        SELECT (SELECT min(camera) FROM days WHERE camera > known.camera)
        FROM known WHERE known.camera IS NOT NULL
    )
    SELECT json_group_array(camera) FROM (
        SELECT camera FROM known WHERE camera IS NOT NULL ORDER BY camera
    )"""

_SUMMARIES: Final = """
    SELECT group_concat(document, char(10)) FROM (
        SELECT document FROM (SELECT value AS asked FROM json_each(?)) CROSS JOIN days
        WHERE camera = asked AND day_us >= ? AND day_us < ? ORDER BY camera, day_us
    )"""
"""Documents have no line break inside: `json.dumps` writes one as two letters."""

_FIRST_DAYS: Final = """
    SELECT asked, document FROM (SELECT value AS asked FROM json_each(?)) CROSS JOIN days
    WHERE camera = asked AND day_us = (SELECT min(day_us) FROM days WHERE camera = asked)"""
_NEXT_DAY: Final = """
    SELECT document FROM days WHERE camera = ? AND day_us > ? ORDER BY day_us LIMIT 1"""
_TELLS: Final = " AND ".join(f"reason <> '{reason.value}'" for reason in sorted(NOT_TELLING))
"""In the words of the index `telling_gaps`, else SQLite reads past all other gaps."""
_FIRST_GAPS: Final = f"""
    SELECT asked, start_us FROM (
        SELECT value AS asked, (
            SELECT min(start_us) FROM gaps WHERE camera = value AND {_TELLS}
        ) AS start_us FROM json_each(?)
    ) WHERE start_us IS NOT NULL"""  # noqa: S608 - constants only

_MARKED: Final = f"""
    SELECT camera, {FACTS},
        (SELECT json_group_array(encoder) FROM marks WHERE marks.key = segments.key)
    FROM segments WHERE key = ?"""  # noqa: S608 - constants only


class SqliteCatalogue:
    """A `Catalogue` in the file `path`; safe for several threads and processes.

    Reads fetch pages and hold no lock between pages: a row written behind the page being read is
    seen, a row before that page is not. A file of the version before is converted when opened.

    Args:
        path: The file; made where it is missing.
        convert_any: Convert a file of the version before however large, which may take hours.

    Attributes:
        converted: Whether the file was of the version before when opened.

    Raises:
        DataLoss: The file is damaged or is no catalogue.
        Unavailable: The file cannot be opened now.
        Misconfigured: The file was made by a newer version, or by the one before and is large.
    """

    def __init__(self, path: Path, *, convert_any: bool = False) -> None:
        schema = _SCHEMA.read_text(encoding="utf-8")
        self.converted = False
        self._path = path

        def convert(connection: sqlite3.Connection, version: int) -> None:
            most = None if convert_any else sqlite_migration.QUICK
            sqlite_migration.require_quick(connection, most)
            if version == 1:
                sqlite_migration.convert(connection, schema)
            sqlite_migration.look_again(connection)
            self.converted = True

        self._file = SqliteFile(path, schema, convert)
        self._times = sqlite_days.TimesRead()

    def close(self) -> None:
        """Close the file; no call may follow."""
        self._file.close()

    # ------------------------------------------------------------------ segments

    def add_segments(self, segments: Iterable[Segment]) -> None:
        """Record stored segments, all or none; a segment whose key is known keeps its marks."""
        with self._file.transaction() as connection:
            changes = DayChanges(connection)
            for segment in segments:
                _add(connection, changes, segment)
            changes.write()

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
        query = _segments_query("start_us, key, document", scope, interval)
        found = rows_in_order(self._file, query, scope.cameras)
        read = (self._read(documents.segment_from, row) for row in found)
        return (segment for segment in read if rules.in_scope(segment, scope))

    def played(self, camera: CameraId, interval: Interval) -> Iterator[Played]:
        """Yield what a player needs of the camera's segments that overlap `interval`, by start."""
        scope = Scope(cameras=frozenset([camera]))
        found = rows_in_order(self._file, _segments_query(PLAYED, scope, interval), scope.cameras)
        read = PlayedRows()
        try:
            for row in found:
                yield read(row)
        except DataLoss as exc:
            raise DataLoss(f"{self._path}: {exc.args[0]}", hint=exc.hint) from exc

    def segments_of(self, keys: Collection[SegmentKey]) -> list[Segment]:
        """The segments of these keys that are recorded now."""
        left = iter(set(keys))
        found: list[Segment] = []
        while page := list(islice(left, PAGE)):
            rows = self._file.rows(
                "SELECT document FROM segments WHERE key IN (SELECT value FROM json_each(?))",
                (json.dumps(page),),
            )
            found += [self._read(documents.segment_from, row) for row in rows]
        return found

    def existing(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        """Those of the keys of which a segment is recorded."""
        left, found = iter(keys), set[SegmentKey]()
        while page := list(islice(left, PAGE)):
            ((there,),) = self._file.rows(
                "SELECT json_group_array(key) FROM segments"
                " WHERE key IN (SELECT value FROM json_each(?))",
                (json.dumps(page),),
            )
            found |= {SegmentKey(key) for key in json.loads(str(there))}
        return frozenset(found)

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
            changes = DayChanges(connection)
            found: list[tuple[Interval, SegmentKey, CameraId, DaySegment]] = []
            for key in set(keys):
                if row := connection.execute(_MARKED, (key,)).fetchone():
                    camera, facts = _camera_and_facts(row)
                    found.append((facts.interval, key, camera, facts))
            # The oldest first, so that each is the first of its span when it goes.
            for _, key, camera, facts in sorted(found, key=lambda one: one[:2]):
                connection.execute("DELETE FROM segments WHERE key = ?", (key,))
                changes.remove(camera, facts)
            # Keyframes may be recorded of a segment that is not.
            connection.executemany(
                "DELETE FROM keyframes WHERE segment = ?", [(key,) for key in keys]
            )
            changes.write()

    # ------------------------------------------------------------------ day summaries

    def days(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DaySummary]:
        """Summaries of the days whose segments can overlap `interval`, by camera and day."""
        return (sqlite_days.read(text) for text in self._summaries(cameras, interval))

    def day_times(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DayTimes]:
        """Times in the summaries of `days`, in the same order."""
        return map(self._times.read, self._summaries(cameras, interval))

    def _summaries(self, cameras: Collection[CameraId] | None, interval: Interval) -> Iterator[str]:
        """Yield the texts of the summaries of `days`, in order.

        Texts come from SQLite as a single row a page: before each row Python's threads take turns,
        so that a thousand rows take seconds while many questions are answered.
        """
        within = days_of(interval)
        if cameras is None:
            ((found,),) = self._file.rows(_CAMERAS)
            names = json.loads(str(found))
        else:
            names = sorted(set(cameras))
        at_once = max(1, PAGE * DAY.us // within.length.us)
        for start in range(0, len(names), at_once):
            asked = json.dumps(names[start : start + at_once])
            ((texts,),) = self._file.rows(_SUMMARIES, (asked, within.start.us, within.end.us))
            if texts:  # NULL: none
                yield from str(texts).split("\n")

    def recorded_since(self, cameras: Collection[CameraId]) -> Mapping[CameraId, Instant]:
        """The begin of each camera's recording: one statement for days, one for gaps."""
        asked = json.dumps(sorted(set(cameras)))
        since: dict[CameraId, Instant] = {}
        for camera, document in self._file.rows(_FIRST_DAYS, (asked,)):
            if begin := first_recorded(self._days_from(CameraId(str(camera)), str(document))):
                since[CameraId(str(camera))] = begin
        for camera, start_us in self._file.rows(_FIRST_GAPS, (asked,)):
            begin = Instant(int(start_us))
            since[CameraId(str(camera))] = min(begin, since.get(CameraId(str(camera)), begin))
        return since

    def _days_from(self, camera: CameraId, first: str) -> Iterator[DayTimes]:
        """Yield the times of a camera's days from a first document on, read one after the other."""
        found: list[Row] = [(first,)]
        while found:
            times = self._times.read(str(found[0][0]))
            yield times
            found = self._file.rows(_NEXT_DAY, (camera, times.day))

    def day_segments(self, camera: CameraId, day: Instant) -> list[DaySegment]:
        """Facts of the camera's segments that start on `day`, by start, with marks."""
        start = day_of(day)
        rows = self._file.rows(sqlite_days.OF_DAY, (camera, start.us, (start + DAY).us))
        return [day_segment(row) for row in rows]

    def resummarise(self, camera: CameraId, day: Instant) -> bool:
        """Derive a day's summary anew; return whether the summary was wrong."""
        start = day_of(day)
        with self._file.transaction() as connection:
            derived = sqlite_days.summary_of(connection, camera, start)
            try:
                kept = sqlite_days.stored(connection, camera, start)
            except DataLoss:
                wrong = True
            else:
                wrong = kept != derived if kept or derived.spans else False
            if wrong:
                changes = DayChanges(connection)
                changes.derive(camera, start)
                changes.write()
        return wrong

    # ------------------------------------------------------------------ gaps

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        """Record or replace gaps, all or none."""
        self._file.write(ADD_GAP, [gap_row(gap) for gap in gaps])

    def gaps(self, scope: Scope = EVERYWHERE, interval: Interval | None = None) -> Iterator[Gap]:
        """Gaps of the scope's cameras that overlap `interval`."""
        cameras = rules.gap_cameras(scope)
        order = ("start_us", "camera", "reason")
        columns = "start_us, camera, reason, document"
        until_us = interval.end.us if interval else None
        overlap, values = ("end_us > ?", (interval.start.us,)) if interval else ("TRUE", ())
        short = Query(
            "gaps",
            columns,
            order,
            kept=_SHORT,
            condition=overlap,
            values=values,
            since_us=interval.start.us if interval else None,
            until_us=until_us,
            look_back=_DAY_US,
        )
        long = Query(
            f"gaps INDEXED BY {'long_gaps' if cameras else 'long_gaps_by_time'}",
            columns,
            order,
            kept=_LONG,
            condition=overlap,
            values=values,
            until_us=until_us,
        )
        streams = [rows_in_order(self._file, query, cameras) for query in (short, long)]
        found = heapq.merge(*streams, key=lambda row: row[: len(order)])
        return (self._read(documents.gap_from, row) for row in found)

    # ------------------------------------------------------------------ keyframes

    def add_keyframes(self, keyframes: Iterable[Keyframe]) -> None:
        """Record all keyframes of some segments, in place of those recorded before."""
        by_segment: dict[SegmentKey, dict[int, Keyframe]] = {}
        for keyframe in keyframes:
            by_segment.setdefault(keyframe.segment, {})[keyframe.offset] = keyframe
        rows = [keyframes_row(key, [*found.values()]) for key, found in by_segment.items()]
        self._file.write(ADD_KEYFRAMES, rows)

    def keyframes(self, cameras: Collection[CameraId], interval: Interval) -> Iterator[Keyframe]:
        """Keyframes of the cameras in `interval`, by instant, segment and offset."""
        if not cameras:
            return
        query = Query(
            table="keyframes",
            columns="first_us, segment, camera, packed",
            order=("first_us", "segment"),
            condition="last_us >= ?",
            values=(interval.start.us,),
            since_us=interval.start.us,
            until_us=interval.end.us,
            look_back=_LONGEST_KEYFRAMES,
        )
        left: list[Keyframe] = []
        for first_us, segment, camera, data in rows_in_order(self._file, query, cameras):
            # No segment to come has a keyframe before this one's first.
            early = [keyframe for keyframe in left if keyframe.instant.us < int(first_us)]
            yield from early
            found = _unpacked(camera, segment, data)
            left = sorted(
                (*left[len(early) :], *(k for k in found if k.instant in interval)),
                key=rules.keyframe_order,
            )
        yield from left

    def keyframes_of(self, camera: CameraId, parts: Sequence[Interval]) -> list[Keyframe]:
        """Keyframes of a camera in any of the parts, by instant, segment and offset.

        A statement for all parts: Python's threads take turns before and after each statement, and
        a question has some hundred parts.
        """
        bounds = json.dumps([(part.start.us, part.end.us) for part in parts])
        rows = self._file.rows(_KEYFRAMES_OF, (bounds, camera))
        found = (k for row in rows for k in _unpacked(*row) if in_any(parts, k.instant))
        return sorted(found, key=rules.keyframe_order)

    def keyframe(self, segment: SegmentKey, offset: int) -> Keyframe:
        """The keyframe of a segment and offset; raises NotFound."""
        rows = self._file.rows(
            "SELECT camera, segment, packed FROM keyframes WHERE segment = ?", (segment,)
        )
        for row in rows:
            for keyframe in _unpacked(*row):
                if keyframe.offset == offset:
                    return keyframe
        raise NotFound(f"no keyframe at byte {offset} of {segment!r}")

    def remove_keyframes(self, segments: Collection[SegmentKey]) -> None:
        """Remove the keyframes of the segments."""
        self._file.write(
            "DELETE FROM keyframes WHERE segment = ?", [(segment,) for segment in segments]
        )

    # ------------------------------------------------------------------ index marks

    def mark_indexed(self, keys: Collection[SegmentKey], encoder: str) -> None:
        """Mark segments as indexed by the encoder; segments unknown here are skipped."""
        with self._file.transaction() as connection:
            changes = DayChanges(connection)
            for key, camera, facts in _known(connection, keys):
                if encoder not in facts.marks:
                    connection.execute("INSERT INTO marks VALUES (?, ?)", (key, encoder))
                    changes.mark(camera, facts, encoder)
            changes.write()

    def unmark_indexed(self, keys: Collection[SegmentKey], encoder: str | None = None) -> None:
        """Remove the encoder's index marks of the segments, or every mark, in a transaction."""
        with self._file.transaction() as connection:
            changes = DayChanges(connection)
            for key, camera, facts in _known(connection, keys):
                gone = facts.marks if encoder is None else facts.marks & {encoder}
                for mark in gone:
                    connection.execute(
                        "DELETE FROM marks WHERE key = ? AND encoder = ?", (key, mark)
                    )
                if gone:
                    changes.derive(camera, day_of(facts.interval.start))
            changes.write()

    def check_writes(self, now: Instant) -> None:  # noqa: ARG002 - see the port
        """Write and remove a scratch row, in a table of its own and a single transaction."""
        with self._file.transaction() as connection:
            connection.execute("CREATE TABLE scratch_rows (filler BLOB)")
            connection.execute("INSERT INTO scratch_rows VALUES (zeroblob(65536))")
            connection.execute("DROP TABLE scratch_rows")

    def drop_empty_days(self, *, before: Instant) -> list[str]:  # noqa: ARG002 - see the port
        """Do nothing: this catalogue keeps no separate index for each day."""
        return []

    def unindexed(
        self, encoder: str, *, limit: int, cameras: Collection[CameraId] | None = None
    ) -> list[Segment]:
        """The oldest segments without the encoder's index mark, of these cameras or of all."""
        self._know(encoder)
        if cameras is not None:
            return self._unindexed_of(cameras, encoder, limit)
        rows = self._file.rows(
            "SELECT document FROM pending JOIN segments USING (key) WHERE encoder = ?"
            " ORDER BY pending.start_us, pending.key LIMIT ?",
            (encoder, limit),
        )
        return [self._read(documents.segment_from, row) for row in rows]

    def _unindexed_of(
        self, cameras: Collection[CameraId], encoder: str, limit: int
    ) -> list[Segment]:
        """Read the oldest of each camera, of no more cameras than segments are asked for."""
        waiting = self._file.rows(
            "SELECT camera, (SELECT min(start_us) FROM pending"
            " WHERE pending.encoder = waiting.encoder AND pending.camera = waiting.camera)"
            " AS oldest_us FROM waiting WHERE encoder = ? AND segments > 0"
            " AND camera IN (SELECT value FROM json_each(?)) ORDER BY oldest_us, camera LIMIT ?",
            (encoder, json.dumps(sorted(cameras)), limit),
        )
        oldest = [
            row
            for camera, _ in waiting
            for row in self._file.rows(
                "SELECT start_us, key FROM pending INDEXED BY pending_by_camera"
                " WHERE encoder = ? AND camera = ? ORDER BY start_us, key LIMIT ?",
                (encoder, str(camera), limit),
            )
        ]
        keys = [str(key) for _, key in sorted(oldest)[:limit]]
        found = self._file.rows(
            "SELECT document FROM segments WHERE key IN (SELECT value FROM json_each(?))"
            " ORDER BY start_us, key",
            (json.dumps(keys),),
        )
        return [self._read(documents.segment_from, row) for row in found]

    def backlog(self, encoder: str) -> dict[CameraId, tuple[int, Instant]]:
        """Number and earliest start of the segments without the encoder's mark, by camera."""
        self._know(encoder)
        rows = self._file.rows(
            "SELECT camera, segments, (SELECT min(start_us) FROM pending"
            " WHERE pending.encoder = waiting.encoder AND pending.camera = waiting.camera)"
            " FROM waiting WHERE encoder = ? AND segments > 0 ORDER BY camera",
            (encoder,),
        )
        return {
            CameraId(str(camera)): (int(number), Instant(int(oldest_us)))
            for camera, number, oldest_us in rows
        }

    def _know(self, encoder: str) -> None:
        """From now on keep for this encoder what is not looked at."""
        if not self._file.rows("SELECT 1 FROM encoders WHERE encoder = ?", (encoder,)):
            self._file.write("INSERT OR IGNORE INTO encoders VALUES (?)", [(encoder,)])

    # ------------------------------------------------------------------ reading

    def _read(self, reader: Callable[[documents.Document], T], row: Row) -> T:
        try:
            return reader(documents.loaded(str(row[-1])))
        except DataLoss as exc:
            raise DataLoss(f"{self._path}: {exc.args[0]}", hint=exc.hint) from exc


def from_settings(chosen: CatalogueSection, context: StoreContext) -> SqliteCatalogue:
    """The catalogue in the file that the settings name, else in the home folder."""
    return SqliteCatalogue(chosen.path or context.home / "catalogue.db")


def convert(path: Path) -> bool:
    """Convert a catalogue of the version before, however large; return whether there was one.

    Raises:
        Unavailable: The file cannot be opened now.
    """
    if not path.exists():
        return False
    try:
        catalogue = SqliteCatalogue(path, convert_any=True)
    except DataLoss:
        return False  # damaged: the caller sets the file aside
    catalogue.close()
    return catalogue.converted


def _add(connection: sqlite3.Connection, changes: DayChanges, segment: Segment) -> None:
    """Record a segment, new or changed; a segment recorded alike already costs no write."""
    row = segment_row(segment)
    before = connection.execute(
        f"SELECT {SEGMENT} FROM segments WHERE key = ?",  # noqa: S608 - a constant
        (segment.key,),
    ).fetchone()
    if before is None:
        connection.execute(ADD_SEGMENT, row)
        changes.add(segment.camera, DaySegment.of(segment))
    elif before != row:
        known = _camera_and_facts(connection.execute(_MARKED, (segment.key,)).fetchone())
        connection.execute(CHANGE_SEGMENT, (*row, segment.key))
        changes.derive(known[0], day_of(known[1].interval.start))
        changes.derive(segment.camera, day_of(segment.interval.start))


def _known(
    connection: sqlite3.Connection, keys: Iterable[SegmentKey]
) -> Iterator[tuple[SegmentKey, CameraId, DaySegment]]:
    """Yield camera, facts and marks of the segments that the catalogue knows, read one by one."""
    for key in keys:
        row = connection.execute(_MARKED, (key,)).fetchone()
        if row is not None:
            yield key, *_camera_and_facts(row)


def _camera_and_facts(row: Row) -> tuple[CameraId, DaySegment]:
    """Read a row of `_MARKED`."""
    camera, *facts = row
    return CameraId(str(camera)), day_segment(facts)


def _unpacked(camera: Cell, segment: Cell, data: Cell) -> list[Keyframe]:
    packed = data if isinstance(data, bytes) else b""
    return unpacked(CameraId(str(camera)), SegmentKey(str(segment)), packed)


def _segments_query(columns: str, scope: Scope, interval: Interval | None) -> Query:
    """Return the query for columns of the segments in scope that overlap `interval`."""
    where, values = _segments_where(scope)
    if interval is not None:
        where += " AND end_us > ?"
        values += (interval.start.us,)
    return Query(
        table="segments",
        columns=columns,
        order=("start_us", "key"),
        condition=where,
        values=values,
        since_us=interval.start.us if interval else None,
        until_us=interval.end.us if interval else None,
        look_back=_LONGEST_SEGMENT,
    )


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
