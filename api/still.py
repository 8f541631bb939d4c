"""Stills: the picture that a camera showed at an instant, decoded from the keyframe before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.jpeg import to_jpeg
from api.picture_response import Picture
from api.playback import layout_of
from footage.errors import DataLoss, Refused
from footage.shown_picture import begin_of, fragments_to, shown_at

if TYPE_CHECKING:
    from footage.instant import Instant
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
        return Picture(_jpeg(decoded, height), begin_of(segment, layout, sample))
    raise DataLoss(f"{segment.key} gives no picture at {at}")


def _jpeg(decoded: DecodedKeyframe, height: int | None) -> bytes:
    if height is None or height >= decoded.height:
        return to_jpeg(decoded.picture())
    width = max(round(decoded.width * height / decoded.height), 1)
    return to_jpeg(decoded.scaled(width, height))
