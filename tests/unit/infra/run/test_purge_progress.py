"""The daily purge tells how far it is, and ends between two batches with its process."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.run.purge_progress import PurgeProgress
from retention.policy import Policy
from tests.common.builders import DAY, START, segments_in_a_row
from tests.common.purging import PURPOSE, City

if TYPE_CHECKING:
    from pathlib import Path

POLICIES = [Policy("streets", DAY * 30)]


def test_a_line_each_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = SimulatedClock(START)
    told = PurgeProgress(threading.Event(), clock)
    with caplog.at_level(logging.INFO):
        for done in range(100):
            clock.sleep(Elapsed.parse("3s"))
            told(done, 100)
    assert [record.getMessage() for record in caplog.records] == [
        f"retention: gone through {done} of 100 segments" for done in (19, 39, 59, 79, 99)
    ]


def test_a_purge_ends_with_the_process_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    city, stopping = City(), threading.Event()
    segments = segments_in_a_row(6, size_bytes=10)
    city.fill(segments, tmp_path)
    plan = city.plan(POLICIES)
    told = PurgeProgress(stopping, city.clock)

    def after_two_batches(done: int, total: int) -> None:
        if done == 4:
            stopping.set()
        told(done, total)

    with pytest.raises(Unavailable, match="after 4 of 6 segments"):
        city.purge(batch=2).apply(plan, POLICIES, PURPOSE, after_two_batches)
    assert list(city.catalogue.segments()) == segments[4:]
    assert city.register.tombstones(open_only=True) == []
    assert city.honest(segments)
    assert city.purge().apply(plan, POLICIES, PURPOSE).purged == 6
