"""A task that fails is begun again; its trouble lasts until it has worked on for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from recorder.events import Trouble, TroubleSource
from recorder.restarting import AFTER_A_FAULT, restart_on_failure

if TYPE_CHECKING:
    from footage.instant import Elapsed
    from recorder.events import Event

ENTERING = Trouble(TroubleSource.ENTERING_TASK)


class Clock(SystemClock):
    """One whose pauses last until they are let go."""

    def __init__(self) -> None:
        self.pauses: list[asyncio.Event] = []

    async def pause(self, elapsed: Elapsed) -> None:
        assert elapsed == AFTER_A_FAULT
        self.pauses.append(asyncio.Event())
        await self.pauses[-1].wait()


class Kept:
    """A task kept up, which fails whenever it is told to."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.events: list[Event] = []
        self.starts = 0
        self.fail = asyncio.Event()
        self.task = asyncio.create_task(
            restart_on_failure(ENTERING, self.work, self.clock, self.events.append)
        )

    async def work(self) -> None:
        self.starts += 1
        await self.fail.wait()
        self.fail.clear()
        raise KeyError(self.starts)

    async def settled(self) -> None:
        """Until nothing can happen any more by itself."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def fails(self) -> None:
        self.fail.set()
        await self.settled()

    async def waited(self) -> None:
        self.clock.pauses[-1].set()
        await self.settled()

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def test_a_task_that_works_again_for_a_while_has_no_trouble_any_more() -> None:
    async def story() -> None:
        kept = Kept()
        await kept.settled()
        assert kept.clock.pauses == []  # no cost while nothing has failed
        await kept.fails()
        assert kept.events == [ENTERING.began("KeyError(1)")]
        await kept.waited()
        assert kept.starts == 2
        assert kept.events[1:] == []  # begun again, which is no proof that it works
        await kept.waited()
        assert kept.events[1:] == [ENTERING.ended()]
        await kept.fails()
        assert kept.events[2:] == [ENTERING.began("KeyError(2)")]
        await kept.end()

    asyncio.run(story())


def test_a_task_that_fails_again_at_once_is_in_trouble_all_the_time() -> None:
    async def story() -> None:
        kept = Kept()
        await kept.settled()
        for n in range(1, 4):
            await kept.fails()
            assert kept.starts == n
            await kept.waited()
        assert kept.events == [ENTERING.began(f"KeyError({n})") for n in range(1, 4)]
        await kept.end()

    asyncio.run(story())
