"""Times from orders on paper to their holds, for metrics, read from the register."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from evidence.preservation import time_to_hold
from footage.errors import FootageError
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.wiring import Parts

_EVERY: Final = Elapsed.parse("1m")
_log = logging.getLogger(__name__)


def order_times(parts: Parts) -> Callable[[], Sequence[Elapsed] | None]:
    """Return a call that tells the times of all orders, released ones too.

    The register is read once a minute at most; the call returns None while it cannot be reached.
    """
    register, clock = parts.register, parts.clock
    known: tuple[Elapsed, list[Elapsed] | None] | None = None

    def look() -> Sequence[Elapsed] | None:
        nonlocal known
        now = clock.monotonic()
        if known is None or now - known[0] >= _EVERY:
            try:
                times = map(time_to_hold, register.holds(active_only=False))
                known = now, [time for time in times if time is not None]
            except FootageError as exc:
                _log.debug("the times of orders are not known: %s", exc)
                known = now, None
        return known[1]

    return look
