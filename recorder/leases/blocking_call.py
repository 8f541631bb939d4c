"""Calls that may never come back, each on a thread of its own, so that none holds up the others."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Protocol, TypeVar

from footage.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from footage.clock import Clock
    from footage.instant import Elapsed

T = TypeVar("T")


class BlockingCalls(Protocol):
    """Runs a blocking call beside the event loop."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """What it returns or raises."""
        ...


async def blocking_call(call: Callable[[], T]) -> T:
    """Run it on a thread that dies with the process, however long a dead server keeps it."""
    future: Future[T] = Future()
    Thread(target=_run, args=(call, future), name="errand", daemon=True).start()
    return await asyncio.wrap_future(future)


def _run(call: Callable[[], T], future: Future[T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as exc:  # noqa: BLE001 - handed over whole to whoever waits
        future.set_exception(exc)
    else:
        future.set_result(result)


async def answer_within(
    asked: Awaitable[T],
    clock: Clock,
    within: Elapsed,
    late: Callable[[T], None] | None = None,
) -> T:
    """What was asked for; an answer that comes after `within` is given to `late`.

    Raises:
        Unavailable: There is none within that time.
    """
    task = asyncio.ensure_future(asked)
    alarm = asyncio.ensure_future(clock.pause(within))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarm.cancel()
        if not task.done():  # also when we are cancelled: nobody else waits for it
            task.add_done_callback(partial(_come_late, late))
    if task.done():
        return task.result()
    raise Unavailable(f"no answer within {within}")


def _come_late(late: Callable[[T], None] | None, task: asyncio.Future[T]) -> None:
    if not task.cancelled() and task.exception() is None and late is not None:
        late(task.result())
