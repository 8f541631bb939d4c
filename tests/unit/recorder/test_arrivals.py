"""What FFmpeg's two pipes tell together."""

from __future__ import annotations

from footage.instant import Elapsed, Instant
from recorder.timing.arrivals import Arrival, Arrivals

NOON = Instant.parse("2026-06-01T12:00:00Z")


def at(seconds: float) -> Instant:
    return NOON + Elapsed.seconds(seconds)


def test_media_behind_a_listed_segment_tells_that_a_keyframe_closed_it() -> None:
    arrivals = Arrivals()
    arrivals.listed("r-000000.mp4,0.000000,4.000000", at(4))
    assert arrivals.rotated() is None
    arrivals.progressed("out_time_us=4800000", at(5))
    assert arrivals.rotated() == "r-000000.mp4"
    assert arrivals.rotated() is None
    progress = Arrival(at(5), Elapsed.parse("4800ms"), rotation=False)
    assert arrivals.take() == [progress, Arrival(at(4), Elapsed.parse("4s"), rotation=True)]


def test_a_report_from_before_a_segments_end_does_not() -> None:
    """The stream ended: its last report was written before the list's line and read after it."""
    arrivals = Arrivals()
    arrivals.listed("r-000000.mp4,0.000000,4.000000", at(4))
    arrivals.progressed("out_time_us=3900000", at(4))
    assert arrivals.rotated() is None
    arrivals.progressed("out_time_us=4000000", at(4))  # 9.0 tells where the last one ends
    assert arrivals.rotated() is None
    assert not any(one.rotation for one in arrivals.take())
    assert arrivals.unconfirmed() == "r-000000.mp4"
