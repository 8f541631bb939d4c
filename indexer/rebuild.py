"""Rebuilding the catalogue from the object store, which is the root of truth.

Keys and metadata suffice for segments; keyframes come back by indexing again. Gaps that recorders
and imports had finished lie in the store as copies (`footage.gap_copies`); a gap that still grows
comes back with its recorder's next row, expired gaps from the register (`retention.expired`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage import originals
from footage.day import day_of
from footage.errors import BadInput, DataLoss, UnreadableObjects
from footage.gap_copies import PREFIX, gaps_of, is_gap_key
from footage.partkey import is_part_key
from footage.segment_metadata import from_metadata
from indexer.summaries import derive_summaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.ports import Catalogue, ObjectStore, StoredObject
    from footage.segment import Segment
    from footage.span import Gap, GapReason

BATCH: Final = 500
_NO_SEGMENTS: Final = (is_part_key, is_gap_key, originals.is_original_key)
"""Keys of copies of vectors and gaps, and of original files: beside the segments."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Result of rebuilding the catalogue from the object store.

    Attributes:
        segments: Number of segments added.
        passed_over: Objects that are no segment of Footage, and why.
        unreadable: Objects the store could not describe, and why; the segments are missing from the
            catalogue.
        mended: Number of day summaries that were not the sum of their segments.
        gaps: Number of gaps added.
        originals: Number of original files of imports; a segment's run leads to its file, so the
            catalogue has no record of these.
        lone: Keys of original files of which the store has no segment.
    """

    segments: int
    passed_over: tuple[tuple[str, str], ...]
    unreadable: tuple[tuple[str, str], ...] = ()
    mended: int = 0
    gaps: int = 0
    originals: int = 0
    lone: tuple[str, ...] = ()


def rebuild_catalogue(
    store: ObjectStore, catalogue: Catalogue, progress: Callable[[int, int], None] | None = None
) -> Rebuilt:
    """Add every stored segment and copied gap to the catalogue, then derive all day summaries anew.

    A segment that the catalogue has already is written again where its record differs.

    Raises:
        Unavailable: Store or catalogue cannot be reached; another rebuild is harmless.
    """
    passed_over: list[tuple[str, str]] = []
    unreadable: list[tuple[str, str]] = []
    found = _segments(_readable(store, unreadable), passed_over)
    count, days = 0, set()
    while batch := list(islice(found, BATCH)):
        catalogue.add_segments(batch)
        count += len(batch)
        days |= {(segment.camera, day_of(segment.interval.start)) for segment in batch}
        if progress:
            progress(count, count)
    gaps = _add_gaps(store, catalogue, passed_over)
    mended = derive_summaries(catalogue, days)
    files, lone = _originals(store, catalogue, passed_over)
    return Rebuilt(
        *(count, tuple(passed_over), tuple(unreadable), mended, gaps), files, tuple(lone)
    )


def _originals(
    store: ObjectStore, catalogue: Catalogue, passed_over: list[tuple[str, str]]
) -> tuple[int, list[str]]:
    """Count the original files, and name those of which no segment is left."""
    count, lone = 0, []
    for stored in _readable(store, [], originals.PREFIX):
        if not originals.is_original_key(stored.key):
            continue
        try:
            original = originals.from_stored(stored)
        except DataLoss as exc:
            passed_over.append((stored.key, str(exc)))
            continue
        count += 1
        if next(originals.segments_left(catalogue, original), None) is None:
            lone.append(stored.key)
    return count, lone


def _add_gaps(store: ObjectStore, catalogue: Catalogue, passed_over: list[tuple[str, str]]) -> int:
    """Add all copied gaps, the longest of those with the same camera, start and reason."""
    found: dict[tuple[CameraId, Instant, GapReason], Gap] = {}
    for stored in _readable(store, [], PREFIX):
        if not is_gap_key(stored.key):
            continue
        try:
            gaps = gaps_of(store, stored)
        except DataLoss as exc:
            passed_over.append((stored.key, str(exc)))
            continue
        for gap in gaps:
            name = (gap.camera, gap.interval.start, gap.reason)
            if name not in found or found[name].interval.end < gap.interval.end:
                found[name] = gap
    for at in range(0, len(found), BATCH):
        catalogue.add_gaps(list(islice(found.values(), at, at + BATCH)))
    return len(found)


def _readable(
    store: ObjectStore, unreadable: list[tuple[str, str]], prefix: str = ""
) -> Iterator[StoredObject]:
    try:
        yield from store.list(prefix)
    except UnreadableObjects as exc:  # raised after all readable objects were listed
        unreadable += exc.found


def _segments(
    objects: Iterator[StoredObject], passed_over: list[tuple[str, str]]
) -> Iterator[Segment]:
    for stored in objects:
        if any(is_other(stored.key) for is_other in _NO_SEGMENTS):
            continue
        try:
            yield _segment(stored)
        except (BadInput, DataLoss) as exc:
            passed_over.append((stored.key, str(exc)))


def _segment(stored: StoredObject) -> Segment:
    return from_metadata(stored.key, stored.size_bytes, stored.digest, stored.metadata)
