"""What we need said to an S3 server, without saying by which client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from footage.instant import Instant
    from infra.objects.s3_rules import Version


@dataclass(frozen=True, slots=True)
class Head:
    """What the server says of a version; header names in any case."""

    size_bytes: int
    version: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a listing; `headers` hold user metadata where the server adds them, else none."""

    key: str
    size_bytes: int
    headers: Mapping[str, str]


class Wire(Protocol):
    """One bucket. Only errors of `footage.errors` are raised, NotFound for an absent key."""

    @property
    def where(self) -> str:
        """Endpoint and bucket, for messages."""
        ...

    def ensure_bucket(self) -> None:
        """Create the bucket with object lock; Misconfigured when it is there without."""
        ...

    def put(self, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """One part; Conflict when `If-None-Match` forbids it, DataLoss when a checksum differs."""
        ...

    def head(self, key: str, version: str = "") -> Head:
        """Facts of a version, or of the live one."""
        ...

    def get(self, key: str, *, offset: int, length: int | None) -> bytes:
        """Bytes of the live version; a range past the end gives none."""
        ...

    def objects(self, prefix: str) -> Iterator[Listed]:
        """Live objects in key order."""
        ...

    def versions(self, key: str) -> list[Version]:
        """All versions and delete markers of exactly this key."""
        ...

    def delete(self, versions: Sequence[Version]) -> dict[Version, str]:
        """Delete versions for good; returns those the server did not delete, and its reason."""
        ...

    def mark_deleted(self, key: str) -> None:
        """Delete without naming a version, as a careless client would."""
        ...

    def hold(self, key: str, version: str, *, on: bool) -> None:
        """Set or clear a version's legal hold."""
        ...

    def retain(self, key: str, version: str, until: Instant) -> None:
        """Set a version's GOVERNANCE retention date."""
        ...
