"""Encoders and decoders of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.encoder import EncoderIdentity, Vectors
    from footage.picture import Picture


class Encoder(Protocol):
    """Pictures and texts into one vector space. Thread-safe, deterministic on one machine."""

    @property
    def identity(self) -> EncoderIdentity:
        """Name, digest, dimension and fitness."""
        ...

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """One row per picture, in order; any size of picture."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order."""
        ...


class Decoder(Protocol):
    """Decodes single keyframes."""

    def decode(self, init: bytes, sample: bytes) -> Picture:
        """Decode one coded picture.

        Args:
            init: `ftyp` + `moov` of its segment, holding the parameter sets.
            sample: The coded picture as it lies in the segment (length-prefixed NAL units).

        Raises:
            DataLoss: It cannot be decoded.
        """
        ...
