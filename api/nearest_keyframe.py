"""Keyframes of a segment that can be shown small: where each lies, when it was shown, its picture.

Only keyframes are decoded, so that a picture costs a decode however far apart keyframes lie.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.kept import kept
from api.playback import layout_of
from footage.errors import DataLoss
from footage.instant import Instant, union
from footage.keyframe import Gate
from footage.mp4 import keyframes, wall_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.ids import SegmentKey
    from footage.ports import Catalogue, DecodedKeyframe, Decoder, DerivedFiles, ObjectStore
    from footage.segment import Segment

MOST_BYTES: Final = 32 << 20
"""Most bytes of a coded picture: a keyframe of 8K has some 4 MB."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the coded bytes of a keyframe lie in the segment, and since when it was shown.

    Attributes:
        listed: Whether the catalogue has the keyframe, so that a search takes it as an example.
    """

    instant: Instant
    offset: int
    length: int
    listed: bool = False


def places(
    catalogue: Catalogue, store: ObjectStore, derived: DerivedFiles, segment: Segment
) -> list[Place]:
    """Return the keyframes of a segment, at least one, by instant; as `places_of`."""
    return places_of(catalogue, store, derived, [segment])[segment.key]


def places_of(
    catalogue: Catalogue, store: ObjectStore, derived: DerivedFiles, segments: Iterable[Segment]
) -> dict[SegmentKey, list[Place]]:
    """Return the keyframes of segments of a camera, at least one each, by instant.

    Segments that were looked at stand in the catalogue with their keyframes, which are asked for
    once for each unbroken stretch; the boxes of any other are walked, and what was found is kept
    beside derived pictures.

    Raises:
        DataLoss: A segment is not what the catalogue says.
        NotFound: A segment is gone from the store.
    """
    wanted = {segment.key: segment for segment in segments}
    cameras = {segment.camera for segment in wanted.values()}
    found: dict[SegmentKey, list[Place]] = {key: [] for key in wanted}
    for stretch in union(segment.interval for segment in wanted.values()):
        for one in catalogue.keyframes(cameras, stretch):
            shown = one.since is None and one.gate is not Gate.UNREADABLE
            if shown and one.segment in found:
                found[one.segment].append(Place(one.instant, one.offset, one.length, listed=True))
    return {
        key: sorted(looked_at, key=_instant)
        if looked_at
        else _kept_places(catalogue, store, derived, wanted[key])
        for key, looked_at in found.items()
    }


def _kept_places(
    catalogue: Catalogue, store: ObjectStore, derived: DerivedFiles, segment: Segment
) -> list[Place]:
    def walked() -> bytes:
        return json.dumps(
            [[one.instant.us, one.offset, one.length] for one in _walked(store, segment)]
        ).encode()

    name = f"keyframes-1/{segment.digest}"
    rows = json.loads(kept(derived, catalogue, name, [segment.key], walked))
    return [Place(Instant(us), offset, length) for us, offset, length in rows]


def nearest(found: Sequence[Place], at: Instant) -> Place:
    """Return the keyframe nearest to an instant; of two as near, the earlier."""
    return min(found, key=lambda place: (abs(place.instant.us - at.us), place.instant.us))


def decoded(
    store: ObjectStore, decoder: Decoder, segment: Segment, place: Place
) -> DecodedKeyframe:
    """Decode a keyframe.

    Raises:
        DataLoss: The keyframe cannot be decoded, or claims too many bytes.
        NotFound: The segment is gone from the store.
    """
    if place.length > MOST_BYTES:
        raise DataLoss(f"{segment.key} has a keyframe of {place.length} bytes")
    init = store.get(segment.key, offset=0, length=segment.media.init_bytes)
    coded = store.get(segment.key, offset=place.offset, length=place.length)
    return decoder.open(init).decode(coded)


def fitted(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size of these proportions inside `box`; never larger than the picture."""
    scale = min(box[0] / width, box[1] / height, 1)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _walked(store: ObjectStore, segment: Segment) -> list[Place]:
    layout = layout_of(store, segment)
    found = [
        Place(
            wall_time(segment, layout, one.pts_ticks - layout.start_pts_ticks),
            one.offset,
            one.length,
        )
        for one in keyframes(layout)
    ]
    if not found:
        raise DataLoss(f"{segment.key} has no keyframe")
    return sorted(found, key=_instant)


def _instant(place: Place) -> Instant:
    return place.instant
