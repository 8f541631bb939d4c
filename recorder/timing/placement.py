"""Places a closed segment in wall time and describes damage. Pure: values in, values out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final

from footage.holes import is_hole
from footage.instant import ZERO, Elapsed, Instant, Interval
from footage.mp4 import elapsed
from recorder.timing.anchor import (
    BLIND,
    Anchor,
    Frames,
    Sightings,
    estimate,
    held_back,
    least_late,
    slew,
    unknown_rate,
)
from recorder.timing.lines import Line, drifted

if TYPE_CHECKING:
    from footage.mp4 import Layout, Sample

_TICK_ROUNDING: Final = Elapsed.parse("1ms")
"""Less than any frame: rounding of ticks."""
SMEARED: Final = Elapsed.parse("5s")
"""Time that seems to run back by less than this is corrected by slewing; if by more, the wall clock
was set back: recordings overlap then, since moving the new recording into the future would be the
greater error."""
_SHORTEST: Final = Elapsed(1)
_ROUNDING: Final = Elapsed.parse("2ms")
_HELD_AND_LATE: Final = 2
"""Pictures behind progress: the picture FFmpeg has in hand, and the late last picture."""
LATE: Final = "its last picture may have come 10 s later than it says: the camera was silent"
_HOST_EARLY: Final = Elapsed.parse("50ms")
_HOST_LATE: Final = Elapsed.parse("500ms")
"""A fragment's time is the host's if it lies this near the next fragment's arrival."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """End of a run's last placed segment, in wall time and media time, with the anchor.

    Attributes:
        end_ticks: Media time as `_shown` tells.
    """

    end: Instant
    end_ticks: int
    anchor: Anchor

    def stepped(self, by: Elapsed) -> Cursor:
        """The cursor after a followed step `by` of the host's clock.

        After a step forward the next segment starts later and a gap says why. After a small step
        back the next segment starts where the last ended and the run slews; after a larger step
        back the next segment overlaps the last.
        """
        if -SMEARED < by <= ZERO:
            return self
        return replace(self, end=self.end + by, anchor=replace(self.anchor, at=self.anchor.at + by))


@dataclass(frozen=True, slots=True)
class Placed:
    """A placed segment: interval, uncertainty of any picture, and the cursor for the next segment.

    Attributes:
        offset: The camera's clock minus the recorder's; None where the camera does not tell.
        wrong_ppb: Drift of the camera's stamps where the stamps are wrong and arrivals are followed
            instead; None where the drift is within tolerance.
    """

    interval: Interval
    uncertainty: Elapsed
    cursor: Cursor
    offset: Elapsed | None
    wrong_ppb: int | None = None


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
    """Place a segment of a run in wall time.

    Media time decides within a run: a segment starts where the segment before ended, to the
    microsecond, unless media is missing between the two. The camera's crystal drifts meanwhile,
    and arrivals tell more: the run follows by slewing and never runs backwards (invariant 8).

    Args:
        layout: The segment's boxes.
        frames: The result of `frames(layout)`.
        seen: Sightings of the run so far, settled with `frames`.
        cursor: End of the run's segments placed before; None for the run's first segment.
        begun: Rough wall time of media time zero, for a run without any sighting.
        not_before: End of the camera's recording before this run; the run does not start earlier
            unless the clock was set back.
        late: Whether a later segment of the run was placed before, as the disk had refused this
            segment.
    """
    scale = layout.media.timescale
    first_ticks, last_ticks = _shown(layout)
    first, last = elapsed(first_ticks, scale), elapsed(last_ticks, scale)
    length = max(last - first, _SHORTEST)
    blind = Line(begun, uncertainty=BLIND)
    if cursor is not None:  # without sightings of this part of the run nothing says that it moved
        blind = Line(cursor.anchor.at, uncertainty=cursor.anchor.uncertainty)
    line = estimate(seen, frames, blind)
    ideal = line.zero_at(first)
    start = ideal + first
    apart = first - elapsed(cursor.end_ticks, scale) if cursor else ZERO
    if cursor is not None:
        start = cursor.anchor.at + drifted(apart, line.drift_ppb) + first
    if cursor is not None and not late:
        hole = is_hole(apart + frames.usual, frames.usual)
        moved_on = line.moved and is_hole(ideal + first - cursor.end, frames.usual)
        # Behind a hole nothing is joined to the segment before: arrivals alone tell the time.
        start = ideal + first if hole or moved_on else start
        start = _after(layout, cursor, start)
        if moved_on:
            start = max(start, ideal + first)
    elif not_before is not None and not_before - start < SMEARED:
        start = max(start, not_before)
    # A difference between the anchor and the line is slewed away, and adds to the uncertainty.
    anchor = Anchor(start - first, line.uncertainty)
    moved = slew(anchor, Anchor(line.zero_at(last), line.uncertainty), length, line)
    end = max(start + length + (moved.at - anchor.at), start + _SHORTEST)
    after = cursor if cursor and late else Cursor(end, last_ticks, moved)
    # A player dates a picture between the two ends of the interval: neither end may be off by more.
    begins = Elapsed(abs((anchor.at - ideal).us)) + (ZERO if cursor else _first_longer(layout))
    begins += unknown_rate(seen, frames, line, first)
    ends = Elapsed(abs((end - last - line.zero_at(last)).us)) + unknown_rate(
        seen, frames, line, last
    )
    waited = ZERO if cursor else held_back(seen, frames, line, begun)
    late_by = max(least_late(seen, frames, line, first), least_late(seen, frames, line, last))
    off = max(begins, ends) + late_by + waited
    # A run without sightings is off by seconds: that error must not count as the camera's offset.
    # A camera of a wrong rate tells its time by wrong stamps.
    known = line.uncertainty < BLIND and not line.wrong
    offset = camera_offset(layout, line) if known else None
    wrong = line.drift_ppb if line.wrong else None
    return Placed(Interval(start, end), line.uncertainty + off, after, offset, wrong)


def camera_offset(layout: Layout, line: Line) -> Elapsed | None:
    """The camera's clock minus the recorder's, from the fragments' producer times; or None.

    FFmpeg writes the camera's time, taken from RTCP sender reports, or, before the first report,
    the host's time when the fragment is written: the moment the next fragment begins to arrive. The
    two are told apart by that moment. A camera whose clock is off by just the length of its
    fragments counts as a camera that does not tell its time: unknown rather than wrong.

    Returns:
        The median offset; None where at most half of the fragments carry the camera's time.
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
    # Some of the host's times come before the first report, or where the writer was held up.
    if 2 * len(told) <= len(layout.producer) or not told:
        return None
    return Elapsed(median_low(told))


def frames(layout: Layout, *, progress_ends: bool = True) -> Frames:
    """Read a segment's frames from the boxes; see `recorder.timing.anchor.Frames`."""
    samples, scale = layout.samples, layout.media.timescale
    lengths = sorted(sample.duration_ticks for sample in samples)
    shown = [sample.pts_ticks for sample in samples]
    reordered = any(later < former for former, later in pairwise(shown))
    lead = layout.reorder_ticks if reordered else 0
    decoded = [sample.dts_ticks for sample in samples]
    if lead:
        begin, usual = _shown(layout)[0], median_low(lengths)
        for n in range(lead // usual):  # without a pause before the first picture
            decoded[n] = begin + n * usual
    starts = [elapsed(ticks, scale).us for ticks in decoded]
    return Frames(
        starts=starts,
        ends=[*starts[1:], elapsed(layout.end_dts_ticks, scale).us],
        usual=elapsed(median_low(lengths), scale),
        short=elapsed(lengths[len(lengths) // 10], scale),
        longest=elapsed(lengths[-1], scale),
        lead=elapsed(max(lead, 0), scale),
        audible=bool(layout.audio),
        progress_ends=progress_ends,
        held=not _comes_whole(layout),
    )


def _comes_whole(layout: Layout) -> bool:
    """Whether FFmpeg gives each picture out when the picture has come: JPEG pictures have an end.

    MP4 has one name for JPEG and for MPEG-4 part 2, which is never sent as keyframes alone.
    """
    jpeg = layout.media.codec in {"mp4v", "jpeg", "mjpg", "mjpa"}
    return jpeg and all(sample.keyframe for sample in layout.samples)


def keyframe_every(layout: Layout) -> Elapsed:
    """Longest time from keyframe to keyframe in a file that the next keyframe closed."""
    keys = [sample.dts_ticks for sample in layout.samples if sample.keyframe]
    times = [*keys, layout.end_dts_ticks]
    longest = max((later - former for former, later in pairwise(times)), default=0)
    return elapsed(longest, layout.media.timescale)


def true_times(layout: Layout, after: int | None, *, live: bool) -> tuple[Sample, ...]:
    """The samples of a file, with the time of a keyframe behind a hole as the next picture tells.

    FFmpeg 5.1 may lose the time of a keyframe that comes in many packets, and then says that the
    keyframe follows the picture before at once. Where the camera was silent before, the keyframe
    seems to last over the silence: exactly a usual duration after the picture before, and the
    picture behind, which is none that could be shown alone, comes seconds later.

    The first keyframe of a camera's run follows pictures, too, where the keyframe lies behind
    media time zero: FFmpeg leaves out the pictures before, and the first of those has the time
    zero. Sound that came first does the same, but a camera that sends one picture and then none for
    seconds, right when the recorder connects, is far rarer than one that was silent just then.

    Args:
        layout: The file's boxes.
        after: Media ticks at which the run's file before ends; None for a run's first file.
        live: Whether a camera is recorded; False for a file, whose stored times count.
    """
    found, scale = list(layout.samples), layout.media.timescale
    usual = median_low(sample.duration_ticks for sample in found)
    if live and after is None and found[0].dts_ticks > 0:
        after = found[0].dts_ticks
    for i, (sample, later) in enumerate(pairwise(layout.samples)):
        end = found[i - 1].dts_ticks + usual if i else after
        lasts = later.dts_ticks - sample.dts_ticks
        if not sample.keyframe or later.keyframe or end is None:
            continue
        if not is_hole(elapsed(lasts, scale), elapsed(usual, scale)):
            continue
        if _at_once(sample, end, usual, scale):
            by = lasts - usual
            found[i] = sample._replace(
                dts_ticks=sample.dts_ticks + by,
                pts_ticks=sample.pts_ticks + by,
                duration_ticks=usual,
            )
    return tuple(found)


def came_late(layout: Layout, told: Elapsed | None, *, progress_ends: bool) -> bool:
    """Whether a run's last picture may have come while FFmpeg was being ended for silence.

    FFmpeg gives out the last picture of a stream without a time, and assumes that the picture
    followed at once. FFmpeg 5.1 ends only when something comes, or tells that it waited in vain.
    FFmpeg 9.0 ends soon, and tells progress until then: a single picture behind progress is the one
    FFmpeg has in hand; two pictures behind show that the camera had gone on.

    Args:
        layout: A run's last segment.
        told: Media time that progress told when FFmpeg was asked to end; None where FFmpeg was
            ended for another reason than silence, or waited in vain.
        progress_ends: Whether progress tells where a picture ends (9.0), not begins (5.1).
    """
    if told is None:
        return False
    scale = layout.media.timescale
    times = [elapsed(sample.dts_ticks, scale) for sample in layout.samples]
    if not progress_ends:
        return times[-1] > told
    behind = [time for time in times if time > told - _ROUNDING]
    return len(behind) == _HELD_AND_LATE and behind[1] - behind[0] < SMEARED


def may_be_late(layout: Layout, after: int | None, waited: Elapsed) -> bool:
    """Whether a run's last picture may have come behind a silence that no picture behind tells.

    FFmpeg 5.1 may lose the time of a keyframe (`true_times`), and a keyframe that comes last has no
    picture behind that would tell: the keyframe seems to follow at once, although FFmpeg ended only
    much later.

    Args:
        layout: A run's last segment, not closed by a keyframe, of a run that FFmpeg itself ended.
        after: Media ticks at which the run's file before ends; None for a run's first file.
        waited: Time from the end of the last picture, as placed, until the file was written last.
    """
    samples, scale = layout.samples, layout.media.timescale
    usual = median_low(sample.duration_ticks for sample in samples)
    last = samples[-1]
    if not last.keyframe or _comes_whole(layout) or not is_hole(waited, elapsed(usual, scale)):
        return False
    end = samples[-2].dts_ticks + usual if len(samples) > 1 else after
    if end is None:
        return last.dts_ticks > 0  # behind pictures that FFmpeg left out
    return _at_once(last, end, usual, scale)


def _at_once(sample: Sample, end: int, usual: int, scale: int) -> bool:
    """Whether a picture begins where the picture before ends, as a made-up time says."""
    near = max(elapsed(usual, scale).us // 100, _TICK_ROUNDING.us)
    return abs(elapsed(sample.dts_ticks - end, scale).us) <= near


def damage(*, lost: int, cut: bool, late: bool = False) -> tuple[str, ...]:
    """Describe for people the faults that a segment's boxes alone show; empty where none.

    Args:
        lost: Bytes behind the last whole fragment.
        cut: Whether the writer was killed, and these bytes were cut off.
        late: Whether the segment's last picture `came_late`.
    """
    return _lost(lost, cut=cut) + ((LATE,) if late else ())


def _lost(lost: int, *, cut: bool) -> tuple[str, ...]:
    if not lost:
        return ()
    if cut:
        return (f"{lost} bytes of an unfinished fragment were cut off after a kill",)
    return (f"the last {lost} bytes are unreadable",)


def _shown(layout: Layout) -> tuple[int, int]:
    """Media time of the first picture shown, and of the end of the last, as arrivals count.

    Arrivals date decoding, which comes before showing by a usual time where pictures are reordered.
    A pause of the camera right before a segment lies between decoding and showing of the first
    picture: decoding times alone would date that picture early by the pause.
    """
    waits = layout.reorder_ticks
    return layout.start_pts_ticks - waits, layout.end_pts_ticks - waits


def _first_longer(layout: Layout) -> Elapsed:
    """Most time a run's first picture lasted beyond the box's duration (`FIRST_PICTURE`)."""
    usual = median_low(sample.duration_ticks for sample in layout.samples)
    return elapsed(max(usual - layout.samples[0].duration_ticks, 0), layout.media.timescale)


def _after(layout: Layout, cursor: Cursor, start: Instant) -> Instant:
    """Start of a run's next segment, which would start at `start` by the anchor alone.

    Starts at the end of the segment before unless media is missing between the two. That end was
    the writer's guess, with the last frame as long as the frame before.
    """
    scale = layout.media.timescale
    apart = elapsed(_shown(layout)[0], scale) - elapsed(cursor.end_ticks, scale)
    usual = median_low(sample.duration_ticks for sample in layout.samples)
    if apart <= elapsed(usual, scale) + _TICK_ROUNDING:
        return cursor.end
    return max(start, cursor.end)
