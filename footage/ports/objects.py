"""The object store: the root of truth."""

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
    """What keeps a held object from being deleted."""

    STORE = "store"
    """The store itself refuses, whoever asks."""
    STORE_RENEWED = "store_renewed"
    """The store refuses while a retention date lies ahead; we renew it while the hold stands."""
    OURS = "ours"
    """Only Footage refuses; someone with the store's credentials could delete."""


@dataclass(frozen=True, slots=True)
class Guarantees:
    """What a store was seen to guarantee, found by trying, never by its name or version.

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
        """The strength of a hold placed on this store."""
        if self.legal_hold and self.hold_outlives_retention:
            return Strength.STORE
        return Strength.STORE_RENEWED if self.retention else Strength.OURS


@dataclass(frozen=True, slots=True)
class SeenGuarantees:
    """What a store was seen to guarantee, and the instant at which it was tried."""

    guarantees: Guarantees
    at: Instant


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's facts. `metadata` keys are lower case, values ASCII without line breaks."""

    key: str
    size_bytes: int
    digest: Digest
    metadata: Mapping[str, str]


class DeleteOutcome(StrEnum):
    """What became of one key."""

    DELETED = "deleted"
    HELD = "held"
    """A hold or lock on the object forbids it."""
    FAILED = "failed"
    """The store did not do it; trying again may help."""


class ObjectStore(Protocol):
    """Immutable objects under keys: the root of truth.

    - `put` is atomic and durable on return: afterwards the object is there whole, or not at all.
      The bytes are checked against `digest` on the way; a difference raises DataLoss and stores
      nothing. Putting the same key with the same digest again succeeds and changes nothing
      (invariant 2); with another digest it raises Conflict (invariant 1).
    - `get` and `head` of an absent key raise NotFound. A range past the end returns what there is.
    - `list` yields in key order; a concurrent put or delete may or may not be seen. An object whose
      facts cannot be read does not end it: once all others are yielded it raises UnreadableObjects,
      which names each.
    - `delete` removes the object for good, all its versions, and reports per key; an absent key
      counts as deleted. A held or locked object is not deleted, its outcome says so (invariant 4);
      the others go on.
    - `set_hold` sets or clears the hold on the object itself. Where the store cannot, the adapter
      keeps the mark beside the object and refuses by itself; `guarantees().hold_strength` says
      which.
    - Keys are those of `footage.objectkey`, or any path of the characters A-Z a-z 0-9 _ - . /
      without empty parts.
    - Unavailable: the store cannot be reached. NoSpace: it is full.
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
            key: Of the object.
            source: What to store; stays where it is.
            digest: Of its bytes, taken before.
            metadata: Kept beside it.
            retain_until: Locked until then, where the store can.
            giving: Nobody will write to `source` any more: a store on the same disk may keep that
                very file rather than a copy.
        """
        ...

    def head(self, key: str) -> StoredObject:
        """The object's facts."""
        ...

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes from `offset`, at most `length` of them."""
        ...

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects whose key starts with `prefix`."""
        ...

    def delete(self, keys: Sequence[str]) -> dict[str, DeleteOutcome]:
        """Delete each key and say what became of it."""
        ...

    def set_hold(self, key: str, *, on: bool) -> None:
        """Place or lift the hold on the object; raises NotFound."""
        ...

    def is_held(self, key: str) -> bool:
        """Whether the object carries a hold; raises NotFound."""
        ...

    def guarantees(self) -> Guarantees:
        """Try on scratch objects what the store guarantees; takes seconds, cleans up after."""
        ...
