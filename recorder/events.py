"""What the recorder tells: one class for each kind of event.

Who takes events looks at their classes and fields. `str(event)` is the text for people: it is
shown and logged, never read by a program.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from footage.ids import CameraId
    from footage.segment import Segment
    from footage.span import Gap
    from recorder.capture.state_machine import Phase
    from recorder.timing.timekeeper import Step


class TroubleSource(StrEnum):
    """What fails while a trouble lasts; the value says so to people."""

    STORING = "not stored, kept in the spool"
    ENTERING = "stored, not in the catalogue yet"
    ENTERING_GAPS = "gaps not in the catalogue yet"
    SPOOL_SIZE = "the spool's size is not known, nothing goes"
    SPOOL_REMOVAL = "the spool is full, and nothing can be removed"
    SPOOL_FOLDER = "cannot record"
    """A camera's folder in the spool cannot be had."""
    REGISTER = "the register does not answer"
    LEASES = "others record"
    """Cameras this recorder was still working on."""
    RECORDING_TASK = "recording failed"
    """The task of one camera."""
    STORING_TASK = "storing failed"
    ENTERING_TASK = "entering failed"
    GAPS_TASK = "recording gaps failed"
    SPOOL_TASK = "keeping the spool within its bound failed"
    ASSIGNING_TASK = "assigning cameras failed"
    TIME_TASK = "keeping time failed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that fails for a while: the identity by which a trouble begins and ends.

    Attributes:
        source: What fails.
        camera: Whose; None where no single camera is concerned.
        worker: Which of several tasks that do the same work.
    """

    source: TroubleSource
    camera: CameraId | None = None
    worker: int = 0

    def began(self, why: str) -> TroubleBegan:
        """The event of the trouble's begin, in the words of its source."""
        return TroubleBegan(self, f"{self.source}: {why}")

    def ended(self) -> TroubleEnded:
        """The event of the trouble's end, in the words of its source."""
        return TroubleEnded(self, f"over: {self.source}")


@dataclass(frozen=True, slots=True)
class TroubleBegan:
    """A trouble has begun, or lasts and is told again: the newest text counts."""

    trouble: Trouble
    text: str

    @property
    def camera(self) -> CameraId | None:
        """The camera concerned, None where no single one is."""
        return self.trouble.camera

    def __str__(self) -> str:
        """For people."""
        return self.text


@dataclass(frozen=True, slots=True)
class TroubleEnded:
    """A trouble is over; told only of one that had begun."""

    trouble: Trouble
    text: str

    @property
    def camera(self) -> CameraId | None:
        """The camera concerned, None where no single one is."""
        return self.trouble.camera

    def __str__(self) -> str:
        """For people."""
        return self.text


@dataclass(frozen=True, slots=True)
class WorkFailed:
    """One piece of a camera's work failed for good, or until the next start; nothing lasts."""

    camera: CameraId
    text: str

    def __str__(self) -> str:
        """For people."""
        return self.text


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """A camera changed its phase; `why` is "" where nothing was lost."""

    camera: CameraId
    phase: Phase
    why: str = ""

    def __str__(self) -> str:
        """For people."""
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
        """For people."""
        return self.segment.key


@dataclass(frozen=True, slots=True)
class SegmentStored:
    """A segment is in store and catalogue."""

    segment: Segment

    @property
    def camera(self) -> CameraId:
        """The segment's camera."""
        return self.segment.camera

    def __str__(self) -> str:
        """For people."""
        return self.segment.key


@dataclass(frozen=True, slots=True)
class SegmentEvicted:
    """A segment was given up unstored because the spool is full; `gap` stands for its time."""

    segment: Segment
    gap: Gap

    @property
    def camera(self) -> CameraId:
        """The segment's camera."""
        return self.segment.camera

    def __str__(self) -> str:
        """For people."""
        return f"{self.segment.key}: {self.gap.detail}"


@dataclass(frozen=True, slots=True)
class SegmentSetAside:
    """An alarm: a segment can never be stored; its file was kept, `gap` stands for its time."""

    segment: Segment
    gap: Gap

    @property
    def camera(self) -> CameraId:
        """The segment's camera."""
        return self.segment.camera

    def __str__(self) -> str:
        """For people."""
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
        """For people."""
        return f"its footage is damaged: {self.segment.damage}"


@dataclass(frozen=True, slots=True)
class GapRecorded:
    """A gap opened, grew or, where `final`, closed."""

    gap: Gap
    final: bool

    @property
    def camera(self) -> CameraId:
        """The gap's camera."""
        return self.gap.camera

    def __str__(self) -> str:
        """For people."""
        return ": ".join(filter(None, (self.gap.reason.value, self.gap.detail)))


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The host's clock was set."""

    step: Step

    @property
    def camera(self) -> None:
        """No single camera is concerned."""
        return

    def __str__(self) -> str:
        """For people."""
        return str(self.step)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Footage is lost, damaged or misdated, or will be: an operator must act."""

    camera: CameraId | None
    text: str

    def __str__(self) -> str:
        """For people."""
        return self.text


@dataclass(frozen=True, slots=True)
class Note:
    """Worth recording, nothing to act on."""

    camera: CameraId | None
    text: str

    def __str__(self) -> str:
        """For people."""
        return self.text


Event: TypeAlias = (
    PhaseChanged
    | SegmentSpooled
    | SegmentStored
    | SegmentEvicted
    | SegmentSetAside
    | SegmentDamaged
    | GapRecorded
    | ClockStepped
    | Alarm
    | TroubleBegan
    | TroubleEnded
    | WorkFailed
    | Note
)
"""Something happened to one camera, or, where its `camera` is None, to the recorder."""
