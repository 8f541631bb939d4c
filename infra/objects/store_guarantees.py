"""Observed guarantees of the configured store: recorded in the register, probed on request.

Trying an S3 store takes some ten seconds, so placing or releasing a hold never waits for a
probe: `footage doctor` probes and records, and so does a recorder while no result is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.errors import FootageError
from footage.ports import SeenGuarantees

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.clock import Clock
    from footage.ports import Guarantees, ObjectStore, Register


class StoreGuarantees:
    """The recorded guarantees of a store, with a method to probe the store again.

    Args:
        bucket: Name of the bucket, the same in every process that uses the store; "" for a folder,
            whose guarantees are known without a probe, so that no record is needed.
        store: Opens the store.
        register: Opens the register, which keeps the result for all nodes.
        clock: Gives the time of a result.
    """

    def __init__(
        self,
        bucket: str,
        store: Callable[[], ObjectStore],
        register: Callable[[], Register],
        clock: Clock,
    ) -> None:
        self._bucket, self._store = bucket, store
        self._register, self._clock = register, clock

    def seen(self) -> SeenGuarantees | None:
        """The newest result; None where no result is recorded or readable now."""
        try:
            return self._register().seen_guarantees(self._bucket) if self._bucket else self._try()
        except FootageError:
            return None

    def facts(self) -> Guarantees | None:
        """The newest observed guarantees, without the time of the probe."""
        seen = self.seen()
        return seen.guarantees if seen else None

    def renew(self) -> SeenGuarantees:
        """Probe the store now, and record the result.

        Raises:
            Unavailable: Store or register cannot be reached.
        """
        seen = self._try()
        if self._bucket:
            self._register().record_guarantees(self._bucket, seen)
        return seen

    def _try(self) -> SeenGuarantees:
        return SeenGuarantees(self._store().guarantees(), self._clock.now())
