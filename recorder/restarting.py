"""Keeping a task alive: a fault of ours in it is told, and it is begun again after a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed
from recorder.ports import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from footage.clock import Clock

AFTER_A_FAULT: Final = Elapsed.parse("30s")


async def restart_on_failure(
    what: str,
    work: Callable[[], Coroutine[object, object, None]],
    clock: Clock,
    tell: Callable[[Event], None],
) -> None:
    """Run `work`, which never returns by itself, until cancelled."""
    while True:
        task = asyncio.create_task(work())
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
        if task.cancelled():
            return
        tell(Event(EventKind.TROUBLE, None, f"{what} failed: {task.exception()!r}"))
        await clock.pause(AFTER_A_FAULT)
