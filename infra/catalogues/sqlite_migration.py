"""Conversion of older catalogue files, in a transaction: all of the file, or nothing.

Schema 1 had other tables. In schema 2 a mark told that the keyframes of a segment were looked at,
however far apart; since schema 3 a mark tells that pictures all over the segment were.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from footage.day import day_of
from footage.errors import Misconfigured
from footage.ids import CameraId, SegmentKey
from footage.instant import Instant, Interval
from footage.keyframe import Gate
from footage.looking import LOOK_EVERY, apart
from infra.catalogues import documents
from infra.catalogues.packed_keyframes import unpacked
from infra.catalogues.sqlite_days import DayChanges
from infra.catalogues.sqlite_file import statements
from infra.catalogues.sqlite_rows import ADD_KEYFRAMES, ADD_SEGMENT, keyframes_row, segment_row

if TYPE_CHECKING:
    import sqlite3


QUICK: Final = 200_000
"""Most segments and keyframes that are converted whenever a catalogue is opened: some seconds."""

_TRIGGERS: Final = (
    *("encoder_added", "mark_added", "segment_added", "segment_changed", "segment_removed"),
)
_INDEXES: Final = (
    *("segments_by_time", "segments_by_camera", "segments_by_end"),
    *("keyframes_by_camera", "pending_by_key"),
)
_KEPT: Final = ("segments", "gaps", "keyframes", "marks", "encoders")
_MADE_ANEW: Final = ("schema_version", "longest", "pending")


def require_quick(connection: sqlite3.Connection, most: int | None) -> None:
    """Raise Misconfigured for a catalogue of more than `most` segments and rows of keyframes."""
    if most is not None and _size(connection, most) > most:
        raise Misconfigured(
            "the catalogue was made by the version before and is large: converting takes a while",
            hint="stop recorders and indexers, then: footage catalogue rebuild",
        )


def convert(connection: sqlite3.Connection, schema: str) -> None:
    """Bring the tables of schema 1 to `schema`, with all segments, gaps, keyframes and marks.

    Args:
        connection: Connection inside a transaction.
        schema: Script that makes the tables.

    Raises:
        DataLoss: A record is unreadable.
    """
    for trigger in _TRIGGERS:
        connection.execute(f"DROP TRIGGER {trigger}")
    for index in _INDEXES:
        connection.execute(f"DROP INDEX {index}")
    for table in _MADE_ANEW:
        connection.execute(f"DROP TABLE {table}")
    for table in _KEPT:
        connection.execute(f"ALTER TABLE {table} RENAME TO former_{table}")
    for statement in statements(schema):
        connection.execute(statement)
    days = _segments(connection)
    connection.execute(
        "INSERT INTO marks SELECT key, encoder FROM former_marks WHERE key IN"
        " (SELECT key FROM segments)"
    )
    # After the marks, so that only what is not looked at is entered as pending.
    connection.execute("INSERT INTO encoders SELECT encoder FROM former_encoders")
    connection.execute(
        "INSERT INTO gaps SELECT camera, start_us, reason, end_us, document FROM former_gaps"
    )
    _keyframes(connection)
    _summaries(connection, days)
    for table in _KEPT:
        connection.execute(f"DROP TABLE former_{table}")


def look_again(connection: sqlite3.Connection) -> None:
    """Let segments wait for indexing that have time far from any looked-at picture.

    Their vectors stay and are found meanwhile; the time does not count as searched.

    Raises:
        DataLoss: Keyframes are unreadable.
    """
    changes = DayChanges(connection)
    rows = connection.execute(
        "SELECT keyframes.camera, segment, packed, start_us, end_us FROM keyframes"
        " JOIN segments ON segments.key = keyframes.segment"
    )
    for camera, segment, data, start_us, end_us in rows:
        looked = unpacked(CameraId(camera), SegmentKey(segment), data)
        within = Interval(Instant(start_us), Instant(end_us))
        seen = [one.instant for one in looked if one.gate is not Gate.UNREADABLE]
        if apart(seen, within, LOOK_EVERY):
            connection.execute(
                "DELETE FROM marks WHERE key = ? AND encoder NOT LIKE '%+%'", (segment,)
            )
            changes.derive(CameraId(camera), day_of(within.start))
    changes.write()
    connection.execute("UPDATE schema_version SET version = 3")


def _size(connection: sqlite3.Connection, most: int) -> int:
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM segments UNION ALL SELECT 1 FROM keyframes LIMIT ?)",
        (most + 1,),
    ).fetchone()
    return int(count)


def _segments(connection: sqlite3.Connection) -> set[tuple[CameraId, Instant]]:
    days = set()
    for (text,) in connection.execute("SELECT document FROM former_segments"):
        segment = documents.segment_from(documents.loaded(text))
        connection.execute(ADD_SEGMENT, segment_row(segment))
        days.add((segment.camera, day_of(segment.interval.start)))
    return days


def _keyframes(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "SELECT segment, document FROM former_keyframes ORDER BY segment, offset"
    )
    for segment, group in groupby(rows, key=lambda row: SegmentKey(row[0])):
        found = [documents.keyframe_from(documents.loaded(text)) for _, text in group]
        connection.execute(ADD_KEYFRAMES, keyframes_row(segment, found))


def _summaries(connection: sqlite3.Connection, days: set[tuple[CameraId, Instant]]) -> None:
    for camera, day in sorted(days):
        changes = DayChanges(connection)
        changes.derive(camera, day)
        changes.write()
