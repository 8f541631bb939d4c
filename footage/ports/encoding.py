"""Ports of encoders (pictures and texts to vectors) and decoders of keyframes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.encoder import EncoderIdentity, Vectors
    from footage.picture import Picture


class Encoder(Protocol):
    """Encodes pictures and texts into the same vector space; thread-safe and deterministic."""

    @property
    def identity(self) -> EncoderIdentity:
        """The encoder's name, digest, dimension and note on fitness."""
        ...

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Encode pictures of any size: a row per picture, in order."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: a row per text, in order."""
        ...


class Decoder(Protocol):
    """Decodes single keyframes."""

    def decode(self, init: bytes, sample: bytes) -> Picture:
        """Decode a single coded picture.

        Args:
            init: `ftyp` + `moov` of the picture's segment, holding the parameter sets.
            sample: The coded picture as stored in the segment (length-prefixed NAL units).

        Raises:
            DataLoss: The picture cannot be decoded.
        """
        ...
