"""Records as rows of the SQLite catalogue's tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from footage.day import checksum
from footage.errors import DataLoss
from footage.ids import RunId, SegmentKey
from footage.played import Played
from footage.segment import TimeSource
from infra.catalogues import documents
from infra.catalogues.packed_keyframes import packed
from infra.catalogues.sqlite_days import checksum_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.keyframe import Keyframe
    from footage.segment import Media, Segment
    from footage.span import Gap
    from infra.catalogues.sqlite_file import Cell, Row

SEGMENT: Final = (
    "key, camera, site, district, lat, lon, start_us, end_us, run, retention_class, size_bytes,"
    " checksum, document"
)
_DOCUMENT: Final = "CASE WHEN json_valid(document) THEN document ELSE '{}' END"
PLAYED: Final = (
    f"start_us, key, end_us, run, json_extract({_DOCUMENT}, '$.sequence'),"
    f" json_extract({_DOCUMENT}, '$.media'), json_extract({_DOCUMENT}, '$.clock.source')"
)
"""What a player needs of a segment: a fifth of what reading the whole document costs."""
_STATED: Final = TimeSource.STATED.value
ADD_SEGMENT: Final = (
    f"INSERT INTO segments ({SEGMENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
)
CHANGE_SEGMENT: Final = f"""
    UPDATE segments SET ({SEGMENT}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE key = ?"""  # noqa: S608
ADD_GAP: Final = "INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, ?, ?)"
ADD_KEYFRAMES: Final = """
    INSERT INTO keyframes (segment, camera, first_us, last_us, packed) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (segment) DO UPDATE SET camera = excluded.camera, first_us = excluded.first_us,
        last_us = excluded.last_us, packed = excluded.packed"""


def segment_row(segment: Segment) -> Row:
    """Return the columns `SEGMENT` of a segment."""
    return (
        segment.key,
        segment.camera,
        segment.site,
        segment.district,
        segment.place.lat,
        segment.place.lon,
        segment.interval.start.us,
        segment.interval.end.us,
        segment.run,
        segment.retention_class,
        segment.size_bytes,
        checksum_bytes(checksum(segment)),
        json.dumps(documents.segment_document(segment), separators=(",", ":")),
    )


class PlayedRows:
    """Reads rows of the columns `PLAYED`; neighbours are mostly coded alike, and share `Media`."""

    def __init__(self) -> None:
        self._known: dict[Cell, Media] = {}

    def __call__(self, row: Row) -> Played:
        """Return the facts of a segment; raises DataLoss where the record is malformed."""
        start_us, key, end_us, run, sequence, coded, source = row
        media = self._known.get(coded)
        if media is None:
            media = self._known[coded] = documents.media_from(str(coded))
        if type(sequence) is not int or source is None:
            raise DataLoss(f"the record of {key!r} is unreadable", hint=documents.REBUILD)
        times = int(start_us), int(end_us)
        stated = source == _STATED
        return Played(SegmentKey(str(key)), *times, RunId(str(run)), sequence, media, stated)


def gap_row(gap: Gap) -> Row:
    """Return a row of `gaps`."""
    document = json.dumps(documents.gap_document(gap))
    return (gap.camera, gap.interval.start.us, gap.reason.value, gap.interval.end.us, document)


def keyframes_row(segment: SegmentKey, keyframes: Sequence[Keyframe]) -> Row:
    """Return the values of `ADD_KEYFRAMES` for all keyframes of a segment."""
    in_order = sorted(keyframes, key=lambda keyframe: (keyframe.instant, keyframe.offset))
    first, last = in_order[0], in_order[-1]
    return (segment, first.camera, first.instant.us, last.instant.us, packed(in_order))
