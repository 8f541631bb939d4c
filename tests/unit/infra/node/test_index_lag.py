"""Lag of indexing by camera, as metrics show it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from footage.clock import SimulatedClock
from footage.errors import Unavailable
from footage.ids import CameraId
from footage.instant import ZERO, Elapsed
from infra.node.index_lag import IndexLag
from infra.node.metrics import Metrics
from infra.node.report import NodeFacts
from tests.common.builders import at
from tests.common.statuses import WELL, a_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.instant import Instant

BEHIND, OTHER = CameraId("behind-1"), CameraId("behind-2")


def samples(metrics: Metrics) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels["camera"]): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
        if sample.name.startswith("footage_index_")
    }


def heard(
    *answers: Mapping[CameraId, tuple[int, Instant]] | None,
) -> tuple[IndexLag, SimulatedClock]:
    """Return the lag after these answers of a catalogue; None: it was away."""
    clock, stopping, left = SimulatedClock(at(300)), threading.Event(), list(answers)
    lag = IndexLag(clock)

    def ask() -> Mapping[CameraId, tuple[int, Instant]]:
        answer = left.pop(0)
        if not left:
            stopping.set()
        if answer is None:
            raise Unavailable("the catalogue is away")
        return answer

    lag.follow(ask, stopping, every=ZERO)
    return lag, clock


def test_each_camera_shows_its_waiting_segments_and_lag_and_a_recorded_one_none() -> None:
    lag, _ = heard({BEHIND: (3, at(0)), OTHER: (1, at(240))})
    status, _ = a_status()
    shown = samples(Metrics(status.snapshot, lambda: NodeFacts("n", "1"), lag.backlog))
    assert shown["footage_index_waiting", BEHIND] == 3
    assert shown["footage_index_lag_seconds", BEHIND] == 300
    assert shown["footage_index_lag_seconds", OTHER] == 60
    assert shown["footage_index_lag_seconds", WELL] == 0
    assert shown["footage_index_waiting", WELL] == 0


def test_the_lag_grows_while_the_catalogue_is_away() -> None:
    lag, clock = heard({BEHIND: (1, at(0))}, None)
    clock.sleep(Elapsed.seconds(30))
    backlog = lag.backlog()
    assert backlog is not None
    assert backlog.lag_of(BEHIND) == Elapsed.seconds(330)


def test_nothing_is_said_before_the_catalogue_has_told() -> None:
    lag, _ = heard(None)
    assert lag.backlog() is None
    assert samples(Metrics(None, lambda: NodeFacts("n", "1"), lag.backlog)) == {}


def test_a_process_that_only_indexes_shows_its_lag_and_no_recorder() -> None:
    lag, _ = heard({BEHIND: (3, at(0))})
    metrics = Metrics(None, lambda: NodeFacts("n", "1"), lag.backlog)
    assert samples(metrics) == {
        ("footage_index_waiting", BEHIND): 3,
        ("footage_index_lag_seconds", BEHIND): 300,
    }
    assert b"footage_camera_state" not in metrics.render()
