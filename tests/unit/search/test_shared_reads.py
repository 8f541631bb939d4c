"""Threads share the reads they want at the same time, and are told nothing older than they ask."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from search.shared_reads import SharedReads
from tests.common.until import until

_THREADS = 6


class Key:
    """A key that counts the threads that asked: who asks looks the key up before all else."""

    def __init__(self) -> None:
        self.asked = 0

    def __hash__(self) -> int:
        self.asked += 1
        return 1


def test_who_asks_while_a_read_is_under_way_shares_the_next_read() -> None:
    shared, key, go_on, begun = SharedReads(), Key(), Event(), list[int]()

    def work() -> int:
        begun.append(1)
        number = len(begun)
        assert go_on.wait(30)
        return number

    with ThreadPoolExecutor(_THREADS) as pool:
        first = pool.submit(shared.read, key, work)
        until(lambda: len(begun) == 1)
        asked = key.asked
        others = [pool.submit(shared.read, key, work) for _ in range(_THREADS - 1)]
        until(lambda: key.asked == asked + _THREADS - 1)
        go_on.set()
        assert first.result(30) == 1
        assert [other.result(30) for other in others] == [2] * (_THREADS - 1)
    assert shared.read(key, work) == 3, "nothing is kept"
    assert not shared._under_way


def test_nobody_is_told_what_was_read_before_they_asked() -> None:
    shared, lock, version = SharedReads(), Lock(), [0]

    def work() -> int:
        found = version[0]
        for _ in range(20):
            os.sched_yield()  # others ask meanwhile
        return found

    def ask(_: int) -> bool:
        with lock:
            version[0] += 1
            mine = version[0]
        return shared.read("key", work) >= mine

    with ThreadPoolExecutor(_THREADS) as pool:
        assert all(pool.map(ask, range(600)))
    assert not shared._under_way


def test_other_keys_are_read_meanwhile() -> None:
    shared = SharedReads()
    with ThreadPoolExecutor(2) as pool:
        go_on = Event()
        waiting = pool.submit(shared.read, "slow", lambda: go_on.wait(30))
        assert shared.read("other", lambda: "found") == "found"
        go_on.set()
        assert waiting.result(30)


def test_each_thread_gets_the_failure_of_its_own_read() -> None:
    shared, key, go_on, begun = SharedReads(), Key(), Event(), list[int]()

    def work() -> int:
        begun.append(1)
        number = len(begun)
        assert go_on.wait(30)
        raise LookupError(number)

    with ThreadPoolExecutor(_THREADS) as pool:
        first = pool.submit(shared.read, key, work)
        until(lambda: len(begun) == 1)
        asked = key.asked
        others = [pool.submit(shared.read, key, work) for _ in range(_THREADS - 1)]
        until(lambda: key.asked == asked + _THREADS - 1)
        go_on.set()
        raised = {str(future.exception(30)) for future in (first, *others)}
    assert raised == {str(number) for number in range(1, _THREADS + 1)}
    assert not shared._under_way
    with pytest.raises(LookupError):
        shared.read(key, work)
