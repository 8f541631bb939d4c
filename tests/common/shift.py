"""A recording that goes on in this thread while another thread breaks stores or servers."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from footage.clock import SystemClock
from footage.digest import Digest
from footage.errors import Unavailable
from footage.instant import Elapsed, Interval
from recorder.events import (
    Alarm,
    SegmentDamaged,
    SegmentSetAside,
    SegmentSpooled,
    SegmentStored,
    TroubleBegan,
    WorkFailed,
)
from recorder.options import Options
from tests.common.recording import holes
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.camera import Camera
    from footage.ids import CameraId
    from footage.segment import Segment
    from recorder.events import Event
    from recorder.options import Summary
    from recorder.service import Recorder
    from tests.common.recording import Studio

LENGTH: Final = Elapsed.parse("2s")
LONGEST: Final = Elapsed.parse("30m")
PATIENCE: Final = Elapsed.parse("5m")
_WRONG: Final = (TroubleBegan, WorkFailed, Alarm, SegmentDamaged, SegmentSetAside)
STEP: Final = Elapsed.parse("50ms")
# A put and a row are mostly waiting: with the default of 4 uploads a busy machine falls behind.
OPTIONS: Final = Options(length=LENGTH, uploads=12, flush=Elapsed.parse("3m"))


@dataclass(slots=True)
class Shift:
    """Events of a recording so far, and the time each segment took to be stored.

    `phase` is set by the thread that breaks things; a segment belongs to the phase in which the
    segment was closed.
    """

    studio: Studio
    cameras: Sequence[Camera]
    phase: str = "before"
    closed: Counter[CameraId] = field(default_factory=Counter)
    stored: Counter[CameraId] = field(default_factory=Counter)
    lags: dict[str, list[Elapsed]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    _clock: SystemClock = field(default_factory=SystemClock)
    _waiting: dict[tuple[CameraId, int], tuple[str, Elapsed]] = field(default_factory=dict)

    def run(self, act: Callable[[], None]) -> Summary:
        """Record until `act`, run in another thread, has ended; raise what `act` raised."""
        recorder = self.studio.recorder(OPTIONS, self._hear)
        with ThreadPoolExecutor(1) as pool:
            acting = pool.submit(self._act, act, recorder)
            summary = recorder.record(self.cameras, LONGEST)
            acting.result()
        return summary

    def wait_told(self, words: str) -> None:
        """Wait until the recorder has reported trouble with these words."""
        deadline = self._clock.monotonic() + PATIENCE
        while not any(words in text for text in self.troubles):
            if self._clock.monotonic() > deadline:
                raise Unavailable(f"nothing of {words!r} told in {PATIENCE}: {self.troubles}")
            self._clock.sleep(STEP)

    def wait_stored(self, more: int) -> None:
        """Wait until `more` further segments of every camera are stored."""
        self._wait(self.stored, more, "stored")

    def wait_closed(self, more: int) -> None:
        """Wait until every camera has closed `more` further segments, stored or not."""
        self._wait(self.closed, more, "closed")

    def _wait(self, counted: Counter[CameraId], more: int, what: str) -> None:
        wanted = {camera.id: counted[camera.id] + more for camera in self.cameras}
        deadline = self._clock.monotonic() + PATIENCE
        while any(counted[camera] < count for camera, count in wanted.items()):
            if self._clock.monotonic() > deadline:
                told = "; ".join(self.troubles[-3:])
                raise Unavailable(f"not {what} in {PATIENCE}: {counted}, wanted {wanted}: {told}")
            self._clock.sleep(STEP)

    def _act(self, act: Callable[[], None], recorder: Recorder) -> None:
        try:
            act()
        finally:
            recorder.stop()

    def _hear(self, event: Event) -> None:
        self.studio.events.append(event)
        if isinstance(event, _WRONG):
            self.troubles.append(str(event))
        if not isinstance(event, SegmentSpooled | SegmentStored):
            return
        segment = event.segment
        name = (segment.camera, segment.interval.start.us)
        if isinstance(event, SegmentSpooled):
            self._waiting[name] = (self.phase, self._clock.monotonic())
            self.closed[segment.camera] += 1
        if isinstance(event, SegmentStored):
            phase, since = self._waiting.pop(name)
            self.lags.setdefault(phase, []).append(self._clock.monotonic() - since)
            self.stored[segment.camera] += 1


def assert_whole(studio: Studio, cameras: Sequence[Camera]) -> int:
    """Assert that no segment is lost or doubled, in catalogue, store and spool.

    Returns:
        The number of segments.
    """
    every: list[Segment] = []
    for camera in cameras:
        segments, gaps = studio.segments(camera.id), studio.gaps(camera.id)
        assert len({segment.run for segment in segments}) == 1  # recording never noticed
        assert [segment.sequence for segment in segments] == list(range(len(segments)))
        for former, later in pairwise(segments):
            assert later.interval.start == former.interval.end
        recorded = Interval(segments[0].interval.start, segments[-1].interval.end)
        assert [gap for gap in gaps if gap.interval.overlaps(recorded)] == []
        assert holes(segments, gaps) == []
        every += segments
    assert sorted(one.key for one in footage_in(studio.store)) == sorted(one.key for one in every)
    assert_readable(studio, every)
    assert studio.left_in_spool() == []
    return len(every)


def assert_readable(studio: Studio, segments: Sequence[Segment]) -> None:
    """Assert that every segment is in the store, byte for byte."""
    for segment in segments:
        assert Digest.of(studio.store.get(segment.key)) == segment.digest


def percentile(times: Sequence[Elapsed], share: float) -> Elapsed:
    """Return the percentile of nearest rank; of few times the largest."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


def described(lags: dict[str, list[Elapsed]]) -> list[str]:
    """Write for each phase the time from closing a segment to the catalogue row."""
    return [
        f"  {phase}: {len(times)} segments stored after p50 {percentile(times, 0.5).in_seconds:.2f}"
        f" s, p99 {percentile(times, 0.99).in_seconds:.2f} s, at most {max(times).in_seconds:.2f} s"
        for phase, times in lags.items()
    ]
