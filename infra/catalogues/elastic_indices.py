"""The indices of the catalogue in Elasticsearch: made from strict templates, upgraded when old."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from infra.catalogues import elastic_queries as queries
from infra.catalogues.elastic_wire import Json, with_replicas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.instant import Instant
    from infra.catalogues.elastic_client import ElasticClient

_TEMPLATES: Final = Path(__file__).with_name("elastic_templates")
_VERSION: Final = 2
"""Version of mappings. Indices of version 1 bear no number: a document a keyframe, no summaries."""


class ElasticIndices:
    """Makes indices before documents are written, and tells those that an older version made.

    No request is sent before the first call; safe for several threads.

    Args:
        client: The connection.
        names: Names of the indices.
        replicas: Copies of each shard besides the first, in indices made from now on, or `AUTO`.
    """

    def __init__(self, client: ElasticClient, names: queries.Names, replicas: int | str) -> None:
        self._client, self._names, self._replicas = client, names, replicas
        self._lock = Lock()
        self._made: set[str] = set()
        self._old: set[str] | None = None

    def prepare(self, kind: str, indices: Iterable[str]) -> None:
        """Make indices from the template of the kind, so that the server never guesses a mapping.

        An index of an older version gets the fields that such an index lacks; old documents stay.
        """
        wanted = sorted(set(indices))
        with self._lock:
            if not self._made:
                for each in queries.KINDS:
                    fitted = with_replicas(_template(each), self._replicas)
                    name, pattern = self._names.template(each), self._names.every(each)
                    self._client.put_template(name, pattern, fitted)
            for index in wanted:
                if index in self._made:
                    continue
                if index in self._old_ones():
                    self._client.add_fields(index, _properties(_template(kind)))
                else:
                    self._client.create_index(index)
                self._made.add(index)

    def old(self, kind: str) -> list[str]:
        """Return the indices of this kind that an older version made."""
        with self._lock:
            start = self._names.every(kind).removesuffix("*")
            return sorted(index for index in self._old_ones() if index.startswith(start))

    def is_old(self, index: str) -> bool:
        """Return whether an older version made this index."""
        with self._lock:
            return index in self._old_ones()

    def drop_empty(self, *, before: Instant) -> list[str]:
        """Delete empty indices of the days before the day of `before`, and of months gone by."""
        past = [
            (index, queries.SUMS_UP if kind == "days" else None)
            for kind in ("segments", "keyframes", "days")
            for index in self._client.indices(self._names.every(kind))
            if index < self._names.of_time(kind, before)
        ]
        dropped = [
            index for index, query in past if self._client.delete_index_if_empty(index, query)
        ]
        with self._lock:
            self._made.difference_update(dropped)
            self._old_ones().difference_update(dropped)
        return dropped

    def _old_ones(self) -> set[str]:
        if self._old is None:
            patterns = [self._names.every(kind) for kind in ("segments", "keyframes")]
            notes = self._client.indices(",".join(patterns))
            self._old = {index for index, note in notes.items() if note.get("version") != _VERSION}
        return self._old


def _template(kind: str) -> Json:
    template: Json = json.loads((_TEMPLATES / f"{kind}.json").read_text("utf-8"))
    return template


def _properties(template: Json) -> dict[str, Json]:
    """The fields in the mapping of a template."""
    mappings = template["mappings"]
    fields: dict[str, Json] = mappings["properties"] if isinstance(mappings, dict) else {}
    return fields
