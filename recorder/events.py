"""Events of the recorder: a class for each kind.

A listener looks at the class and fields of an event. `str(event)` is the text for people: shown and
logged, never read by a program.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from footage.ids import CameraId
    from footage.instant import Elapsed
    from footage.segment import Segment
    from footage.span import Gap
    from recorder.capture.state_machine import Phase
    from recorder.timing.timekeeper import Step


class TroubleSource(StrEnum):
    """The work that fails while a trouble lasts; the value is the text for people."""

    STORING = "not stored, kept in the spool"
    ENTERING = "stored, not in the catalogue yet"
    ENTERING_GAPS = "gaps not in the catalogue yet"
    COPYING_GAPS = "gaps not copied to the store yet"
    SPOOL_SIZE = "the spool's size is not known, nothing goes"
    SPOOL_REMOVAL = "the spool is full, and nothing can be removed"
    SPOOL_FOLDER = "cannot record"
    """A camera's folder in the spool cannot be opened or locked."""
    REGISTER = "the register does not answer"
    LEASES = "others record"
    """Other recorders record cameras this recorder was still working on."""
    RECORDING_TASK = "recording failed"
    """The task of one camera."""
    STORING_TASK = "storing failed"
    ENTERING_TASK = "entering failed"
    GAPS_TASK = "recording gaps failed"
    SPOOL_TASK = "keeping the spool within its limit failed"
    ASSIGNING_TASK = "assigning cameras failed"
    TIME_TASK = "keeping time failed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Identity of a failure that lasts for a while; pairs the begin of a trouble with the end.

    Attributes:
        source: The work that fails.
        camera: The camera concerned; None where no single camera is.
        worker: Number of the task, where several tasks do the same work.
    """

    source: TroubleSource
    camera: CameraId | None = None
    worker: int = 0

    def began(self, why: str) -> TroubleBegan:
        """The event for the begin of this trouble; `why` is added to the source's text."""
        return TroubleBegan(self, f"{self.source}: {why}")

    def ended(self) -> TroubleEnded:
        """The event for the end of this trouble, with the source's text."""
        return TroubleEnded(self, f"over: {self.source}")


@dataclass(frozen=True, slots=True)
class TroubleBegan:
    """A trouble has begun, or lasts and is reported again: the newest text counts."""

    trouble: Trouble
    text: str

    @property
    def camera(self) -> CameraId | None:
        """The camera concerned; None where no single camera is."""
        return self.trouble.camera

    def __str__(self) -> str:
        """The text for people."""
        return self.text


@dataclass(frozen=True, slots=True)
class TroubleEnded:
    """A trouble is over; sent only after a `TroubleBegan` of the same trouble."""

    trouble: Trouble
    text: str

    @property
    def camera(self) -> CameraId | None:
        """The camera concerned; None where no single camera is."""
        return self.trouble.camera

    def __str__(self) -> str:
        """The text for people."""
        return self.text


@dataclass(frozen=True, slots=True)
class WorkFailed:
    """A single piece of a camera's work failed for good, or until the next start."""

    camera: CameraId
    text: str

    def __str__(self) -> str:
        """The text for people."""
        return self.text


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """A camera entered another phase; `why` is the reason of a loss, "" without a loss."""

    camera: CameraId
    phase: Phase
    why: str = ""

    def __str__(self) -> str:
        """The text for people."""
        return f"{self.phase}: {self.why}" if self.why else self.phase.value


@dataclass(frozen=True, slots=True)
class SegmentSpooled:
    """A segment was closed, or found again at a start, and is safe in the spool."""

    segment: Segment

    @property
    def camera(self) -> CameraId:
        """The segment's camera."""
        return self.segment.camera

    def __str__(self) -> str:
        """The text for people."""
        return self.segment.key


@dataclass(frozen=True, slots=True)
class SegmentStored:
    """A segment is in the store and in the catalogue."""

    segment: Segment

    @property
    def camera(self) -> CameraId:
        """The segment's camera."""
        return self.segment.camera

    def __str__(self) -> str:
        """The text for people."""
        return self.segment.key


@dataclass(frozen=True, slots=True)
class SegmentEvicted:
    """A segment was evicted unstored because the spool is full; `gap` covers the same time."""

    segment: Segment
    gap: Gap

    @property
    def camera(self) -> CameraId:
        """The segment's camera."""
        return self.segment.camera

    def __str__(self) -> str:
        """The text for people."""
        return f"{self.segment.key}: {self.gap.detail}"


@dataclass(frozen=True, slots=True)
class SegmentSetAside:
    """An alarm: a segment can never be stored; the file is kept, `gap` covers the same time."""

    segment: Segment
    gap: Gap

    @property
    def camera(self) -> CameraId:
        """The segment's camera."""
        return self.segment.camera

    def __str__(self) -> str:
        """The text for people."""
        return self.gap.detail


@dataclass(frozen=True, slots=True)
class SegmentDamaged:
    """An alarm: a camera sends damaged footage; `segment` is the first of a damaged span."""

    segment: Segment

    @property
    def camera(self) -> CameraId:
        """The segment's camera."""
        return self.segment.camera

    def __str__(self) -> str:
        """The text for people."""
        return f"its footage is damaged: {self.segment.damage}"


@dataclass(frozen=True, slots=True)
class WrongRate:
    """An alarm: a camera stamps its pictures at another rate than the camera delivers.

    Attributes:
        stamped: Pictures a second by the camera's stamps.
        delivered: Pictures a second that arrive; recordings are dated by arrivals.
    """

    camera: CameraId
    stamped: float
    delivered: float

    def __str__(self) -> str:
        """The text for people."""
        return (
            f"stamps {self.stamped:.3g}/s, delivers {self.delivered:.3g}/s: dated by arrivals, "
            "which are less exact"
        )


@dataclass(frozen=True, slots=True)
class KeyframesFarApart:
    """An alarm: a camera sends keyframes so seldom that little can be played or searched."""

    camera: CameraId
    every: Elapsed

    def __str__(self) -> str:
        """The text for people."""
        return f"keyframe every {round(self.every.in_seconds)} s"


@dataclass(frozen=True, slots=True)
class GapRecorded:
    """A gap opened, grew or, with `final` set, closed."""

    gap: Gap
    final: bool

    @property
    def camera(self) -> CameraId:
        """The gap's camera."""
        return self.gap.camera

    def __str__(self) -> str:
        """The text for people."""
        return ": ".join(filter(None, (self.gap.reason.value, self.gap.detail)))


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The host's clock was set: a step of wall time against monotonic time."""

    step: Step

    @property
    def camera(self) -> None:
        """None: no single camera is concerned."""
        return

    def __str__(self) -> str:
        """The text for people."""
        return str(self.step)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Footage is lost, damaged or misdated, or will be: an operator must act."""

    camera: CameraId | None
    text: str

    def __str__(self) -> str:
        """The text for people."""
        return self.text


@dataclass(frozen=True, slots=True)
class Note:
    """Information worth logging; no action needed."""

    camera: CameraId | None
    text: str

    def __str__(self) -> str:
        """The text for people."""
        return self.text


Event: TypeAlias = (
    PhaseChanged
    | SegmentSpooled
    | SegmentStored
    | SegmentEvicted
    | SegmentSetAside
    | SegmentDamaged
    | WrongRate
    | KeyframesFarApart
    | GapRecorded
    | ClockStepped
    | Alarm
    | TroubleBegan
    | TroubleEnded
    | WorkFailed
    | Note
)
"""Any event: of one camera or, where `camera` is None, of the recorder as a whole."""
