"""Decoded pictures of some segments, each decoded once as long as memory allows.

The change gate needs the thumbs of all pictures before the first verdict, and the encoder needs the
full resolution of the pictures that the gate chooses. So decoded pictures are kept from the thumb
to the verdict, up to a limit in bytes; a picture beyond the limit is decoded a second time if
chosen. Pictures between keyframes are decoded on from the keyframe, all wanted ones in one go.
"""

from __future__ import annotations

import logging
from itertools import groupby
from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss
from indexer.thumb import COLUMNS, ROWS, shrink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.ids import SegmentKey
    from footage.ports import DecodedKeyframe, Decoder, KeyframeDecoder
    from indexer.extract import Reel, Shot
    from indexer.thumb import Thumb

FRAME_BYTES: Final = 128 << 20
"""Most memory of decoded keyframes: 41 of 1080p, more than a minute's 30; 360 of 640x360."""

_log = logging.getLogger(__name__)


class Frames:
    """Decodes keyframes of segments, and keeps decoded keyframes until their segment is dropped.

    Args:
        limit: Most bytes of decoded keyframes to keep.
    """

    def __init__(self, decoder: Decoder, limit: int = FRAME_BYTES) -> None:
        self._decoder, self._limit = decoder, limit
        self._of_segment: dict[SegmentKey, KeyframeDecoder] = {}
        self._kept: dict[SegmentKey, dict[int, DecodedKeyframe]] = {}
        self._kept_bytes = 0

    def thumbs(self, reel: Reel) -> list[Thumb | None]:
        """Return the thumb of each picture of a segment; None where decoding is impossible."""
        found: dict[int, Thumb] = {}
        for shot, decoded in self._decoded(reel, reel.shots):
            self._keep(reel, shot, decoded)
            found[shot.offset] = shrink(decoded.scaled(COLUMNS, ROWS))
        return [found.get(shot.offset) for shot in reel.shots]

    def pictures(self, reel: Reel, shots: Sequence[Shot]) -> Iterator[DecodedKeyframe]:
        """Yield the decoded picture of each of some shots that could be decoded, in their order.

        Raises:
            DataLoss: A picture cannot be decoded now.
        """
        kept = self._kept.get(reel.segment.key, {})
        again = self._decoded(reel, [shot for shot in shots if shot.offset not in kept])
        for shot in shots:
            if shot.offset in kept:
                yield kept[shot.offset]
                continue
            decoded = next(again, None)
            if decoded is None or decoded[0] != shot:
                raise DataLoss(f"{reel.segment.key} at byte {shot.offset} was decoded, is not now")
            yield decoded[1]

    def drop(self, reel: Reel) -> None:
        """Free the decoded keyframes of a segment."""
        self._of_segment.pop(reel.segment.key, None)
        dropped = self._kept.pop(reel.segment.key, {})
        self._kept_bytes -= sum(frame.size_bytes for frame in dropped.values())

    def _keep(self, reel: Reel, shot: Shot, decoded: DecodedKeyframe) -> None:
        if self._kept_bytes + decoded.size_bytes <= self._limit:
            self._kept.setdefault(reel.segment.key, {})[shot.offset] = decoded
            self._kept_bytes += decoded.size_bytes

    def _decoded(self, reel: Reel, shots: Sequence[Shot]) -> Iterator[tuple[Shot, DecodedKeyframe]]:
        """Yield the pictures that can be decoded, in the order of `shots`; log the others."""
        for since, group in groupby(shots, key=lambda shot: shot.since):
            some = list(group)
            for run in [some] if since is not None else [[shot] for shot in some]:
                try:
                    yield from self._decoded_on(reel, run)
                except DataLoss as exc:
                    where = f"{reel.segment.key} from byte {run[0].offset} on"
                    _log.warning("%s: %s", where, exc)

    def _decoded_on(
        self, reel: Reel, shots: Sequence[Shot]
    ) -> Iterator[tuple[Shot, DecodedKeyframe]]:
        if shots[0].since is None:
            yield shots[0], self._decoder_of(reel).decode(shots[0].data)
            return
        by_end = {len(shot.run): shot for shot in shots}
        longest = max(shots, key=lambda shot: len(shot.run)).run
        for end, decoded in self._decoder_of(reel).decode_on(longest, by_end):
            yield by_end[end], decoded

    def _decoder_of(self, reel: Reel) -> KeyframeDecoder:
        key = reel.segment.key
        if key not in self._of_segment:
            self._of_segment[key] = self._decoder.open(reel.init)
        return self._of_segment[key]
