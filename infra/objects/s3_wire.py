"""Calls that the S3 store makes to a server, independent of the client library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from footage.instant import Instant
    from infra.objects.bucket_rules import BucketRules
    from infra.objects.s3_rules import Version


@dataclass(frozen=True, slots=True)
class Head:
    """The server's headers for a version; header names in any case."""

    size_bytes: int
    version: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a listing; `headers` has user metadata if the server adds metadata."""

    key: str
    size_bytes: int
    headers: Mapping[str, str]


class Wire(Protocol):
    """Calls on a bucket. Only errors of `footage.errors` are raised, NotFound for an absent key."""

    @property
    def where(self) -> str:
        """Endpoint and bucket, for messages."""
        ...

    def ensure_bucket(self) -> None:
        """Create the bucket with object lock; raises Misconfigured for a bucket without lock."""
        ...

    def put(self, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Upload a single part; raises Conflict by `If-None-Match`, DataLoss by checksum."""
        ...

    def put_parts(
        self,
        key: str,
        parts: Iterable[bytes],
        headers: Mapping[str, str],
        confirmed: Callable[[], None],
    ) -> None:
        """Upload an object part by part; the object appears whole, or never.

        What earlier uploads of the key left is removed first. The server checks each part against
        a digest of the part. `confirmed` is called when all parts are there and nothing appears
        yet; what `confirmed` raises ends the upload.

        Raises:
            Conflict: By `If-None-Match`, where the server knows it for such an upload.
        """
        ...

    def head(self, key: str, version: str = "") -> Head:
        """Headers of the given version, or of the live version."""
        ...

    def get(self, key: str, *, offset: int, length: int | None) -> bytes:
        """Bytes of the live version; a range past the end gives none."""
        ...

    def objects(self, prefix: str) -> Iterator[Listed]:
        """Live objects in key order."""
        ...

    def versions(self, keys: Collection[str]) -> Iterator[Version]:
        """All versions and delete markers of exactly these keys, by key, listed by the page."""
        ...

    def delete(self, versions: Sequence[Version]) -> dict[Version, str]:
        """Delete versions for good; returns versions not deleted, each with the server's reason."""
        ...

    def delete_one(self, version: Version) -> None:
        """Delete a version by a request of its own; a refusal by a lock is no error."""
        ...

    def rules(self) -> BucketRules:
        """Rules by which the bucket acts on its own: versioning, default retention, lifecycle."""
        ...

    def mark_deleted(self, key: str) -> None:
        """Delete without naming a version, as a careless client would."""
        ...

    def hold(self, key: str, version: str, *, on: bool) -> None:
        """Set or clear a version's legal hold."""
        ...

    def is_held(self, key: str, version: str) -> bool:
        """Whether a version has a legal hold; also where the server's headers leave it out."""
        ...

    def retain(self, key: str, version: str, until: Instant) -> None:
        """Set a version's GOVERNANCE retention date."""
        ...
