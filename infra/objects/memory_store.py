"""Objects in memory: the whole contract, and nothing left when the process ends."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from footage.digest import Digest
from footage.errors import Conflict, DataLoss, NotFound
from footage.ports import DeleteOutcome, Guarantees, ObjectState, StoredObject, Unreadable
from infra.objects.object_rules import check_key, check_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.instant import Instant


@dataclass(frozen=True, slots=True)
class _Entry:
    facts: StoredObject
    data: bytes = field(repr=False)
    retain_until: Instant | None = None
    held: bool = False


class MemoryStore:
    """`footage.ports.ObjectStore` in a dictionary.

    Objects are reachable only through this class, so a hold is as strong as a store's own.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._entries: dict[str, _Entry] = {}

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
        """Store the file `source` under the key; raises NotFound when `source` does not exist."""
        del giving  # the bytes are copied in any case
        check_key(key)
        data, checked = _read(source), check_metadata(metadata)
        if Digest.of(data) != digest:
            raise DataLoss(f"{source} is not {digest}; nothing was stored under {key}")
        with self._lock:
            there = self._entries.get(key)
            if there is None:
                facts = StoredObject(key, len(data), digest, checked)
                self._entries[key] = _Entry(facts, data, retain_until)
                return facts
            if there.facts.digest != digest:
                raise Conflict(f"{key} holds other bytes: {there.facts.digest}")  # invariant 1
            return there.facts

    def head(self, key: str) -> StoredObject:
        """The object's facts."""
        return self._entry(key).facts

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of the object from `offset`, at most `length` bytes."""
        return self._entry(key).data[offset:][:length]

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects whose key starts with `prefix`, as of the call."""
        with self._lock:
            found = sorted(key for key in self._entries if key.startswith(prefix))
            facts = [self._entries[key].facts for key in found]
        return iter(facts)

    def delete(self, keys: Sequence[str]) -> dict[str, DeleteOutcome]:
        """Delete each key that no hold or lock forbids."""
        for key in keys:
            check_key(key)
        with self._lock:
            return {key: self._delete(key) for key in keys}

    def set_hold(self, key: str, *, on: bool) -> None:
        """Place or lift the hold."""
        with self._lock:
            self._entries[key] = replace(self._entry(key), held=on)

    def is_held(self, key: str) -> bool:
        """Whether the object carries a hold."""
        return self._entry(key).held

    def states(self, keys: Sequence[str]) -> dict[str, ObjectState | Unreadable]:
        """Facts and hold of each key that is stored."""
        for key in keys:
            check_key(key)
        with self._lock:
            found = {key: self._entries[key] for key in keys if key in self._entries}
        return {key: ObjectState(entry.facts, entry.held) for key, entry in found.items()}

    def guarantees(self) -> Guarantees:
        """Every guarantee, since objects are reachable only by this class in this process."""
        return Guarantees(
            digest_checked_put=True,
            retention=True,
            legal_hold=True,
            hold_outlives_retention=True,
            findings=("in memory: holds bind while the process lives, then everything is gone",),
        )

    def _entry(self, key: str) -> _Entry:
        check_key(key)
        with self._lock:
            if key not in self._entries:
                raise NotFound(f"no object {key!r} in memory")
            return self._entries[key]

    def _delete(self, key: str) -> DeleteOutcome:
        entry = self._entries.get(key)
        if entry is None:
            return DeleteOutcome.DELETED
        locked = entry.retain_until is not None and entry.retain_until > self._clock.now()
        if entry.held or locked:  # invariant 4
            return DeleteOutcome.HELD
        del self._entries[key]
        return DeleteOutcome.DELETED


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except FileNotFoundError as exc:
        raise NotFound(f"nothing to store: {source} is not there") from exc
