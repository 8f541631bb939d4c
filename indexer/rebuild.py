"""Rebuilding the catalogue from the object store, which is the root of truth.

Keys and metadata suffice for segments; keyframes come back by indexing again. Gaps that recorders
and imports had finished lie in the store as copies (`footage.gap_copies`); a gap that still grows
comes back with its recorder's next row, expired gaps from the register (`retention.expired`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage import originals
from footage.day import day_of
from footage.errors import BadInput, DataLoss, UnreadableObjects
from footage.gap_copies import gaps_of, is_gap_key
from footage.ledger_objects import is_ledger_key
from footage.partkey import is_part_key
from footage.segment_metadata import from_metadata
from indexer.summaries import derive_summaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.originals import Original
    from footage.ports import Catalogue, ObjectStore, StoredObject
    from footage.segment import Segment
    from footage.span import Gap, GapReason


BATCH: Final = 500


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
        lone: Keys of original files of which the catalogue has no segment now: none is stored, or
            those stored are unreadable.
    """

    segments: int
    passed_over: tuple[tuple[str, str], ...]
    unreadable: tuple[tuple[str, str], ...] = ()
    mended: int = 0
    gaps: int = 0
    originals: int = 0
    lone: tuple[str, ...] = ()


@dataclass(slots=True)
class _Beside:
    """Objects of a store beside the segments, gathered while the store is listed.

    Attributes:
        gaps: Copied gaps; of copies of the same camera, start and reason the longest.
        files: Original files of imports.
        passed_over: Key of each object that is none of Footage's, and the reason.
    """

    gaps: dict[tuple[CameraId, Instant, GapReason], Gap] = field(default_factory=dict)
    files: list[Original] = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)

    def take_gaps(self, copied: Iterable[Gap]) -> None:
        """Add copies of gaps."""
        for gap in copied:
            name = (gap.camera, gap.interval.start, gap.reason)
            if name not in self.gaps or self.gaps[name].interval.end < gap.interval.end:
                self.gaps[name] = gap


def rebuild_catalogue(
    store: ObjectStore, catalogue: Catalogue, progress: Callable[[int, int], None] | None = None
) -> Rebuilt:
    """Add every stored segment and copied gap to the catalogue, then derive all day summaries anew.

    The store is listed once: a listing of a city's bucket takes hours.
    A segment that the catalogue has already is written again where its record differs.

    Raises:
        Unavailable: Store or catalogue cannot be reached; another rebuild is harmless.
    """
    unreadable: list[tuple[str, str]] = []
    beside = _Beside()
    found = _segments(store, _readable(store, unreadable), beside)
    count, days = 0, set()
    while batch := list(islice(found, BATCH)):
        catalogue.add_segments(batch)
        count += len(batch)
        days |= {(segment.camera, day_of(segment.interval.start)) for segment in batch}
        if progress:
            progress(count, count)
    gaps = list(beside.gaps.values())
    for at in range(0, len(gaps), BATCH):
        catalogue.add_gaps(gaps[at : at + BATCH])
    mended = derive_summaries(catalogue, days)
    lone = [one.key for one in beside.files if _is_lone(catalogue, one)]
    return Rebuilt(
        *(count, tuple(beside.passed_over), tuple(unreadable), mended, len(gaps)),
        *(len(beside.files), tuple(lone)),
    )


def _is_lone(catalogue: Catalogue, original: Original) -> bool:
    """Whether no segment of an original file is left."""
    return next(originals.segments_left(catalogue, original), None) is None


def _readable(store: ObjectStore, unreadable: list[tuple[str, str]]) -> Iterator[StoredObject]:
    """List the store, once; what cannot be read is added to `unreadable` at the end."""
    try:
        yield from store.list()
    except UnreadableObjects as exc:  # raised after all readable objects were listed
        unreadable += exc.found


def _segments(
    store: ObjectStore, objects: Iterator[StoredObject], beside: _Beside
) -> Iterator[Segment]:
    """Yield the segments among `objects`; add all else to `beside`."""
    for stored in objects:
        if is_part_key(stored.key) or is_ledger_key(stored.key):
            continue  # a copy of vectors, or a part of the ledger
        try:
            if is_gap_key(stored.key):
                beside.take_gaps(gaps_of(store, stored))
            elif originals.is_original_key(stored.key):
                beside.files.append(originals.from_stored(stored))
            else:
                yield _segment(stored)
        except (BadInput, DataLoss) as exc:
            beside.passed_over.append((stored.key, str(exc)))


def _segment(stored: StoredObject) -> Segment:
    return from_metadata(stored.key, stored.size_bytes, stored.digest, stored.metadata)
