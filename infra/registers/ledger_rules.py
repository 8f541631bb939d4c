"""Rules that the ledger's records in memory and in a database share."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from footage.errors import Conflict
from footage.leaf import Late

if TYPE_CHECKING:
    from footage.leaf import Draft
    from footage.ports.ledger import LedgerState


def new_log_name() -> str:
    """Return the name of a new log, which no other log has."""
    return secrets.token_hex(8)


def require_same_size(size: int, state: LedgerState) -> None:
    """Raise Conflict unless the tree has `size` leaves."""
    if size != state.size:
        raise Conflict(f"the ledger has {state.size} leaves, not {size}", hint="read again")


def require_not_behind(size: int, state: LedgerState) -> None:
    """Raise Conflict where more than `size` leaves are stored already."""
    if size < state.stored:
        raise Conflict(f"{state.stored} leaves are stored already, not {size}", hint="read again")


def is_anew(draft: Draft) -> bool:
    """Whether a draft may stand beside a leaf of the same key with another digest.

    An import may bring footage of a key again whose segment was deleted: no store takes other bytes
    under a key that is there. Such a leaf is late, so it proves its bytes from then on alone, and
    the leaf of the former segment stays in the tree.
    """
    return draft.late is Late.IMPORT


def two_digests(draft: Draft, known: str) -> Conflict:
    """Return the error of a draft whose segment is known with another digest."""
    return Conflict(
        f"{draft.key} stands in the ledger with {known}, not with {draft.digest}",
        hint="compare the object with its segment: footage ledger verify",
    )
