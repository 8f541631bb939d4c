"""The store is down for longer than the spool lasts: the low class pays, the high does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.span import GapReason, timeline
from infra.objects.memory_store import MemoryStore
from recorder.events import Alarm, SegmentEvicted, SegmentSpooled
from recorder.options import Options
from recorder.store.eviction_policy import SpoolLimit
from tests.common.builders import a_camera
from tests.common.recording import FailingStore, Studio, holes, make_film, tools

if TYPE_CHECKING:
    from pathlib import Path

    from recorder.events import Event

pytestmark = [pytest.mark.server, pytest.mark.slow]
LOW, HIGH = CameraId("low"), CameraId("high")
LENGTH = Elapsed.parse("2s")
ROOM_FOR = 10
"""Segments of both cameras."""
EVICTED = 4
AFTERWARDS = 4
"""Segments closed when the store is there again."""


def test_the_low_class_goes_oldest_first_and_gaps_say_so(
    tmp_path: Path,
) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=60)
    limit = ROOM_FOR * film.stat().st_size * 2 // 60
    studio = Studio(tmp_path / "spool", tools()[0])
    store = FailingStore(MemoryStore(studio.clock))
    store.down = True
    studio.store = store
    spool_limit = SpoolLimit(
        studio.spool, limit, ("low", "standard", "high"), every=Elapsed.parse("200ms")
    )
    spooled = 0

    def listen(event: Event) -> None:
        nonlocal spooled
        studio.events.append(event)
        evicted = sum(isinstance(one, SegmentEvicted) for one in studio.events)
        store.down = evicted < EVICTED
        spooled += isinstance(event, SegmentSpooled) and not store.down
        if spooled == AFTERWARDS:
            recorder.stop()

    options = Options(length=LENGTH, flush=Elapsed.parse("30s"), spool_limit=spool_limit)
    recorder = studio.recorder(options, listen)
    cameras = [
        a_camera("low", source=str(film), retention_class="low"),
        a_camera("high", source=str(film), retention_class="high"),
    ]
    summary = recorder.record(cameras, Elapsed.parse("90s"))

    assert (summary.pending, summary.trouble) == (0, "")
    evicted = [e.segment for e in studio.events if isinstance(e, SegmentEvicted)]
    assert len(evicted) >= EVICTED
    assert {segment.camera for segment in evicted} == {LOW}
    stored = studio.segments(LOW)
    assert min(s.interval.start for s in stored) >= evicted[-1].interval.end
    assert [s.sequence for s in evicted] == list(range(len(evicted)))
    assert [s.sequence for s in studio.segments(HIGH)] == list(range(len(studio.segments(HIGH))))
    for camera in (LOW, HIGH):
        assert holes(studio.segments(camera), studio.gaps(camera)) == []
    gaps = [gap for gap in studio.gaps(LOW) if gap.reason is GapReason.SPOOL_OVERFLOW]
    assert [gap.interval for gap in gaps] == [segment.interval for segment in evicted]
    (alarm,) = [event for event in studio.events if isinstance(event, Alarm)]
    assert "class 'low' first" in alarm.text
    for segment in [*stored, *studio.segments(HIGH)]:
        assert Digest.of(studio.store.get(segment.key)) == segment.digest
    assert studio.left_in_spool() == []
    window = Interval(evicted[0].interval.start, stored[-1].interval.end)
    told = timeline(LOW, window, stored, studio.gaps(LOW))
    assert len(told.gaps) == 1  # what went in one outage is one gap to people
    assert "nothing stored since" in told.gaps[0].detail
