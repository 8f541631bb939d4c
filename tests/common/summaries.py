"""Facts for coverage, from segments and index marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.encoder import EncoderIdentity
from footage.instant import DAY, Interval
from infra.catalogues.memory_catalog import MemoryCatalogue
from search.coverage import Facts, Looked
from tests.common.builders import START

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from footage.ids import SegmentKey
    from footage.segment import Segment
    from footage.span import Gap

ENCODER: Final = EncoderIdentity("streets", "sha256:" + "a" * 64, 128)


def facts_of(
    segments: Iterable[Segment],
    gaps: Sequence[Gap] = (),
    indexed: Collection[SegmentKey] = (),
    unreadable: Collection[SegmentKey] = (),
    shards: Sequence[str] = (),
) -> Facts:
    """Return the facts of segments, of which `ENCODER` has looked at those `indexed`."""
    catalogue = MemoryCatalogue()
    catalogue.add_segments(segments)
    catalogue.mark_indexed(indexed, ENCODER.digest)
    catalogue.mark_indexed(unreadable, ENCODER.unreadable_mark)
    days = list(catalogue.day_times(None, Interval(START - DAY, START + DAY * 2)))
    looked = Looked.told(days, ENCODER)
    return Facts(days, gaps, before=looked, after=looked, shards=shards)
