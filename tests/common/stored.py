"""The footage in an object store, without copies of gaps and the ledger beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.gap_copies import is_gap_key
from footage.ledger_objects import is_ledger_key

if TYPE_CHECKING:
    from footage.ports import ObjectStore, StoredObject


def footage_in(store: ObjectStore) -> list[StoredObject]:
    """Return the stored segments, by key."""
    return [
        stored
        for stored in store.list()
        if not (is_gap_key(stored.key) or is_ledger_key(stored.key))
    ]
