"""Thumbnails: the keyframe of a segment nearest to an instant, as a small JPEG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.jpeg import to_jpeg
from api.kept import kept
from api.nearest_keyframe import decoded, fitted, nearest, places
from api.picture_response import Picture

if TYPE_CHECKING:
    from api.deps import Services
    from footage.instant import Instant
    from footage.segment import Segment


def thumbnail(services: Services, segment: Segment, at: Instant, width: int) -> Picture:
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
    jpeg = kept(derived, catalogue, name, [segment.key], make)
    return Picture(jpeg, place.instant, place.offset if place.listed else None)
