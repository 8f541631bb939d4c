"""What waits in the spool: segments and gaps, and how far each has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ids import CameraId
    from footage.instant import Elapsed, Instant
    from footage.segment import Segment
    from footage.span import Gap, GapReason
    from recorder.gaps import Written
    from recorder.spool.spool import CameraSpool, Spooled


@dataclass(slots=True, eq=False)
class PendingSegment:
    """A segment. Changed on the event loop's thread only."""

    spool: CameraSpool
    spooled: Spooled
    since: Elapsed
    """When it was handed over, monotonic."""
    stored: Segment | None = None
    """Set once the object is put: a catalogue that is down costs no second upload."""
    uploading: bool = False
    going: bool = False
    """It is being given up: no worker may take it."""

    @property
    def camera(self) -> CameraId:
        """Whose it is."""
        return self.spool.camera

    @property
    def path(self) -> Path:
        """Its file: what it is known by."""
        return self.spooled.path


@dataclass(slots=True, eq=False)
class PendingGap:
    """A gap that the catalogue does not have as it is now."""

    spool: CameraSpool
    written: Written
    """The newest: never is an older one written after it."""


def gap_key(gap: Gap) -> tuple[CameraId, Instant, GapReason]:
    """What the catalogue knows a gap by."""
    return gap.camera, gap.interval.start, gap.reason
