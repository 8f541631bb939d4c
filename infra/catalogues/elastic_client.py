"""Elasticsearch 8.19 and 9.x behind few calls: the only module that imports the client.

Given several addresses, the client uses the nodes in turn. A node that refuses, hangs or is
overloaded is left out for a while, and the call is repeated at the next node: every call here may
be made twice.
The nodes are never asked for each other's addresses ("sniffing"): such addresses may be of a
network that only the nodes can reach.

The module needs nothing that the server's smallest distribution lacks: no scripts, no delete by
query, no `GET /`. Every foreign exception is translated here.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

import elasticsearch as es

from footage.errors import DataLoss, Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.catalogues.elastic_wire import (
    MOST_NAMED,
    BulkAction,
    Json,
    Outcome,
    VersionedDocument,
    addresses,
    refusal,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from elastic_transport import ObjectApiResponse

    from footage.clock import Clock

_TIMEOUT_S: Final = 30.0
_PAGE: Final = 1_000
_BATCH: Final = 500
ALIVE: Final = "2m"
_RETRIES: Final = 3
_ATTEMPTS: Final = 5
_PAUSE: Final = Elapsed.seconds(0.5)
_BUSY: Final = 429
_ABSENT: Final = 404
_CONFLICT: Final = 409
_NOT_NOW: Final = 503
_NO_INDEX: Final = "index_not_found_exception"


class ElasticClient:
    """A connection to the cluster, opened at the first request; safe for several threads.

    Raises:
        Misconfigured: The address is invalid.
    """

    def __init__(
        self, url: str, *, username: str | None, password: str | None, clock: Clock
    ) -> None:
        self._url = shown(url)
        self._clock = clock
        login = (username, password or "") if username else None
        nodes = addresses(url)
        try:
            self._es = es.Elasticsearch(
                nodes,
                basic_auth=login,
                request_timeout=_TIMEOUT_S,
                max_retries=max(_RETRIES, len(nodes)),
                retry_on_timeout=len(nodes) > 1,  # with a single node the caller retries
            )
        except ValueError as exc:
            raise Misconfigured(
                f"not an address of Elasticsearch: {self._url!r}",
                hint="write it like http://host:9200, several with commas between",
            ) from exc

    def close(self) -> None:
        """Close the connections."""
        self._es.close()

    def health(self) -> str:
        """Status of the cluster, "green" or "yellow"; raises Unavailable when red."""
        with self._seam():
            answer = self._es.cluster.health(wait_for_status="yellow", timeout="5s")
        if answer["timed_out"] or answer["status"] == "red":
            raise Unavailable(
                f"Elasticsearch at {self._url} is {answer['status']}", hint="see its own log"
            )
        return str(answer["status"])

    def put_template(self, name: str, pattern: str, template: Json) -> None:
        """Set the template by which indices matching its name pattern are created from now on."""
        with self._seam():
            self._es.indices.put_index_template(
                name=name, index_patterns=[pattern], template=template, priority=500
            )

    def create_index(self, index: str) -> None:
        """Create an index from its template; an existing index is left unchanged."""
        try:
            self._es.indices.create(index=index, wait_for_active_shards="1")
        except es.BadRequestError as exc:
            if _kind(exc.body) != "resource_already_exists_exception":
                self._translate(exc)
        except (es.ApiError, es.TransportError) as exc:
            self._translate(exc)

    def add_fields(self, index: str, properties: Mapping[str, Json]) -> None:
        """Add fields to the mapping of an index; fields that the index has stay."""
        with self._seam():
            self._es.indices.put_mapping(index=index, properties=properties)

    def indices(self, pattern: str) -> dict[str, Mapping[str, object]]:
        """Return the indices that match, by name, and the note (`_meta`) in the mapping of each."""
        with self._seam():
            answer = self._es.indices.get(index=pattern, features="mappings")
        return {
            name: found.get("mappings", {}).get("_meta", {})
            for name, found in sorted(answer.body.items())
        }

    def refresh(self, indices: Iterable[str]) -> None:
        """Let every later search see all that was written to these indices before."""
        names = sorted(set(indices))
        for at in range(0, len(names), MOST_NAMED):
            self._refresh(names[at : at + MOST_NAMED])

    def _refresh(self, names: Sequence[str]) -> None:
        failed = 0
        for attempt in range(_ATTEMPTS):
            if attempt:  # a copy on a node that has just died fails until the master drops it
                self._clock.sleep(_PAUSE * attempt)
            with self._seam():
                answer = self._es.indices.refresh(index=names, ignore_unavailable=True)
            failed = answer["_shards"]["failed"]
            if not failed:
                return
        raise Unavailable(f"{failed} shards at {self._url} were not refreshed", hint="try again")

    def delete_index_if_empty(self, index: str, query: Json | None = None) -> bool:
        """Delete an index without documents of `query`; its writes are blocked during the check.

        A writer gets Unavailable meanwhile. After a crash in between, the index takes no writes
        until this method is called again.
        """
        with self._seam():
            self._es.indices.add_block(index=index, block="write")
            self._es.indices.refresh(index=index)
            empty = bool(self._es.count(index=index, query=query)["count"] == 0)
            if empty:
                self._es.indices.delete(index=index)
            else:
                self._es.indices.put_settings(index=index, settings={"index.blocks.write": None})
        return empty

    def get(self, index: str, document_id: str) -> Json | None:
        """The document of an id as last written, or None."""
        try:
            answer = self._es.get(index=index, id=document_id)
        except es.NotFoundError:
            return None
        except (es.ApiError, es.TransportError) as exc:
            self._translate(exc)
        source: Json = answer["_source"]
        return source

    def get_many(
        self, named: Sequence[tuple[str, str]], fields: Sequence[str] | None = None
    ) -> list[VersionedDocument]:
        """Documents that exist, of (index, id), as last written, with the version of each.

        Args:
            named: Index and id of each document wanted.
            fields: The fields of the documents to read; None reads all, () none.

        Raises:
            Unavailable: Some documents cannot be read now.
        """
        found: list[VersionedDocument] = []
        for at in range(0, len(named), _BATCH):
            docs = [{"_index": index, "_id": key} for index, key in named[at : at + _BATCH]]
            found += [self._read(doc) for doc in self._multi_get(docs, fields) if doc.get("found")]
        return found

    def _multi_get(
        self, docs: Sequence[Mapping[str, str]], fields: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        done: list[dict[str, Any]] = []
        left, failed = list(docs), None
        for attempt in range(_ATTEMPTS):
            if attempt:  # the shard of an index that somebody has just made starts in a moment
                self._clock.sleep(_PAUSE * attempt)
            with self._seam():
                answer = self._es.mget(
                    docs=left,
                    source=fields is None or bool(fields),
                    source_includes=fields or None,
                )
            again = []
            for asked, doc in zip(left, answer["docs"], strict=True):
                if "error" in doc and doc["error"]["type"] != _NO_INDEX:
                    again.append(asked)
                    failed = doc["error"]
                else:
                    done.append(doc)
            left = again
            if not left:
                return done
        raise refusal(self._url, _NOT_NOW, failed)

    @staticmethod
    def _read(doc: Mapping[str, Any]) -> VersionedDocument:
        source = doc.get("_source", {})
        return VersionedDocument(
            doc["_index"], doc["_id"], source, (doc["_seq_no"], doc["_primary_term"])
        )

    def top(self, index: str, query: Json, sort: Sequence[Mapping[str, str]]) -> Json | None:
        """The first document of a query in the given order, or None."""
        answer = self._asked(
            lambda: self._es.search(
                index=index, query=query, sort=sort, size=1, ignore_unavailable=True
            )
        )
        hits = answer["hits"]["hits"]
        source: Json | None = hits[0]["_source"] if hits else None
        return source

    def scan(
        self,
        index: str,
        query: Json,
        sort: Sequence[Mapping[str, str]],
        fields: Sequence[str] | None = None,
        page: int = _PAGE,
    ) -> Iterator[VersionedDocument]:
        """All documents of a query, in order, as of the request for the first page.

        Args:
            index: Indices, as names with commas between, or as pattern.
            query: The documents to read.
            sort: Their order.
            fields: The fields of the documents to read; None reads all, () none.
            page: Number of documents read at once.
        """
        size = min(page, _PAGE)
        with self._seam():
            pit = self._es.open_point_in_time(
                index=index, keep_alive=ALIVE, ignore_unavailable=True
            )["id"]
        try:
            after = None
            while True:
                hits, pit = self._page(pit, query, sort, fields, after, size)
                for hit in hits:
                    yield VersionedDocument(hit["_index"], hit["_id"], hit.get("_source", {}))
                if len(hits) < size:
                    return
                after = hits[-1]["sort"]
        finally:
            self._close_pit(pit)

    def groups(
        self, index: str, query: Json, by: str, least: str
    ) -> Iterator[tuple[str, int, int]]:
        """Yield for each value of the field `by`, in order: value, number of documents, minimum.

        Args:
            index: Indices, as name or pattern.
            query: Documents to count.
            by: The field to group by.
            least: The field of which to take the minimum.
        """
        after: Json | None = None
        while True:
            composite: Json = {"size": _PAGE, "sources": [{"by": {"terms": {"field": by}}}]}
            if after:
                composite["after"] = after
            aggregations = {
                "groups": {
                    "composite": composite,
                    "aggregations": {"least": {"min": {"field": least}}},
                }
            }
            request = partial(
                self._es.search,
                index=index,
                query=query,
                aggregations=aggregations,
                size=0,
                ignore_unavailable=True,
            )
            # Without any index the answer has no aggregations.
            aggregated = self._asked(request).get("aggregations", {})
            found = aggregated.get("groups", {"buckets": []})
            for group in found["buckets"]:
                yield group["key"]["by"], group["doc_count"], int(group["least"]["value"])
            if len(found["buckets"]) < _PAGE:
                return
            after = found["after_key"]

    def count(self, index: str, query: Json) -> int:
        """Number of documents of a query."""
        answer = self._asked(
            lambda: self._es.count(index=index, query=query, ignore_unavailable=True)
        )
        return int(answer["count"])

    def nearest(
        self,
        index: str,
        vector: Sequence[float],
        query: Json,
        *,
        k: int,
        candidates: int,
        oversample: float,
    ) -> Iterator[tuple[Json, float]]:
        """Yield the documents of `query` whose `vector` is nearest, and the cosine of each."""
        answer = self._asked(
            lambda: self._es.search(
                index=index,
                knn={
                    "field": "vector",
                    "query_vector": vector,
                    "k": k,
                    "num_candidates": candidates,
                    "filter": query,
                    "rescore_vector": {"oversample": oversample},
                },
                size=k,
                ignore_unavailable=True,
            )
        )
        for hit in answer["hits"]["hits"]:
            yield hit["_source"], 2 * hit["_score"] - 1

    def bulk(self, actions: Sequence[BulkAction]) -> list[Outcome]:
        """Carry out the actions of a bulk; reads by id see the changes, searches after `refresh`.

        Returns:
            The outcome of each action, in the same order. A document whose version had changed,
            that was removed since, or that was there already when created, is left unchanged.

        Raises:
            Unavailable: Some actions failed; all may be sent again.
        """
        done: list[Outcome] = []
        for at in range(0, len(actions), _BATCH):
            done += self._batch(actions[at : at + _BATCH])
        return done

    def _batch(self, actions: Sequence[BulkAction]) -> list[Outcome]:
        done: dict[int, Outcome] = {}
        left = list(range(len(actions)))
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._clock.sleep(_PAUSE * attempt)
            busy = []
            for at, item in zip(left, self._send([actions[n] for n in left]), strict=True):
                action, status = actions[at], item["status"]
                if status == _CONFLICT and (action.version or action.verb == "create"):
                    done[at] = Outcome(conflict=True)
                elif status == _ABSENT and action.version and action.verb == "update":
                    done[at] = Outcome(conflict=True)  # removed since this version was read
                elif status == _BUSY and "flood" not in str(item.get("error")):
                    busy.append(at)
                elif "error" in item and not (status == _ABSENT and action.verb == "delete"):
                    raise refusal(self._url, status, item["error"])
                else:
                    version = (item.get("_seq_no", 0), item.get("_primary_term", 0))
                    done[at] = Outcome(item.get("result") == "created", version=version)
            left = busy
            if not left:
                return [done[at] for at in range(len(actions))]
        raise Unavailable(
            f"Elasticsearch at {self._url} is too busy for {len(left)} documents",
            hint="try again later",
        )

    def _send(self, actions: Sequence[BulkAction]) -> list[dict[str, Any]]:
        lines = [line for action in actions for line in action.lines()]
        with self._seam():
            answer = self._es.bulk(operations=lines)
        return [next(iter(item.values())) for item in answer["items"]]

    def _page(
        self,
        pit: str,
        query: Json,
        sort: Sequence[Mapping[str, str]],
        fields: Sequence[str] | None,
        after: list[object] | None,
        size: int,
    ) -> tuple[list[dict[str, Any]], str]:
        with self._seam():
            answer = self._es.search(
                pit={"id": pit, "keep_alive": ALIVE},
                query=query,
                sort=[*sort, {"_shard_doc": "asc"}],
                size=size,
                source=fields is None or bool(fields),
                source_includes=fields or None,
                search_after=after,
                track_total_hits=False,
            )
            self._whole(answer.body)
        return answer["hits"]["hits"], answer["pit_id"]

    def _asked(self, request: Callable[[], ObjectApiResponse[Any]]) -> dict[str, Any]:
        """Answer of a search by all shards; asked again while a shard does not answer.

        The shard of an index that somebody has just made starts in a moment.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                answer: dict[str, Any] = request().body
            except es.ApiError as exc:
                if attempt == _ATTEMPTS or exc.status_code != _NOT_NOW:
                    self._translate(exc)
            except es.TransportError as exc:
                self._translate(exc)
            else:
                if attempt == _ATTEMPTS or not answer["_shards"]["failed"]:
                    self._whole(answer)
                    return answer
            self._clock.sleep(_PAUSE * attempt)

    def _whole(self, answer: Mapping[str, Any]) -> None:
        """Raise Unavailable when a shard did not answer: documents would seem to be missing."""
        shards = answer["_shards"]
        if shards["failed"] or answer.get("timed_out"):
            raise Unavailable(
                f"{shards['failed']} of {shards['total']} shards at {self._url} did not answer",
                hint="see footage doctor",
            )

    def _close_pit(self, pit: str) -> None:
        try:
            self._es.close_point_in_time(id=pit)
        except (es.ApiError, es.TransportError):
            return  # it expires by itself; the read has ended or failed already

    @contextmanager
    def _seam(self) -> Iterator[None]:
        try:
            yield
        except (es.ApiError, es.TransportError) as exc:
            self._translate(exc)

    def _translate(self, exc: Exception) -> NoReturn:
        if isinstance(exc, es.UnsupportedProductError):
            raise Misconfigured(f"{self._url} is no Elasticsearch", hint="check it") from exc
        if isinstance(exc, es.ApiError):
            raise refusal(self._url, exc.status_code, exc.body) from exc
        if isinstance(exc, es.SSLError):
            raise Misconfigured(
                f"no secure connection to {self._url}: {exc}", hint="check its certificate"
            ) from exc
        if isinstance(exc, es.SerializationError):
            raise DataLoss(f"{self._url} answers what is no JSON: {exc}") from exc
        raise Unavailable(
            f"Elasticsearch at {self._url} cannot be reached: {exc}", hint="check that it runs"
        ) from exc


def _kind(body: object) -> str:
    """The type of an error's root cause, or ""."""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("type", "")) if isinstance(error, dict) else ""
