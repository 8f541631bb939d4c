"""Wait for the ledger's next checkpoint, where another process signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.clock import Clock
    from footage.instant import Instant
    from footage.ports import Ledger

LONGEST: Final = Elapsed.parse("75s")
"""A checkpoint is signed each minute."""
_SILENT: Final = Elapsed.parse("3m")
"""A last checkpoint so old: nobody signs now, and waiting would not help."""
_LOOK: Final = Elapsed.parse("1s")


def await_checkpoint(
    ledger: Ledger, clock: Clock, covered: Instant, looked: Callable[[], None]
) -> None:
    """Return once a checkpoint covers what was stored of the time before `covered`, or none will.

    Args:
        ledger: The ledger.
        clock: Tells the time and waits.
        covered: End of the footage that wants a proof.
        looked: Called before each wait; what this raises ends the wait.

    Raises:
        Unavailable: The ledger cannot be reached.
    """
    wanted, began = min(covered, clock.now()), clock.monotonic()
    while True:
        signed = ledger.state().signed_at
        if signed is None or signed >= wanted or clock.now() - signed > _SILENT:
            return
        if clock.monotonic() - began > LONGEST:
            return
        looked()
        clock.sleep(_LOOK)
