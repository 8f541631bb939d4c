"""Segments and gaps that wait in the spool, and how far storing each has come."""

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
    """A segment not stored completely yet. Changed on the event loop's thread only."""

    spool: CameraSpool
    spooled: Spooled
    since: Elapsed
    """Monotonic time at which the uploader got the segment."""
    stored: Segment | None = None
    """Set once the object is put, so that a catalogue that is down costs no second upload."""
    uploading: bool = False
    going: bool = False
    """Whether the segment is being evicted or set aside: no worker may take it then."""

    @property
    def camera(self) -> CameraId:
        """The camera that recorded the segment."""
        return self.spool.camera

    @property
    def path(self) -> Path:
        """Path of the segment's file in the spool; identifies the segment here."""
        return self.spooled.path


@dataclass(slots=True, eq=False)
class PendingGap:
    """A gap whose present state is not in the catalogue yet."""

    spool: CameraSpool
    written: Written
    """The gap's newest state: no older state is ever written after a newer one."""


def gap_key(gap: Gap) -> tuple[CameraId, Instant, GapReason]:
    """Key of a gap in the catalogue: camera, start and reason."""
    return gap.camera, gap.interval.start, gap.reason
