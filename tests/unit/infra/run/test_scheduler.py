"""The scheduler runs jobs in its threads and tells what they raise."""

from __future__ import annotations

import threading

import pytest

from footage.errors import BadInput, Unavailable
from infra.run.scheduler import Scheduler

WAIT_S = 10.0


def test_a_job_runs_and_what_it_raises_is_told() -> None:
    ran, told = threading.Event(), threading.Event()
    failures: list[tuple[str, BaseException | None]] = []

    def failed(name: str, exc: BaseException | None) -> None:
        failures.append((name, exc))
        told.set()

    def broken() -> None:
        raise Unavailable("no store")

    scheduler = Scheduler(failed)
    scheduler.daily("good", ran.set, at="03:00")
    scheduler.daily("bad", broken, at="3:5")
    scheduler.start()
    try:
        scheduler.now("good")
        scheduler.now("bad")
        assert ran.wait(WAIT_S)
        assert told.wait(WAIT_S)
    finally:
        scheduler.stop()
    ((name, exc),) = failures
    assert name == "bad at once"
    assert isinstance(exc, Unavailable)


@pytest.mark.parametrize("at", ["", "3", "25:00", "12:60", "noon", "1:2:3"])
def test_what_is_no_time_of_day(at: str) -> None:
    with pytest.raises(BadInput):
        Scheduler(lambda *_: None).daily("job", lambda: None, at=at)


def test_an_unknown_job() -> None:
    with pytest.raises(BadInput):
        Scheduler(lambda *_: None).now("job")
