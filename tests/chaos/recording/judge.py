"""Verdict on a campaign: compares true frames with recordings, gaps and faults. Pure.

Every frame a camera sent is stored exactly once, in order, at the right time; or is missing, in
a gap whose reason fits a fault that reached this camera then. A fault reaches from shortly before
the begin of a fault (frames in transit, or in the open fragment) to shortly after its end (until
the camera is connected again and its next keyframe has come).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from footage.holes import SHORTEST_HOLE
from footage.instant import Elapsed, Instant, Interval, union
from footage.span import JOIN_TOLERANCE, Gap, GapReason, timeline
from recorder.timing.placement import LATE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.ids import CameraId
    from footage.segment import Segment

RIGHT_TIME: Final = Elapsed.parse("200ms")
"""A frame's stated time may be off by this."""
_SLACK: Final = Elapsed.parse("500ms")
"""A segment may reach into a silence by this: a picture's length, and the tolerance of times."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that the camera sent."""

    counter: int
    captured: Instant


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame decoded from a stored segment.

    Attributes:
        frame: The frame named by the picture; None for a damaged picture.
        said: The capture time according to the segment.
    """

    frame: Frame | None
    said: Instant


@dataclass(frozen=True, slots=True)
class Stored:
    """A segment of the catalogue and its decoded frames, in the order of presentation."""

    segment: Segment
    frames: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """An event that may lose frames.

    Attributes:
        interval: Time within which the event may lose frames.
        reasons: Reasons of the gaps that may result.
        shared: Whether two nodes may record the same frames within it: a lease changed hands.
    """

    what: str
    interval: Interval
    reasons: frozenset[GapReason]
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """All evidence about a camera.

    Attributes:
        window: Time within which captured frames are judged.
        estimated: Whether frames may be off by the uncertainty that their segment states, where
            that is more: the camera stamps its pictures at a wrong rate, or falls silent.
    """

    camera: CameraId
    window: Interval
    truth: Sequence[Frame]
    stored: Sequence[Stored]
    gaps: Sequence[Gap]
    causes: Sequence[Cause]
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of frames, and a line for each thing wrong.

    Attributes:
        lost_allowed: Missing, in a gap whose reason fits a fault that reached the camera.
        lost_outside: Missing in any other way.
        doubled: Stored more than once.
        shared: Stored by two nodes while a lease changed hands; not wrong.
        misdated: At the wrong time or in the wrong order, or not what the camera sent.
        told: At the wrong time, as the segment itself reports; not counted as misdated.
        unreadable: Stored, but with an unreadable strip; counted as missing too.
        holes: Stretches with neither segment nor gap (invariant 5), or told as recorded though the
            camera was silent.
    """

    expected: int = 0
    lost_allowed: int = 0
    lost_outside: int = 0
    doubled: int = 0
    shared: int = 0
    misdated: int = 0
    told: int = 0
    unreadable: int = 0
    holes: int = 0
    findings: tuple[str, ...] = field(default=())

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost_outside or self.doubled or self.misdated or self.holes)

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            self.expected + other.expected,
            self.lost_allowed + other.lost_allowed,
            self.lost_outside + other.lost_outside,
            self.doubled + other.doubled,
            self.shared + other.shared,
            self.misdated + other.misdated,
            self.told + other.told,
            self.unreadable + other.unreadable,
            self.holes + other.holes,
            self.findings + other.findings,
        )


def judge(case: Case) -> Verdict:
    """The verdict on a camera."""
    expected = [frame for frame in case.truth if frame.captured in case.window]
    times = Counter(seen.frame.counter for one in case.stored for seen in one.frames if seen.frame)
    missing = [frame for frame in expected if not times[frame.counter]]
    outside = [(frame, why) for frame in missing if (why := _unexplained(case, frame))]
    twice, shared = _doubled(case, times)
    wrong, wrong_lines = _misdated(case)
    holes = [*_holes(case), *_covered_silences(case)]
    lines = [*_runs(outside), *twice, *wrong_lines, *holes]
    return Verdict(
        expected=len(expected),
        lost_allowed=len(missing) - len(outside),
        lost_outside=len(outside),
        doubled=len(twice),
        shared=shared,
        misdated=wrong,
        told=sum(_told(one) for one in case.stored),
        unreadable=sum(seen.frame is None for one in case.stored for seen in one.frames),
        holes=len(holes),
        findings=tuple(f"{case.camera}: {line}" for line in lines),
    )


def begun(run: Sequence[Stored], truth: Mapping[int, Frame], most: int) -> list[Stored]:
    """Name damaged pictures at a run's begin by their place.

    With intra refresh no decoder makes a picture surely whole before a sweep is through, so those
    of the first `most` pictures that are damaged are taken for those that the camera sent around
    the first whole picture; in a run without a whole picture, for those that fit the times best
    that the run states.
    """
    seen = [each for one in run for each in one.frames]
    at = next((place for place, each in enumerate(seen) if each.frame), None)
    if at is not None and (whole := seen[at].frame):
        first = whole.counter - at
    elif seen and (near := _nearest(truth, [each.said for each in seen[:most]])):
        first = near.counter
    else:
        return list(run)
    named = iter(
        [
            each if each.frame else replace(each, frame=truth.get(first + place))
            for place, each in enumerate(seen[:most])
        ]
        + seen[most:]
    )
    return [replace(one, frames=tuple(islice(named, len(one.frames)))) for one in run]


def _nearest(truth: Mapping[int, Frame], said: Sequence[Instant]) -> Frame | None:
    """Return the frame from which on frames fit stated times best; None: none is within tolerance.

    A camera that was away in between captured the next frame long after: such frames do not fit.
    """

    def off(first: Frame) -> int:
        frames = [truth.get(first.counter + place) for place in range(len(said))]
        times = zip(frames, said, strict=True)
        return max(abs(one.captured.us - each.us) if one else RIGHT_TIME.us for one, each in times)

    near = [one for one in truth.values() if abs(one.captured.us - said[0].us) <= RIGHT_TIME.us]
    return min(near, key=off, default=None)


def dating(cases: Sequence[Case]) -> str:
    """Errors in time of all stored frames, and of the first frame of each segment."""
    stored = [one for case in cases for one in case.stored]
    frames = [_off(one) for one in stored]
    firsts = [off[0] for off in frames if off]
    return f"frames {_spread([each for off in frames for each in off])}; starts {_spread(firsts)}"


def _off(one: Stored) -> list[Elapsed]:
    """Error in time of each readable frame: stated minus true."""
    return [seen.said - seen.frame.captured for seen in one.frames if seen.frame]


def _spread(late: Sequence[Elapsed]) -> str:
    if not late:
        return "none"
    ranked = sorted(late)
    far = sorted(abs(each.us) for each in late)
    at99 = far[min(len(far) - 1, len(far) * 99 // 100)]
    return (
        f"late by {ranked[len(ranked) // 2]} (median), "
        f"off by {Elapsed(at99)} (p99), {Elapsed(far[-1])} (most)"
    )


def _unexplained(case: Case, frame: Frame) -> str:
    """Reason why a frame's loss is not allowed; "" for an allowed loss."""
    gaps = [gap for gap in case.gaps if _near(gap.interval, frame.captured)]
    causes = [cause for cause in case.causes if frame.captured in cause.interval]
    if not gaps:
        return "missing, and in no gap"
    given = {gap.reason for gap in gaps}
    if not causes:
        return f"missing ({', '.join(sorted(given))}), though nothing happened to the camera"
    if not any(cause.reasons & given for cause in causes):
        happened = ", ".join(sorted({cause.what for cause in causes}))
        return f"missing for the wrong reason: {', '.join(sorted(given))}, though it was {happened}"
    return ""


def _near(interval: Interval, instant: Instant) -> bool:
    """Whether an instant is inside the interval, or outside by at most the tolerance of times."""
    return interval.start - RIGHT_TIME <= instant < interval.end + RIGHT_TIME


def _runs(lost: Sequence[tuple[Frame, str]]) -> list[str]:
    """A line for each stretch of frames lost for the same reason."""
    lines: list[str] = []
    start = 0
    for at, (frame, why) in enumerate(lost):
        after = lost[at + 1] if at + 1 < len(lost) else None
        if after and after[1] == why and after[0].counter == frame.counter + 1:
            continue
        first = lost[start][0]
        when = f"{first.captured} to {frame.captured}"
        lines.append(f"frames {first.counter} to {frame.counter} ({when}) {why}")
        start = at + 1
    return lines


def _doubled(case: Case, times: Counter[int]) -> tuple[list[str], int]:
    """A line for each frame wrongly stored twice, and the number of allowed doubles."""
    where: dict[int, list[Segment]] = {}
    captured: dict[int, Instant] = {}
    for one in case.stored:
        for seen in one.frames:
            if seen.frame and times[seen.frame.counter] > 1:
                where.setdefault(seen.frame.counter, []).append(one.segment)
                captured[seen.frame.counter] = seen.frame.captured
    lines, shared = [], 0
    for counter, segments in sorted(where.items()):
        runs = {segment.run for segment in segments}
        may = any(cause.shared and captured[counter] in cause.interval for cause in case.causes)
        if may and len(runs) == len(segments):
            shared += 1
        else:
            keys = ", ".join(segment.key for segment in segments)
            lines.append(f"frame {counter} is stored {len(segments)} times: {keys}")
    return lines, shared


def _misdated(case: Case) -> tuple[int, list[str]]:
    known = {frame.counter: frame.captured for frame in case.truth}
    wrong, lines = 0, []
    for one in case.stored:
        dated = one.frames[:-1] if _told(one) else one.frames
        bad = _far(replace(one, frames=dated), estimated=case.estimated)
        strange = [
            seen.frame.counter
            for seen in one.frames
            if seen.frame and known.get(seen.frame.counter) != seen.frame.captured
        ]
        if bad:
            worst = max(bad, key=lambda each: abs(each.us))
            lines.append(
                f"{len(bad)} frames of {one.segment.key} (run {one.segment.run}, number "
                f"{one.segment.sequence}) misdated, by {worst} at worst; its uncertainty is "
                f"{one.segment.clock.uncertainty}"
            )
        if strange:
            lines.append(f"{one.segment.key} shows frames that never existed: {strange[:5]}")
        wrong += len(bad) + len(strange)
    disordered = _disordered(case.stored)
    return wrong + len(disordered), lines + disordered


def _told(one: Stored) -> bool:
    """Whether a segment's last frame is at the wrong time and the segment reports so."""
    return LATE in one.segment.damage and bool(_far(replace(one, frames=one.frames[-1:])))


def _far(one: Stored, *, estimated: bool = False) -> list[Elapsed]:
    """Errors in time that exceed the tolerance."""
    allowed = max(RIGHT_TIME, one.segment.clock.uncertainty) if estimated else RIGHT_TIME
    return [each for each in _off(one) if abs(each.us) > allowed.us]


def _disordered(stored: Sequence[Stored]) -> list[str]:
    """A line for each frame that follows a later frame, within a run."""
    runs: dict[str, list[Stored]] = {}
    for one in stored:
        runs.setdefault(one.segment.run, []).append(one)
    lines = []
    for members in runs.values():
        ordered = sorted(members, key=lambda one: one.segment.sequence)
        frames = [(one.segment.key, seen.frame) for one in ordered for seen in one.frames]
        known = [(key, frame) for key, frame in frames if frame]
        lines += [
            f"frame {later.counter} of {key} follows frame {former.counter}"
            for (_, former), (key, later) in pairwise(known)
            if later.counter < former.counter
        ]
    return lines


def _covered_silences(case: Case) -> list[str]:
    """Times without any picture from the camera that a segment claims to show."""
    silences = [
        (former.captured, later.captured)
        for former, later in pairwise(case.truth)
        if later.captured - former.captured > SHORTEST_HOLE
    ]
    return [
        f"told as recorded though silent: {shared} ({one.segment.key})"
        for begin, end in silences
        for one in case.stored
        if LATE not in one.segment.damage
        if (slack := max(_SLACK, one.segment.clock.uncertainty)) + slack < end - begin
        if (shared := Interval(begin + slack, end - slack).clip(one.segment.interval))
    ]


def _holes(case: Case) -> list[str]:
    """Time that neither a segment nor a gap accounts for."""
    tiled = timeline(case.camera, case.window, [one.segment for one in case.stored], case.gaps)
    unknown = [gap.interval for gap in tiled.gaps if gap.reason is GapReason.UNKNOWN]
    return [
        f"neither recorded nor a gap: {hole}"
        for hole in union(unknown)
        if hole.length > JOIN_TOLERANCE
    ]
