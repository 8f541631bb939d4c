"""Calls that may never come back."""

from __future__ import annotations

import asyncio
import threading

import pytest

from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.instant import Elapsed
from recorder.leases.blocking_call import answer_within, blocking_call

SOON, LONG = Elapsed.parse("20ms"), Elapsed.parse("20s")


def test_it_gives_what_the_call_gives_on_a_thread_of_its_own() -> None:
    async def whole() -> None:
        name = await answer_within(
            blocking_call(lambda: threading.current_thread().name), SystemClock(), LONG
        )
        assert name == "blocking-call"
        with pytest.raises(KeyError):
            await answer_within(blocking_call(_raise), SystemClock(), LONG)

    asyncio.run(whole())


def _raise() -> None:
    raise KeyError


def test_who_does_not_answer_is_not_waited_for_and_heard_later() -> None:
    release = threading.Event()
    late: list[str] = []

    def call() -> str:
        release.wait()
        return "at last"

    async def whole() -> None:
        clock = SystemClock()
        with pytest.raises(Unavailable, match="no answer within 20ms"):
            await answer_within(blocking_call(call), clock, SOON, late.append)
        release.set()
        while not late:
            await clock.pause(SOON)

    asyncio.run(whole())
    assert late == ["at last"]


def test_a_hung_call_does_not_keep_the_process() -> None:
    hung = threading.Event()

    async def whole() -> None:
        with pytest.raises(Unavailable):
            await answer_within(blocking_call(hung.wait), SystemClock(), SOON)

    asyncio.run(whole())
    threads = [thread for thread in threading.enumerate() if thread.name == "blocking-call"]
    assert all(thread.daemon for thread in threads)
    hung.set()
