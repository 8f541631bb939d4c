"""Pictures of keyframes and of pictures between, by two ranged reads and a decode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.errors import NotFound

if TYPE_CHECKING:
    from footage.ids import SegmentKey
    from footage.keyframe import Keyframe
    from footage.picture import Picture
    from footage.ports import Catalogue, DecodedKeyframe, Decoder, ObjectStore


@dataclass(frozen=True, slots=True)
class KeyframePictures:
    """Makes pictures of keyframes.

    A caller that shows a picture must enter a view in the custody log first (invariant 7).
    """

    store: ObjectStore
    catalogue: Catalogue
    decoder: Decoder

    def picture(self, segment: SegmentKey, offset: int) -> Picture:
        """Return the picture of the keyframe of `segment` whose coded picture lies at `offset`.

        Raises:
            NotFound: No such keyframe is known, or its footage has expired.
            DataLoss: The bytes of the keyframe cannot be decoded.
            Unavailable: The store or the catalogue cannot be reached.
        """
        return self.decoded(segment, offset)[1].picture()

    def decoded(self, segment: SegmentKey, offset: int) -> tuple[Keyframe, DecodedKeyframe]:
        """Return the keyframe of `segment` whose coded picture lies at `offset`, and decode it.

        Raises:
            NotFound: No such keyframe is known, or its footage has expired.
            DataLoss: The bytes of the keyframe cannot be decoded.
            Unavailable: The store or the catalogue cannot be reached.
        """
        try:
            of = self.catalogue.segment(segment)
            keyframe = self.catalogue.keyframe(segment, offset)
        except NotFound as exc:
            raise NotFound(
                f"no keyframe at byte {offset} of {segment!r} is known",
                hint="its footage has expired, or the reference is mistyped",
            ) from exc
        try:
            init = self.store.get(segment, offset=0, length=of.media.init_bytes)
            start, length = keyframe.coded
            coded = self.store.get(segment, offset=start, length=length)
        except NotFound as exc:
            raise NotFound(
                f"the footage of {segment!r} is gone", hint="it expired a moment ago"
            ) from exc
        return keyframe, self.decoder.open(init).decode(coded)
