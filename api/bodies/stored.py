"""Bodies of requests and responses about what is stored of some cameras in an interval."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from api.bodies.cameras import GapOut
from api.bodies.cases import KeepingOut
from api.bodies.wire import Id, InstantText, TimeText, Wire
from api.stored import Pace, StoredCamera
from footage.instant import Interval
from footage.segment import Segment

MOST_CAMERAS: Final = 200
"""Most cameras asked about at once: the timeline of each is read."""
MOST_GAPS: Final = 50
"""Most gaps of a camera that are told; the rest is counted."""


class StoredIn(Wire):
    """The cameras and the interval to look at."""

    cameras: Annotated[list[Id], Field(min_length=1, max_length=MOST_CAMERAS)]
    start: Annotated[TimeText, Field(alias="from")]
    end: Annotated[TimeText, Field(alias="to")]


class ClockOut(Wire):
    """The camera's clock, as the first stored segment of the interval tells of the clock.

    Other segments may tell something else: the manifest of an export has all of them.
    """

    at: Annotated[InstantText, Field(description="Start of the segment.")]
    source: Annotated[str, Field(examples=["rtcp_sr"])]
    offset_s: Annotated[
        float | None,
        Field(description="Camera's clock minus recorder's; null: the camera sends no time."),
    ]
    uncertainty_s: Annotated[float, Field(description="The time may be off by that, either way.")]

    @classmethod
    def of(cls, segment: Segment) -> "ClockOut":
        """Make the body from the clock reading of a segment."""
        reading = segment.clock
        return cls(
            at=str(segment.interval.start),
            source=reading.source,
            offset_s=reading.offset.in_seconds if reading.offset is not None else None,
            uncertainty_s=reading.uncertainty.in_seconds,
        )


class StoredCameraOut(Wire):
    """Stored footage of a camera; `gaps` has the first gaps, `gaps_in_all` counts all."""

    camera: str
    segments: Annotated[int, Field(description="Segments that overlap the interval.")]
    bytes: int
    keeping: KeepingOut
    gaps: list[GapOut]
    gaps_in_all: int
    gaps_s: Annotated[float, Field(description="Time of all gaps together.")]
    clock: Annotated[ClockOut | None, Field(description="Null where nothing is stored.")]

    @classmethod
    def of(cls, found: StoredCamera) -> "StoredCameraOut":
        """Make the body from what was found of a camera."""
        gaps = found.line.gaps
        return cls(
            camera=found.camera,
            segments=found.size.segments,
            bytes=found.size.bytes,
            keeping=KeepingOut.of(found.prospect),
            gaps=[GapOut.of(gap) for gap in gaps[:MOST_GAPS]],
            gaps_in_all=len(gaps),
            gaps_s=sum(gap.interval.length.in_seconds for gap in gaps),
            clock=ClockOut.of(found.first) if found.first else None,
        )


class StoredOut(Wire):
    """Stored footage, as looked up for this answer, and the time an export may take."""

    start: InstantText
    end: InstantText
    cameras: list[StoredCameraOut]
    segments: int
    bytes: int
    export_s: Annotated[float, Field(description="Estimated seconds to make an export of it.")]
    export_s_from: Annotated[
        int,
        Field(description="Number of one's own exports it is estimated from; 0: 20 MB/s assumed."),
    ]

    @classmethod
    def of(cls, interval: Interval, found: Sequence[StoredCamera], pace: Pace) -> "StoredOut":
        """Make the body from what was found of each camera, and how fast exports are."""
        size = sum(one.size.bytes for one in found)
        return cls(
            start=str(interval.start),
            end=str(interval.end),
            cameras=[StoredCameraOut.of(one) for one in found],
            segments=sum(one.size.segments for one in found),
            bytes=size,
            export_s=round(size / pace.rate, 1),
            export_s_from=pace.exports,
        )
