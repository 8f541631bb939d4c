"""Conversion of a catalogue file of schema 1, in a transaction: all of the file, or nothing."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from footage.day import day_of
from footage.errors import Misconfigured
from footage.ids import SegmentKey
from infra.catalogues import documents
from infra.catalogues.sqlite_days import DayChanges
from infra.catalogues.sqlite_file import statements
from infra.catalogues.sqlite_rows import ADD_KEYFRAMES, ADD_SEGMENT, keyframes_row, segment_row

if TYPE_CHECKING:
    import sqlite3

    from footage.ids import CameraId
    from footage.instant import Instant

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


def convert(connection: sqlite3.Connection, schema: str, *, most: int | None) -> None:
    """Bring the tables of schema 1 to `schema`, with all segments, gaps, keyframes and marks.

    Args:
        connection: Connection inside a transaction.
        schema: Script that makes the tables of schema 2.
        most: Most segments and keyframes to convert; None for any number.

    Raises:
        Misconfigured: The file has more than `most` segments and keyframes.
        DataLoss: A record is unreadable.
    """
    if most is not None and _size(connection, most) > most:
        raise Misconfigured(
            "the catalogue was made by the version before and is large: converting takes a while",
            hint="stop recorders and indexers, then: footage catalogue rebuild",
        )
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
