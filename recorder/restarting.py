"""Restarting a task that fails: the fault is reported, and the task begins again after 30 s.

The trouble of a failed task lasts until the restarted task has worked on for 30 s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from footage.clock import Clock
    from recorder.events import Event, Trouble

AFTER_A_FAULT: Final = Elapsed.parse("30s")
"""The wait before a task is begun again, and the time after which the task counts as working."""


async def restart_on_failure(
    trouble: Trouble,
    work: Callable[[], Coroutine[object, object, None]],
    clock: Clock,
    tell: Callable[[Event], None],
) -> None:
    """Run `work`, which never returns, until cancelled; restart `work` after a failure.

    `trouble` begins with a failure and ends when the restarted task counts as working again.
    """
    failed = False
    while True:
        task = asyncio.create_task(work())
        try:
            if failed and await lasts(task, clock):
                failed = False
                tell(trouble.ended())
            await asyncio.wait({task})
        finally:
            task.cancel()
        if task.cancelled():
            return
        failed = True
        tell(trouble.began(repr(task.exception())))
        await clock.pause(AFTER_A_FAULT)


async def lasts(task: asyncio.Task[None], clock: Clock) -> bool:
    """Wait until a task restarted after a fault counts as working; False if the task ends first."""
    alarm = asyncio.ensure_future(clock.pause(AFTER_A_FAULT))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarm.cancel()
    return not task.done()
