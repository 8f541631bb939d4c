"""Examples: pictures to search for the likes of, from a file or from stored footage.

An example is cut and reduced exactly as the indexer cuts and reduces what it embeds, and encoded
anew for each question by the encoder in force: a moment found by another encoder is an example like
any other, and vectors of different encoders never meet (invariant 9).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.keyframe import WHOLE, Box
from footage.objectkey import ObjectKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.digest import Digest
    from footage.ids import SegmentKey
    from footage.keyframe import Keyframe
    from footage.picture import Picture
    from footage.ports import DecodedKeyframe
    from search.pictures import KeyframePictures

    Look = Callable[[DecodedKeyframe, Box, tuple[int, int]], Picture]

_MOST_DIGITS: Final = 13
"""Most digits of an offset: a segment of five minutes has some 150 MB."""
_HINT: Final = "a moment's `thumbnail` is SEGMENT#OFFSET"


@dataclass(frozen=True, slots=True)
class PictureExample:
    """A picture from outside, of which neither the custody log nor a store keeps more than facts.

    Attributes:
        name: Name of the file for people; "" where none was given.
        digest: SHA-256 of the file.
        size: Bytes of the file.
        box: Part of the picture that is looked for.
        picture: That part, as the indexer would hand it to the encoder.
    """

    name: str
    digest: Digest
    size: int
    box: Box
    picture: Picture = field(repr=False)

    @property
    def facts(self) -> dict[str, object]:
        """Facts for the custody log and for JSON: never the picture, nor the name of the file."""
        return {"sha256": str(self.digest), "bytes": self.size, "box": self.box.shares}


@dataclass(frozen=True, slots=True)
class StoredExample:
    """A keyframe of stored footage, or a region of it.

    Attributes:
        segment: Segment that holds the keyframe.
        offset: Byte offset of the coded picture in the segment.
        box: Part of the keyframe that is looked for.
        moment: The moment as the person named it, e.g. "13.1"; "" where the keyframe was named.
    """

    segment: SegmentKey
    offset: int
    box: Box = WHOLE
    moment: str = ""

    @classmethod
    def parse(cls, text: str, *, moment: str = "", box: Box | None = None) -> StoredExample:
        """Read `SEGMENT#OFFSET`, or `SEGMENT#OFFSET X,Y,W,H` as `str()` writes an example.

        Args:
            text: The text.
            moment: The moment as the person named it.
            box: Part of the keyframe to take instead of the box in `text`.

        Raises:
            BadInput: The text names no keyframe.
        """
        named, _, written = text.partition(" ")
        segment, _, offset = named.rpartition("#")
        if not (offset.isascii() and offset.isdigit() and len(offset) <= _MOST_DIGITS):
            raise BadInput(f"not a keyframe: {named!r}", hint=_HINT)
        key = ObjectKey.parse(segment).segment
        if box is None:
            box = Box.parse(written) if written else WHOLE
        return cls(key, int(offset), box, moment)

    def __str__(self) -> str:
        return f"{self.segment}#{self.offset} {self.box}"

    @property
    def facts(self) -> dict[str, object]:
        """Facts for the custody log and for JSON."""
        return {
            "moment": self.moment or None,
            "segment": self.segment,
            "offset": self.offset,
            "box": self.box.shares,
        }


Example = PictureExample | StoredExample


@dataclass(frozen=True, slots=True)
class Examples:
    """Makes the pictures of examples that are stored footage.

    Attributes:
        pictures: Opens what makes the pictures of keyframes: most questions do without.
        look: Cuts and reduces a decoded keyframe, as the indexer does before encoding.
    """

    pictures: Callable[[], KeyframePictures]
    look: Look

    def stored(
        self, example: StoredExample, input_size: tuple[int, int]
    ) -> tuple[Keyframe, Picture]:
        """Return the keyframe of an example, and the picture for an encoder of this input size.

        Raises:
            NotFound: No such keyframe is known, or its footage has expired.
            DataLoss: The bytes of the keyframe cannot be decoded.
            Unavailable: The store or the catalogue cannot be reached.
        """
        keyframe, decoded = self.pictures().decoded(example.segment, example.offset)
        return keyframe, self.look(decoded, example.box, input_size)
