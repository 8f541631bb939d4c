"""Decoded keyframes of some segments, each decoded once as long as memory allows.

The change gate needs the thumbs of all keyframes before the first verdict, and the encoder needs
the full resolution of the keyframes that the gate chooses. So decoded keyframes are kept from the
thumb to the verdict, up to a limit in bytes; a keyframe beyond the limit is decoded a second time
if chosen.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss
from indexer.thumb import COLUMNS, ROWS, shrink

if TYPE_CHECKING:
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
        """Return the thumb of each keyframe of a segment; None where decoding is impossible."""
        return [self._thumb(reel, shot) for shot in reel.shots]

    def decoded(self, reel: Reel, shot: Shot) -> DecodedKeyframe:
        """Return a decoded keyframe.

        Raises:
            DataLoss: The keyframe cannot be decoded.
        """
        kept = self._kept.get(reel.segment.key, {}).get(shot.offset)
        return kept or self._decode(reel, shot)

    def drop(self, reel: Reel) -> None:
        """Free the decoded keyframes of a segment."""
        self._of_segment.pop(reel.segment.key, None)
        dropped = self._kept.pop(reel.segment.key, {})
        self._kept_bytes -= sum(frame.size_bytes for frame in dropped.values())

    def _thumb(self, reel: Reel, shot: Shot) -> Thumb | None:
        try:
            decoded = self._decode(reel, shot)
        except DataLoss as exc:
            _log.warning("%s at byte %d: %s", reel.segment.key, shot.offset, exc)
            return None
        if self._kept_bytes + decoded.size_bytes <= self._limit:
            self._kept.setdefault(reel.segment.key, {})[shot.offset] = decoded
            self._kept_bytes += decoded.size_bytes
        return shrink(decoded.scaled(COLUMNS, ROWS))

    def _decode(self, reel: Reel, shot: Shot) -> DecodedKeyframe:
        key = reel.segment.key
        if key not in self._of_segment:
            self._of_segment[key] = self._decoder.open(reel.init)
        return self._of_segment[key].decode(shot.data)
