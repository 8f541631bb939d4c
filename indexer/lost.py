"""Looking again at segments whose vectors are gone, e.g. with a disk or a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.instant import DAY, Interval
from footage.keyframe import Gate
from footage.promised import lost_days
from footage.scope import Scope
from indexer.summaries import ALL_TIME

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.encoder import EncoderIdentity
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant
    from footage.ports import Catalogue, VectorIndex


def lost(
    catalogue: Catalogue,
    vectors: VectorIndex,
    encoder: EncoderIdentity,
    interval: Interval = ALL_TIME,
) -> list[tuple[CameraId, Instant]]:
    """Return cameras and UTC days whose vectors are gone, by camera and day.

    Costs a summary for each camera and day, and the opening of each day's vectors.
    """
    # The days come before the index: rows come before the marks that promise them.
    days = list(catalogue.day_times(None, interval))
    return lost_days(days, encoder, vectors.held(encoder, interval), interval)


def look_again(
    catalogue: Catalogue,
    encoder: EncoderIdentity,
    camera: CameraId,
    day: Instant,
    kept: Collection[SegmentKey] = (),
) -> int:
    """Let a camera's segments wait for indexing whose vectors of a day are gone.

    Segments of which no keyframe of the day was embedded are left as they are: no vector of them is
    missed.

    Args:
        catalogue: The catalogue.
        encoder: The encoder that looked.
        camera: The camera.
        day: Midnight at which the UTC day begins.
        kept: Segments whose vectors of the day are there.

    Returns:
        The number of segments.
    """
    window = Interval(day, day + DAY)
    embedded = {Gate.CHANGED, Gate.HEARTBEAT}
    wanted = {k.segment for k in catalogue.keyframes([camera], window) if k.gate in embedded}
    if not wanted and not kept:  # the catalogue has lost its keyframes, too
        scope = Scope(cameras=frozenset({camera}))
        wanted = {segment.key for segment in catalogue.segments(scope, window)}
    again = sorted(wanted.difference(kept))
    catalogue.unmark_indexed(again, encoder.vectors_mark)
    catalogue.unmark_indexed(again, encoder.digest)
    return len(again)
