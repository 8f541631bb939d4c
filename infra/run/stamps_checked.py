"""Checks the time stamps over checkpoints of this home's ledger and custody log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.checkpoint_stamps import check_stamps
from footage.ledger_objects import origin_of
from footage.log_keys import Standing, judged, renamed

if TYPE_CHECKING:
    from evidence.checkpoint_stamps import StampCheck
    from footage.instant import Instant
    from footage.signed_note import Checkpoint
    from infra.wiring import Parts


def stamps_checked(parts: Parts, log: str) -> StampCheck:
    """Check each time stamp of a log, by the roots of `[seal] authority_ca` where these are set.

    Raises:
        Misconfigured: The file of roots cannot be read.
        Unavailable: The store cannot be reached.
    """
    from infra.keys.note_crypto import is_right  # noqa: PLC0415 - loads the library
    from infra.keys.time_authority import stamped_time  # noqa: PLC0415 - loads the library

    authority = parts.time_authority
    roots = authority.certificates if authority else ""
    keys = renamed(parts.ledger_keys.log_keys(), origin_of(log))

    def stamped(token: bytes, data: bytes) -> tuple[Instant, bool]:
        return stamped_time(token, data, roots)

    def is_of_log(checkpoint: Checkpoint) -> str:
        found = judged(checkpoint, origin_of(log), keys, is_right)
        return "" if found.standing is Standing.SIGNED else found.words

    return check_stamps(parts.store, log, stamped, is_of_log)


def stamp_words(done: StampCheck) -> list[str]:
    """Return what a check of time stamps found, as lines for people."""
    lines = [f"time stamp: {finding}" for finding in done.findings]
    if done.last is None:
        return lines
    one, at = done.last
    by = "; no root certificates of the authority are set" if done.unproven else ""
    right = done.count - len(done.findings)
    told = f"time stamps: {right} of {done.count} right, the newest over {one.size} leaves"
    return [*lines, f"{told}, there before {at} by the authority's clock{by}"]
