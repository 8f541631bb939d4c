"""The catalogue in Elasticsearch: for a city, where a single file no longer suffices.

Several documents cannot be written at once here, so the order says what a crash leaves:

- Segments are added: segment, then summary. After a crash the caller adds the segment again; a
  segment that was there before has the summary of its day derived anew.
- Segments are removed: keyframes, summary, segment, then the summary once more (`elastic_days`).
  After a crash the caller removes them again; for a segment that is gone already the summary of its
  day is derived anew.
- Marks: see `elastic_marks`.
- Keyframes are in no summary; the keyframes of a segment are a single document.

Documents are read by id as they were last written. Searches see a document after the index was
refreshed: writers refresh once, at the end of a call, what `segments`, `gaps` and `days` search;
`keyframes` refreshes before it reads, as it is called seldom.

Indices of the version before are read and written as they are: such an index gets the fields that
are new, a camera's day without a summary is summed up when asked for, and a keyframe that is a
document of its own is found.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from footage.day import DaySegment, DayTimes
from footage.errors import BadInput, NotFound
from footage.ids import CameraId, SegmentKey
from footage.instant import Instant, Interval, in_any
from footage.played import Played
from footage.ports import EVERYWHERE, Scope
from infra.catalogues import catalog_scope as rules
from infra.catalogues import documents
from infra.catalogues import elastic_queries as queries
from infra.catalogues.elastic_client import ElasticClient
from infra.catalogues.elastic_days import ElasticDays
from infra.catalogues.elastic_documents import (
    in_order,
    interval_from,
    keyframes_from,
    packed_document,
)
from infra.catalogues.elastic_indices import ElasticIndices
from infra.catalogues.elastic_marks import ElasticMarks
from infra.catalogues.elastic_options import cluster_options
from infra.catalogues.elastic_queries import DayId
from infra.catalogues.elastic_wire import AUTO, BulkAction, Json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from footage.clock import Clock
    from footage.day import DaySummary
    from footage.keyframe import Keyframe
    from footage.segment import Segment
    from footage.span import Gap
    from infra.config.sections.stores import CatalogueSection
    from infra.stores import StoreContext

T = TypeVar("T")

_BATCH: Final = 500
_SCRATCH: Final = "footage-doctor"
"""Id of a document without fields: no camera's, so that no question ever finds the document."""
_LONGEST_S: Final = 86_400


class ElasticCatalogue:
    """A `Catalogue` in the indices `prefix`-segments-, -gaps-, -keyframes- and -days- of a cluster.

    No request is sent before the first call. A read sees a single state of the indices from
    its first page to its last. Segments last at most a day.

    Args:
        url: Address of a node, or of several, separated by commas: a dead node is skipped.
        clock: The clock for waits.
        prefix: Start of every index name.
        replicas: Copies of each shard besides the first, in indices made from now on. `AUTO`: one
            copy where the cluster has several nodes, so that a dead node loses nothing.
        username: The account, or None to connect without login.
        password: Password of `username`; never shown.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        prefix: str = "footage",
        replicas: int | str = AUTO,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        self._client = ElasticClient(url, username=username, password=password, clock=clock)
        self._names = queries.Names(prefix)
        self._indices = ElasticIndices(self._client, self._names, replicas)
        self._days = ElasticDays(self._client, self._names, self._indices)
        self._marks = ElasticMarks(self._client, self._names, self._indices, self._days)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def health(self) -> str:
        """Status of the cluster, "green" or "yellow"; raises Unavailable when red."""
        return self._client.health()

    def check_writes(self, now: Instant) -> None:
        """Write and remove a scratch row of today; ask every other index whether it takes writes.

        At flood stage Elasticsearch closes some indices to writes and goes on to answer searches.
        """
        today = self._names.of_day("keyframes", now)
        self._indices.prepare("keyframes", [today])
        self._client.bulk([BulkAction("create", today, _SCRATCH, {})])
        self._client.bulk([BulkAction("delete", today, _SCRATCH)])
        every = [self._names.every(kind) for kind in queries.KINDS]
        self._client.bulk(
            # Of a document that does not exist: an index that takes writes changes nothing.
            [
                BulkAction("update", index, _SCRATCH, {"doc": {}}, version=(1, 1))
                for index in self._client.indices(",".join(every))
            ]
        )

    def drop_empty_days(self, *, before: Instant) -> list[str]:
        """Delete empty indices of days and months before the day of `before`.

        While an index is examined, writers of its days get Unavailable and may try again. Without
        this method a cluster would reach its limit of shards (1 000 a node) in little more than a
        year.
        """
        return self._indices.drop_empty(before=before)

    # ------------------------------------------------------------------ segments

    def add_segments(self, segments: Iterable[Segment]) -> None:
        """Record stored segments; a segment whose key is known keeps its index marks."""
        added: set[SegmentKey] = set()
        for batch in _batches(segments):
            self._add(batch)
            added.update(segment.key for segment in batch)
        self._refresh(added)

    def _add(self, segments: Collection[Segment]) -> None:
        actions = [self._segment_action(segment) for segment in segments]
        self._indices.prepare("segments", (action.index for action in actions))
        new: dict[DayId, list[DaySegment]] = defaultdict(list)
        known: set[DayId] = set()
        for segment, outcome in zip(segments, self._client.bulk(actions), strict=True):
            if outcome.created:
                new[DayId.of(segment.key)].append(DaySegment.of(segment))
            else:  # entered already, or written before a crash and never entered
                known.add(DayId.of(segment.key))
        self._days.enter(new, known)

    def segment(self, key: SegmentKey) -> Segment:
        """The segment of a key; raises NotFound."""
        document = self._client.get(self._names.of_segment("segments", key), key)
        if document is None:
            raise NotFound(f"no segment {key!r} in the catalogue")
        return documents.segment_from(document)

    def segments(
        self, scope: Scope = EVERYWHERE, interval: Interval | None = None
    ) -> Iterator[Segment]:
        """Segments in scope that overlap `interval`, by start and key."""
        found = self._client.scan(
            self._names.overlapping("segments", interval),
            queries.segments(scope, interval),
            queries.BY_START,
        )
        read = (documents.segment_from(hit.source) for hit in found)
        return (segment for segment in read if rules.in_scope(segment, scope))

    def played(self, camera: CameraId, interval: Interval) -> Iterator[Played]:
        """Yield what a player needs of the camera's segments that overlap `interval`, by start."""
        return map(Played.of, self.segments(Scope(cameras=frozenset([camera])), interval))

    def last_segment(self, camera: CameraId) -> Segment | None:
        """The camera's segment with the latest end."""
        document = self._client.top(
            self._names.every("segments"),
            queries.terms("camera", [camera]),
            queries.BY_END_LATEST,
        )
        return None if document is None else documents.segment_from(document)

    def segments_of(self, keys: Collection[SegmentKey]) -> list[Segment]:
        """The segments of these keys that exist now."""
        named = [(self._names.of_segment("segments", key), str(key)) for key in sorted(set(keys))]
        return [documents.segment_from(one.source) for one in self._client.get_many(named)]

    def existing(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        """The keys that have a segment now."""
        named = [(self._names.of_segment("segments", key), str(key)) for key in sorted(set(keys))]
        return frozenset(SegmentKey(found.id) for found in self._client.get_many(named, ()))

    def remove_segments(self, keys: Collection[SegmentKey]) -> None:
        """Remove keyframes, then segments with index marks; call again after a crash."""
        for batch in _batches(sorted(set(keys))):
            self._remove_keyframes(batch)
            self._remove(batch)
        self._refresh(keys)

    def _remove(self, keys: Collection[SegmentKey]) -> None:
        named = [(self._names.of_segment("segments", key), str(key)) for key in keys]
        found = {
            SegmentKey(document.id): interval_from(document.source)
            for document in self._client.get_many(named, ("start_us", "end_us"))
        }
        written = self._days.change(
            found, lambda key, facts: None if key in found else facts, always=True
        )
        self._client.bulk(
            [BulkAction("delete", self._names.of_segment("segments", key), key) for key in found]
        )
        self._days.renew(written)
        self._days.derive({DayId.of(key) for key in keys if key not in found})

    # ------------------------------------------------------------------ days

    def days(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DaySummary]:
        """Summaries of the days whose segments can overlap `interval`, by camera and day."""
        return self._days.read(cameras, interval)

    def day_times(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DayTimes]:
        """Times in the summaries of `days`, in the same order."""
        return map(DayTimes.of, self.days(cameras, interval))

    def recorded_since(self, cameras: Collection[CameraId]) -> Mapping[CameraId, Instant]:
        """The begin of each camera's recording: a question for days, one for gaps."""
        since = self._days.recorded_since(cameras)
        gaps = queries.telling_gaps(cameras)
        for name, _, start_us in self._client.groups(
            self._names.every("gaps"), gaps, "camera", "start_us"
        ):
            camera, begin = CameraId(name), Instant(start_us)
            since[camera] = min(begin, since.get(camera, begin))
        return since

    def day_segments(self, camera: CameraId, day: Instant) -> list[DaySegment]:
        """Facts of the camera's segments that start on `day`, by start, with marks."""
        return self._days.segments(camera, day)

    def resummarise(self, camera: CameraId, day: Instant) -> bool:
        """Derive a day's summary anew; whether the summary was wrong."""
        was_wrong = self._days.derive([DayId(camera, day)])
        if was_wrong:
            self._client.refresh([self._names.of_month(day)])
        return was_wrong

    # ------------------------------------------------------------------ gaps

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        """Record or replace gaps."""
        written: set[str] = set()
        for batch in _batches(self._gap_action(gap) for gap in gaps):
            indices = {action.index for action in batch}
            self._indices.prepare("gaps", indices)
            self._client.bulk(batch)
            written |= indices
        self._client.refresh(written)

    def gaps(self, scope: Scope = EVERYWHERE, interval: Interval | None = None) -> Iterator[Gap]:
        """Gaps of the scope's cameras that overlap `interval`."""
        query = queries.gaps(rules.gap_cameras(scope), interval)
        found = self._client.scan(self._names.every("gaps"), query, queries.BY_GAP)
        return (documents.gap_from(hit.source) for hit in found)

    # ------------------------------------------------------------------ keyframes

    def add_keyframes(self, keyframes: Iterable[Keyframe]) -> None:
        """Record all keyframes of some segments; keyframes that the segments had before go."""
        packed: dict[SegmentKey, dict[int, Keyframe]] = defaultdict(dict)
        for keyframe in keyframes:
            packed[keyframe.segment][keyframe.offset] = keyframe
        for batch in _batches(packed):
            self._remove_old_keyframes(batch)
            indices = [self._names.of_segment("keyframes", key) for key in batch]
            self._indices.prepare("keyframes", indices)
            self._client.bulk(
                [
                    BulkAction("index", index, key, packed_document([*packed[key].values()]))
                    for index, key in zip(indices, batch, strict=True)
                ]
            )

    def keyframes(self, cameras: Collection[CameraId], interval: Interval) -> Iterator[Keyframe]:
        """Keyframes of the cameras in `interval`, by instant, segment and offset."""
        indices = self._names.overlapping("keyframes", interval)
        self._client.refresh(indices.split(","))
        found = self._client.scan(indices, queries.keyframes(cameras, interval), queries.BY_INSTANT)
        return in_order((hit.source for hit in found), interval)

    def keyframes_of(self, camera: CameraId, parts: Sequence[Interval]) -> list[Keyframe]:
        """Keyframes of a camera in any of the parts, by instant, segment and offset."""
        if not parts:
            return []
        whole = Interval(parts[0].start, parts[-1].end)
        indices = self._names.overlapping("keyframes", whole)
        self._client.refresh(indices.split(","))
        query = queries.keyframes_of(camera, parts)
        found = self._client.scan(indices, query, queries.BY_INSTANT)
        every = in_order((hit.source for hit in found), whole)
        return [keyframe for keyframe in every if in_any(parts, keyframe.instant)]

    def keyframe(self, segment: SegmentKey, offset: int) -> Keyframe:
        """The keyframe of a segment and offset; raises NotFound."""
        index = self._names.of_segment("keyframes", segment)
        packed = self._client.get(index, segment)
        if packed is None and self._indices.is_old(index):
            packed = self._client.get(index, queries.old_keyframe_id(segment, offset))
        for keyframe in keyframes_from(packed) if packed else ():
            if keyframe.offset == offset:
                return keyframe
        raise NotFound(f"no keyframe at byte {offset} of {segment!r}")

    def remove_keyframes(self, segments: Collection[SegmentKey]) -> None:
        """Remove the keyframes of the segments."""
        for batch in _batches(sorted(set(segments))):
            self._remove_keyframes(batch)

    def _remove_keyframes(self, keys: Collection[SegmentKey]) -> None:
        self._remove_old_keyframes(keys)
        self._client.bulk(
            [BulkAction("delete", self._names.of_segment("keyframes", key), key) for key in keys]
        )

    def _remove_old_keyframes(self, keys: Collection[SegmentKey]) -> None:
        """Remove documents of a single keyframe, which an older version wrote."""
        by_index: dict[str, list[SegmentKey]] = defaultdict(list)
        for key in keys:
            by_index[self._names.of_segment("keyframes", key)].append(key)
        for index in filter(self._indices.is_old, by_index):
            query = queries.single_keyframes(by_index[index])
            found = self._client.scan(index, query, queries.BY_INSTANT, fields=())
            for hits in _batches(found):
                self._client.bulk([BulkAction("delete", hit.index, hit.id) for hit in hits])

    # ------------------------------------------------------------------ index marks

    def mark_indexed(self, keys: Collection[SegmentKey], encoder: str) -> None:
        """Mark segments as indexed by the encoder; segments unknown here are skipped."""
        for batch in _batches(sorted(set(keys))):
            self._refresh(self._marks.mark(batch, encoder))

    def unmark_indexed(self, keys: Collection[SegmentKey], encoder: str | None = None) -> None:
        """Remove the encoder's index marks of the segments, or every encoder's marks."""
        for batch in _batches(sorted(set(keys))):
            self._refresh(self._marks.unmark(batch, encoder))

    def unindexed(
        self, encoder: str, *, limit: int, cameras: Collection[CameraId] | None = None
    ) -> list[Segment]:
        """The oldest segments without the encoder's index mark, of these cameras or of all."""
        found = self._client.scan(
            self._names.every("segments"),
            queries.unindexed(encoder, cameras),
            queries.BY_START,
            page=max(limit, 1),
        )
        return [documents.segment_from(hit.source) for hit in islice(found, limit)]

    def backlog(self, encoder: str) -> Mapping[CameraId, tuple[int, Instant]]:
        """Count of each camera's segments that wait for the encoder, and start of the oldest."""
        waiting = self._client.groups(
            self._names.every("segments"), queries.unindexed(encoder), "camera", "start_us"
        )
        return {CameraId(camera): (count, Instant(oldest)) for camera, count, oldest in waiting}

    # ------------------------------------------------------------------ writing

    def _refresh(self, keys: Collection[SegmentKey]) -> None:
        """Let searches see what was written to segments and to the summaries of their days."""
        self._client.refresh(
            index
            for key in keys
            for index in (
                self._names.of_segment("segments", key),
                self._names.of_month(DayId.of(key).day),
            )
        )

    def _segment_action(self, segment: Segment) -> BulkAction:
        if segment.interval.length.us > _LONGEST_S * 1_000_000:
            raise BadInput(f"{segment.key} is longer than a day", hint="cut it when recording")
        document = documents.segment_document(segment)
        body: Json = {"doc": document, "upsert": {**document, "indexed_by": []}}
        index = self._names.of_segment("segments", segment.key)
        return BulkAction("update", index, segment.key, body)

    def _gap_action(self, gap: Gap) -> BulkAction:
        document = documents.gap_document(gap)
        index = self._names.of_gap(gap.interval.start)
        return BulkAction("index", index, queries.gap_id(document), document)


def from_settings(chosen: CatalogueSection, context: StoreContext) -> ElasticCatalogue:
    """The catalogue in the Elasticsearch cluster named by the settings.

    Raises:
        Misconfigured: The password cannot be read.
    """
    catalogue = ElasticCatalogue(chosen.url, clock=context.clock, **cluster_options(chosen))
    context.closing.callback(catalogue.close)
    return catalogue


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(things)
    while batch := list(islice(rest, _BATCH)):
        yield batch
