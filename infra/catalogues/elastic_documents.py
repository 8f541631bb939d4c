"""Documents that only Elasticsearch has: the keyframes of a segment packed together. Pure.

`frames` holds [microseconds after the first keyframe, offset, length, gate, change, boxes, since]
of each keyframe, by instant and offset.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss
from footage.instant import Instant, Interval
from infra.catalogues import documents
from infra.catalogues.catalog_scope import keyframe_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from footage.keyframe import Keyframe
    from infra.catalogues.documents import Document

_FIELDS: Final = ("offset", "length", "gate", "change", "regions", "since")
_ALONE: Final = len(_FIELDS)
"""Parts of the frame of a picture that can be decoded alone: without `since`."""


def packed_document(keyframes: Sequence[Keyframe]) -> Document:
    """Pack the keyframes of a segment, at least one, into a document."""
    ordered = sorted(keyframes, key=keyframe_order)
    first, last = ordered[0], ordered[-1]
    frames = []
    for keyframe in ordered:
        plain = documents.keyframe_document(keyframe)
        parts = [plain[name] for name in _FIELDS if name in plain]
        frames.append([keyframe.instant.us - first.instant.us, *parts])
    return {
        "camera": first.camera,
        "segment": first.segment,
        "instant_us": first.instant.us,
        "last_us": last.instant.us,
        "frames": frames,
    }


def keyframes_from(document: Mapping[str, object]) -> list[Keyframe]:
    """Read the keyframes of a segment, or the single keyframe of an old document.

    Raises:
        DataLoss: The document is malformed.
    """
    if "frames" not in document:
        return [documents.keyframe_from(document)]
    frames, first_us = document["frames"], document.get("instant_us")
    if not isinstance(frames, list) or not isinstance(first_us, int):
        raise DataLoss(f"keyframes in the catalogue are unreadable: {document!r}")
    return [_keyframe(document, first_us, frame) for frame in frames]


def in_order(packed: Iterable[Mapping[str, object]], interval: Interval) -> Iterator[Keyframe]:
    """Yield keyframes in `interval` by instant, segment and offset.

    Args:
        packed: Documents by the instant of the first keyframe: few are open at a time.
        interval: The time asked for.
    """
    waiting: list[tuple[tuple[object, ...], Keyframe]] = []
    for document in packed:
        keyframes = keyframes_from(document)
        while waiting and waiting[0][1].instant < keyframes[0].instant:
            yield heapq.heappop(waiting)[1]
        for keyframe in keyframes:
            if keyframe.instant in interval:
                heapq.heappush(waiting, (keyframe_order(keyframe), keyframe))
    while waiting:
        yield heapq.heappop(waiting)[1]


def interval_from(document: Mapping[str, object]) -> Interval:
    """Read the interval of a segment; raises DataLoss when the document is malformed."""
    start, end = document.get("start_us"), document.get("end_us")
    if not isinstance(start, int) or not isinstance(end, int):
        raise DataLoss(f"a segment in the catalogue has no interval: {document!r}")
    return Interval(Instant(start), Instant(end))


def _keyframe(document: Mapping[str, object], first_us: int, frame: object) -> Keyframe:
    if not isinstance(frame, list) or len(frame) not in {_ALONE, _ALONE + 1}:
        raise DataLoss(f"a keyframe in the catalogue is unreadable: {frame!r}")
    after_us, *parts = frame
    if not isinstance(after_us, int):
        raise DataLoss(f"a keyframe in the catalogue is unreadable: {frame!r}")
    return documents.keyframe_from(
        {
            "camera": document.get("camera"),
            "segment": document.get("segment"),
            "instant_us": first_us + after_us,
            **dict(zip(_FIELDS, parts, strict=len(frame) > _ALONE)),
        }
    )
