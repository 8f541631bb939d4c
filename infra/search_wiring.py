"""Builds what indexes and searches, and pictures of keyframes: a part of `infra.wiring`.

Third-party clients are imported where an object is built.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from infra.store_wiring import Stores

if TYPE_CHECKING:
    from footage.keyframe import Box
    from footage.picture import Picture
    from footage.ports import DecodedKeyframe
    from indexer.pipeline import Indexer
    from search.example import Examples, PictureExample
    from search.pictures import KeyframePictures
    from search.service import SearchService


class SearchParts(Stores):
    """Services that index stored segments and find moments in them, on the process's stores."""

    @cached_property
    def search(self) -> SearchService:
        """Service that finds moments by text, time and place."""
        from search.service import SearchService

        traced = self.traced
        made = SearchService(
            traced(self.register, "register"),
            traced(self.catalogue, "catalogue"),
            traced(self.vectors, "vectors"),
            traced(self.encoder, "encoder"),
            traced(self.custody, "custody"),
            self.clock,
            lambda: traced(self.store, "store"),
            self.examples,
            self.settings.zone,
        )
        return traced(made, "search")

    @cached_property
    def examples(self) -> Examples:
        """Makes the pictures of stored footage that serves as an example."""
        from search.example import Examples

        def cut(decoded: DecodedKeyframe, box: Box, input_size: tuple[int, int]) -> Picture:
            from indexer.extract import look  # loads OpenCV, which most searches do without

            return look(decoded, box, input_size)

        return Examples(lambda: self.pictures, cut)

    def example(self, data: bytes, name: str, box: Box) -> PictureExample:
        """Return the example in the file `data`, cut to `box` for the encoder in force.

        Args:
            data: The file: JPEG, PNG, WebP or BMP.
            name: Name of the file for people.
            box: Part of the picture that is looked for.

        Raises:
            BadInput: The file is no picture of these kinds, or claims too many pixels.
        """
        from footage.digest import Digest
        from indexer.extract import look
        from infra.media.picture_file import decode_file
        from search.example import PictureExample

        decoded = decode_file(data, name, self.settings.limits.pixels)
        cut = look(decoded, box, self.encoder.input_size)
        return PictureExample(name, Digest.of(data), len(data), box, cut)

    @cached_property
    def pictures(self) -> KeyframePictures:
        """Service that makes pictures of stored keyframes."""
        from search.pictures import KeyframePictures

        traced = self.traced
        return KeyframePictures(
            traced(self.store, "store"),
            traced(self.catalogue, "catalogue"),
            traced(self.decoder, "decoder"),
        )

    @cached_property
    def indexer(self) -> Indexer:
        """Service that indexes stored segments: decodes keyframes and writes vectors."""
        from indexer.pipeline import Indexer

        return Indexer(
            self.store,
            self.catalogue,
            self.vectors,
            self.encoder,
            self.decoder,
            self.clock,
            look_every=self.settings.indexing.look_every,
        )
