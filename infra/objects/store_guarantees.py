"""What the store in force was seen to guarantee: recorded in the register, tried on request only.

Trying an S3 store takes some ten seconds, so nobody who places or releases a hold waits for it:
`footage doctor` tries and records, a recorder does where no result is recorded yet.
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
    """The recorded result for one store, and the way to a new one.

    Args:
        bucket: Its name, the same in every process that uses it; "" for a folder, which is asked
            without trying anything, so that no record is needed.
        store: Opens the store.
        register: Opens the register, which keeps the result for all nodes.
        clock: Dates it.
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
        """The newest result; None where there is none, or it cannot be read now."""
        try:
            return self._register().seen_guarantees(self._bucket) if self._bucket else self._try()
        except FootageError:
            return None

    def facts(self) -> Guarantees | None:
        """The same without its date."""
        seen = self.seen()
        return seen.guarantees if seen else None

    def renew(self) -> SeenGuarantees:
        """Try the store now, and record the result.

        Raises:
            Unavailable: Store or register cannot be reached.
        """
        seen = self._try()
        if self._bucket:
            self._register().record_guarantees(self._bucket, seen)
        return seen

    def _try(self) -> SeenGuarantees:
        return SeenGuarantees(self._store().guarantees(), self._clock.now())
