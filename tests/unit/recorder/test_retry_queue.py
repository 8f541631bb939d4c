"""Work for one server: what fails waits behind what is new, and nobody starves."""

from __future__ import annotations

import asyncio
from operator import itemgetter
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import BadInput, FootageError, Misconfigured, Unavailable
from footage.instant import Elapsed
from recorder.events import Trouble, TroubleBegan, TroubleEnded, TroubleSource
from recorder.store.retry_queue import RetryQueue, bisect_failures
from tests.common.builders import START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recorder.events import Event

DOWN = Unavailable("it is down")
NOT_STORED = Trouble(TroubleSource.STORING)
BEGAN = TroubleBegan(NOT_STORED, "not stored, kept in the spool: it is down")


class Parts:
    def __init__(self) -> None:
        self.clock = SimulatedClock(START)
        self.events: list[Event] = []
        self.queue = RetryQueue[str](
            TroubleSource.STORING, itemgetter(0), self.clock, self.events.append
        )

    def take(self, count: int, at_most: int = 1) -> list[list[str]]:
        async def taken() -> list[list[str]]:
            return [await self.queue.take(at_most) for _ in range(count)]

        return asyncio.run(taken())


def test_the_oldest_first_and_several_where_asked() -> None:
    parts = Parts()
    for name in "abcde":
        parts.queue.put(name)
    assert parts.take(1, at_most=3) == [["a", "b", "c"]]
    assert parts.take(1, at_most=3) == [["d", "e"]]


def test_each_in_turn_and_of_each_the_oldest() -> None:
    parts = Parts()
    for name in ("a1", "a2", "a3", "b1", "c1", "c2"):
        parts.queue.put(name)
    assert parts.take(1, at_most=4) == [["a1", "b1", "c1", "a2"]]
    parts.queue.put("b2")
    assert parts.take(1, at_most=9) == [["c2", "a3", "b2"]]


def test_what_failed_waits_behind_the_new_but_has_every_fourth_turn() -> None:
    parts = Parts()
    parts.queue.failed(["bad", "worse"], DOWN)
    for name in "abcdefgh":
        parts.queue.put(name)
    assert [one for (one,) in parts.take(10)] == [*"abc", "bad", *"def", "worse", *"gh"]


def test_an_outage_is_told_once_reminded_of_and_ended_by_what_works() -> None:
    parts = Parts()
    for _ in range(3):
        parts.queue.failed(["a"], DOWN)
        parts.clock.sleep(Elapsed.parse("4m"))
    assert parts.events == [BEGAN]
    assert parts.queue.trouble == "it is down"
    assert parts.queue.outage is not None
    assert (parts.queue.outage.since, parts.queue.outage.why) == (START, "it is down")
    parts.queue.failed(["a"], DOWN)
    assert parts.events == [BEGAN, BEGAN]
    parts.queue.worked(["a"])
    assert parts.events[-1] == TroubleEnded(NOT_STORED, "over: not stored, kept in the spool")
    assert parts.queue.trouble == ""
    assert [parts.queue.outage] == [None]


def test_one_that_keeps_failing_is_no_outage_and_not_told_each_time() -> None:
    parts = Parts()
    for _ in range(5):
        parts.queue.failed(["bad"], DOWN)
        parts.queue.worked(["good"])
    assert parts.queue.outage is None
    assert parts.queue.trouble == "it is down"
    assert len(parts.events) == 1


def test_a_worker_waits_until_there_is_something() -> None:
    parts = Parts()

    async def wait() -> list[str]:
        taking = asyncio.create_task(parts.queue.take())
        await parts.clock.pause(Elapsed.parse("1s"))
        assert not taking.done()
        parts.queue.put("a")
        return await taking

    assert asyncio.run(wait()) == ["a"]


@pytest.mark.parametrize("bad", [[], [0], [3, 4], [9], list(range(10))])
def test_by_halves_finds_what_is_at_fault(bad: list[int]) -> None:
    done: list[int] = []

    def do(items: Sequence[int]) -> None:
        if set(items) & set(bad):
            raise BadInput("one of these")
        done.extend(items)

    assert [item for item, _ in bisect_failures(do, range(10))] == bad
    assert sorted([*done, *bad]) == list(range(10))


@pytest.mark.parametrize("error", [DOWN, Misconfigured("access denied")])
def test_a_server_that_is_down_is_asked_once_for_all(error: FootageError) -> None:
    calls = 0

    def do(_: Sequence[int]) -> None:
        nonlocal calls
        calls += 1
        raise error

    assert bisect_failures(do, [1, 2, 3]) == [(1, error), (2, error), (3, error)]
    assert calls == 1
    assert bisect_failures(do, []) == []
