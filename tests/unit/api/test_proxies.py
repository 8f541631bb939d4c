"""Who makes a proxy, who shares one, who is refused, and what is given up."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from api import proxies as module
from api.proxies import Proxies
from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import FootageError, Refused, Unavailable
from footage.instant import Elapsed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.media.memory_derived import MemoryDerived
from tests.common.builders import START, segments_in_a_row
from tests.common.until import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.segment import Segment

SEGMENTS = [
    replace(one, digest=Digest.of(one.key.encode()))
    for one in segments_in_a_row(module.WAITING + 5)
]
FIRST, SECOND, THIRD, *_ = SEGMENTS
TIMEOUT = 20


class Workshop:
    """A transcoder whose work ends when a test says so."""

    profile = "h264-test"

    def __init__(self) -> None:
        self.begun: list[Segment] = []
        self.given_up: list[Segment] = []
        self.begin, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.fails: FootageError | None = None

    def make(self, segment: Segment, unwanted: Callable[[], bool]) -> bytes:
        self.begun.append(segment)
        self.begin.release()
        while not self.go_on.acquire(timeout=0.01):
            if unwanted():
                self.given_up.append(segment)
                raise Unavailable("nobody wants it")
        if self.fails:
            raise self.fails
        return f"proxy of {segment.key}".encode()


class Setting:
    def __init__(self, limit: int = 1 << 20, at_once: int = 1) -> None:
        self.workshop, self.derived = Workshop(), MemoryDerived(limit)
        self.catalogue, self.clock = MemoryCatalogue(), SimulatedClock(START)
        self.catalogue.add_segments(SEGMENTS)
        self.proxies = Proxies(
            self.workshop,
            self.derived,
            self.catalogue,
            self.clock,
            at_once=at_once,
            within=Elapsed.parse("10s"),
        )

    def film(self, segment: Segment) -> bytes:
        return asyncio.run(self.proxies.film(segment))


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = Setting()
    yield made
    made.proxies.close()


@pytest.fixture
def people() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as pool:
        yield pool


def test_one_that_was_made_is_kept(setting: Setting) -> None:
    setting.workshop.go_on.release()
    made = setting.film(FIRST)
    assert made == f"proxy of {FIRST.key}".encode()
    assert setting.film(FIRST) == made
    assert setting.workshop.begun == [FIRST]
    assert setting.proxies.ready(SEGMENTS) == 1
    counted = setting.proxies.counted()
    assert (counted.outcomes["made"], counted.outcomes["kept"]) == (1, 1)
    assert counted.kept_bytes == len(made)


def test_one_that_another_process_made_meanwhile_counts_as_kept(
    setting: Setting, people: ThreadPoolExecutor
) -> None:
    first, second = SEGMENTS[:2]
    asked = [people.submit(setting.film, first)]
    setting.workshop.begin.acquire(timeout=TIMEOUT)
    asked.append(people.submit(setting.film, second))
    until(lambda: setting.proxies.under_way([second]) == (0, 1))
    setting.derived.put(_name(setting, second), b"theirs", [second.key])
    setting.workshop.go_on.release()
    assert [one.result(TIMEOUT) for one in asked][1] == b"theirs"
    assert setting.workshop.begun == [first]
    outcomes = setting.proxies.counted().outcomes
    assert (outcomes["made"], outcomes["kept"]) == (1, 1)


def test_all_who_ask_for_the_same_share_one_making(
    setting: Setting, people: ThreadPoolExecutor
) -> None:
    asked = [people.submit(setting.film, FIRST) for _ in range(8)]
    setting.workshop.begin.acquire(timeout=TIMEOUT)
    until(lambda: setting.proxies._making[_name(setting, FIRST)].wanted == 8)
    setting.workshop.go_on.release()
    assert len({one.result(TIMEOUT) for one in asked}) == 1
    assert setting.workshop.begun == [FIRST]


def test_no_more_than_the_setting_are_made_at_once(
    setting: Setting, people: ThreadPoolExecutor
) -> None:
    asked = [people.submit(setting.film, one) for one in SEGMENTS[:3]]
    until(lambda: sum(setting.proxies.under_way(SEGMENTS)) == 3)
    setting.workshop.begin.acquire(timeout=TIMEOUT)
    assert setting.proxies.under_way(SEGMENTS) == (1, 2)
    assert len(setting.workshop.begun) == 1
    setting.workshop.go_on.release(3)
    for one in asked:
        one.result(TIMEOUT)


def test_past_the_bound_who_asks_is_told_to_ask_again(
    setting: Setting, people: ThreadPoolExecutor
) -> None:
    most = 1 + module.WAITING
    asked = [people.submit(setting.film, one) for one in SEGMENTS[:most]]
    until(lambda: sum(setting.proxies.under_way(SEGMENTS)) == most)
    with pytest.raises(Unavailable, match="wait already"):
        setting.film(SEGMENTS[most])
    shared = people.submit(setting.film, SEGMENTS[0])  # what is made anyway is no more
    setting.workshop.go_on.release(most)
    for one in [*asked, shared]:
        one.result(TIMEOUT)
    assert setting.proxies.counted().outcomes["refused"] == 1


def test_past_the_bound_a_job_waits_for_room(setting: Setting, people: ThreadPoolExecutor) -> None:
    most = 1 + module.WAITING
    asked = [people.submit(setting.film, one) for one in SEGMENTS[:most]]
    until(lambda: sum(setting.proxies.under_way(SEGMENTS)) == most)
    looks = threading.Semaphore(0)
    job = people.submit(setting.proxies.make, SEGMENTS[most], looks.release)
    for _ in range(3):  # the second and later looks come after an attempt
        assert looks.acquire(timeout=TIMEOUT)
    setting.workshop.go_on.release(most + 1)
    for one in asked:
        one.result(TIMEOUT)
    job.result(TIMEOUT)
    assert setting.proxies.ready([SEGMENTS[most]]) == 1
    assert setting.proxies.counted().outcomes["refused"] == 0


def test_what_nobody_waits_for_is_given_up(setting: Setting) -> None:
    async def leave() -> None:
        asking = asyncio.create_task(setting.proxies.film(FIRST))
        await asyncio.to_thread(setting.workshop.begin.acquire, timeout=TIMEOUT)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(leave())
    until(lambda: setting.workshop.given_up == [FIRST])
    assert setting.proxies.under_way([FIRST]) == (0, 0)
    assert setting.proxies.counted().outcomes["abandoned"] == 1
    setting.workshop.go_on.release()
    assert setting.film(FIRST)  # not remembered as a failure


def test_one_who_leaves_takes_nothing_from_the_others(setting: Setting) -> None:
    async def leave() -> bytes:
        asking = [asyncio.create_task(setting.proxies.film(FIRST)) for _ in range(2)]
        await asyncio.to_thread(setting.workshop.begin.acquire, timeout=TIMEOUT)
        asking[0].cancel()
        await asyncio.wait([asking[0]])
        setting.workshop.go_on.release()
        return await asking[1]

    assert asyncio.run(leave()) == f"proxy of {FIRST.key}".encode()
    assert setting.workshop.given_up == []


def test_one_that_waits_and_is_wanted_no_more_is_never_begun(
    setting: Setting, people: ThreadPoolExecutor
) -> None:
    first = people.submit(setting.film, FIRST)
    setting.workshop.begin.acquire(timeout=TIMEOUT)

    async def leave() -> None:
        asking = asyncio.create_task(setting.proxies.film(SECOND))
        waits = setting.proxies.under_way
        await asyncio.to_thread(until, lambda: waits([SECOND]) == (0, 1))
        asking.cancel()
        await asyncio.wait([asking])

    asyncio.run(leave())
    setting.workshop.go_on.release(2)
    first.result(TIMEOUT)
    assert setting.film(THIRD)
    assert setting.workshop.begun == [FIRST, THIRD]


def test_a_failure_is_remembered_for_a_minute(setting: Setting) -> None:
    setting.workshop.fails = Refused("no proxy of it can be made", hint="ask for the original")
    setting.workshop.go_on.release()
    for _ in range(3):
        with pytest.raises(Refused, match="no proxy") as refused:
            setting.film(FIRST)
        assert refused.value.hint == "ask for the original"
    assert len(setting.workshop.begun) == 1
    setting.clock.sleep(module.REMEMBERED)
    setting.workshop.fails = None
    setting.workshop.go_on.release()
    assert setting.film(FIRST)
    assert setting.proxies.counted().outcomes["failed"] == 1


def test_a_fault_of_ours_reaches_whoever_waits(setting: Setting) -> None:
    setting.workshop.fails = ZeroDivisionError()  # type: ignore[assignment]
    setting.workshop.go_on.release()
    with pytest.raises(ZeroDivisionError):
        setting.film(FIRST)
    assert setting.proxies.under_way([FIRST]) == (0, 0)


def test_a_segment_deleted_while_its_proxy_is_made_leaves_nothing(
    setting: Setting, people: ThreadPoolExecutor
) -> None:
    asked = people.submit(setting.film, FIRST)
    setting.workshop.begin.acquire(timeout=TIMEOUT)
    setting.catalogue.remove_segments([FIRST.key])
    setting.workshop.go_on.release()
    asked.result(TIMEOUT)
    assert setting.derived.segments() == []


def test_a_full_keeping_gives_up_the_longest_unused() -> None:
    size = len(f"proxy of {FIRST.key}")
    setting = Setting(limit=2 * size)
    setting.workshop.go_on.release(4)
    for one in (FIRST, SECOND, FIRST, THIRD):
        setting.film(one)
    assert setting.derived.segments() == [FIRST.key, THIRD.key]
    assert setting.film(SECOND)
    setting.proxies.close()


def test_at_the_end_what_is_being_made_is_ended(people: ThreadPoolExecutor) -> None:
    setting = Setting()
    asked = [people.submit(setting.film, one) for one in SEGMENTS[:3]]
    until(lambda: sum(setting.proxies.under_way(SEGMENTS)) == 3)
    setting.proxies.close()
    for one in asked:
        with pytest.raises(Unavailable):
            one.result(TIMEOUT)


def _name(setting: Setting, segment: Segment) -> str:
    return setting.proxies._name(segment)
