"""The object store's port: immutable objects under keys, the root of truth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from footage.digest import Digest
    from footage.instant import Instant


class Strength(StrEnum):
    """Strength of a hold: by what a held object is kept from deletion."""

    STORE = "store"
    """The store itself refuses, whoever asks."""
    STORE_RENEWED = "store_renewed"
    """The store refuses until a retention date; Footage renews the date while the hold stands."""
    OURS = "ours"
    """Only Footage refuses; someone with the store's credentials could delete."""


@dataclass(frozen=True, slots=True)
class Guarantees:
    """Guarantees of a store, found by trying, never by the store's name or version.

    Attributes:
        digest_checked_put: A put whose bytes do not match the digest is refused by the store.
        retention: A locked object cannot be deleted before its date.
        legal_hold: A held object cannot be deleted.
        hold_outlives_retention: A held object cannot be deleted after its retention date has passed
            either.
        findings: One line for people for each thing tried.
    """

    digest_checked_put: bool
    retention: bool
    legal_hold: bool
    hold_outlives_retention: bool
    findings: tuple[str, ...] = ()

    @property
    def hold_strength(self) -> Strength:
        """Strength of a hold placed on an object of this store."""
        if self.legal_hold and self.hold_outlives_retention:
            return Strength.STORE
        return Strength.STORE_RENEWED if self.retention else Strength.OURS


@dataclass(frozen=True, slots=True)
class SeenGuarantees:
    """Guarantees of a store and the instant at which the store was tried."""

    guarantees: Guarantees
    at: Instant

    def document(self, kind: str) -> dict[str, object]:
        """Return the guarantees of a store of this kind as plain values."""
        found = self.guarantees
        return {
            "kind": kind,
            "at": str(self.at),
            "digest_checked_put": found.digest_checked_put,
            "retention": found.retention,
            "legal_hold": found.legal_hold,
            "hold_outlives_retention": found.hold_outlives_retention,
            "hold_strength": found.hold_strength.value,
            "findings": list(found.findings),
        }


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Facts about a stored object; `metadata` has lower-case keys and ASCII values of one line."""

    key: str
    size_bytes: int
    digest: Digest
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ObjectState:
    """Facts about a stored object, and whether the object carries a hold."""

    facts: StoredObject
    held: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored object whose facts cannot be read: neither its digest nor its hold is known."""

    why: str


class DeleteOutcome(StrEnum):
    """Outcome of deleting a key."""

    DELETED = "deleted"
    HELD = "held"
    """A hold or lock on the object forbids deletion."""
    FAILED = "failed"
    """The store did not delete the object; trying again may help."""


class ObjectStore(Protocol):
    """Immutable objects under keys: the root of truth.

    - `put` is atomic and durable on return: afterwards the object is stored whole, or not at all.
      The bytes are checked against `digest` on the way; a difference raises DataLoss and stores
      nothing. Putting the same key with the same digest again succeeds and changes nothing
      (invariant 2); with another digest it raises Conflict (invariant 1).
    - `get` and `head` of an absent key raise NotFound. A range past the end returns the bytes
      that exist.
    - `list` yields in key order; a concurrent put or delete may or may not be seen. An object whose
      facts cannot be read does not end the listing: once all others are yielded `list` raises
      UnreadableObjects, which names each unreadable object.
    - `delete` removes the object for good, all versions included, and reports per key; an absent
      key counts as deleted. A held or locked object is not deleted, and that key's outcome says so
      (invariant 4); the other keys go on.
    - `set_hold` sets or clears the hold on the object itself. Where the store cannot, the adapter
      keeps the mark beside the object and refuses by itself; `guarantees().hold_strength` says
      which.
    - Keys are those of `footage.objectkey`, or any path of the characters A-Z a-z 0-9 _ - . /
      without empty parts.
    - Unavailable: the store cannot be reached. NoSpace: the store is full.
    """

    def put(
        self,
        key: str,
        source: Path,
        digest: Digest,
        metadata: Mapping[str, str],
        *,
        retain_until: Instant | None = None,
        giving: bool = False,
    ) -> StoredObject:
        """Store the file `source` under `key`; see the class for the promises.

        Args:
            key: Key of the object.
            source: The file to store; stays in place.
            digest: Digest of the file's bytes, taken before.
            metadata: Kept beside the object.
            retain_until: The object is locked until then, where the store can lock.
            giving: Nobody will write to `source` any more: a store on the same disk may keep that
                very file rather than a copy.
        """
        ...

    def head(self, key: str) -> StoredObject:
        """Return the object's facts; raises NotFound."""
        ...

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """Return bytes from `offset` on, at most `length` bytes (None: to the end)."""
        ...

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Yield all objects whose key starts with `prefix`."""
        ...

    def delete(self, keys: Sequence[str]) -> dict[str, DeleteOutcome]:
        """Delete each key and return the outcome of each."""
        ...

    def set_hold(self, key: str, *, on: bool) -> None:
        """Place or lift the hold on the object; raises NotFound."""
        ...

    def is_held(self, key: str) -> bool:
        """Whether the object carries a hold; raises NotFound."""
        ...

    def states(self, keys: Sequence[str]) -> dict[str, ObjectState | Unreadable]:
        """Return facts and hold of each object, as `head` and `is_held` tell; absent keys are out.

        An object whose facts cannot be read ends nothing: that key's value says why. A single
        request, or read, for each object.
        """
        ...

    def guarantees(self) -> Guarantees:
        """Try on scratch objects what the store guarantees; takes seconds, cleans up after."""
        ...
