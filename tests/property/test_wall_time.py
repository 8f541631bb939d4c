"""Wall time of recorded segments against the truth: drift, jitter, reconnects, steps of the clock.

A camera is simulated frame by frame; what FFmpeg would tell goes through the same arithmetic as in
the recorder. 200 ms at p99, and time that never runs backwards, are the promise.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from footage.instant import ZERO, Elapsed, Instant, Interval
from footage.mp4 import Fragment, Layout, ProducerTime, Sample
from footage.segment import Media
from recorder.timing.anchor import Sightings
from recorder.timing.arrivals import Arrival
from recorder.timing.lines import Line
from recorder.timing.placement import Cursor, camera_offset, frames, place
from recorder.timing.timekeeper import Sample as Clocks
from recorder.timing.timekeeper import Timekeeper
from tests.common.builders import at
from tests.common.tiers import examples

SCALE = 90_000
FRAME_TICKS = SCALE // 10
FRAME = Elapsed.parse("100ms")
SECOND = Elapsed.parse("1s")
PROMISED = Elapsed.parse("200ms")


def layout(first: int, count: int, producer: tuple[ProducerTime, ...] = ()) -> Layout:
    """A segment of ten frames a second, in fragments of a second."""
    ticks = [first + n * FRAME_TICKS for n in range(count)]
    samples = tuple(Sample(n, 1, t, t, FRAME_TICKS, n % 10 == 0) for n, t in enumerate(ticks))
    fragments = tuple(Fragment(n, 10, 10) for n in range(count // 10))
    media = Media("avc1", 1, 1, SCALE, count * FRAME_TICKS, count, 0)
    return Layout(0, media, samples, fragments, 0, closed=True, audio=(), producer=producer)


@dataclass(slots=True)
class World:
    """A host: true time counts from 0, the clock shows true time plus `off`."""

    ppm: int
    jitter_ms: int
    rng: random.Random
    true: Elapsed = ZERO
    off: Elapsed = ZERO
    errors: list[int] = field(default_factory=list)
    uncertainties: list[int] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    time: Timekeeper = field(init=False)

    def __post_init__(self) -> None:
        self.time = Timekeeper(self.clocks())

    def clocks(self, *, synchronised: bool = False) -> Clocks:
        return Clocks(self.true, at(0) + self.true + self.off, synchronised)

    def late(self) -> Elapsed:
        late_ms = 0.0 if self.rng.random() < 0.5 else self.rng.random() * self.jitter_ms
        return Elapsed(round(late_ms * 1_000))

    def arrival(self, true: Elapsed) -> Instant:
        return self.time.at(true + self.late())

    def run(self, segments: int, seconds: int, *, set_clock: dict[int, Elapsed]) -> None:
        """Run FFmpeg once; the clock is set within the segments that `set_clock` names."""
        self.off = ZERO
        began, seen, started = self.true, Sightings(), self.arrival(self.true)
        cursor: Cursor | None = None
        before = self.intervals[-1].end if self.intervals else None
        for number in range(segments):
            first = self.media(began)
            true_start = self.true
            for _ in range(seconds):
                self.true += SECOND
                seen.saw(
                    Arrival(self.arrival(self.true), self.media_elapsed(began), rotation=False)
                )
            # Wrong for three segments: less than the ten minutes after which it is believed.
            self.off = set_clock.get(number, ZERO if number - 3 in set_clock else self.off)
            self.time.take(self.clocks())
            # The parser gives the keyframe out when the next frame begins.
            seen.saw(
                Arrival(self.arrival(self.true + FRAME), self.media_elapsed(began), rotation=True)
            )
            cut = layout(first, (self.media(began) - first) // FRAME_TICKS)
            # The last frame lasts until the keyframe that closed the segment.
            *head, last = cut.samples
            rest = self.media(began) - last.dts_ticks
            samples = (*head, last._replace(duration_ticks=rest))
            cut = Layout(0, cut.media, samples, cut.fragments, 0, closed=True, audio=())
            told = frames(cut)
            seen.settle(told)
            placed = place(cut, told, seen, cursor, begun=started, not_before=before)
            cursor = placed.cursor
            self.errors.append(abs((placed.interval.start - (at(0) + true_start)).us))
            self.uncertainties.append((placed.uncertainty + self.time.doubt).us)
            self.intervals.append(placed.interval)

    def media_elapsed(self, began: Elapsed) -> Elapsed:
        return Elapsed((self.true - began).us * (1_000_000 + self.ppm) // 1_000_000)

    def media(self, began: Elapsed) -> int:
        return self.media_elapsed(began).us * SCALE // 1_000_000


@examples(30)
@given(
    ppm=st.integers(-500, 500),
    jitter_ms=st.integers(0, 150),
    seconds=st.sampled_from([2, 10, 60]),
    runs=st.lists(st.integers(1, 12), min_size=1, max_size=3),
    steps=st.dictionaries(
        st.integers(0, 5), st.integers(-60_000_000, 60_000_000).map(Elapsed), max_size=2
    ),
    seed=st.integers(0, 10_000),
)
def test_segments_start_within_200_ms_of_the_truth_and_never_run_back(
    *,
    ppm: int,
    jitter_ms: int,
    seconds: int,
    runs: list[int],
    steps: dict[int, Elapsed],
    seed: int,
) -> None:
    world = World(ppm, jitter_ms, random.Random(seed))  # noqa: S311 - a simulation
    for segments in runs:
        world.run(segments, seconds, set_clock=steps)
        world.true += Elapsed.seconds(world.rng.random() * 20)  # reconnecting
    assert max(world.errors) <= PROMISED.us
    for former, later in zip(world.intervals, world.intervals[1:], strict=False):
        assert later.start >= former.end
    for error, uncertainty in zip(world.errors, world.uncertainties, strict=True):
        assert error <= uncertainty + jitter_ms * 1_000  # nothing tells jitter of all from distance


@given(st.integers(-4_000_000_000, 4_000_000_000), st.integers(1, 60))
def test_the_cameras_clock_is_known_from_its_reports_or_unknown(off_us: int, seconds: int) -> None:
    line = Line(at(100))
    ticks = [n * SCALE for n in range(seconds)]
    told = tuple(
        ProducerTime(
            t, at(100) + Elapsed(t * 1_000_000 // SCALE) + Elapsed(off_us // 1_000 * 1_000)
        )
        for t in ticks
    )
    found = camera_offset(layout(0, seconds * 10, told), line)
    if found is None:  # taken for the host's: off by the length of a fragment
        assert 950_000 <= off_us <= 1_501_000
    else:
        assert abs(found.us - off_us) <= 2_000


@given(st.integers(0, 300), st.integers(2, 60))
def test_the_hosts_own_time_is_never_taken_for_the_cameras(late_ms: int, seconds: int) -> None:
    line = Line(at(100))
    written = tuple(
        ProducerTime(n * SCALE, at(100) + SECOND * (n + 1) + Elapsed(late_ms * 1_000))
        for n in range(seconds)
    )
    assert camera_offset(layout(0, seconds * 10, written), line) is None
