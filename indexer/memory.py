"""The change gate's memory of a camera from segment to segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.background import Background
    from indexer.sampling import Embedded


@dataclass(frozen=True, slots=True)
class Memory:
    """Background and last embedded keyframe of a camera, from the segments indexed before."""

    background: Background | None = None
    last: Embedded | None = None
