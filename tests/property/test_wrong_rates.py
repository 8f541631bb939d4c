"""Cameras that stamp at another rate than they deliver: times against the truth, and the verdict.

A camera is simulated picture by picture; what FFmpeg would tell goes through the same arithmetic as
in the recorder. A stated time lies within the stated uncertainty of the truth wherever delays stay
within what the recorder assumes of an ordinary camera.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from footage.instant import ZERO, Elapsed, Instant, Interval
from footage.mp4 import Layout, Sample
from footage.segment import Media
from recorder.timing.anchor import Sightings
from recorder.timing.arrivals import Arrival
from recorder.timing.lines import Sighting
from recorder.timing.placement import Cursor, Placed, frames, place
from recorder.timing.rates import delivered, wrong_rate
from tests.common.builders import at
from tests.common.tiers import examples

SCALE = 90_000
STAMPED = 10
STEP = Elapsed(1_000_000 // STAMPED)
MS = 1_000


@dataclass(slots=True)
class Camera:
    """A camera that stamps ten pictures a second and delivers `rate` times as many.

    Attributes:
        pauses: Silence before a picture, by number; the camera's stamps go on.
        blocked: How long the network holds back what comes after a picture, by number.
        killed: The segment of each run before which the recorder is killed; FFmpeg goes on.
    """

    rate: float
    jitter_ms: int
    rng: random.Random
    pauses: dict[int, Elapsed] = field(default_factory=dict)
    blocked: dict[int, Elapsed] = field(default_factory=dict)
    seen: Sightings = field(default_factory=Sightings)
    truths: list[tuple[Instant, Instant]] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    killed: int | None = None
    shown_last: list[Instant] = field(default_factory=list)
    journal: list[tuple[bool, Sighting]] = field(default_factory=list)

    def record(self, segments: int, seconds: int, start: Instant) -> Instant:
        """Record a run that begins at `start`; return when the run ended."""
        self.seen, cursor, before = Sightings(), None, None
        self.journal = []
        if self.placed:
            before = self.placed[-1].interval.end
        true, stamp, free = start, ZERO, start
        told_at, sent = start, 0
        for number in range(segments):
            if number == self.killed:
                self.seen = Sightings()
                for vague, one in self.journal:
                    self.seen.restore(one, vague=vague)
            until, taken = true + Elapsed.seconds(seconds), []
            while true < until:
                pause = self.pauses.get(sent, ZERO) if sent else ZERO
                true, stamp = true + pause, stamp + pause
                taken.append((stamp, true))
                late = (
                    ZERO
                    if self.rng.random() < 0.5
                    else Elapsed(round(self.rng.random() * self.jitter_ms * MS))
                )
                free = max(free, true + late + self.blocked.get(sent, ZERO))
                if free - told_at >= Elapsed.seconds(1):  # the picture before is given out now
                    told_at = free
                    if self.killed is None or number < self.killed:
                        self.seen.saw(Arrival(free, stamp, rotation=False))
                sent += 1
                stamp, true = stamp + STEP, true + Elapsed(round(STEP.us / self.rate))
            cursor = self._close(taken, stamp, cursor, start, before)
        return true

    def _close(
        self,
        taken: list[tuple[Elapsed, Instant]],
        end: Elapsed,
        cursor: Cursor | None,
        start: Instant,
        before: Instant | None,
    ) -> Cursor:
        stamps = [stamp for stamp, _ in taken]
        ticks = [stamp.us * SCALE // 1_000_000 for stamp in (*stamps, end)]
        samples = tuple(
            Sample(n, 1, ticks[n], ticks[n], ticks[n + 1] - ticks[n], n % 10 == 0)
            for n in range(len(stamps))
        )
        media = Media("avc1", 1, 1, SCALE, ticks[-1] - ticks[0], len(stamps), 0)
        layout = Layout(0, media, samples, (), 0, closed=True, audio=())
        told = frames(layout)
        self.seen.settle(told)
        placed = place(layout, told, self.seen, cursor, begun=start, not_before=before)
        self.placed.append(placed)
        self.journal += self.seen.to_note()
        self.seen.noted()
        lasts, length = (end - taken[-1][0]).us, (end - taken[0][0]).us
        shown = Elapsed(lasts * placed.interval.length.us // length)
        self.shown_last.append(placed.interval.end - shown)
        self.truths.append((taken[0][1], taken[-1][1]))
        return placed.cursor

    @property
    def intervals(self) -> list[Interval]:
        """Intervals of all segments."""
        return [one.interval for one in self.placed]

    def lies(self) -> list[str]:
        """First and last pictures beyond the stated uncertainty by more than 2 ms (ticks)."""
        told = zip(self.placed, self.shown_last, self.truths, strict=True)
        return [
            f"{said - truth} of ± {one.uncertainty}"
            for one, shown_last, truths in told
            for said, truth in zip((one.interval.start, shown_last), truths, strict=True)
            if abs((said - truth).us) > one.uncertainty.us + 2 * MS
        ]


ordinary = st.tuples(
    st.floats(0.9985, 1.0015),
    st.integers(0, 100),
    st.dictionaries(st.integers(20, 900), st.integers(100, 9_000), max_size=3),
    st.dictionaries(st.integers(20, 900), st.integers(100, 4_000), max_size=3),
)
"""Rate, jitter in milliseconds (no more than `UNSEEN` assumes), pauses and blocked pictures."""
nothing: st.SearchStrategy[dict[int, int]] = st.builds(dict)
steady = st.tuples(st.floats(0.5, 2), st.integers(0, 50), nothing, nothing)
"""As `ordinary`, of a wrong rate: with pauses, no few seconds tell such a rate."""


@examples(20)
@given(
    stream=st.one_of(ordinary, steady),
    seconds=st.sampled_from([4, 10, 60]),
    runs=st.lists(st.integers(1, 4), min_size=1, max_size=2),
    killed=st.none() | st.integers(1, 3),
    seed=st.integers(0, 1_000),
)
@example(stream=(21 / 25, 0, {}, {}), seconds=60, runs=[4], killed=None, seed=1)
@example(stream=(30 / 25, 50, {}, {}), seconds=10, runs=[9, 9], killed=None, seed=1)
@example(stream=(2.0, 0, {}, {}), seconds=4, runs=[1], killed=None, seed=0)
@example(stream=(21 / 25, 0, {}, {}), seconds=4, runs=[4], killed=2, seed=0)
def test_pictures_lie_within_the_stated_uncertainty(
    *,
    stream: tuple[float, int, dict[int, int], dict[int, int]],
    seconds: int,
    runs: list[int],
    killed: int | None,
    seed: int,
) -> None:
    rate, jitter_ms, pauses, blocked = stream
    camera = Camera(
        rate,
        jitter_ms,
        random.Random(seed),  # noqa: S311 - a simulation
        {number: Elapsed(ms * MS) for number, ms in pauses.items()},
        {number: Elapsed(ms * MS) for number, ms in blocked.items()},
        killed=killed,
    )
    now = at(0)
    for segments in runs:
        now = camera.record(segments, seconds, now) + Elapsed.seconds(3)
    assert camera.lies() == []
    for former, later in pairwise(camera.placed):
        # What a killed recorder left is dated by few arrivals, or by none.
        unsure = ZERO if killed is None else former.uncertainty + later.uncertainty
        assert later.interval.start + unsure >= former.interval.end


@examples(10)
@given(
    rate=st.one_of(st.floats(0.5, 0.98), st.floats(1.02, 2)),
    jitter_ms=st.integers(0, 300),
    seed=st.integers(0, 1_000),
)
def test_a_wrong_rate_is_followed_from_the_first_minute_on(
    rate: float, jitter_ms: int, seed: int
) -> None:
    camera = Camera(rate, jitter_ms, random.Random(seed))  # noqa: S311 - a simulation
    camera.record(4, 60, at(0))
    for one, (truth, _) in zip(camera.placed, camera.truths, strict=True):
        assert one.wrong_ppb is not None
        assert abs(delivered(STAMPED, one.wrong_ppb) / (STAMPED * rate) - 1) < 0.02
        assert abs((one.interval.start - truth).us) <= 400 * MS
        assert one.uncertainty <= Elapsed.parse("2s")
    for former, later in zip(camera.intervals, camera.intervals[1:], strict=False):
        assert (later.start - former.end).us <= 500 * MS  # no gap over recorded time


@examples(10)
@given(
    ppm=st.integers(-900, 900),
    jitter_ms=st.integers(0, 400),
    seconds=st.sampled_from([4, 10, 60]),
    segments=st.integers(1, 8),
    blocked=st.dictionaries(st.integers(20, 4_000), st.integers(100, 8_000), max_size=6),
    seed=st.integers(0, 1_000),
)
def test_drift_jitter_and_bursts_are_no_wrong_rate(
    *, ppm: int, jitter_ms: int, seconds: int, segments: int, blocked: dict[int, int], seed: int
) -> None:
    camera = Camera(
        1 + ppm / 1_000_000,
        jitter_ms,
        random.Random(seed),  # noqa: S311 - a simulation
        blocked={number: Elapsed(ms * MS) for number, ms in blocked.items()},
    )
    camera.record(segments, seconds, at(0))
    assert [one.wrong_ppb for one in camera.placed] == [None] * len(camera.placed)


@given(step_ms=st.integers(-20_000, 20_000), after=st.integers(1, 299), ramp=st.integers(1, 60))
def test_a_network_that_fills_up_is_no_wrong_rate(step_ms: int, after: int, ramp: int) -> None:
    """Delay grows for a while up to what the buffers hold, and stays or goes."""
    points = [
        Sighting(
            Elapsed.seconds(n), at(0) + Elapsed(step_ms * MS * min(max(n - after, 0), ramp) // ramp)
        )
        for n in range(300)
    ]
    until = min(after + ramp + 240, 300)
    whole = wrong_rate(points[:until])
    assert whole is None or abs(step_ms) * 60 > 5_000 * ramp  # a minute's ramp is told as such
