"""Thumbnails: the keyframe of a segment nearest to an instant, as a small JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.jpeg import to_jpeg
from api.kept import kept
from api.nearest_keyframe import decoded, fitted, nearest, places

if TYPE_CHECKING:
    from api.deps import Services
    from footage.instant import Instant
    from footage.segment import Segment


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture as JPEG, and the wall time from which on the camera showed it.

    Attributes:
        offset: Byte offset of the keyframe in the segment.
    """

    jpeg: bytes
    instant: Instant
    offset: int


def thumbnail(services: Services, segment: Segment, at: Instant, width: int) -> Thumbnail:
    """Return the keyframe of a segment nearest to an instant, at most `width` pixels wide.

    Raises:
        DataLoss: The keyframe cannot be decoded, or the segment is not what the catalogue says.
        NotFound: The segment is gone from the store.
    """
    catalogue, store, derived = services.catalogue, services.store, services.derived
    place = nearest(places(catalogue, store, derived, segment), at)

    def make() -> bytes:
        picture = decoded(store, services.pictures.decoder, segment, place)
        box = (width, max(picture.height, 1))
        return to_jpeg(picture.scaled(*fitted(picture.width, picture.height, box)))

    name = f"thumbnail-1/{segment.digest}/{place.offset}+{place.length}/{width}"
    return Thumbnail(
        kept(derived, catalogue, name, [segment.key], make), place.instant, place.offset
    )
