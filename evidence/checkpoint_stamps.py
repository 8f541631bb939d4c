"""Time stamps of a third party (RFC 3161) over checkpoints of the ledger and the custody log.

A stamped checkpoint proves that all leaves of its tree were there before the time that the
authority's clock tells, whoever has the log's own keys. Stamps are put beside the checkpoints; an
authority that is away delays no checkpoint, since stamps are made in rounds of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, Conflict, NotFound
from footage.instant import DAY, Elapsed, Instant
from footage.ledger_objects import (
    last_of_days,
    read_checkpoint,
    stamp_key,
    stamped_checkpoints,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.published_tree import TreePublisher
    from evidence.seal import TimeAuthority
    from footage.clock import Clock
    from footage.ledger_objects import StoredCheckpoint
    from footage.ports import ObjectStore
    from footage.signed_note import Checkpoint

_LOOKED: Final = 40
"""Days after a leaf in which a stamped checkpoint is looked for."""


class CheckpointStamps:
    """Has checkpoints stamped.

    Args:
        store: Holds checkpoints and stamps.
        clock: Tells when the next stamp is due.
        authority: Stamps.
        tree: Puts the stamps.
        every: Time from a stamp to the next.
    """

    def __init__(
        self,
        store: ObjectStore,
        clock: Clock,
        authority: TimeAuthority,
        tree: TreePublisher,
        every: Elapsed,
    ) -> None:
        self._store, self._clock, self._authority = store, clock, authority
        self._tree, self._every = tree, every
        self._last: dict[str, Instant] = {}

    def round(self, log: str, signed_at: Instant) -> StoredCheckpoint | None:
        """Have the newest stored checkpoint stamped where a stamp is due; return that checkpoint.

        Args:
            log: Name of the log.
            signed_at: When the last checkpoint was signed.

        Raises:
            Misconfigured: The authority's address is none.
            Unavailable: Authority or store cannot be reached; the next round tries again.
        """
        last = self._last.get(log) or self._last_stamped(log, signed_at)
        if last is not None:
            self._last[log] = last
            if signed_at - last < self._every:
                return None
        newest = next(last_of_days(self._store, log, signed_at, signed_at), None)
        if newest is None or newest.signed == last:
            return None
        token = self._authority.stamp(self._store.get(newest.key))
        try:
            self._tree.put_stamp(newest, token)
        except Conflict:  # another process had it stamped meanwhile
            self._last[log] = newest.signed
            return None
        self._last[log] = newest.signed
        return newest

    def _last_stamped(self, log: str, signed_at: Instant) -> Instant | None:
        day = signed_at.floor(DAY)
        while day + DAY > signed_at - self._every:
            found = [one.signed for one in stamped_checkpoints(self._store, log, day)]
            if found:
                return max(found)
            day -= DAY
        return None


def stamp_covering(
    store: ObjectStore, log: str, size: int, start: Instant, last: Checkpoint, signed_at: Instant
) -> StoredCheckpoint | None:
    """Return the first stamped checkpoint that stands for `size` leaves or more.

    Args:
        store: Holds checkpoints and stamps.
        log: Name of the log.
        size: Number of leaves up to the leaf that is to be proven.
        start: When the leaf was appended at the earliest.
        last: The last checkpoint; what is stamped may not be younger.
        signed_at: When that was signed.
    """
    days = [start.floor(DAY) + DAY * number for number in range(_LOOKED + 1)]
    newest = [signed_at.floor(DAY) - DAY, signed_at.floor(DAY)]
    for day in sorted({*days, *newest}):
        if day > signed_at:
            break
        found = (
            one
            for one in stamped_checkpoints(store, log, day)
            if size <= one.size <= last.size and one.signed <= signed_at
        )
        if first := min(found, default=None):
            return first
    return None


@dataclass(slots=True)
class StampCheck:
    """Result of a check of the time stamps of a log.

    Attributes:
        count: Number of stamps.
        unproven: Number of those that nothing here proves: no root certificates are set.
        last: Of the newest that is right: checkpoint and the time that the authority tells.
        findings: What is wrong, each with the key of the stamp.
    """

    count: int = 0
    unproven: int = 0
    last: tuple[StoredCheckpoint, Instant] | None = None
    findings: list[str] = field(default_factory=list)

    def document(self) -> dict[str, object]:
        """Return the facts as plain values."""
        last = self.last
        return {
            "stamps": self.count,
            "unproven": self.unproven,
            "last_leaves": last[0].size if last else None,
            "last_before": str(last[1]) if last else None,
            "findings": self.findings,
        }


def check_stamps(
    store: ObjectStore,
    log: str,
    stamped: Callable[[bytes, bytes], tuple[Instant, bool]],
    is_of_log: Callable[[Checkpoint], str],
) -> StampCheck:
    """Check each time stamp of a log against its checkpoint.

    Args:
        store: Holds checkpoints and stamps.
        log: Name of the log.
        stamped: Gives the time of a stamp over some bytes and whether a known root vouches for it;
            raises BadInput where it is none.
        is_of_log: Returns why a checkpoint is none of this log's, "" where it is.
    """
    done = StampCheck()
    for one in stamped_checkpoints(store, log):
        done.count += 1
        key = stamp_key(one)
        try:
            data = store.get(one.key)
            at, proven = stamped(store.get(key), data)
            wrong = is_of_log(read_checkpoint(store, one))
        except (BadInput, NotFound) as exc:
            done.findings.append(f"{key}: {exc}")
            continue
        if wrong:
            done.findings.append(f"{key}: the checkpoint is {wrong}")
            continue
        done.unproven += not proven
        done.last = (one, at)
    return done
