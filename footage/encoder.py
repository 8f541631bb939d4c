"""Identity of an encoder, and matrices of the vectors an encoder makes (invariant 9)."""

from __future__ import annotations

from dataclasses import dataclass, field

from footage.errors import BadInput

_FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Identity of an encoder. Vectors of different digests are never compared (invariant 9).

    Attributes:
        name: For people, e.g. "ViT-B-32-SigLIP2-256/webli".
        digest: "sha256:..." over weights, tokenizer, preprocessing and precision.
        dimension: Length of the vectors the encoder makes.
        note: The encoder's fitness for use, shown with every answer; "" when there is nothing to
            warn of.
        unfit: Whether the encoder is known to be unfit for real footage.
    """

    name: str
    digest: str
    dimension: int
    note: str = ""
    unfit: bool = False

    @property
    def short(self) -> str:
        """Twelve hexadecimal digits of the digest, for folder and index names."""
        return self.digest.removeprefix("sha256:")[:12]

    @property
    def unreadable_mark(self) -> str:
        """A second mark beside the digest, for `Catalogue.mark_indexed`.

        The mark is set on segments with a keyframe this encoder could not look at, so that an
        answer never counts such segments as searched (invariant 6).
        """
        return unreadable_mark(self.digest)

    @property
    def vectors_mark(self) -> str:
        """A third mark, for a segment whose vectors were stored: the first of a camera and day.

        The mark promises vectors of that day, so that vectors that are gone are missed
        (`footage.promised`).
        """
        return f"{self.digest}+vectors"

    @property
    def apart_mark(self) -> str:
        """A fourth mark, for a segment with time that lies far from any looked-at picture.

        Only of such segments the rows of keyframes are read to tell which time was looked at
        (`footage.looking`).
        """
        return f"{self.digest}+apart"

    @property
    def far_keyframes_mark(self) -> str:
        """A fifth mark, for a segment with keyframes further apart than a camera should send."""
        return far_keyframes_mark(self.digest)


def unreadable_mark(digest: str) -> str:
    """The mark of segments with a keyframe that the encoder with this digest could not look at."""
    return f"{digest}+unreadable"


def far_keyframes_mark(digest: str) -> str:
    """The mark of segments whose keyframes lie far apart (`footage.looking.FAR_KEYFRAMES`)."""
    return f"{digest}+far-keyframes"


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors as little-endian float32 rows of length 1: the inner product is the cosine.

    Raises:
        BadInput: The bytes are no whole number of rows.
    """

    dimension: int
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.dimension < 1 or len(self.data) % (self.dimension * _FLOAT32_BYTES):
            raise BadInput(f"{len(self.data)} bytes are no rows of {self.dimension} float32")

    def __len__(self) -> int:
        return len(self.data) // (self.dimension * _FLOAT32_BYTES)
