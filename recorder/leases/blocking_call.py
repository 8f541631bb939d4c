"""Calls that may never return, each on a thread of its own, so that none delays the others."""

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
    """Runs blocking calls beside the event loop."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Run `call`; returns and raises as `call` does."""
        ...


async def blocking_call(call: Callable[[], T]) -> T:
    """Run `call` on a daemon thread, so that a server that hangs never keeps the process alive."""
    future: Future[T] = Future()
    Thread(target=_run, args=(call, future), name="blocking-call", daemon=True).start()
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
    """Wait for an answer; an answer that comes after `within` is given to `late`.

    Raises:
        Unavailable: No answer came within that time.
    """
    task = asyncio.ensure_future(asked)
    alarm = asyncio.ensure_future(clock.pause(within))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarm.cancel()
        if not task.done():  # also after a cancellation: nobody else waits for the answer
            task.add_done_callback(partial(_answered_late, late))
    if task.done():
        return task.result()
    raise Unavailable(f"no answer within {within}")


def _answered_late(late: Callable[[T], None] | None, task: asyncio.Future[T]) -> None:
    if not task.cancelled() and task.exception() is None and late is not None:
        late(task.result())
