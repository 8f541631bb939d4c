"""Whether two segments play on as one film. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.span import JOIN_TOLERANCE

if TYPE_CHECKING:
    from footage.segment import Segment


def follows(before: Segment, segment: Segment) -> bool:
    """Whether media time runs on from one segment to the next, under the same init.

    Segments of one run share one init (ADR 3). A hole inside a run, or a stepped clock, shows as a
    jump of wall time.
    """
    jump = abs(segment.interval.start.us - before.interval.end.us)
    return (
        segment.run == before.run
        and segment.sequence == before.sequence + 1
        and jump <= JOIN_TOLERANCE.us
        and _coding(segment) == _coding(before)
    )


def _coding(segment: Segment) -> tuple[object, ...]:
    media = segment.media
    return (media.codec, media.width, media.height, media.timescale, media.init_bytes)
