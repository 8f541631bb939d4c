"""The catalogue in Elasticsearch: for a city, where a single file no longer suffices."""

from __future__ import annotations

import json
from itertools import groupby, islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from footage.errors import BadInput, NotFound, Unavailable
from footage.ids import SegmentKey
from footage.ports import EVERYWHERE
from infra.catalogues import catalog_scope as rules
from infra.catalogues import documents
from infra.catalogues import elastic_queries as queries
from infra.catalogues.elastic_client import ElasticClient
from infra.catalogues.elastic_wire import AUTO, BulkAction, Json, with_replicas
from infra.config.settings import secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.instant import Instant, Interval
    from footage.keyframe import Keyframe
    from footage.ports import Scope
    from footage.segment import Segment
    from footage.span import Gap
    from infra.config.settings import CatalogueSection
    from infra.stores import StoreContext

    Change = Callable[[frozenset[str]], frozenset[str]]

T = TypeVar("T")

_TEMPLATES: Final = Path(__file__).with_name("elastic_templates")
_BATCH: Final = 500
_ATTEMPTS: Final = 20
_LONGEST_S: Final = 86_400


class ElasticCatalogue:
    """A `Catalogue` in the indices `prefix`-segments-, -gaps- and -keyframes- of a cluster.

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
        self._replicas = replicas
        self._lock = Lock()
        self._made: set[str] = set()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def health(self) -> str:
        """Status of the cluster, "green" or "yellow"; raises Unavailable when red."""
        return self._client.health()

    def drop_empty_days(self, *, before: Instant) -> list[str]:
        """Delete empty indices of the days before the day of `before`.

        While a day's index is examined, writers of that day get Unavailable and may try again.
        Without this method a cluster would reach its limit of shards (1 000 a node) in little more
        than a year.
        """
        past = [
            index
            for kind in ("segments", "keyframes")
            for index in self._client.indices(self._names.every(kind))
            if index < self._names.of_day(kind, before)
        ]
        dropped = [index for index in past if self._client.delete_index_if_empty(index)]
        with self._lock:
            self._made.difference_update(dropped)
        return dropped

    # ------------------------------------------------------------------ segments

    def add_segments(self, segments: Iterable[Segment]) -> None:
        """Record stored segments; a segment whose key is known keeps its index marks."""
        self._write(self._segment_action(segment) for segment in segments)

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

    def last_segment(self, camera: CameraId) -> Segment | None:
        """The camera's segment with the latest end."""
        document = self._client.top(
            self._names.every("segments"),
            queries.terms("camera", [camera]),
            queries.BY_END_LATEST,
        )
        return None if document is None else documents.segment_from(document)

    def remove_segments(self, keys: Collection[SegmentKey]) -> None:
        """Remove keyframes, then segments with index marks; call again after a crash."""
        self.remove_keyframes(keys)
        self._client.bulk(
            [BulkAction("delete", self._names.of_segment("segments", key), key) for key in keys]
        )

    # ------------------------------------------------------------------ gaps

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        """Record or replace gaps."""
        self._write(self._gap_action(gap) for gap in gaps)

    def gaps(self, scope: Scope = EVERYWHERE, interval: Interval | None = None) -> Iterator[Gap]:
        """Gaps of the scope's cameras that overlap `interval`."""
        query = queries.gaps(rules.gap_cameras(scope), interval)
        found = self._client.scan(self._names.every("gaps"), query, queries.BY_GAP)
        return (documents.gap_from(hit.source) for hit in found)

    # ------------------------------------------------------------------ keyframes

    def add_keyframes(self, keyframes: Iterable[Keyframe]) -> None:
        """Record keyframes."""
        self._write(self._keyframe_action(keyframe) for keyframe in keyframes)

    def keyframes(self, cameras: Collection[CameraId], interval: Interval) -> Iterator[Keyframe]:
        """Keyframes of the cameras in `interval`, by instant, segment and offset."""
        found = self._client.scan(
            self._names.overlapping("keyframes", interval),
            queries.keyframes(cameras, interval),
            queries.BY_INSTANT,
        )
        return (documents.keyframe_from(hit.source) for hit in found)

    def keyframe(self, segment: SegmentKey, offset: int) -> Keyframe:
        """The keyframe of a segment and offset; raises NotFound."""
        index = self._names.of_segment("keyframes", segment)
        document = self._client.get(index, queries.keyframe_id(segment, offset))
        if document is None:
            raise NotFound(f"no keyframe at byte {offset} of {segment!r}")
        return documents.keyframe_from(document)

    def remove_keyframes(self, segments: Collection[SegmentKey]) -> None:
        """Remove the keyframes of the segments."""
        for index, keys in self._by_index("keyframes", segments):
            query = queries.every([queries.terms("segment", keys)])
            found = self._client.scan(index, query, queries.BY_INSTANT, fields=())
            for hits in _batches(found):
                self._client.bulk([BulkAction("delete", hit.index, hit.id) for hit in hits])

    # ------------------------------------------------------------------ index marks

    def mark_indexed(self, keys: Collection[SegmentKey], encoder: str) -> None:
        """Mark segments as indexed by the encoder; segments unknown here are skipped."""
        self._change_marks(keys, lambda marks: marks | {encoder})

    def unmark_indexed(self, keys: Collection[SegmentKey], encoder: str | None = None) -> None:
        """Remove the encoder's index marks of the segments, or every encoder's marks."""
        self._change_marks(keys, lambda marks: marks - {encoder} if encoder else frozenset())

    def indexed(
        self, encoder: str, cameras: Collection[CameraId], interval: Interval
    ) -> frozenset[SegmentKey]:
        """Keys of the cameras' segments overlapping `interval` that the encoder has indexed."""
        found = self._client.scan(
            self._names.overlapping("segments", interval),
            queries.indexed(encoder, cameras, interval),
            queries.BY_START,
            fields=(),
        )
        return frozenset(SegmentKey(hit.id) for hit in found)

    def unindexed(self, encoder: str, *, limit: int) -> list[Segment]:
        """The oldest segments without the encoder's index mark."""
        found = self._client.scan(
            self._names.every("segments"), queries.unindexed(encoder), queries.BY_START
        )
        return [documents.segment_from(hit.source) for hit in islice(found, limit)]

    def _change_marks(self, keys: Collection[SegmentKey], change: Change) -> None:
        for index, wanted in self._by_index("segments", keys):
            left: list[str] = list(wanted)
            for _ in range(_ATTEMPTS):
                left = self._client.bulk(self._marks(index, left, change))
                if not left:
                    break
            else:
                raise Unavailable(
                    f"{len(left)} segments in {index} kept changing while they were marked",
                    hint="try again",
                )

    def _marks(self, index: str, keys: list[str], change: Change) -> list[BulkAction]:
        """Updates of index marks, each conditional on the version read: no other mark is lost."""
        if not keys:
            return []
        actions = []
        for found in self._client.get_many(index, keys, ["indexed_by"]):
            marks = found.source.get("indexed_by", [])
            if not isinstance(marks, list):
                continue
            changed = change(frozenset(marks))
            if changed != set(marks):
                body: Json = {"doc": {"indexed_by": sorted(changed)}}
                version = (found.seq_no, found.primary_term)
                actions.append(BulkAction("update", index, found.id, body, version))
        return actions

    # ------------------------------------------------------------------ writing

    def _write(self, actions: Iterable[BulkAction]) -> None:
        for batch in _batches(actions):
            for index in sorted({action.index for action in batch}):
                self._make(index)
            self._client.bulk(batch)

    def _make(self, index: str) -> None:
        """Create the index from its template, so that the server never guesses a mapping."""
        with self._lock:
            if not self._made:
                for kind in queries.KINDS:
                    template = json.loads((_TEMPLATES / f"{kind}.json").read_text("utf-8"))
                    name, pattern = self._names.template(kind), self._names.every(kind)
                    fitted = with_replicas(template, self._replicas)
                    self._client.put_template(name, pattern, fitted)
            if index not in self._made:
                self._client.create_index(index)
                self._made.add(index)

    def _by_index(
        self, kind: str, keys: Collection[SegmentKey]
    ) -> Iterator[tuple[str, list[SegmentKey]]]:
        def place(key: SegmentKey) -> str:
            return self._names.of_segment(kind, key)

        for index, group in groupby(sorted(set(keys), key=place), key=place):
            for batch in _batches(group):
                yield index, batch

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

    def _keyframe_action(self, keyframe: Keyframe) -> BulkAction:
        index = self._names.of_segment("keyframes", keyframe.segment)
        document = documents.keyframe_document(keyframe)
        return BulkAction(
            "index", index, queries.keyframe_id(keyframe.segment, keyframe.offset), document
        )


def from_settings(chosen: CatalogueSection, context: StoreContext) -> ElasticCatalogue:
    """The catalogue in the Elasticsearch cluster named by the settings.

    Raises:
        Misconfigured: The password cannot be read.
    """
    named = chosen.username
    catalogue = ElasticCatalogue(
        chosen.url,
        clock=context.clock,
        prefix=chosen.prefix,
        replicas=chosen.replicas,
        username=named or None,
        password=secret(chosen.password_file, what="password of Elasticsearch") if named else None,
    )
    context.closing.callback(catalogue.close)
    return catalogue


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(things)
    while batch := list(islice(rest, _BATCH)):
        yield batch
