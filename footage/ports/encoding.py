"""Ports of encoders (pictures and texts to vectors) and decoders of keyframes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from footage.encoder import EncoderIdentity, Vectors
    from footage.picture import Picture


class Encoder(Protocol):
    """Encodes pictures and texts into the same vector space; thread-safe and deterministic."""

    @property
    def identity(self) -> EncoderIdentity:
        """The encoder's name, digest, dimension and note on fitness."""
        ...

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height in pixels to which the encoder scales every picture."""
        ...

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Encode pictures of any size: a row per picture, in order."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: a row per text, in order."""
        ...

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return the words of `text` that the encoder never learned; () where nobody knows."""
        ...


class DecodedKeyframe(Protocol):
    """A decoded keyframe as the decoder holds it, in the colour planes of the camera.

    The pictures of a keyframe are made one at a time, on a single thread.
    """

    @property
    def width(self) -> int:
        """Pixels across."""
        ...

    @property
    def height(self) -> int:
        """Pixels down."""
        ...

    @property
    def size_bytes(self) -> int:
        """Memory that the keyframe takes; for 4:2:0, half of the memory of an RGB picture."""
        ...

    def picture(self) -> Picture:
        """Return the whole keyframe at full resolution."""
        ...

    def scaled(self, width: int, height: int) -> Picture:
        """Return the whole keyframe in this size; each pixel is the mean of the area it covers."""
        ...

    def crop(self, left: int, top: int, right: int, bottom: int) -> Picture:
        """Return a rectangle at full resolution; `right` and `bottom` are not included."""
        ...


class KeyframeDecoder(Protocol):
    """Decodes the keyframes of a single segment, on a single thread."""

    def decode(self, sample: bytes) -> DecodedKeyframe:
        """Decode a single sample as if it were the only one, or the last picture of a run.

        The picture comes upright and with square pixels.

        Args:
            sample: The coded picture as stored in the segment, or whole fragments of it; the last
                fragment may be cut short after the picture that is meant.

        Raises:
            DataLoss: The picture cannot be decoded; other pictures can be decoded afterwards.
        """
        ...

    def decode_on(
        self, run: bytes | memoryview, ends: Collection[int]
    ) -> Iterator[tuple[int, DecodedKeyframe]]:
        """Decode on from a keyframe, and yield some of the pictures in the order of time.

        Args:
            run: Fragments of the segment from one with a keyframe on; the last may be cut short.
            ends: Where in `run` the samples of the wanted pictures end.

        Yields:
            End and picture.

        Raises:
            DataLoss: A picture is damaged or cannot be decoded, so that no later one can be
                trusted; those that came before are whole.
        """
        ...


class Decoder(Protocol):
    """Decodes single keyframes; thread-safe."""

    def decode(self, init: bytes, sample: bytes) -> Picture:
        """Decode a single coded picture at full resolution, upright and with square pixels.

        Args:
            init: `ftyp` + `moov` of the picture's segment, which tells how it is coded.
            sample: The coded picture as stored in the segment, or whole fragments (`moof` + `mdat`)
                from a recovery point on, whose last picture is meant.

        Raises:
            DataLoss: The picture cannot be decoded.
        """
        ...

    def open(self, init: bytes) -> KeyframeDecoder:
        """Return a decoder of the keyframes of the segment that begins with `init`.

        Raises:
            DataLoss: `init` tells no codec that can be decoded.
        """
        ...
