"""Records as rows of the SQLite catalogue's tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from footage.day import checksum
from infra.catalogues import documents
from infra.catalogues.packed_keyframes import packed
from infra.catalogues.sqlite_days import checksum_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.ids import SegmentKey
    from footage.keyframe import Keyframe
    from footage.segment import Segment
    from footage.span import Gap
    from infra.catalogues.sqlite_file import Row

SEGMENT: Final = (
    "key, camera, site, district, lat, lon, start_us, end_us, run, retention_class, size_bytes,"
    " checksum, document"
)
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


def gap_row(gap: Gap) -> Row:
    """Return a row of `gaps`."""
    document = json.dumps(documents.gap_document(gap))
    return (gap.camera, gap.interval.start.us, gap.reason.value, gap.interval.end.us, document)


def keyframes_row(segment: SegmentKey, keyframes: Sequence[Keyframe]) -> Row:
    """Return the values of `ADD_KEYFRAMES` for all keyframes of a segment."""
    in_order = sorted(keyframes, key=lambda keyframe: (keyframe.instant, keyframe.offset))
    first, last = in_order[0], in_order[-1]
    return (segment, first.camera, first.instant.us, last.instant.us, packed(in_order))
