"""The picture that a segment shows at an instant, and the bytes needed to decode it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.errors import DataLoss
from footage.mp4 import Range, wall_time

if TYPE_CHECKING:
    from footage.instant import Instant
    from footage.mp4 import Layout
    from footage.mp4_boxes import Sample
    from footage.segment import Segment


def begin_of(segment: Segment, layout: Layout, sample: Sample) -> Instant:
    """Return the instant from which on a segment shows the picture of a sample."""
    return wall_time(segment, layout, sample.pts_ticks - layout.start_pts_ticks)


def shown_at(segment: Segment, layout: Layout, at: Instant) -> Sample:
    """Return the sample of the picture that a segment shows at an instant.

    A picture is shown until the next one; before the first the first is shown.
    """
    in_time = sorted(layout.samples, key=lambda sample: sample.pts_ticks)
    shown = in_time[0]
    for sample in in_time:
        if begin_of(segment, layout, sample) > at:
            break
        shown = sample
    return shown


def fragments_to(layout: Layout, sample: Sample) -> Range:
    """Return the bytes of whole fragments needed to decode a sample.

    From the fragment with the last keyframe that is decoded before the sample and shown no later,
    to the fragment with the sample. Pictures behind a keyframe that are shown before the keyframe
    are decoded from the keyframe before that.

    Raises:
        DataLoss: The sample has no bytes.
    """
    since = next(
        (
            one
            for one in reversed(layout.samples)
            if one.keyframe and one.offset <= sample.offset and one.pts_ticks <= sample.pts_ticks
        ),
        layout.samples[0],
    )
    holding = [
        fragment
        for fragment in layout.fragments
        if since.offset < fragment.offset + fragment.length and fragment.offset <= sample.offset
    ]
    if not holding:
        raise DataLoss("the picture has no bytes")
    return Range(holding[0].offset, holding[-1].offset + holding[-1].length - holding[0].offset)
