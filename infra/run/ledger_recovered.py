"""Recovers the ledger of a restored register, entered in the custody log (invariant 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.ledger_recovery import LedgerRecovery
from footage.action import Action, Deed
from footage.custody import bracket
from footage.instant import Instant, Interval
from footage.ledger_objects import origin_of
from footage.log_keys import LogKey
from footage.signed_note import NoteKey
from infra.keys.note_crypto import is_right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.ledger_recovery import Recovered
    from footage.action import Purpose
    from infra.wiring import Parts


def recovered_ledger(parts: Parts, who: Purpose, vkeys: Sequence[str]) -> Recovered:
    """Put leaves that were published back into the register of a home.

    Args:
        parts: Ledger, object store, public keys, custody log and clock.
        who: Who recovers.
        vkeys: Verifier keys noted elsewhere, beside those of the home.

    Raises:
        BadInput: A verifier key cannot be read.
        NotFound, Conflict, DataLoss, Refused, Unavailable: As `LedgerRecovery.recover`.
    """
    now = parts.clock.now()
    given = [LogKey(NoteKey.parse(one), Interval(Instant(0), now)) for one in vkeys]
    keys = [*parts.ledger_keys.log_keys(), *given]
    recovery = LedgerRecovery(parts.ledger, parts.store, keys, is_right, now)
    deed = Deed(Action.LEDGER, who, {"origin": origin_of(parts.ledger.state().log)})
    with bracket(parts.custody, deed) as act:
        done = recovery.recover()
        act.result |= {
            "leaves_before": done.before,
            "leaves": done.size,
            "signed": done.signed,
            "checkpoints": done.checkpoints,
        }
    return done
