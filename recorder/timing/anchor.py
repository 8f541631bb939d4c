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
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed, Instant
from recorder.timing.lines import (
    UNSEEN,
    Line,
    Sighting,
    drifted,
    least_above,
    likely_slope_ppb,
    line_under,
    lower_hull,
    off_edge,
    slope_ppb,
)
from recorder.timing.rates import LATELY, MAX_DRIFT_PPM, RUN_AWAY, wrong_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recorder.timing.arrivals import Arrival

AUDIBLE: Final = Elapsed.parse("300ms")
"""Uncertainty where only a rotation was seen, with audio: rotations came up to 0.2 s late."""
REORDERED: Final = Elapsed.parse("800ms")
"""Uncertainty where pictures are reordered: up to 0.7 s was measured, at ten pictures a second."""
BLIND: Final = Elapsed.parse("5s")
"""Uncertainty where nothing was observed and only the start of FFmpeg is known."""
CONNECTING: Final = Elapsed.parse("250ms")
"""From FFmpeg's start to media time zero where no arrival was seen: 0.23 s was missing in the two
runs measured, both on the same host. A camera may take longer, which `BLIND` allows for."""
SLOW_START: Final = Elapsed.parse("2s")
"""Longer than cameras and FFmpeg take from FFmpeg's start to the first picture (about a second)."""
WINDOW: Final = Elapsed.parse("10m")
_PARTS: Final = 8
"""Of a segment's sightings in the journal: a rate needs four over a run."""
_SAME_PICTURE: Final = Elapsed.parse("5ms")
BUCKET: Final = Elapsed.parse("10s")
FINE: Final = Elapsed.parse("1s")
NEAR: Final = Elapsed.parse("5s")
"""Sightings this near a frame tell how far that frame's arrival lies above the line."""
DRIFT_FROM: Final = Elapsed.parse("1m")
"""Sightings within less time tell no drift: jitter of 10 ms would look like 200 ppm."""
RUN_AWAY_REORDERED: Final = Elapsed.parse("2s")
"""As `RUN_AWAY`, where pictures are reordered: progress varies by up to 0.7 s."""
LATE_FOR_GOOD: Final = Elapsed.parse("2s")
"""Arrivals later than this for half a minute, without exception, are followed: the camera was
silent while its clock of pictures stood still, or a network holds back seconds of pictures. Nothing
tells which, so the uncertainty grows by the difference."""
FOR_GOOD: Final = Elapsed.parse("30s")
SLEW_PPM: Final = 1_000
"""How fast a run is corrected besides its drift: 60 ms a minute."""
HASTE_PPM: Final = 50_000
FAR_OFF: Final = Elapsed.parse("50ms")
"""A run further off than this is corrected at 5 %: never backwards, and right again soon."""


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
        held: Whether FFmpeg gives a picture out only when the next begins to arrive.
    """

    starts: Sequence[int]
    ends: Sequence[int]
    usual: Elapsed
    short: Elapsed
    longest: Elapsed
    lead: Elapsed = ZERO
    audible: bool = False
    progress_ends: bool = True
    held: bool = True

    def arrived(self, arrival: Arrival) -> Elapsed | None:
        """Exact media time of the frame that arrived; None where these frames do not tell."""
        known = self.shown_by(arrival)
        if known is None:
            return None
        return Elapsed(self.ends[known] if self.held else self.starts[known])

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
    """Sightings of a run: the least delayed arrival of each ten seconds of media time.

    Attributes:
        settled: Sightings of exactly known frames, by ten-second bucket of media time.
        vague: Sightings from progress where pictures are reordered, by ten-second bucket.
        settled_lately: As `settled`, of the last minute, by bucket of a second.
        vague_lately: As `vague`, of the last minute, by bucket of a second.
        raw: Arrivals whose frames are not known yet.
        fresh: Sightings settled since `noted`, each with whether the sighting is vague.
    """

    settled: dict[int, Sighting] = field(default_factory=dict)
    vague: dict[int, Sighting] = field(default_factory=dict)
    settled_lately: dict[int, Sighting] = field(default_factory=dict)
    vague_lately: dict[int, Sighting] = field(default_factory=dict)
    raw: list[Arrival] = field(default_factory=list)
    fresh: list[tuple[bool, Sighting]] = field(default_factory=list)

    def saw(self, arrival: Arrival) -> None:
        """Add the arrival of a frame."""
        self.raw.append(arrival)

    def settle(self, frames: Frames) -> None:
        """Match arrivals with the frames of a closed segment, which tell exact media times."""
        waiting = []
        for arrival in self.raw:
            if (media := frames.arrived(arrival)) is not None:
                late = frames.lead if arrival.rotation else ZERO
                seen = Sighting(media, arrival.at - media - late)
                vague = bool(frames.lead) and not arrival.rotation
                self.restore(seen, vague=vague)
                self.fresh.append((vague, seen))
            elif frames.lie_before(arrival):
                waiting.append(arrival)  # a frame of the next segment
        self.raw = waiting

    def restore(self, seen: Sighting, *, vague: bool) -> None:
        """Add the sighting of an exactly known frame, as the journal of a run tells."""
        _keep(self.vague if vague else self.settled, seen, BUCKET, WINDOW)
        _keep(self.vague_lately if vague else self.settled_lately, seen, FINE, LATELY)

    def to_note(self) -> list[tuple[bool, Sighting]]:
        """The sightings that lines go by of those settled since `noted`, for a journal.

        A line lies under all sightings, on an edge of the lower hull; a rate is judged by the least
        delayed of each part of the time. The others are left out.
        """
        kept = []
        for vague in (False, True):
            points = sorted(one for kind, one in self.fresh if kind is vague)
            least = [min(part, key=lambda one: one.zero) for part in _parts(points)]
            kept += [(vague, one) for one in sorted({*lower_hull(points), *least})]
        return kept

    def noted(self) -> None:
        """Note that the journal has, durably, what `to_note` returned last."""
        self.fresh.clear()

    def shift(self, by: Elapsed) -> None:
        """Move all sightings and arrivals by `by`, as the recorder's time has moved."""
        for kind in (self.settled, self.vague, self.settled_lately, self.vague_lately):
            for bucket, seen in kind.items():
                kind[bucket] = seen._replace(zero=seen.zero + by)
        self.raw = [arrival._replace(at=arrival.at + by) for arrival in self.raw]

    def points(self, *, vague: bool = False) -> list[Sighting]:
        """Sightings by media time: of each second lately, of each ten seconds before."""
        rough, fine = (
            (self.vague, self.vague_lately) if vague else (self.settled, self.settled_lately)
        )
        lately = sorted(fine.values())
        before = lately[0].media if lately else None
        return [
            *sorted(one for one in rough.values() if before is None or one.media < before),
            *lately,
        ]


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
    for vague, run_away in ((False, RUN_AWAY), (True, RUN_AWAY_REORDERED)):
        if wrong := wrong_rate(seen.points(vague=vague), run_away):
            unsure = REORDERED if vague else doubt
            return replace(line_under(wrong.points, wrong.drift_ppb, unsure), wrong=True)
    rotations = _sightings_behind(seen, frames)
    if seen.settled:
        return _line_within([*seen.points(), *rotations], doubt)
    if rotations:
        unsure = AUDIBLE if frames.audible else UNSEEN + frames.longest
        return _line_within(rotations, REORDERED if frames.lead else unsure)
    return _line_within(seen.points(vague=True), REORDERED) if seen.vague else otherwise


def least_late(seen: Sightings, frames: Frames, line: Line, media: Elapsed) -> Elapsed:
    """Distance above a line of the least delayed of the arrivals near a media time.

    A frame was taken before its arrival, so this is the most by which the line may date frames near
    `media` early.
    """
    points = [*(seen.points() or seen.points(vague=True)), *_sightings_behind(seen, frames)]
    near = [one for one in points if abs((one.media - media).us) <= NEAR.us]
    if not near and points:
        near = [min(points, key=lambda one: abs((one.media - media).us))]
    return max(least_above(line, near), ZERO)


def unknown_rate(seen: Sightings, frames: Frames, line: Line, media: Elapsed) -> Elapsed:
    """Largest error of a line at a media time where the camera's rate is not known for sure.

    In the first minute of a run, and before the run's first sighting, the sightings' own slope may
    be the true rate as well as the line's. A camera of a wrong rate may change its rate.
    """
    settled = seen.points() or seen.points(vague=True)
    points = sorted([*settled, *_sightings_behind(seen, frames)])
    if not points:
        return ZERO
    if line.wrong:
        return off_edge(line, points, media)
    first, last = points[0].media, points[-1].media
    if first <= media and last - first >= DRIFT_FROM:
        return ZERO
    free = line_under(points, likely_slope_ppb(points), ZERO)
    off = Elapsed(abs((free.zero_at(media) - line.zero_at(media)).us))
    return max(off, off_edge(line, points, media))


def held_back(seen: Sightings, frames: Frames, line: Line, begun: Instant) -> Elapsed:
    """Time for which a run's pictures may have waited in FFmpeg before any was seen to arrive.

    FFmpeg gives out nothing until the stream is known. A camera that falls silent meanwhile delays
    the pictures before the silence, which then come at once. Arrivals a second apart show pictures
    that come as they are taken.
    """
    points = [*(seen.points() or seen.points(vague=True)), *_sightings_behind(seen, frames)]
    came = [(one.zero + one.media).us for one in points]
    if not came or max(came) - min(came) >= FINE.us:
        return ZERO
    waited = line.zero_at(ZERO) - begun
    return waited if waited > SLOW_START else ZERO


def slew(current: Anchor, target: Anchor, length: Elapsed, line: Line = Line(Instant(0))) -> Anchor:  # noqa: B008 - immutable
    """Move towards `target` within `length`: 1 000 ppm, or 5 % where more than 50 ms are missing.

    The anchor moves by the line's drift besides. At a wrong rate, what is missing makes up at most
    half of the time. Wall time never runs backwards. The difference that remains adds to the
    uncertainty.
    """
    natural = drifted(length, line.drift_ppb)
    wanted = (target.at - current.at - natural).us
    ppm = HASTE_PPM if abs(wanted) > FAR_OFF.us else SLEW_PPM
    most = (length + natural).us // 2 if line.wrong else length.us * ppm // 1_000_000
    moved = max(-most, min(wanted, most))
    left = Elapsed(abs(wanted - moved))
    return Anchor(current.at + natural + Elapsed(moved), target.uncertainty + left)


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
            held = frames.held and not arrival.flushed
            came = arrival.at - frames.lead - (frames.short if held else ZERO)
            found.append(Sighting(media, came - media))
        elif frames.audible and not frames.lead:
            begins = arrival.media - (frames.usual if frames.progress_ends else ZERO)
            found.append(Sighting(begins, arrival.at - begins))
    return found


def _parts(points: Sequence[Sighting]) -> list[Sequence[Sighting]]:
    """Sorted sightings in at most `_PARTS` parts, none of them empty."""
    size = max(-(-len(points) // _PARTS), 1)
    return [points[at : at + size] for at in range(0, len(points), size)]


def _keep(kind: dict[int, Sighting], seen: Sighting, size: Elapsed, window: Elapsed) -> None:
    bucket = seen.media.us // size.us
    former = kind.get(bucket)
    if former is None or seen.zero < former.zero:
        kind[bucket] = seen
    oldest = bucket - window.us // size.us
    for old in [number for number in kind if number <= oldest]:
        del kind[old]


def _line_within(seen: Sequence[Sighting], uncertainty: Elapsed) -> Line:
    """The line under all sightings, of a drift within tolerance; see `LATE_FOR_GOOD`."""
    points = sorted(seen)
    line = line_under(points, _drift_ppb(points), uncertainty)
    lately = [one for one in points if points[-1].media - one.media <= FOR_GOOD]
    above = least_above(line, lately)
    if above <= LATE_FOR_GOOD or (lately[-1].media - lately[0].media) * 2 < FOR_GOOD:
        return line
    moved = line_under(lately, _drift_ppb(lately), uncertainty + above)
    return replace(moved, moved=True)


def _drift_ppb(points: Sequence[Sighting]) -> int:
    """The drift of the line under sightings, within tolerance; 0 where too few seconds tell."""
    if points[-1].media - points[0].media < DRIFT_FROM:
        return 0
    most = MAX_DRIFT_PPM * 1_000
    return max(-most, min(slope_ppb(points), most))
