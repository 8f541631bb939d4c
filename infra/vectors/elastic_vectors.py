"""Vectors in Elasticsearch, for a city whose search does not fit one machine.

One index for each encoder and each day in the segment's key: an index never mixes encoders
(invariant 9), and a day goes whole. Vectors lie flat, in bytes of 8 bits to find candidates and in
full to compare these again: no graph, as texts look like no picture. The filter acts inside the
scan. Where few rows are eligible all of them are candidates, so the answer is exact.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from footage.day import day_of, days_of
from footage.errors import DataLoss
from footage.ids import CameraId, SegmentKey
from footage.instant import DAY, Instant, Interval
from footage.keyframe import Box
from footage.objectkey import ObjectKey
from footage.ports import VectorAnswer, VectorHit, VectorRow
from infra.catalogues.elastic_client import ElasticClient
from infra.catalogues.elastic_options import cluster_options
from infra.catalogues.elastic_wire import AUTO, MOST_NAMED, BulkAction, Json, with_replicas
from infra.vectors import vector_rules as rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from footage.clock import Clock
    from footage.encoder import EncoderIdentity, Vectors
    from footage.ports import DamagedShard
    from infra.config.sections.stores import CatalogueSection
    from infra.stores import StoreContext

_EXACT: Final = 2_000
"""With so many eligible rows or fewer, all are compared in full."""
_MOST: Final = 10_000
"""Most candidates and hits that the server gives."""
_OVERSAMPLE: Final = 3.0
"""Candidates for each hit wanted. Of the ten best of 20 000 rows x 512, asked with queries as far
from all pictures as texts are, numbers of 8 bits found all with this, those of one bit 0.66."""


class ElasticVectors:
    """A `VectorIndex` in the indices `prefix`-vectors-`digest`-`day` of a cluster.

    No request is sent before the first call; safe for several threads. The rows of a call are
    found together by searches that begin after the call; a crash inside the call may leave some.

    Args:
        url: Address of a node, or of several, separated by commas.
        clock: The clock for waits.
        prefix: Start of every index name.
        replicas: Copies of each shard besides the first, or `AUTO`.
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
        self._clock = clock
        self._prefix, self._replicas = prefix, replicas
        self._lock = Lock()
        self._made: set[str] = set()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def add(self, encoder: EncoderIdentity, rows: Sequence[VectorRow], vectors: Vectors) -> None:
        """Add or replace rows and their vectors."""
        actions = [
            BulkAction("index", self._index(encoder, entry.row.segment), *_document(entry))
            for entry in rules.entries(encoder, rows, vectors)
        ]
        indices = {action.index for action in actions}
        self._make(encoder, indices)
        self._client.bulk(actions)
        self._client.refresh(indices)

    def search(
        self,
        encoder: EncoderIdentity,
        query: Vectors,
        interval: Interval,
        cameras: frozenset[CameraId] | None,
        *,
        k: int,
    ) -> VectorAnswer:
        """The `k` best eligible rows, exactly where few are eligible."""
        asked = [float(number) for number in rules.question(encoder, query, k)]
        index = self._overlapping(encoder, interval)
        eligible = _eligible(interval, cameras)
        scanned = self._client.count(index, eligible)
        if not scanned:
            return VectorAnswer((), 0, exhaustive=True)
        exact = scanned <= _EXACT
        wanted = scanned if exact else min(k, _MOST)
        candidates = min(max(wanted, int(wanted * _OVERSAMPLE)), _MOST)
        found = self._client.nearest(
            index, asked, eligible, k=wanted, candidates=candidates, oversample=_OVERSAMPLE
        )
        hits = rules.best((VectorHit(_row(source), score) for source, score in found), k)
        return VectorAnswer(hits, scanned, exhaustive=exact, recall=1.0 if exact else None)

    def held(
        self, encoder: EncoderIdentity, interval: Interval
    ) -> Mapping[Instant, frozenset[CameraId]]:
        """The cameras with rows, by the day of the segments, which is an index each.

        The server counts by camera, and keeps the count until rows come or go.
        """
        wanted = Interval(day_of(interval.start), interval.end)
        found: dict[Instant, frozenset[CameraId]] = {}
        prefix = f"{self._of_encoder(encoder)}-"
        for index in self._client.indices(f"{prefix}*"):
            day = Instant.parse(f"{index.removeprefix(prefix)}T00:00:00Z")
            if day in wanted:
                groups = self._client.groups(index, {"match_all": {}}, "camera", "instant_us")
                if cameras := frozenset(CameraId(camera) for camera, _, _ in groups):
                    found[day] = cameras
        return found

    def remove(self, segments: Collection[SegmentKey]) -> int:
        """Remove the rows of the segments, of all encoders; indices of past days go when empty."""
        by_day: dict[str, list[SegmentKey]] = {}
        for key in sorted(set(segments)):
            by_day.setdefault(self._day(ObjectKey.parse(key).start), []).append(key)
        dropped = 0
        for day, keys in by_day.items():
            pattern = f"{self._prefix}-vectors-*-{day}"
            self._client.refresh([pattern])  # rows that nobody has searched for yet go, too
            wanted: Json = {"bool": {"filter": [{"terms": {"segment": keys}}]}}
            order = ({"instant_us": "asc"},)
            found = list(self._client.scan(pattern, wanted, order, fields=()))
            self._client.bulk([BulkAction("delete", hit.index, hit.id) for hit in found])
            self._client.refresh({hit.index for hit in found})
            dropped += len(found)
            if day < self._day(self._clock.now() - DAY):
                self._drop_empty(pattern)
        return dropped

    def _drop_empty(self, pattern: str) -> None:
        """Delete empty indices of a day: a cluster has room for 1 000 shards a node."""
        for index in self._client.indices(pattern):
            if not self._client.count(index, {"match_all": {}}):
                self._client.delete_index_if_empty(index)
                with self._lock:
                    self._made.discard(index)

    def damaged(self, encoder: EncoderIdentity, interval: Interval) -> tuple[DamagedShard, ...]:
        """Always empty: the server checks its files itself, and refuses to read damaged ones."""
        del encoder, interval
        return ()

    def set_aside(self, encoder: EncoderIdentity, shard: DamagedShard) -> str | None:
        """Do nothing: no shard is ever given as damaged."""
        del encoder, shard
        return None

    # ------------------------------------------------------------------ indices

    def _index(self, encoder: EncoderIdentity, segment: SegmentKey) -> str:
        return self._of_day(encoder, ObjectKey.parse(segment).start)

    def _of_day(self, encoder: EncoderIdentity, day: Instant) -> str:
        return f"{self._of_encoder(encoder)}-{self._day(day)}"

    def _of_encoder(self, encoder: EncoderIdentity) -> str:
        return f"{self._prefix}-vectors-{encoder.digest.removeprefix('sha256:').lower()}"

    @staticmethod
    def _day(instant: Instant) -> str:
        return f"{instant.to_datetime():%Y-%m-%d}"

    def _overlapping(self, encoder: EncoderIdentity, interval: Interval) -> str:
        if interval.length.us // DAY.us > MOST_NAMED // 4:  # names are long: 64 digits of a digest
            return f"{self._of_encoder(encoder)}-*"
        whole = days_of(interval)
        days = range(whole.length.us // DAY.us)
        return ",".join(self._of_day(encoder, whole.start + DAY * n) for n in days)

    def _make(self, encoder: EncoderIdentity, indices: Iterable[str]) -> None:
        with self._lock:
            for index in sorted(set(indices) - self._made):
                name = self._of_encoder(encoder)
                template = with_replicas(_template(encoder.dimension), self._replicas)
                self._client.put_template(name, f"{name}-*", template)
                self._client.create_index(index)
                self._made.add(index)


def from_settings(chosen: CatalogueSection, context: StoreContext) -> ElasticVectors:
    """The vector index in the Elasticsearch cluster that the catalogue's settings name.

    Raises:
        Misconfigured: The password cannot be read.
    """
    vectors = ElasticVectors(chosen.url, clock=context.clock, **cluster_options(chosen))
    context.closing.callback(vectors.close)
    return vectors


def _template(dimension: int) -> Json:
    vector = {
        "type": "dense_vector",
        "dims": dimension,
        "index": True,
        "similarity": "cosine",
        "index_options": {"type": "int8_flat"},
    }
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "refresh_interval": "1s",
            "sort.field": "instant_us",
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"excludes": ["vector"]},
            "properties": {
                "camera": {"type": "keyword"},
                "instant_us": {"type": "long"},
                "segment": {"type": "keyword"},
                "offset": {"type": "long", "index": False},
                "length": {"type": "long", "index": False},
                "box": {"type": "object", "enabled": False},
                "vector": vector,
            },
        },
    }


def _eligible(interval: Interval, cameras: frozenset[CameraId] | None) -> Json:
    within = {"gte": interval.start.us, "lt": interval.end.us}
    filters: list[Json] = [{"range": {"instant_us": within}}]
    if cameras is not None:
        filters.append({"terms": {"camera": sorted(cameras)}})
    return {"bool": {"filter": filters}}


def _document(entry: rules.Entry) -> tuple[str, Json]:
    row = entry.row
    corners = list(rules.corners(row))
    document: Json = {
        "camera": row.camera,
        "instant_us": row.instant.us,
        "segment": row.segment,
        "offset": row.offset,
        "length": row.length,
        "box": corners,
        "vector": entry.vector.tolist(),
    }
    return f"{row.segment}@{row.offset}@{'/'.join(map(repr, corners))}", document


def _row(source: Mapping[str, object]) -> VectorRow:
    match source:
        case {
            "camera": str(camera),
            "instant_us": int(instant_us),
            "segment": str(segment),
            "offset": int(offset),
            "length": int(length),
            "box": [
                int() | float() as x,
                int() | float() as y,
                int() | float() as w,
                int() | float() as h,
            ],
        }:
            box = Box(float(x), float(y), float(w), float(h))
            return VectorRow(
                CameraId(camera), Instant(instant_us), SegmentKey(segment), offset, length, box
            )
    raise DataLoss(f"a row of the vector index is unreadable: {source!r}")
