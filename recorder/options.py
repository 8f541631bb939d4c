"""Settings of a recording, and a summary of the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured
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


def no_secrets(name: str) -> str:
    """Return no secret: a recorder without a folder of secrets raises Misconfigured."""
    raise Misconfigured(f"no folder of camera secrets, so none is named {name}")


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of a recording.

    Attributes:
        length: Length of a segment; 2 s to 5 min, divides a day.
        uploads: Number of segments stored at once.
        disk_threads: Threads for the spool's disk.
        loop: Whether a file as source starts again after the last picture.
        sync: How often the open segment is synced to the disk: the most a power cut can cost.
        spool_limit: Most the spool may hold; None sets no limit.
        shared: Whether other recorders may have recorded a camera before.
        synchronised: Returns whether the kernel reports the host's clock as synchronised.
        secret: Returns the secret in a camera's secret file, by the file's name; raises
            Misconfigured.
        flush: Longest wait of a clean stop for the store; segments not stored stay in the spool.

    Raises:
        BadInput: The length is out of range or does not divide a day.
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
    secret: Callable[[str], str] = no_secrets

    def __post_init__(self) -> None:
        check_length(self.length)


@dataclass(slots=True)
class CameraSummary:
    """Totals of a camera's recording: segments and bytes stored, time recorded."""

    segments: int = 0
    bytes: int = 0
    recorded: Elapsed = ZERO
    last_words: str = ""
    """Reason of the camera's last loss; "" when the camera never was lost."""


@dataclass(slots=True)
class Summary:
    """Result of a recording.

    Attributes:
        cameras: Totals by camera.
        pending: Number of items still waiting in the spool.
        trouble: Reason why items wait; "" for none.
    """

    cameras: dict[CameraId, CameraSummary] = field(default_factory=dict)
    pending: int = 0
    trouble: str = ""

    def apply(self, event: Event) -> None:
        """Add an event to the totals."""
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
