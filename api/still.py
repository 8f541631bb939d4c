"""Stills: the picture that a camera showed at an instant, decoded from the keyframe before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.jpeg import to_jpeg
from api.picture_response import Picture
from api.playback import layout_of
from footage.errors import DataLoss, Refused
from footage.mp4 import Range, wall_time

if TYPE_CHECKING:
    from footage.instant import Instant
    from footage.mp4 import Layout
    from footage.mp4_boxes import Sample
    from footage.ports import DecodedKeyframe, Decoder, ObjectStore
    from footage.segment import Segment

MOST_BYTES: Final = 64 << 20
"""Most bytes from a keyframe to the picture asked for: a group of 10 s at 8 Mbit/s has 10 MB."""


def still_of(
    store: ObjectStore, decoder: Decoder, segment: Segment, at: Instant, height: int | None
) -> Picture:
    """Return the picture of a segment shown at an instant.

    Args:
        store: Holds the segment.
        decoder: Decodes from the keyframe before the picture on.
        segment: A segment whose interval contains the instant.
        at: The instant.
        height: Height in pixels to scale down to; None: as recorded. Never scaled up.

    Raises:
        DataLoss: The picture cannot be decoded, or the segment is not what the catalogue says.
        Refused: The keyframe before lies too far back.
        NotFound: The segment is gone from the store.
    """
    layout = layout_of(store, segment)
    sample = shown_at(segment, layout, at)
    run = fragments_to(layout, sample)
    if run.length > MOST_BYTES:
        raise Refused(
            f"{run.length} bytes from the keyframe to the picture at {at}",
            hint="ask for the film of these seconds instead",
        )
    init = store.get(segment.key, offset=0, length=layout.init_bytes)
    data = store.get(segment.key, offset=run.offset, length=run.length)
    end = sample.offset + sample.length - run.offset
    for _, decoded in decoder.open(init).decode_on(data, {end}):
        return Picture(_jpeg(decoded, height), _begin(segment, layout, sample))
    raise DataLoss(f"{segment.key} gives no picture at {at}")


def shown_at(segment: Segment, layout: Layout, at: Instant) -> Sample:
    """Return the sample of the picture that a segment shows at an instant.

    A picture is shown until the next one; before the first the first is shown.
    """
    in_time = sorted(layout.samples, key=lambda sample: sample.pts_ticks)
    shown = in_time[0]
    for sample in in_time:
        if _begin(segment, layout, sample) > at:
            break
        shown = sample
    return shown


def fragments_to(layout: Layout, sample: Sample) -> Range:
    """Return the bytes of whole fragments needed to decode a sample.

    From the fragment with the last keyframe that is decoded before the sample and shown no later,
    to the fragment with the sample. Pictures behind a keyframe that are shown before the keyframe
    are decoded from the keyframe before that.
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
    return Range(holding[0].offset, holding[-1].offset + holding[-1].length - holding[0].offset)


def _begin(segment: Segment, layout: Layout, sample: Sample) -> Instant:
    return wall_time(segment, layout, sample.pts_ticks - layout.start_pts_ticks)


def _jpeg(decoded: DecodedKeyframe, height: int | None) -> bytes:
    if height is None or height >= decoded.height:
        return to_jpeg(decoded.picture())
    width = max(round(decoded.width * height / decoded.height), 1)
    return to_jpeg(decoded.scaled(width, height))
