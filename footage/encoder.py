"""Encoders and vectors: values that say which encoder they came from (invariant 9)."""

from __future__ import annotations

from dataclasses import dataclass, field

from footage.errors import BadInput

_FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Which encoder made a vector. Vectors of different digests are never compared (invariant 9).

    Attributes:
        name: For people, e.g. "ViT-B-32-SigLIP2-256/webli".
        digest: "sha256:..." over weights, tokenizer, preprocessing and precision.
        dimension: Length of its vectors.
        note: What it is fit for, shown with every answer; "" when there is nothing to warn of.
    """

    name: str
    digest: str
    dimension: int
    note: str = ""

    @property
    def short(self) -> str:
        """Twelve hexadecimal digits of the digest, for folder and index names."""
        return self.digest.removeprefix("sha256:")[:12]

    @property
    def unreadable_mark(self) -> str:
        """A second mark beside the digest, for `Catalogue.mark_indexed` and `indexed`.

        It is set on segments of which this encoder could not look at every keyframe, so that an
        answer never counts them as searched (invariant 6).
        """
        return f"{self.digest}+unreadable"


@dataclass(frozen=True, slots=True)
class Vectors:
    """A matrix of little-endian float32, row-major, each row of length 1: inner product is cosine.

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
