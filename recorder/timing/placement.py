"""Where a closed segment lies in wall time, and what is odd about it. Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed, Instant, Interval
from footage.mp4 import elapsed
from recorder.timing.anchor import BLIND, Anchor, Frames, Line, Sightings, estimate, slew

if TYPE_CHECKING:
    from footage.mp4 import Layout

_TWIN: Final = Elapsed.parse("1ms")
"""Less than any frame: rounding of ticks."""
SMEARED: Final = Elapsed.parse("5s")
"""Time that seems to run back by less than this is made good by going slower; by more, the wall
clock was set back: what was recorded overlaps then, since moving the new recording into the future
would be the greater lie."""
_HAIR: Final = Elapsed(1)
_ROUNDING: Final = Elapsed.parse("2ms")
_HELD_AND_LATE: Final = 2
LATE: Final = "its last picture may have come 10 s later than it says: the camera was silent"
_HOST_EARLY: Final = Elapsed.parse("50ms")
_HOST_LATE: Final = Elapsed.parse("500ms")
"""A fragment's time lies this near behind the arrival of the next one when the host gave it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a run has been placed: wall time and media time of the end of its last segment."""

    end: Instant
    end_ticks: int
    anchor: Anchor

    def stepped(self, by: Elapsed) -> Cursor:
        """After a followed step of the host's clock.

        Forward, the next segment starts later and a gap says why. Back by little, it starts where
        this one ended and the run slews; back by more, it overlaps.
        """
        if -SMEARED < by <= ZERO:
            return self
        return replace(self, end=self.end + by, anchor=replace(self.anchor, at=self.anchor.at + by))


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment's interval, the uncertainty of its start, and where the next one goes on.

    Attributes:
        offset: The camera's clock minus the recorder's, where the camera tells its own.
    """

    interval: Interval
    uncertainty: Elapsed
    cursor: Cursor
    offset: Elapsed | None


def place(  # noqa: PLR0913 - a pure function of all it needs, by keyword
    layout: Layout,
    frames: Frames,
    seen: Sightings,
    cursor: Cursor | None,
    *,
    begun: Instant,
    not_before: Instant | None,
    late: bool = False,
) -> Placed:
    """Place a segment of a run.

    Media time decides within a run: a segment starts where the one before it ended, to the
    microsecond, unless media is missing between them. The camera's crystal drifts meanwhile, and
    arrivals tell more: the run follows by slewing and never runs backwards (invariant 8).

    Args:
        layout: The segment's boxes.
        frames: The same as `frames(layout)`.
        seen: What was seen of arrivals so far, settled with `frames`.
        cursor: Where the run stands; None for its first segment.
        begun: About when media time zero was, for a run that nobody saw.
        not_before: End of what the camera recorded before this run, which does not start earlier
            unless the clock was set back.
        late: Whether a later segment of the run was placed before, as a disk refused this one once.
    """
    scale = layout.media.timescale
    first, last = elapsed(layout.first_dts_ticks, scale), elapsed(layout.end_dts_ticks, scale)
    length = max(last - first, _HAIR)
    blind = Line(begun, uncertainty=BLIND)
    if cursor is not None:  # nobody saw this part of it: nothing says that it moved
        blind = Line(cursor.anchor.at, uncertainty=cursor.anchor.uncertainty)
    line = estimate(seen, frames, blind)
    ideal = line.zero_at(first)
    start = (cursor.anchor.at if cursor else ideal) + first
    if cursor is not None and not late:
        start = _after(layout, cursor, start)
    elif not_before is not None and not_before - start < SMEARED:
        start = max(start, not_before)
    # Where it lies elsewhere than the line says, the difference is slewed away and told.
    anchor = Anchor(start - first, line.uncertainty)
    moved = slew(anchor, Anchor(line.zero_at(last), line.uncertainty), length)
    end = max(start + length + (moved.at - anchor.at), start + _HAIR)
    after = cursor if cursor and late else Cursor(end, layout.end_dts_ticks, moved)
    off = Elapsed(abs((anchor.at - ideal).us)) + (ZERO if cursor else _first_longer(layout))
    # A run that nobody saw is off by seconds: that error must not pass for the camera's.
    offset = camera_offset(layout, line) if line.uncertainty < BLIND else None
    return Placed(Interval(start, end), line.uncertainty + off, after, offset)


def camera_offset(layout: Layout, line: Line) -> Elapsed | None:
    """The camera's clock minus the recorder's, from the producer times of its fragments.

    FFmpeg writes the camera's time, taken from RTCP sender reports, or, before it has one, the
    host's time when the fragment is written: the moment the next one begins to arrive. The two are
    told apart by that. A camera whose clock is off by just the length of its fragments is taken
    for one that does not tell: unknown rather than wrong.
    """
    scale, ends = layout.media.timescale, []
    samples, at = layout.samples, 0
    for fragment in layout.fragments:
        at += fragment.samples
        last = samples[at - 1]
        ends.append(elapsed(last.dts_ticks + last.duration_ticks, scale))
    told = []
    for producer, end in zip(layout.producer, ends, strict=False):
        media = elapsed(producer.pts_ticks, scale)
        late = producer.wall - (line.zero_at(end) + end)
        if not -_HOST_EARLY <= late <= _HOST_LATE:
            told.append((producer.wall - (line.zero_at(media) + media)).us)
    # Some of the host's come before the first report, or where the writer was held up.
    if 2 * len(told) <= len(layout.producer) or not told:
        return None
    return Elapsed(median_low(told))


def frames(layout: Layout, *, progress_ends: bool = True) -> Frames:
    """What the boxes tell of frames; see `recorder.timing.anchor.Frames`."""
    samples, scale = layout.samples, layout.media.timescale
    lengths = sorted(sample.duration_ticks for sample in samples)
    shown = [sample.pts_ticks for sample in samples]
    reordered = any(later < former for former, later in pairwise(shown))
    first = samples[0]
    lead = first.pts_ticks - first.dts_ticks if reordered else 0
    starts = [elapsed(sample.dts_ticks, scale).us for sample in samples]
    return Frames(
        starts=starts,
        ends=[*starts[1:], elapsed(layout.end_dts_ticks, scale).us],
        usual=elapsed(median_low(lengths), scale),
        short=elapsed(lengths[len(lengths) // 10], scale),
        longest=elapsed(lengths[-1], scale),
        lead=elapsed(max(lead, 0), scale),
        audible=bool(layout.audio),
        progress_ends=progress_ends,
    )


def came_late(layout: Layout, told: Elapsed | None, *, progress_ends: bool) -> bool:
    """Whether the last picture may have come while its silent camera's FFmpeg was being ended.

    FFmpeg gives out the last picture of a stream without a time, and makes up that it followed at
    once. 5.1 ends only when something comes, or tells that it waited in vain. 9.0 ends soon, and
    tells until then how far it is: one picture it has in hand; where there are two behind, the
    camera had gone on.

    Args:
        layout: A run's last segment.
        told: Media time that progress told when FFmpeg was asked to end; None where it was not for
            silence, or waited in vain.
        progress_ends: Whether that is where a picture ends (9.0), not where it begins (5.1).
    """
    if told is None:
        return False
    scale = layout.media.timescale
    times = [elapsed(sample.dts_ticks, scale) for sample in layout.samples]
    if not progress_ends:
        return times[-1] > told
    behind = [time for time in times if time > told - _ROUNDING]
    return len(behind) == _HELD_AND_LATE and behind[1] - behind[0] < SMEARED


def damage(*, lost: int, cut: bool, late: bool = False) -> tuple[str, ...]:
    """What the boxes alone show to be faulty, for people.

    Args:
        lost: Bytes behind the last whole fragment.
        cut: Whether its writer was killed, and they were cut off.
        late: Whether its last picture `came_late`.
    """
    return _lost(lost, cut=cut) + ((LATE,) if late else ())


def _lost(lost: int, *, cut: bool) -> tuple[str, ...]:
    if not lost:
        return ()
    if cut:
        return (f"{lost} bytes of an unfinished fragment were cut off after a kill",)
    return (f"the last {lost} bytes are unreadable",)


def _first_longer(layout: Layout) -> Elapsed:
    """At most how much longer a run's first picture lasted than its box says (`FIRST_PICTURE`)."""
    usual = median_low(sample.duration_ticks for sample in layout.samples)
    return elapsed(max(usual - layout.samples[0].duration_ticks, 0), layout.media.timescale)


def _after(layout: Layout, cursor: Cursor, start: Instant) -> Instant:
    """Where the next segment of a run starts that would start at `start` by the anchor alone.

    The end of the one before was its writer's guess: the last frame as long as the one before it.
    """
    scale = layout.media.timescale
    apart = elapsed(layout.first_dts_ticks, scale) - elapsed(cursor.end_ticks, scale)
    usual = median_low(sample.duration_ticks for sample in layout.samples)
    if apart <= elapsed(usual, scale) + _TWIN:
        return cursor.end
    return max(start, cursor.end)
