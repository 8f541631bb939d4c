"""Outcomes of daily jobs, and the metrics made of them."""

from __future__ import annotations

from footage.clock import SimulatedClock
from footage.instant import Elapsed
from infra.node.daily_status import DailyStatus
from infra.node.metrics import Metrics
from infra.node.report import NodeFacts
from tests.common.builders import START

HOUR = Elapsed.parse("1h")


def test_a_job_that_was_never_done_ages_from_the_start_and_a_failure_lasts_until_done() -> None:
    clock = SimulatedClock(START)
    status = DailyStatus(clock)
    status.expect("retention")
    clock.sleep(HOUR)
    status.failed("retention")
    (one,) = status.outcomes()
    assert (one.job, one.since_done, one.failed) == ("retention", HOUR, True)
    status.done("retention")
    (one,) = status.outcomes()
    assert (one.since_done, one.failed) == (HOUR - HOUR, False)


def test_metrics_show_each_job() -> None:
    status = DailyStatus(SimulatedClock(START))
    metrics = Metrics(None, lambda: NodeFacts("n", "1"), daily=status.outcomes)
    assert "footage_daily_failed{" not in metrics.render().decode()
    status.expect("custody log")
    status.failed("custody log")
    text = metrics.render().decode()
    assert 'footage_daily_failed{task="custody log"} 1' in text
    assert 'footage_daily_since_done_seconds{task="custody log"} 0' in text
