"""Whether two segments play on as one film. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.played import Played, runs_on

if TYPE_CHECKING:
    from footage.segment import Segment


def follows(before: Segment, segment: Segment) -> bool:
    """Whether media time runs on from one segment to the next; see `footage.played.runs_on`."""
    return runs_on(Played.of(before), Played.of(segment))
