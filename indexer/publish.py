"""Publishing of segments that were looked at, in groups of many cameras.

A group is published in this order: keyframes, vectors, marks; each in one call for all segments of
the group. The marks come last, so a crash anywhere before leaves the group's segments unindexed and
the next run indexes them again; vectors are replaced by (segment, offset, box) and keyframes by
segment, so nothing is stored twice. A crash inside a call may leave the call done for some segments
of the group: each such segment is complete up to this step, so the same holds for each segment.

Code that removes the vectors of a segment that stays (purge, reindexing) removes the keyframes next
and the marks last: an indexer that has set the mark and misses the keyframes knows that the vectors
may be gone (invariant 6). Code that removes a segment for good removes its vectors once more after
the segment: an indexer asks which segments exist after its vectors are added, so either the indexer
misses the segment and removes its own rows, or the purge removes them (invariant 3). Both arguments
are about a single segment and the order of calls; a group only widens the time between the calls.

After a crash the background is learnt anew and a region may be cut a little differently: then the
older crop stays beside the newer crop and both lead to the same moment.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.day import day_of
from footage.encoder import Vectors
from footage.errors import DataLoss, NotFound
from footage.looking import LOOK_EVERY, loose_mark
from indexer.report import IndexReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.ids import CameraId, SegmentKey
    from footage.instant import Elapsed, Instant
    from footage.keyframe import Keyframe
    from footage.picture import Picture
    from footage.ports import Catalogue, Encoder, VectorIndex, VectorRow
    from footage.segment import Segment
    from indexer.memory import Memory

PICTURES_AT_ONCE: Final = 32
"""Pictures encoded in one call; a picture is reduced to 3 times the encoder's input each way
(`indexer.extract`), so 32 pictures in 16:9 of a 256 x 256 encoder are 100 MB."""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A segment that was looked at and is not published yet.

    Attributes:
        keyframes: All keyframes of the segment, with the gate's decisions.
        rows: A row for each picture that was embedded.
        unreadable: Why the segment or some of its keyframes cannot be decoded; "" when none.
        after: Memory of the camera once the segment is published; None leaves the memory as is.
        apart: Whether time of the segment lies far from any looked-at picture.
        far_keyframes: Whether the keyframes lie further apart than a camera should send.
    """

    segment: Segment
    keyframes: tuple[Keyframe, ...]
    rows: tuple[VectorRow, ...] = ()
    unreadable: str = ""
    after: Memory | None = None
    apart: bool = False
    far_keyframes: bool = False


@dataclass(slots=True)
class Group:
    """Segments to publish together; the pictures of all are encoded in batches of the same size.

    Pictures are dropped once encoded, so at most `pictures_at_once` are held; rows and vectors stay
    until the group is published.

    Attributes:
        memory: By camera, memory once the group is published.
    """

    encoder: Encoder
    pictures_at_once: int = PICTURES_AT_ONCE
    looked: list[Unpublished] = field(default_factory=list, init=False)
    memory: dict[CameraId, Memory] = field(default_factory=dict, init=False)
    _waiting: list[Picture] = field(default_factory=list, init=False)
    _encoded: bytearray = field(default_factory=bytearray, init=False)

    def add(self, looked: Unpublished, pictures: Iterable[Picture] = ()) -> None:
        """Take a segment and its pictures, which are drawn one by one: a picture for each row."""
        for picture in pictures:
            self._waiting.append(picture)
            if len(self._waiting) == self.pictures_at_once:
                self._encode()
        self.looked.append(looked)
        if looked.after:
            self.memory[looked.segment.camera] = looked.after

    def vectors(self) -> list[Vectors]:
        """Encode the last pictures; return the vectors of each segment, a vector for each row."""
        if self._waiting:
            self._encode()
        dimension, at, found = self.encoder.identity.dimension, 0, []
        for looked in self.looked:
            end = at + 4 * dimension * len(looked.rows)
            found.append(Vectors(dimension, bytes(self._encoded[at:end])))
            at = end
        return found

    def _encode(self) -> None:
        self._encoded += self.encoder.encode_pictures(self._waiting).data
        self._waiting.clear()


_Entry = tuple[Unpublished, Vectors]


class Publisher:
    """Writes what an encoder found into catalogue and vector index.

    Args:
        catalogue: The catalogue.
        vectors: The vector index.
        encoder: The encoder that looked.
        promised: By camera, the day that last got the encoder's `vectors_mark`; kept up to date.
        every: Most time between two pictures that were looked at.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        vectors: VectorIndex,
        encoder: Encoder,
        promised: dict[CameraId, Instant] | None = None,
        every: Elapsed = LOOK_EVERY,
    ) -> None:
        self._catalogue, self._vectors = catalogue, vectors
        self._identity = encoder.identity
        self._promised = {} if promised is None else promised
        self._every = every

    def publish(self, group: Group) -> tuple[IndexReport, list[Unpublished]]:
        """Publish a group; return a report and the segments that are done with.

        Where the group cannot be written as a whole since data is damaged, each segment is written
        alone. A segment that cannot be written even so is refused. Later segments of its camera are
        not marked, so that they are looked at again: the gate compared them with keyframes of the
        refused segment.

        Raises:
            Unavailable: Catalogue or vectors cannot be reached; publish again later.
        """
        entries = list(zip(group.looked, group.vectors(), strict=True))
        try:
            return self._together(entries), group.looked
        except DataLoss:
            return self._one_by_one(entries)

    def _together(self, entries: Sequence[_Entry]) -> IndexReport:
        gone = self._write(entries)
        there = [looked for looked, _ in entries if looked.segment.key not in gone]
        self._mark(there)
        lost = self._vectors_may_be_gone([looked.rows[0] for looked in there if looked.rows])
        done = (_report(looked) for looked in there if looked.segment.key not in lost)
        return sum(done, IndexReport(gone=tuple(sorted(gone))))

    def _one_by_one(self, entries: Sequence[_Entry]) -> tuple[IndexReport, list[Unpublished]]:
        report, published = IndexReport(), []
        unsure: set[CameraId] = set()
        for entry in entries:
            segment = entry[0].segment
            try:
                if segment.camera in unsure:
                    # Written without a mark: this tells now whether the segment is refused, too.
                    report += IndexReport(gone=tuple(self._write([entry])))
                else:
                    report += self._together([entry])
                    published.append(entry[0])
            except DataLoss as exc:
                report += IndexReport(refused=((segment.key, str(exc)),))
                unsure.add(segment.camera)
        return report, published

    def _write(self, entries: Sequence[_Entry]) -> set[SegmentKey]:
        """Write keyframes, then vectors; return the segments that were purged meanwhile.

        What was written of these segments is removed (invariant 3).
        """
        self._catalogue.add_keyframes(k for looked, _ in entries for k in looked.keyframes)
        rows = [row for looked, _ in entries for row in looked.rows]
        if rows:
            data = b"".join(vectors.data for _, vectors in entries)
            self._vectors.add(self._identity, rows, Vectors(self._identity.dimension, data))
        keys = {looked.segment.key for looked, _ in entries}
        gone = keys - self._catalogue.existing(keys)
        if gone:
            self._vectors.remove(gone)
            self._catalogue.remove_keyframes(gone)
        return gone

    def _mark(self, looked: Sequence[Unpublished]) -> None:
        """Mark segments as indexed; the marks that limit what was looked at are set before."""
        readable = [one.segment.key for one in looked if not one.unreadable]
        unreadable = [one.segment.key for one in looked if one.unreadable]
        if readable:  # on indexing again, a segment may have become readable
            self._catalogue.unmark_indexed(readable, self._identity.unreadable_mark)
        if unreadable:
            self._catalogue.mark_indexed(unreadable, self._identity.unreadable_mark)
        keys = [*readable, *unreadable]
        # These stay when the segment is looked at again: each only makes an answer say less.
        if some := [one.segment.key for one in looked if one.apart]:
            self._catalogue.mark_indexed(some, self._identity.apart_mark)
        if some := [one.segment.key for one in looked if one.far_keyframes]:
            self._catalogue.mark_indexed(some, self._identity.far_keyframes_mark)
        if keys and self._every > LOOK_EVERY:
            self._catalogue.mark_indexed(keys, loose_mark(self._identity.digest, self._every))
        if first := self._first_with_vectors(looked):
            self._catalogue.mark_indexed(list(first.values()), self._identity.vectors_mark)
            self._promised.update(first.keys())
        if keys:
            self._catalogue.mark_indexed(keys, self._identity.digest)

    def _first_with_vectors(
        self, looked: Sequence[Unpublished]
    ) -> dict[tuple[CameraId, Instant], SegmentKey]:
        """Return a segment with vectors for each camera and day without a promise so far.

        The vectors are of the day on which the segment starts, so that the promise is for one day.
        """
        first: dict[tuple[CameraId, Instant], SegmentKey] = {}
        for one in looked:
            if one.rows:
                camera, day = one.segment.camera, day_of(one.segment.interval.start)
                if self._promised.get(camera) != day == day_of(one.rows[0].instant):
                    first.setdefault((camera, day), one.segment.key)
        return first

    def _vectors_may_be_gone(self, rows: Sequence[VectorRow]) -> set[SegmentKey]:
        """Return the segments whose vectors may be gone, of segments with these first rows.

        The marks of these segments are removed, so that they wait for indexing again; see the
        module docstring.
        """
        lost = set()
        for row in rows:
            try:
                self._catalogue.keyframe(row.segment, row.offset)
            except NotFound:
                lost.add(row.segment)
                self._promised.pop(row.camera, None)  # the promise may go with the mark below
        if lost:
            self._catalogue.unmark_indexed(lost, self._identity.digest)
            self._catalogue.unmark_indexed(lost, self._identity.vectors_mark)
        return lost


def _report(looked: Unpublished) -> IndexReport:
    gates = Counter(keyframe.gate for keyframe in looked.keyframes)
    unreadable = ((looked.segment.key, looked.unreadable),) if looked.unreadable else ()
    return IndexReport(1, len(looked.rows), gates, unreadable=unreadable)
