"""Prometheus metrics: a view of a `Snapshot`, made on request. See docs/metrics.md.

Nothing is counted here, so that a metric and `footage status` cannot disagree. The registry is
our own: what other libraries count in theirs does not show.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector

from footage.instant import ZERO, Elapsed
from footage.span import GapReason
from recorder.capture.state_machine import Phase
from recorder.status.camera_status import CameraState
from recorder.status.status import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from prometheus_client.core import Metric

    from indexer.backlog import Backlog
    from infra.node.daily_status import JobOutcome
    from infra.node.report import NodeFacts
    from recorder.status.camera_status import CameraStatus
    from recorder.status.status import Snapshot, StoreLatencies

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
ORDER_BOUNDS: Final = tuple(map(Elapsed.parse, ("5m", "15m", "1h", "4h", "1d", "7d")))
"""Bounds of the histogram of times from an order to its hold."""
ALWAYS: Final = frozenset({GapReason.CAMERA_LOST, GapReason.RECORDER_DOWN})
"""Shown from 0 on, so that a rate sees the first second lost; others appear with their first."""
_TEXT_TYPES: Final = {"counter": ("_total", "counter"), "info": ("_info", "gauge")}
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_WITH_FFMPEG: Final = frozenset({Phase.CONNECTING, Phase.RECORDING, Phase.ENDING, Phase.STOPPING})
"""Phases in which a camera has an FFmpeg."""

Number = int | float


@dataclass(frozen=True, slots=True)
class WaitingCopies:
    """Sealed vectors that are on the disk of this node alone.

    Attributes:
        parts: Their number.
        size_bytes: Their bytes.
        age: Time since the first of them was sealed; zero for none.
    """

    parts: int
    size_bytes: int
    age: Elapsed


@dataclass(frozen=True, slots=True)
class LedgerLag:
    """Lag of the ledger of proofs behind the stored segments.

    Attributes:
        waiting: Leaves without a place in the tree, those in files of this node too.
        oldest: Time since the first segment of those in the register was stored; zero for none.
        age: Time since the last checkpoint was signed; since the process began for none.
    """

    waiting: int
    oldest: Elapsed
    age: Elapsed


class Metrics:
    """Renders the metrics of a node.

    Args:
        look: Gives the snapshot of the recorder; None where nothing is recorded.
        facts: Gives what is known besides.
        backlog: Gives the backlog of indexing; None while not known.
        daily: Gives the outcomes of the daily jobs of this process.
        copies: Gives what of the vectors waits to be copied to the object store; None while not
            known, or where this process copies none.
        ledger: Gives how far the ledger is behind; None where this process does not extend it, or
            while the register is away.
    """

    def __init__(
        self,
        look: Callable[[], Snapshot] | None,
        facts: Callable[[], NodeFacts],
        backlog: Callable[[], Backlog | None] = lambda: None,
        daily: Callable[[], Sequence[JobOutcome]] = tuple,
        copies: Callable[[], WaitingCopies | None] = lambda: None,
        ledger: Callable[[], LedgerLag | None] = lambda: None,
    ) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        if look:
            self._registry.register(_Recorder(look, facts))
        self._registry.register(_Indexing(look, backlog))
        self._registry.register(_Daily(daily))
        self._registry.register(_Copies(copies))
        self._registry.register(_Ledger(ledger))
        ProcessCollector(registry=self._registry)

    def add_orders(self, look: Callable[[], Sequence[Elapsed] | None]) -> None:
        """Show times from orders on paper to their holds, too, as `look` gives the times."""
        self._registry.register(_Orders(look))

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return text_of(self._registry)


def text_of(registry: CollectorRegistry) -> bytes:
    """Return the metrics of a registry in Prometheus' text format.

    Written here: the client's own writer takes 150 ms for the 17 000 samples of 950 cameras
    (measured), while the event loop that records them gets every other slice of time; this one
    takes 40 ms.
    """
    known: dict[tuple[tuple[str, str], ...], str] = {}
    return "".join(_lines(registry.collect(), known)).encode()


def _lines(
    families: Iterable[Metric], known: dict[tuple[tuple[str, str], ...], str]
) -> Iterator[str]:
    for family in families:
        ending, kind = _TEXT_TYPES.get(family.type, ("", family.type))
        name = f"{family.name}{ending}"
        yield f"# HELP {name} {family.documentation}\n# TYPE {name} {kind}\n"
        for sample in family.samples:
            labels = tuple(sample.labels.items())
            text = known.get(labels)
            if text is None:
                text = known[labels] = _labels(labels)
            yield f"{sample.name}{text} {sample.value!r}\n"


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels)
    return f"{{{','.join(pairs)}}}"


class _Recorder(Collector):
    def __init__(self, look: Callable[[], Snapshot], facts: Callable[[], NodeFacts]) -> None:
        self._look, self._facts = look, facts

    def describe(self) -> Iterator[Metric]:
        """Nothing: names cannot clash in a registry of our own."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All metrics of a snapshot."""
        snapshot, facts = self._look(), self._facts()
        yield from _camera_states(snapshot.cameras)
        yield from _camera_counters(snapshot.cameras)
        yield from _camera_gauges(snapshot.cameras)
        yield from _node_cameras(snapshot.cameras)
        yield from _node_store(snapshot, facts)
        yield from _node_machine(snapshot, facts)


class _Indexing(Collector):
    def __init__(
        self, look: Callable[[], Snapshot] | None, backlog: Callable[[], Backlog | None]
    ) -> None:
        self._look, self._backlog = look, backlog

    def describe(self) -> Iterator[Metric]:
        """Nothing: names cannot clash in a registry of our own."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Lag and waiting segments of each camera of the node, and of others that wait."""
        lag = GaugeMetricFamily(
            "footage_index_lag_seconds",
            "Age of its oldest footage that is not indexed; 0 when all is.",
            labels=("camera",),
        )
        waiting = GaugeMetricFamily(
            "footage_index_waiting", "Segments that are not indexed.", labels=("camera",)
        )
        if backlog := self._backlog():
            recorded = {one.camera for one in self._look().cameras} if self._look else set()
            for camera in sorted(recorded | backlog.lags.keys()):
                lag.add_metric((camera,), backlog.lag_of(camera).in_seconds)
                waiting.add_metric((camera,), backlog.segments_of(camera))
        yield lag
        yield waiting


class _Copies(Collector):
    def __init__(self, copies: Callable[[], WaitingCopies | None]) -> None:
        self._copies = copies

    def describe(self) -> Iterator[Metric]:
        """Nothing: names cannot clash in a registry of our own."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Number, bytes and age of the sealed vectors that wait; none where not known."""
        waiting = self._copies()
        for name, text, value in (
            ("waiting", "Sealed vector parts that are not in the object store.", "parts"),
            ("waiting_bytes", "Bytes of sealed vector parts that wait to be copied.", "size_bytes"),
            ("oldest_seconds", "Time since the first of the parts that wait was sealed.", "age"),
        ):
            family = GaugeMetricFamily(f"footage_vector_copies_{name}", text)
            if waiting:
                told: int | Elapsed = getattr(waiting, value)
                family.add_metric((), told.in_seconds if isinstance(told, Elapsed) else told)
            yield family


class _Ledger(Collector):
    def __init__(self, look: Callable[[], LedgerLag | None]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Nothing: names cannot clash in a registry of our own."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Leaves that wait, and the age of the last checkpoint; none where not known."""
        waiting = GaugeMetricFamily(
            "footage_ledger_waiting", "Stored segments whose leaf has no place in the ledger."
        )
        oldest = GaugeMetricFamily(
            "footage_ledger_oldest_seconds", "Since the first segment of these was stored."
        )
        age = GaugeMetricFamily(
            "footage_ledger_checkpoint_age_seconds",
            "Since the ledger's last checkpoint was signed, or the process began.",
        )
        if lag := self._look():
            waiting.add_metric((), lag.waiting)
            oldest.add_metric((), lag.oldest.in_seconds)
            age.add_metric((), lag.age.in_seconds)
        yield waiting
        yield oldest
        yield age


class _Orders(Collector):
    def __init__(self, look: Callable[[], Sequence[Elapsed] | None]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Nothing: names cannot clash in a registry of our own."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Times from the hour on an order to its hold; no sample where not known."""
        times = self._look()
        if times is None:
            return
        bounds = [*(str(bound.in_seconds) for bound in ORDER_BOUNDS), "+Inf"]
        below = [sum(time <= bound for time in times) for bound in ORDER_BOUNDS]
        yield HistogramMetricFamily(
            "footage_order_to_hold_seconds",
            "From the hour on an order to preserve footage until its hold was placed.",
            buckets=list(zip(bounds, [*below, len(times)], strict=True)),
            sum_value=sum(time.in_seconds for time in times),
        )


class _Daily(Collector):
    def __init__(self, look: Callable[[], Sequence[JobOutcome]]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Nothing: names cannot clash in a registry of our own."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Outcomes of the daily jobs of this process; no sample where the process has no jobs."""
        since = GaugeMetricFamily(
            "footage_daily_since_done_seconds",
            "Since the job was last done, or the process began.",
            labels=("task",),
        )
        failed = GaugeMetricFamily(
            "footage_daily_failed", "1 while the last run of the job failed.", labels=("task",)
        )
        for one in self._look():
            since.add_metric((one.job,), one.since_done.in_seconds)
            failed.add_metric((one.job,), int(one.failed))
        yield since
        yield failed


def _camera_states(cameras: Sequence[CameraStatus]) -> Iterator[Metric]:
    state = GaugeMetricFamily(
        "footage_camera_state", "1 for the state the camera is in.", labels=("camera", "state")
    )
    for camera in cameras:
        for each in CameraState:
            state.add_metric((camera.camera, each.value), int(camera.state is each))
    yield state


def _camera_counters(cameras: Sequence[CameraStatus]) -> Iterator[Metric]:
    lost = CounterMetricFamily(
        "footage_camera_lost_seconds", "Time not recorded.", labels=("camera", "reason")
    )
    for camera in cameras:
        for reason in sorted(ALWAYS | camera.counted.keys()):
            length = camera.counted.get(reason, ZERO)
            lost.add_metric((camera.camera, reason.value), length.in_seconds)
    yield lost
    yield _counter(cameras, "stored_bytes", "Bytes stored.", lambda c: c.stored_bytes)
    yield _counter(cameras, "stored_segments", "Segments stored.", lambda c: c.stored)
    yield _counter(
        cameras, "evicted_segments", "Segments evicted unstored: spool full.", lambda c: c.evicted
    )
    yield _counter(cameras, "restarts", "Attempts after the first.", lambda c: c.restarts)
    yield _counter(cameras, "alarms", "Alarms told.", lambda c: c.alarms)


def _camera_gauges(cameras: Sequence[CameraStatus]) -> Iterator[Metric]:
    yield _gauge(cameras, "spool_bytes", "Closed, not yet stored.", lambda c: c.spooled_bytes)
    yield _gauge(cameras, "lost_for_seconds", "No picture for so long; 0 while it is recorded.",
                 _lost_for)  # fmt: skip
    yield _gauge(cameras, "lag_seconds", "Age of its newest stored footage.",
                 lambda c: _s(c.lag))  # fmt: skip
    yield _gauge(cameras, "store_lag_seconds", "From the close of its last segment until stored.",
                 lambda c: _s(c.store_lag))  # fmt: skip
    yield _gauge(cameras, "spool_wait_seconds", "Age of its oldest footage not yet stored.",
                 lambda c: _s(c.waits or ZERO))  # fmt: skip
    yield _gauge(cameras, "clock_offset_seconds", "Its clock minus the recorder's.",
                 lambda c: _s(c.clock_offset))  # fmt: skip
    yield _gauge(cameras, "clock_uncertainty_seconds", "Its times are right within ± this.",
                 lambda c: _s(c.clock_uncertainty))  # fmt: skip
    yield _gauge(cameras, "stamped_rate", "Pictures a second by stamps that are wrong.",
                 lambda c: c.stamped_rate)  # fmt: skip
    yield _gauge(cameras, "delivered_rate", "Pictures a second that arrive instead.",
                 lambda c: c.delivered_rate)  # fmt: skip
    yield _gauge(cameras, "keyframe_every_seconds", "From keyframe to keyframe: far apart.",
                 lambda c: _s(c.keyframe_every))  # fmt: skip
    yield _gauge(cameras, "damaged", "1 while its own stream is faulty.",
                 lambda c: int(bool(c.damage)))  # fmt: skip


def _lost_for(camera: CameraStatus) -> float | None:
    """Seconds a camera has been lost; None once stopped: another node may report the loss."""
    return None if camera.state is CameraState.STOPPED else _s(camera.lost_for or ZERO)


def _node_cameras(cameras: Sequence[CameraStatus]) -> Iterator[Metric]:
    states = GaugeMetricFamily(
        "footage_node_cameras", "Cameras of this node by state.", labels=("state",)
    )
    for each in CameraState:
        states.add_metric((each.value,), sum(camera.state is each for camera in cameras))
    yield states


def _node_store(snapshot: Snapshot, facts: NodeFacts) -> Iterator[Metric]:
    cameras, node = snapshot.cameras, snapshot.node
    spooled = sum(camera.spooled_bytes for camera in cameras)
    waits = max((camera.waits or ZERO for camera in cameras), default=ZERO)
    waiting = sum(camera.spooled for camera in cameras)
    yield _one("spool_bytes", "Closed segments not yet stored.", spooled)
    yield _one(
        "spool_limit_bytes", "Past this, segments are evicted.", facts.spool_allowed(spooled)
    )
    yield _one(
        "spool_disk_free_bytes", "Free where the spool is.", facts.disk.free if facts.disk else None
    )
    yield _one("spool_wait_seconds", "Age of the oldest footage not yet stored.", _s(waits))
    yield _one("uploads_waiting", "Segments not yet stored.", waiting)
    yield _one(
        "trouble_seconds",
        "Store, catalogue, register or spool in trouble for so long.",
        _s(node.trouble_for),
    )
    yield _close_to_stored(node.waits)


def _node_machine(snapshot: Snapshot, facts: NodeFacts) -> Iterator[Metric]:
    node = snapshot.node
    with_ffmpeg = sum(camera.phase in _WITH_FFMPEG for camera in snapshot.cameras)
    yield CounterMetricFamily(
        "footage_node_clock_steps", "How often the host's clock was set.", node.clock_steps
    )
    yield CounterMetricFamily(
        "footage_node_alarms", "Alarms that concern no single camera.", node.alarms
    )
    yield _one("ffmpeg_wanted", "Cameras that should have an FFmpeg.", with_ffmpeg)
    yield _one("child_processes", "Processes the recorder has started.", facts.processes)
    yield InfoMetricFamily(
        "footage_build", "What runs here.", {"version": facts.version, "node": facts.node}
    )


def _close_to_stored(waits: StoreLatencies) -> Metric:
    bounds = [*(str(bound.in_seconds) for bound in BOUNDS), "+Inf"]
    buckets = list(zip(bounds, accumulate(waits.counts), strict=True))
    return HistogramMetricFamily(
        "footage_node_close_to_stored_seconds",
        "From the close of a segment until it was stored.",
        buckets=buckets,
        sum_value=waits.total.in_seconds,
    )


def _counter(
    cameras: Sequence[CameraStatus], name: str, text: str, of: Callable[[CameraStatus], Number]
) -> Metric:
    family = CounterMetricFamily(f"footage_camera_{name}", text, labels=("camera",))
    for camera in cameras:
        family.add_metric((camera.camera,), of(camera))
    return family


def _gauge(
    cameras: Sequence[CameraStatus],
    name: str,
    text: str,
    of: Callable[[CameraStatus], Number | None],
) -> Metric:
    """A gauge with a sample a camera; a camera whose value is None has no sample."""
    family = GaugeMetricFamily(f"footage_camera_{name}", text, labels=("camera",))
    for camera in cameras:
        if (value := of(camera)) is not None:
            family.add_metric((camera.camera,), value)
    return family


def _one(name: str, text: str, value: Number | None) -> Metric:
    family = GaugeMetricFamily(f"footage_node_{name}", text)
    if value is not None:
        family.add_metric((), value)
    return family


def _s(elapsed: Elapsed | None) -> float | None:
    return None if elapsed is None else elapsed.in_seconds
