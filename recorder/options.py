"""How to record, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed
from recorder.capture.command_line import DEFAULT_LENGTH, check_length
from recorder.capture.state_machine import Phase
from recorder.events import PhaseChanged, SegmentStored

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.ids import CameraId
    from recorder.events import Event
    from recorder.store.eviction_policy import SpoolLimit

_FLUSH: Final = Elapsed.parse("20s")
_SYNC: Final = Elapsed.parse("5s")


@dataclass(frozen=True, slots=True)
class Options:
    """How to record.

    Attributes:
        length: Of a segment; 2 s to 5 min, divides a day.
        uploads: Segments stored at once.
        disk_threads: Threads for the spool's disk.
        loop: Whether a file as source starts again at its end.
        sync: How often the open segment is brought to the disk: what a power cut costs.
        spool_limit: How much the spool may hold; None sets no bound.
        shared: Whether other recorders may have had a camera before this one.
        synchronised: Whether the kernel says that something keeps the host's clock right.
        flush: How long a clean stop waits for the store; what is left stays in the spool.

    Raises:
        BadInput: The length is impossible.
    """

    length: Elapsed = DEFAULT_LENGTH
    uploads: int = 4
    disk_threads: int = 8
    loop: bool = True
    flush: Elapsed = _FLUSH
    sync: Elapsed = _SYNC
    spool_limit: SpoolLimit | None = None
    shared: bool = False
    synchronised: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        check_length(self.length)


@dataclass(slots=True)
class CameraSummary:
    """What was recorded of one camera."""

    segments: int = 0
    bytes: int = 0
    recorded: Elapsed = ZERO
    last_words: str = ""
    """Why it was lost the last time; "" when it never was."""


@dataclass(slots=True)
class Summary:
    """What a recording did; what is `pending` is safe in the spool, `trouble` says why."""

    cameras: dict[CameraId, CameraSummary] = field(default_factory=dict)
    pending: int = 0
    trouble: str = ""

    def apply(self, event: Event) -> None:
        """Count what an event tells."""
        if event.camera is None:
            return
        camera = self.cameras.setdefault(event.camera, CameraSummary())
        match event:
            case SegmentStored(segment=segment):
                camera.segments += 1
                camera.bytes += segment.size_bytes
                camera.recorded += segment.interval.length
            case PhaseChanged(phase=Phase.BACKOFF, why=why):
                camera.last_words = why
