"""From media time to wall time.

A camera's frames carry media time: exact differences by the camera's own crystal, no relation to
the wall. Their arrivals carry wall time, each late by an unknown delay that is never negative. So
the wall instant of media time zero is at most (arrival - media time) of any frame, and the least of
many comes closest: the *least-delayed frame* decides.

The camera's crystal runs fast or slow by up to some hundred ppm, so that least moves: 500 ppm are
30 ms a minute. The sightings of the last ten minutes are therefore bounded from below by a *line*,
the edge of their lower convex hull under their middle (Zhang, Liu and Xia, "Clock synchronization
algorithms for network measurements", INFOCOM 2002): its slope is the drift, and no delay, however
long, lifts it. What remains (exposure, encoding, network) is not seen from here and goes into the
uncertainty.

Two kinds of arrivals are seen, each late by a known time (measured with FFmpeg 5.1 and 9.0 against
frames that carry their own time). FFmpeg's parser gives a picture out when the next one begins, so
an arrival is that of the *next* frame, and which one that is the segment's boxes tell once it is
closed. The camera holds pictures that are shown later than they are coded
(B-frames), by that lead. At a *rotation* FFmpeg closes a segment because a keyframe came.
*Progress* tells, each second, where the picture written last begins (5.1) or ends (9.0). With
sound, rotations wait for it by up to 0.2 s more, while progress does not; with B-frames, progress
tells coding times of its own, up to 0.7 s late.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import ZERO, Elapsed, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recorder.timing.arrivals import Arrival

UNSEEN: Final = Elapsed.parse("100ms")
"""Exposure, encoding and network of an ordinary camera, unseen in arrivals (an assumption)."""
AUDIBLE: Final = Elapsed.parse("300ms")
"""Uncertainty where only a rotation was seen and there is sound: it came up to 0.2 s late."""
REORDERED: Final = Elapsed.parse("800ms")
"""Uncertainty where pictures are reordered: up to 0.7 s was measured, at ten pictures a second."""
BLIND: Final = Elapsed.parse("5s")
"""Uncertainty where nothing was observed and only the start of FFmpeg is known."""
CONNECTING: Final = Elapsed.parse("250ms")
"""From FFmpeg's start to media time zero where nobody saw it: 0.23 s in the two runs it was seen to
be missing, both on one host. A camera may take longer, which `BLIND` allows for."""
WINDOW: Final = Elapsed.parse("10m")
_SAME_PICTURE: Final = Elapsed.parse("5ms")
BUCKET: Final = Elapsed.parse("10s")
DRIFT_FROM: Final = Elapsed.parse("1m")
"""Sightings closer together than this tell no drift: jitter of 10 ms would pass for 200 ppm."""
MAX_DRIFT_PPM: Final = 1_000
"""Twice the worst crystal; more is not drift."""
SLEW_PPM: Final = 1_000
"""How fast a run is corrected besides its drift: 60 ms a minute."""
HASTE_PPM: Final = 50_000
FAR_OFF: Final = Elapsed.parse("50ms")
"""Beyond this a run is corrected at 5 %: never backwards, and right again soon."""


class Sighting(NamedTuple):
    """The least delayed arrival of some seconds: media time, and wall time of media time zero."""

    media: Elapsed
    zero: Instant


@dataclass(frozen=True, slots=True)
class Frames:
    """What a closed segment's boxes tell of its frames, in the order of decoding.

    Attributes:
        starts, ends: Media time of each, by the microsecond; the last end is the writer's guess.
        usual: Length of the usual frame.
        short: Length of the shorter frames.
        longest: Length of the longest one.
        lead: How much later a keyframe is shown than decoded; 0 where nothing is reordered.
        audible: Whether there is sound.
        progress_ends: Whether FFmpeg's progress tells where a frame ends, not where it begins.
    """

    starts: Sequence[int]
    ends: Sequence[int]
    usual: Elapsed
    short: Elapsed
    longest: Elapsed
    lead: Elapsed = ZERO
    audible: bool = False
    progress_ends: bool = True

    def arrived(self, arrival: Arrival) -> Elapsed | None:
        """Media time of what arrived then; None where these frames do not tell it exactly."""
        known = self.shown_by(arrival)
        if known is None:
            return None
        return Elapsed(self.ends[known])

    def lie_before(self, arrival: Arrival) -> bool:
        """Whether an arrival that is none of these tells of a later frame."""
        if arrival.rotation:
            return 2 * arrival.media.us > self.starts[0] + self.ends[-1]
        return arrival.media.us >= self.ends[-1] - self.usual.us

    def shown_by(self, arrival: Arrival) -> int | None:
        """Which frame an arrival tells of; None where it is none of these, or the last one."""
        if arrival.rotation:
            # The list tells it by the usual length of the frame before, which may have been long.
            away = 2 * abs(arrival.media.us - self.starts[0])
            return 0 if away < self.ends[-1] - self.starts[0] and len(self.starts) > 1 else None
        start = arrival.media.us - (self.usual.us if self.progress_ends else 0)
        later = bisect_left(self.starts, start)
        beside = [n for n in (later - 1, later) if 0 <= n < len(self.starts) - 1]
        best = min(beside, key=lambda n: abs(self.starts[n] - start), default=None)
        # With sound, progress tells the later of both: what is no picture's time is the sound's.
        near = max(_SAME_PICTURE.us, self.usual.us // 10)
        if best is None or abs(self.starts[best] - start) > near:
            return None
        return best


@dataclass(slots=True)
class Sightings:
    """What was seen of one run's arrivals: the least delayed of each ten seconds."""

    settled: dict[int, Sighting] = field(default_factory=dict)
    vague: dict[int, Sighting] = field(default_factory=dict)
    """Of progress where pictures are reordered."""
    raw: list[Arrival] = field(default_factory=list)
    """Not yet known of which frame."""

    def saw(self, arrival: Arrival) -> None:
        """A frame arrived."""
        self.raw.append(arrival)

    def settle(self, frames: Frames) -> None:
        """A segment was closed: what was seen of its frames is known exactly now."""
        waiting = []
        for arrival in self.raw:
            if (media := frames.arrived(arrival)) is not None:
                late = frames.lead if arrival.rotation else ZERO
                kind = self.vague if frames.lead and not arrival.rotation else self.settled
                _keep(kind, Sighting(media, arrival.at - media - late))
            elif frames.lie_before(arrival):
                waiting.append(arrival)  # of the next segment
        self.raw = waiting

    def shift(self, by: Elapsed) -> None:
        """The recorder's time has moved: so has the time of all that was seen."""
        for kind in (self.settled, self.vague):
            for bucket, seen in kind.items():
                kind[bucket] = seen._replace(zero=seen.zero + by)
        self.raw = [one._replace(at=one.at + by) for one in self.raw]


@dataclass(frozen=True, slots=True)
class Line:
    """Wall time of media time zero as it moves with media time: `zero` at media time `at`."""

    zero: Instant
    at: Elapsed = ZERO
    drift_ppb: int = 0
    uncertainty: Elapsed = UNSEEN

    def zero_at(self, media: Elapsed) -> Instant:
        """Where media time zero lies for a frame of media time `media`."""
        return self.zero + Elapsed((media - self.at).us * self.drift_ppb // 1_000_000_000)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Wall time of media time zero of a run at one place of it, and how far off it may be."""

    at: Instant
    uncertainty: Elapsed


def estimate(seen: Sightings, frames: Frames, otherwise: Line) -> Line:
    """The best line these sightings allow.

    Args:
        seen: What was seen, settled with `frames`.
        frames: Of the segment that is placed.
        otherwise: For a run that nobody saw.
    """
    doubt = REORDERED if frames.lead else UNSEEN
    rotations = _closing(seen, frames)
    if seen.settled:
        return _beneath([*seen.settled.values(), *rotations], doubt)
    if rotations:
        unsure = AUDIBLE if frames.audible else UNSEEN + frames.longest
        return _beneath(rotations, REORDERED if frames.lead else unsure)
    return _beneath(seen.vague.values(), REORDERED) if seen.vague else otherwise


def slew(current: Anchor, target: Anchor, length: Elapsed) -> Anchor:
    """Move towards `target` within `length`: 1 000 ppm, or 5 % where more than 50 ms are missing.

    Always less than `length` itself, so that wall time never runs backwards. What is left adds to
    the uncertainty.
    """
    wanted = (target.at - current.at).us
    ppm = HASTE_PPM if abs(wanted) > FAR_OFF.us else SLEW_PPM
    most = length.us * ppm // 1_000_000
    moved = max(-most, min(wanted, most))
    left = Elapsed(abs(wanted - moved))
    return Anchor(current.at + Elapsed(moved), target.uncertainty + left)


def _closing(seen: Sightings, frames: Frames) -> list[Sighting]:
    """What came behind these frames tells: at most too late.

    The keyframe that closed them, and with sound, for which that one had to wait, progress.
    It is not one of them: neither its own length nor that of the frame before it is known yet, and
    no less than the short ones' is taken for either. Where the stream ended instead, no more than
    their last one is known to have come.
    """
    last = Elapsed(frames.starts[-1])
    found = []
    for one in seen.raw:
        if one.rotation:
            media = last if one.flushed else min(one.media, last + frames.short)
            came = one.at - frames.lead - (ZERO if one.flushed else frames.short)
            found.append(Sighting(media, came - media))
        elif frames.audible and not frames.lead:
            begins = one.media - (frames.usual if frames.progress_ends else ZERO)
            found.append(Sighting(begins, one.at - begins))
    return found


def _keep(kind: dict[int, Sighting], seen: Sighting) -> None:
    bucket = seen.media.us // BUCKET.us
    former = kind.get(bucket)
    if former is None or seen.zero < former.zero:
        kind[bucket] = seen
    oldest = bucket - WINDOW.us // BUCKET.us
    for old in [one for one in kind if one <= oldest]:
        del kind[old]


def _beneath(seen: Iterable[Sighting], uncertainty: Elapsed) -> Line:
    """The line under all of them: least delayed, with their drift where they span a minute."""
    points = sorted(seen)
    drift = 0
    if points[-1].media - points[0].media >= DRIFT_FROM:
        most = MAX_DRIFT_PPM * 1_000
        drift = max(-most, min(_slope_ppb(points), most))
    middle = points[len(points) // 2].media
    lines = (Line(one.zero, one.media, drift).zero_at(middle) for one in points)
    return Line(min(lines), middle, drift, uncertainty)


def _slope_ppb(points: Sequence[Sighting]) -> int:
    """Slope of the lower hull's edge under the mean media time: it lies closest to all of them."""
    hull = _lower_hull(points)
    mean = sum(point.media.us for point in points) // len(points)
    edges = [*pairwise(hull)]
    one, other = next((e for e in edges if e[1].media.us >= mean), edges[-1])
    return (other.zero - one.zero).us * 1_000_000_000 // max((other.media - one.media).us, 1)


def _lower_hull(points: Sequence[Sighting]) -> list[Sighting]:
    hull: list[Sighting] = []
    for point in points:
        while len(hull) > 1 and not _turns_up(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_up(one: Sighting, two: Sighting, three: Sighting) -> bool:
    run_a, rise_a = (two.media - one.media).us, (two.zero - one.zero).us
    run_b, rise_b = (three.media - two.media).us, (three.zero - two.zero).us
    return rise_a * run_b < rise_b * run_a
