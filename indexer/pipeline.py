"""The indexer: reads, gates and embeds stored segments, and publishes them in groups.

The segments of a camera that wait are read together, up to `SEGMENTS_AT_ONCE`, to learn the
background; their keyframes are judged and embedded segment by segment. Pictures to embed and
segments to publish are collected over cameras: `indexer.publish` says in which order a group is
written, and why a crash anywhere loses and doubles nothing.

Memory: coded keyframes of `SEGMENTS_AT_ONCE` segments (40 MB at 4 Mbit/s), or the whole segments
where pictures between keyframes are looked at (240 MB, of 60 s each); decoded pictures up to
`indexer.frames.FRAME_BYTES`, pictures for the encoder up to `indexer.publish.PICTURES_AT_ONCE`, and
the rows and vectors of a group.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss, NotFound, Unavailable
from footage.instant import Elapsed
from footage.keyframe import WHOLE, Gate, Keyframe
from footage.looking import LOOK_EVERY, apart, keyframes_far_apart
from footage.ports import VectorRow
from indexer.background import learn
from indexer.extract import Reel, Shot, looks, read_reel
from indexer.frames import Frames
from indexer.memory import Memory
from indexer.publish import PICTURES_AT_ONCE, Group, Publisher, Unpublished
from indexer.report import IndexReport
from indexer.sampling import Embedded, GateDecision, decide_gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.clock import Clock
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant
    from footage.keyframe import Box
    from footage.picture import Picture
    from footage.ports import Catalogue, Decoder, Encoder, ObjectStore, VectorIndex
    from footage.segment import Segment
    from indexer.thumb import Thumb

    Cameras = Callable[[], frozenset[CameraId] | None]

SEGMENTS_AT_ONCE: Final = 8
"""Segments of a camera that are read together to learn the background; 40 MB at 4 Mbit/s."""
GROUP_SEGMENTS: Final = 64
"""Segments published together: 4 s of a city of 950 cameras."""
GROUP_TIME: Final = Elapsed.parse("5s")
"""Longest time from the first segment of a group until the group is published, but for the part of
a camera that is being looked at."""
POLL: Final = Elapsed.parse("2s")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A keyframe and the verdict of the change gate."""

    shot: Shot
    verdict: GateDecision


@dataclass(slots=True)
class Indexer:
    """Indexes every stored segment that the encoder has not looked at.

    Indexers of the same encoder share the cameras (`indexer.camera_share`); an indexer may stop and
    start anywhere.

    Attributes:
        batch: Number of segments asked of the catalogue at once.
        group_segments: Number of segments after which a group is published.
        group_time: Time after which a group is published.
        pictures_at_once: Number of pictures the encoder gets in one call.
        look_every: Most time between two pictures that are looked at (`footage.looking`).
    """

    store: ObjectStore
    catalogue: Catalogue
    vectors: VectorIndex
    encoder: Encoder
    decoder: Decoder
    clock: Clock
    batch: int = GROUP_SEGMENTS
    group_segments: int = GROUP_SEGMENTS
    group_time: Elapsed = GROUP_TIME
    pictures_at_once: int = PICTURES_AT_ONCE
    look_every: Elapsed = LOOK_EVERY
    _memory: dict[CameraId, Memory] = field(default_factory=dict, init=False)
    _promised: dict[CameraId, Instant] = field(default_factory=dict, init=False)

    def run_once(
        self,
        progress: Callable[[IndexReport], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
        cameras: Cameras = lambda: None,
    ) -> IndexReport:
        """Index all waiting segments, oldest first, each camera's segments in the order of time.

        Args:
            progress: Called with the sums so far after each published group.
            stop: Called after each camera's segments; True publishes what was looked at and ends
                the run.
            cameras: Called for each batch; returns the cameras to index, None for all.

        Raises:
            Unavailable: Store, catalogue or vectors cannot be reached; call again later.
            DataLoss: Some segments could not be made searchable, e.g. since a vector shard is
                damaged; raised after all other segments are indexed.
        """
        report = IndexReport()
        while not stop() and (waiting := self._waiting(report, cameras())):
            for done in self._index(waiting, stop):
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
        cameras: Cameras = lambda: None,
    ) -> None:
        """Index new segments until `stop` returns True; after a failure all is tried again."""
        while not stop():
            try:
                self.run_once(progress, stop, cameras)
            except (Unavailable, DataLoss) as exc:
                _log.warning("indexing waits: %s", exc)
            self.clock.sleep(poll)

    def _waiting(self, report: IndexReport, cameras: frozenset[CameraId] | None) -> list[Segment]:
        """Return the next waiting segments that this run has not tried."""
        tried = {*report.gone, *(key for key, _ in report.refused)}
        limit = self.batch + len(tried)
        waiting = self.catalogue.unindexed(
            self.encoder.identity.digest, limit=limit, cameras=cameras
        )
        return [segment for segment in waiting if segment.key not in tried]

    def _index(self, waiting: Sequence[Segment], stop: Callable[[], bool]) -> Iterator[IndexReport]:
        """Look at waiting segments and publish them; yield a report for each published group."""
        group, begun = Group(self.encoder, self.pictures_at_once), self.clock.monotonic()
        for part in _parts(waiting):
            try:
                if gone := self._look(part, group):
                    yield IndexReport(gone=gone)
            except Unavailable:
                # An object that cannot be read must not keep back, at each attempt, the segments
                # that were looked at before.
                self._publish(group)
                raise
            late = self.clock.monotonic() - begun >= self.group_time
            if group.looked and (late or len(group.looked) >= self.group_segments):
                yield self._publish(group)
                group, begun = Group(self.encoder, self.pictures_at_once), self.clock.monotonic()
            if stop():
                break
        if group.looked:
            yield self._publish(group)

    def _look(self, segments: Sequence[Segment], group: Group) -> tuple[SegmentKey, ...]:
        """Look at segments of the same camera; return those that are no longer in the store."""
        camera, gone = segments[0].camera, []
        reels: list[Reel] = []
        unreadable: list[Unpublished] = []
        for segment in segments:
            try:
                reels.append(read_reel(self.store, segment, self.look_every))
            except NotFound:
                gone.append(segment.key)
            except DataLoss as exc:
                unreadable.append(_unreadable(segment, str(exc)))
        frames = Frames(self.decoder)
        seen = [frames.thumbs(reel) for reel in reels]
        thumbs = [thumb for of_reel in seen for thumb in of_reel if thumb is not None]
        memory = group.memory.get(camera) or self._memory.get(camera) or Memory()
        if thumbs:
            memory = replace(memory, background=learn(thumbs, memory.background))
        for reel, of_reel in zip(reels, seen, strict=True):
            judged, memory = _judge(reel, of_reel, memory)
            looked = _looked(reel, judged, memory, self.look_every)
            group.add(looked, self._pictures(frames, reel, judged))
            frames.drop(reel)
        for lost in unreadable:
            group.add(lost)
        return tuple(gone)

    def _pictures(self, frames: Frames, reel: Reel, judged: Sequence[_Judged]) -> Iterator[Picture]:
        """Yield the pictures to embed, in the order of the rows of `_looked`."""
        chosen = [each for each in judged if each.verdict.embed]
        decoded = frames.pictures(reel, [each.shot for each in chosen])
        for each, keyframe in zip(chosen, decoded, strict=True):
            for _, picture in looks(keyframe, each.verdict.regions, self.encoder.input_size):
                yield picture

    def _publish(self, group: Group) -> IndexReport:
        publisher = Publisher(
            self.catalogue, self.vectors, self.encoder, self._promised, self.look_every
        )
        report, published = publisher.publish(group)
        # Only after publishing: a segment that was not published must be judged again as if its
        # keyframes had not been seen.
        for looked in published:
            if looked.after:
                self._memory[looked.segment.camera] = looked.after
        return report


def _parts(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Yield the segments by camera in the order of time, at most `SEGMENTS_AT_ONCE` at once."""
    ordered = sorted(segments, key=lambda s: (s.camera, s.interval.start, s.key))
    for _, of_camera in groupby(ordered, key=lambda s: s.camera):
        mine = list(of_camera)
        for at in range(0, len(mine), SEGMENTS_AT_ONCE):
            yield mine[at : at + SEGMENTS_AT_ONCE]


def _judge(
    reel: Reel, thumbs: Sequence[Thumb | None], memory: Memory
) -> tuple[list[_Judged], Memory]:
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


def _looked(reel: Reel, judged: Sequence[_Judged], after: Memory, every: Elapsed) -> Unpublished:
    segment = reel.segment
    readable = [each for each in judged if each.verdict.gate is not Gate.UNREADABLE]
    failed = [each for each in judged if each.verdict.gate is Gate.UNREADABLE]
    alone = sum(each.shot.since is None for each in failed)
    if len(failed) > alone:
        told = f"{len(failed) - alone} pictures between keyframes cannot be decoded"
        _log.warning("%s: %s", segment.key, told)
    return Unpublished(
        segment,
        tuple(_keyframe(segment, each) for each in judged),
        tuple(
            _row(segment, each.shot, box)
            for each in judged
            if each.verdict.embed
            for box in (WHOLE, *each.verdict.regions)
        ),
        f"{alone} of {len(judged)} keyframes cannot be decoded" if alone else "",
        after,
        apart([each.shot.instant for each in readable], segment.interval, every),
        keyframes_far_apart(
            [each.shot.instant for each in judged if each.shot.since is None], segment.interval.end
        ),
    )


def _unreadable(segment: Segment, why: str) -> Unpublished:
    """Return what is recorded of a segment that cannot be read: none is retried or hidden."""
    _log.warning("%s cannot be read: %s", segment.key, why)
    keyframe = Keyframe(
        segment.camera,
        segment.interval.start,
        segment.key,
        0,
        segment.size_bytes,
        Gate.UNREADABLE,
    )
    return Unpublished(segment, (keyframe,), unreadable=why)


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
        since=shot.since,
    )


def _row(segment: Segment, shot: Shot, box: Box) -> VectorRow:
    return VectorRow(segment.camera, shot.instant, segment.key, shot.offset, shot.length, box)
