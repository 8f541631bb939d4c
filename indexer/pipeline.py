"""The indexer: reads, gates, embeds and publishes, segment by segment.

A segment is published in this order: keyframes, vectors, mark. The mark comes last, so a crash
anywhere before the mark leaves the segment unindexed and the next run indexes the segment again;
vectors are replaced by (segment, offset, box) and keyframes by (segment, offset), so nothing is
stored twice. Code that removes the vectors of a segment that stays (purge, reindexing) removes the
keyframes next and the marks last: an indexer that has set the mark and misses the keyframes knows
that the vectors may be gone (invariant 6). After a crash the background is learnt anew and a region
may be cut a little differently: then the older crop stays beside the newer crop and both lead to
the same moment.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from footage.encoder import Vectors
from footage.errors import DataLoss, NotFound, Unavailable
from footage.instant import Elapsed
from footage.keyframe import Gate, Keyframe
from footage.ports import VectorRow
from indexer.background import Background, learn
from indexer.extract import Reel, Shot, looks, read_reel
from indexer.report import IndexReport
from indexer.sampling import Embedded, GateDecision, decide_gate
from indexer.thumb import Thumb, shrink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.clock import Clock
    from footage.ids import CameraId, SegmentKey
    from footage.keyframe import Box
    from footage.ports import Catalogue, Decoder, Encoder, ObjectStore, VectorIndex
    from footage.segment import Segment

SEGMENTS_AT_ONCE: Final = 8
"""Segments of a camera that are read together to learn the background; 40 MB at 4 Mbit/s."""
SHOTS_AT_ONCE: Final = 4
"""Keyframes decoded together for embedding: at most 28 crops for the encoder, 25 MB at 1080p."""
POLL: Final = Elapsed.parse("2s")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Memory:
    """Background and last embedded keyframe of a camera, from the segments indexed before."""

    background: Background | None = None
    last: Embedded | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A keyframe and the verdict of the change gate."""

    shot: Shot
    verdict: GateDecision


@dataclass(slots=True)
class Indexer:
    """Indexes every stored segment that the encoder has not looked at.

    A single indexer runs per encoder; the indexer may stop and start anywhere.

    Attributes:
        batch: Number of segments asked of the catalogue at once.
    """

    store: ObjectStore
    catalogue: Catalogue
    vectors: VectorIndex
    encoder: Encoder
    decoder: Decoder
    clock: Clock
    batch: int = 64
    _memory: dict[CameraId, _Memory] = field(default_factory=dict, init=False)

    def run_once(
        self,
        progress: Callable[[IndexReport], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> IndexReport:
        """Index all waiting segments, oldest first, each camera's segments in the order of time.

        Args:
            progress: Called with the sums so far after each segment.
            stop: Called after each group of segments; True ends the run.

        Raises:
            Unavailable: Store, catalogue or vectors cannot be reached; call again later.
            DataLoss: Some segments could not be made searchable, e.g. since a vector shard is
                damaged; raised after all other segments are indexed.
        """
        report = IndexReport()
        while not stop() and (group := self._waiting(report)):
            for part in self._groups(group):
                if stop():
                    break
                for done in self._index(part):
                    report += done
                    if progress:
                        progress(report)
        if report.refused:
            key, why = report.refused[0]
            raise DataLoss(f"{len(report.refused)} segments not indexed, the first {key}: {why}")
        return report

    def follow(
        self,
        stop: Callable[[], bool],
        progress: Callable[[IndexReport], None] | None = None,
        poll: Elapsed = POLL,
    ) -> None:
        """Index new segments until `stop` returns True; after a failure all is tried again."""
        while not stop():
            try:
                self.run_once(progress, stop)
            except (Unavailable, DataLoss) as exc:
                _log.warning("indexing waits: %s", exc)
            self.clock.sleep(poll)

    def _waiting(self, report: IndexReport) -> list[Segment]:
        """Return the next waiting segments that this run has not tried."""
        tried = {*report.gone, *(key for key, _ in report.refused)}
        limit = self.batch + len(tried)
        waiting = self.catalogue.unindexed(self.encoder.identity.digest, limit=limit)
        return [segment for segment in waiting if segment.key not in tried]

    @staticmethod
    def _groups(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
        ordered = sorted(segments, key=lambda s: (s.camera, s.interval.start, s.key))
        for _, of_camera in groupby(ordered, key=lambda s: s.camera):
            mine = list(of_camera)
            for at in range(0, len(mine), SEGMENTS_AT_ONCE):
                yield mine[at : at + SEGMENTS_AT_ONCE]

    def _index(self, segments: Sequence[Segment]) -> Iterator[IndexReport]:
        """Index segments of the same camera; yield a report for each segment."""
        camera = segments[0].camera
        reels: list[Reel] = []
        for segment in segments:
            try:
                reels.append(read_reel(self.store, segment))
            except NotFound:
                yield IndexReport(gone=(segment.key,))
            except DataLoss as exc:
                yield self._give_up(segment, str(exc))
        seen = [self._thumbs(reel) for reel in reels]
        thumbs = [thumb for of_reel in seen for thumb in of_reel if thumb is not None]
        memory = self._memory.get(camera, _Memory())
        if thumbs:
            memory = replace(memory, background=learn(thumbs, memory.background))
        for reel, of_reel in zip(reels, seen, strict=True):
            judged, after = _judge(reel, of_reel, memory)
            try:
                yield self._publish(reel, judged)
            except DataLoss as exc:
                yield IndexReport(refused=((reel.segment.key, str(exc)),))
                continue
            # Only after publishing: a segment that was not published must be judged again as if its
            # keyframes had not been seen.
            self._memory[camera] = memory = after

    def _thumbs(self, reel: Reel) -> list[Thumb | None]:
        return [self._thumb(reel, shot) for shot in reel.shots]

    def _thumb(self, reel: Reel, shot: Shot) -> Thumb | None:
        try:
            return shrink(self.decoder.decode(reel.init, shot.data))
        except DataLoss as exc:
            _log.warning("%s at byte %d: %s", reel.segment.key, shot.offset, exc)
            return None

    def _publish(self, reel: Reel, judged: Sequence[_Judged]) -> IndexReport:
        """Publish keyframes, vectors and mark of a segment in the order of the module docstring."""
        key, identity = reel.segment.key, self.encoder.identity
        rows, vectors = self._embed(reel, [j for j in judged if j.verdict.embed])
        self.catalogue.add_keyframes(_keyframe(reel.segment, j) for j in judged)
        if rows:
            self.vectors.add(identity, rows, vectors)
        if self._was_deleted(key):
            return IndexReport(gone=(key,))
        gates = Counter(j.verdict.gate for j in judged)
        unreadable: tuple[tuple[SegmentKey, str], ...] = ()
        if gates[Gate.UNREADABLE]:
            why = f"{gates[Gate.UNREADABLE]} of {len(judged)} keyframes cannot be decoded"
            unreadable = ((key, why),)
            self.catalogue.mark_indexed([key], identity.unreadable_mark)
        else:  # on indexing again, the segment may have become readable
            self.catalogue.unmark_indexed([key], identity.unreadable_mark)
        self.catalogue.mark_indexed([key], identity.digest)
        if rows and self._vectors_may_be_gone(rows[0]):
            return IndexReport()
        return IndexReport(1, len(rows), gates, unreadable=unreadable)

    def _give_up(self, segment: Segment, why: str) -> IndexReport:
        """Record that a segment cannot be read, so that none is retried for ever or hidden."""
        verdict = Keyframe(
            segment.camera,
            segment.interval.start,
            segment.key,
            0,
            segment.size_bytes,
            Gate.UNREADABLE,
        )
        self.catalogue.add_keyframes([verdict])
        if self._was_deleted(segment.key):
            return IndexReport(gone=(segment.key,))
        self.catalogue.mark_indexed([segment.key], self.encoder.identity.unreadable_mark)
        self.catalogue.mark_indexed([segment.key], self.encoder.identity.digest)
        _log.warning("%s cannot be read: %s", segment.key, why)
        gates = Counter({Gate.UNREADABLE: 1})
        return IndexReport(1, gates=gates, unreadable=((segment.key, why),))

    def _embed(self, reel: Reel, judged: Sequence[_Judged]) -> tuple[list[VectorRow], Vectors]:
        rows: list[VectorRow] = []
        data: list[bytes] = []
        for at in range(0, len(judged), SHOTS_AT_ONCE):
            found = [
                (_row(reel.segment, j.shot, box), picture)
                for j in judged[at : at + SHOTS_AT_ONCE]
                for box, picture in looks(
                    self.decoder.decode(reel.init, j.shot.data), j.verdict.regions
                )
            ]
            rows += [row for row, _ in found]
            data.append(self.encoder.encode_pictures([picture for _, picture in found]).data)
        return rows, Vectors(self.encoder.identity.dimension, b"".join(data))

    def _was_deleted(self, key: SegmentKey) -> bool:
        """Return whether a segment was purged meanwhile.

        If so, remove what was published of the segment (invariant 3).
        """
        try:
            self.catalogue.segment(key)
        except NotFound:
            self.vectors.remove([key])
            self.catalogue.remove_keyframes([key])
            return True
        return False

    def _vectors_may_be_gone(self, row: VectorRow) -> bool:
        """Return whether the vectors of a segment may be gone.

        If so, remove the mark of the segment, so that the segment waits for indexing again; see the
        module docstring.
        """
        try:
            self.catalogue.keyframe(row.segment, row.offset)
        except NotFound:
            self.catalogue.unmark_indexed([row.segment], self.encoder.identity.digest)
            return True
        return False


def _judge(
    reel: Reel, thumbs: Sequence[Thumb | None], memory: _Memory
) -> tuple[list[_Judged], _Memory]:
    """Judge the keyframes of a segment; return verdicts and the memory for the next segment."""
    judged: list[_Judged] = []
    for shot, thumb in zip(reel.shots, thumbs, strict=True):
        if thumb is None or memory.background is None:
            judged.append(_Judged(shot, GateDecision(Gate.UNREADABLE, 0.0)))
            continue
        verdict = decide_gate(thumb, shot.instant, memory.background, memory.last)
        if verdict.embed:
            memory = replace(memory, last=Embedded(thumb, shot.instant))
        judged.append(_Judged(shot, verdict))
    return judged, memory


def _keyframe(segment: Segment, judged: _Judged) -> Keyframe:
    shot, verdict = judged.shot, judged.verdict
    return Keyframe(
        camera=segment.camera,
        instant=shot.instant,
        segment=segment.key,
        offset=shot.offset,
        length=shot.length,
        gate=verdict.gate,
        change=verdict.change,
        regions=verdict.regions,
    )


def _row(segment: Segment, shot: Shot, box: Box) -> VectorRow:
    return VectorRow(segment.camera, shot.instant, segment.key, shot.offset, shot.length, box)
