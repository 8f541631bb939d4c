"""Estimates the wall time of media time zero from the arrivals of frames.

A camera's frames carry media time: exact differences by the camera's own crystal, no relation to
wall time. The arrivals of frames carry wall time, each late by an unknown delay that is never
negative. So the wall time of media time zero is at most (arrival - media time) of any frame, and
the least of many such values comes closest: the *least-delayed frame* decides.

The camera's crystal runs fast or slow by up to some hundred ppm, so that the least value moves:
500 ppm are 30 ms a minute. A *line* is therefore drawn under the sightings of the last ten minutes:
the edge of the sightings' lower convex hull under their middle (Zhang, Liu and Xia, "Clock
synchronization algorithms for network measurements", INFOCOM 2002). The line's slope is the drift,
and no delay, however long, lifts the line. The remaining delays (exposure, encoding, network)
cannot be measured here and go into the uncertainty.

Two kinds of arrivals are seen, each late by a known time (measured with FFmpeg 5.1 and 9.0 against
frames that carry their own time). FFmpeg's parser gives a picture out when the next picture begins,
so an arrival is that of the *next* frame; the segment's boxes tell, once the segment is closed,
the media time of that next frame. With B-frames the camera holds back pictures that are shown later
than coded, by that lead. At a *rotation* FFmpeg closes a segment because a keyframe came.
*Progress* tells, each second, where the picture written last begins (5.1) or ends (9.0). With
audio, rotations wait for the audio by up to 0.2 s more, while progress does not; with B-frames,
progress tells coding times of its own, up to 0.7 s late.
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
"""Uncertainty where only a rotation was seen, with audio: rotations came up to 0.2 s late."""
REORDERED: Final = Elapsed.parse("800ms")
"""Uncertainty where pictures are reordered: up to 0.7 s was measured, at ten pictures a second."""
BLIND: Final = Elapsed.parse("5s")
"""Uncertainty where nothing was observed and only the start of FFmpeg is known."""
CONNECTING: Final = Elapsed.parse("250ms")
"""From FFmpeg's start to media time zero where no arrival was seen: 0.23 s was missing in the two
runs measured, both on the same host. A camera may take longer, which `BLIND` allows for."""
WINDOW: Final = Elapsed.parse("10m")
_SAME_PICTURE: Final = Elapsed.parse("5ms")
BUCKET: Final = Elapsed.parse("10s")
DRIFT_FROM: Final = Elapsed.parse("1m")
"""Sightings within less time tell no drift: jitter of 10 ms would look like 200 ppm."""
MAX_DRIFT_PPM: Final = 1_000
"""Twice the drift of the worst crystal; more is not drift."""
SLEW_PPM: Final = 1_000
"""How fast a run is corrected besides its drift: 60 ms a minute."""
HASTE_PPM: Final = 50_000
FAR_OFF: Final = Elapsed.parse("50ms")
"""A run further off than this is corrected at 5 %: never backwards, and right again soon."""


class Sighting(NamedTuple):
    """The least delayed arrival of some seconds: media time, and wall time of media time zero."""

    media: Elapsed
    zero: Instant


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames of a closed segment, from the segment's boxes, in the order of decoding.

    Attributes:
        starts, ends: Media time of each frame in microseconds; the last end is the writer's guess.
        usual: Length of the usual frame (median).
        short: Length of the shorter frames (tenth percentile).
        longest: Length of the longest frame.
        lead: How much later a keyframe is shown than decoded; 0 where nothing is reordered.
        audible: Whether the segment has audio.
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
        """Exact media time of the frame that arrived; None where these frames do not tell."""
        known = self.shown_by(arrival)
        if known is None:
            return None
        return Elapsed(self.ends[known])

    def lie_before(self, arrival: Arrival) -> bool:
        """Whether an arrival that matches none of these frames belongs to a later frame."""
        if arrival.rotation:
            return 2 * arrival.media.us > self.starts[0] + self.ends[-1]
        return arrival.media.us >= self.ends[-1] - self.usual.us

    def shown_by(self, arrival: Arrival) -> int | None:
        """Index of the frame an arrival reports; None where no frame matches, or only the last."""
        if arrival.rotation:
            # The list assumes the usual length for the frame before, which may have been longer.
            away = 2 * abs(arrival.media.us - self.starts[0])
            return 0 if away < self.ends[-1] - self.starts[0] and len(self.starts) > 1 else None
        start = arrival.media.us - (self.usual.us if self.progress_ends else 0)
        later = bisect_left(self.starts, start)
        beside = [n for n in (later - 1, later) if 0 <= n < len(self.starts) - 1]
        best = min(beside, key=lambda n: abs(self.starts[n] - start), default=None)
        # With audio, progress tells the later of both: a time that no picture has is the audio's.
        near = max(_SAME_PICTURE.us, self.usual.us // 10)
        if best is None or abs(self.starts[best] - start) > near:
            return None
        return best


@dataclass(slots=True)
class Sightings:
    """Sightings of a run: the least delayed arrival of each ten seconds of media time."""

    settled: dict[int, Sighting] = field(default_factory=dict)
    """Sightings of exactly known frames, by ten-second bucket of media time."""
    vague: dict[int, Sighting] = field(default_factory=dict)
    """Sightings from progress where pictures are reordered, by ten-second bucket."""
    raw: list[Arrival] = field(default_factory=list)
    """Arrivals whose frames are not known yet."""

    def saw(self, arrival: Arrival) -> None:
        """Add the arrival of a frame."""
        self.raw.append(arrival)

    def settle(self, frames: Frames) -> None:
        """Match arrivals with the frames of a closed segment, which tell exact media times."""
        waiting = []
        for arrival in self.raw:
            if (media := frames.arrived(arrival)) is not None:
                late = frames.lead if arrival.rotation else ZERO
                kind = self.vague if frames.lead and not arrival.rotation else self.settled
                _keep(kind, Sighting(media, arrival.at - media - late))
            elif frames.lie_before(arrival):
                waiting.append(arrival)  # a frame of the next segment
        self.raw = waiting

    def shift(self, by: Elapsed) -> None:
        """Move all sightings and arrivals by `by`, as the recorder's time has moved."""
        for kind in (self.settled, self.vague):
            for bucket, seen in kind.items():
                kind[bucket] = seen._replace(zero=seen.zero + by)
        self.raw = [arrival._replace(at=arrival.at + by) for arrival in self.raw]


@dataclass(frozen=True, slots=True)
class Line:
    """Wall time of media time zero, moving with media time by the drift: `zero` at `at`."""

    zero: Instant
    at: Elapsed = ZERO
    drift_ppb: int = 0
    uncertainty: Elapsed = UNSEEN

    def zero_at(self, media: Elapsed) -> Instant:
        """Wall time of media time zero, as valid for a frame of media time `media`."""
        return self.zero + Elapsed((media - self.at).us * self.drift_ppb // 1_000_000_000)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Wall time of a run's media time zero, as valid at some place of the run, with uncertainty."""

    at: Instant
    uncertainty: Elapsed


def estimate(seen: Sightings, frames: Frames, otherwise: Line) -> Line:
    """Estimate the line for a segment from the sightings of the run.

    Args:
        seen: Sightings of the run, settled with `frames`.
        frames: Frames of the segment that is placed.
        otherwise: The line for a run without any sighting.
    """
    doubt = REORDERED if frames.lead else UNSEEN
    rotations = _sightings_behind(seen, frames)
    if seen.settled:
        return _line_under([*seen.settled.values(), *rotations], doubt)
    if rotations:
        unsure = AUDIBLE if frames.audible else UNSEEN + frames.longest
        return _line_under(rotations, REORDERED if frames.lead else unsure)
    return _line_under(seen.vague.values(), REORDERED) if seen.vague else otherwise


def slew(current: Anchor, target: Anchor, length: Elapsed) -> Anchor:
    """Move towards `target` within `length`: 1 000 ppm, or 5 % where more than 50 ms are missing.

    The move is always less than `length` itself, so that wall time never runs backwards. The
    difference that remains adds to the uncertainty.
    """
    wanted = (target.at - current.at).us
    ppm = HASTE_PPM if abs(wanted) > FAR_OFF.us else SLEW_PPM
    most = length.us * ppm // 1_000_000
    moved = max(-most, min(wanted, most))
    left = Elapsed(abs(wanted - moved))
    return Anchor(current.at + Elapsed(moved), target.uncertainty + left)


def _sightings_behind(seen: Sightings, frames: Frames) -> list[Sighting]:
    """Sightings from arrivals behind these frames; the times may be too late, never too early.

    Such arrivals are the keyframe that closed the segment and, with audio, for which that keyframe
    had to wait, progress. The keyframe is not among the frames: neither its length nor the length
    of the frame before it is known yet, and for both no less than the length of the short frames is
    taken. Where the stream ended instead, only the last of the frames is known to have come.
    """
    last = Elapsed(frames.starts[-1])
    found = []
    for arrival in seen.raw:
        if arrival.rotation:
            media = last if arrival.flushed else min(arrival.media, last + frames.short)
            came = arrival.at - frames.lead - (ZERO if arrival.flushed else frames.short)
            found.append(Sighting(media, came - media))
        elif frames.audible and not frames.lead:
            begins = arrival.media - (frames.usual if frames.progress_ends else ZERO)
            found.append(Sighting(begins, arrival.at - begins))
    return found


def _keep(kind: dict[int, Sighting], seen: Sighting) -> None:
    bucket = seen.media.us // BUCKET.us
    former = kind.get(bucket)
    if former is None or seen.zero < former.zero:
        kind[bucket] = seen
    oldest = bucket - WINDOW.us // BUCKET.us
    for old in [number for number in kind if number <= oldest]:
        del kind[old]


def _line_under(seen: Iterable[Sighting], uncertainty: Elapsed) -> Line:
    """The line under all sightings, with a drift where the sightings span a minute."""
    points = sorted(seen)
    drift = 0
    if points[-1].media - points[0].media >= DRIFT_FROM:
        most = MAX_DRIFT_PPM * 1_000
        drift = max(-most, min(_slope_ppb(points), most))
    middle = points[len(points) // 2].media
    lines = (Line(point.zero, point.media, drift).zero_at(middle) for point in points)
    return Line(min(lines), middle, drift, uncertainty)


def _slope_ppb(points: Sequence[Sighting]) -> int:
    """Slope in ppb of the lower hull's edge under the mean media time: closest to all points."""
    hull = _lower_hull(points)
    mean = sum(point.media.us for point in points) // len(points)
    edges = [*pairwise(hull)]
    left, right = next((e for e in edges if e[1].media.us >= mean), edges[-1])
    return (right.zero - left.zero).us * 1_000_000_000 // max((right.media - left.media).us, 1)


def _lower_hull(points: Sequence[Sighting]) -> list[Sighting]:
    hull: list[Sighting] = []
    for point in points:
        while len(hull) > 1 and not _turns_up(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_up(left: Sighting, middle: Sighting, right: Sighting) -> bool:
    run_a, rise_a = (middle.media - left.media).us, (middle.zero - left.zero).us
    run_b, rise_b = (right.media - middle.media).us, (right.zero - middle.zero).us
    return rise_a * run_b < rise_b * run_a
