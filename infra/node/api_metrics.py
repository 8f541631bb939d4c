"""Prometheus metrics of the HTTP API: a view of `RequestCounts` and of proxies, made on request.

See docs/metrics.md. The page is served apart from the API: who may read metrics is not who may
watch footage.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from api.counts import BOUNDS
from footage.errors import FootageError
from infra.node.metrics import text_of
from infra.node.served_metrics import metrics_served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric

    from api.counts import Counted, RequestCounts
    from api.proxies import ProxyCounts
    from footage.clock import Clock

_log = logging.getLogger(__name__)
_PROMISED = ("data-loss", "sign-in-refused", "unforeseen")
"""Kinds shown from 0 on, so that a rate sees the first; others appear with their first. Alerts name
no other kind."""


class ApiMetrics:
    """Renders the metrics of a process that serves the API.

    Args:
        counts: The counts of the process.
        proxies: Counts the proxies of the process; None: no proxies are made.
    """

    def __init__(
        self, counts: RequestCounts, proxies: Callable[[], ProxyCounts] | None = None
    ) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(_Requests(counts))
        if proxies is not None:
            self.registry.register(_Proxies(proxies))
        ProcessCollector(registry=self.registry)

    def render(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return text_of(self.registry)


@contextmanager
def api_metrics_served(
    counts: RequestCounts,
    listen: str,
    clock: Clock,
    proxies: Callable[[], ProxyCounts] | None = None,
) -> Iterator[None]:
    """Serve `/metrics` at `listen` ("HOST:PORT") while the block runs; "" serves nothing.

    An address that is taken is logged as an error: the API serves without metrics.
    """
    with ExitStack() as serving:
        try:
            address = serving.enter_context(
                metrics_served(ApiMetrics(counts, proxies), listen, clock)
            )
        except FootageError as exc:
            _log.error("serving without metrics; see api.metrics_listen: %s", exc)
        else:
            if address:
                _log.info("metrics at http://%s/metrics", address)
        yield


class _Requests(Collector):
    def __init__(self, counts: RequestCounts) -> None:
        self._counts = counts

    def describe(self) -> Iterator[Metric]:
        """Nothing: names cannot clash in a registry of our own."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All metrics of the counts."""
        counted = self._counts.counted()
        yield _durations(counted)
        problems = CounterMetricFamily(
            "footage_api_problems", "Problems answered, by kind.", labels=("kind",)
        )
        for kind in sorted({*_PROMISED, *counted.problems}):
            problems.add_metric((kind,), counted.problems.get(kind, 0))
        yield problems
        yield CounterMetricFamily(
            "footage_api_footage_bytes", "Pictures and films given out.", counted.footage_bytes
        )


class _Proxies(Collector):
    def __init__(self, counted: Callable[[], ProxyCounts]) -> None:
        self._counted = counted

    def describe(self) -> Iterator[Metric]:
        """Nothing: names cannot clash in a registry of our own."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All metrics of the counts."""
        counted = self._counted()
        now = GaugeMetricFamily(
            "footage_api_proxies", "Proxies being made or waiting.", labels=("state",)
        )
        now.add_metric(("running",), counted.running)
        now.add_metric(("waiting",), counted.waiting)
        yield now
        asked = CounterMetricFamily(
            "footage_api_proxies_asked", "Proxies asked for, by outcome.", labels=("outcome",)
        )
        for outcome, count in counted.outcomes.items():
            asked.add_metric((outcome,), count)
        yield asked
        if counted.kept_bytes is not None:
            yield GaugeMetricFamily(
                "footage_api_derived_bytes", "Derived pictures and films kept.", counted.kept_bytes
            )


def _durations(counted: Counted) -> Metric:
    family = HistogramMetricFamily(
        "footage_api_request_seconds",
        "From a request's header to the end of its answer.",
        labels=("operation", "status"),
    )
    bounds = [*(str(bound.in_seconds) for bound in BOUNDS), "+Inf"]
    for (operation, status), took in sorted(counted.requests.items()):
        buckets = list(zip(bounds, accumulate(took.counts), strict=True))
        family.add_metric((operation, str(status)), buckets, took.total.in_seconds)
    return family
