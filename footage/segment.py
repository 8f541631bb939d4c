"""Segments: stored fragmented MP4, starting with a keyframe, immutable once closed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from footage.digest import Digest
    from footage.ids import CameraId, DistrictId, RunId, SegmentKey, SiteId
    from footage.instant import Interval
    from footage.place import Point


class TimeSource(StrEnum):
    """Source of the wall time of a segment's first frame."""

    ARRIVAL = "arrival"
    """From the arrival of frames at the recorder (least-delayed frame)."""
    RTCP = "rtcp_sr"
    """From the camera's RTCP sender reports."""
    STATED = "stated"
    """Given by the person who brought the recording in (`footage ingest --start`)."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Source, clock offset and uncertainty of a segment's wall time.

    Attributes:
        offset: Camera's clock minus recorder's clock; None where the camera sends no time.
        uncertainty: The true time of each picture lies within ± this of the stated time.
    """

    source: TimeSource
    offset: Elapsed | None = None
    uncertainty: Elapsed = ZERO


@dataclass(frozen=True, slots=True)
class Media:
    """Facts about a segment's video, read from the MP4 boxes, never guessed.

    Attributes:
        codec: Sample entry of the video track, e.g. "avc1", "hvc1".
        timescale: Ticks a second of the video track.
        duration_ticks: Time of showing, from the first picture to the end of the last.
        samples: Number of video samples (access units).
        init_bytes: Length of `ftyp` + `moov`, at offset 0: together with a keyframe's bytes enough
            to decode the keyframe.
        signed: Kind of signatures that the camera put into the stream
            (`footage.camera_signature`), "none" for none; "" where that was not looked for.
    """

    codec: str
    width: int
    height: int
    timescale: int
    duration_ticks: int
    samples: int
    init_bytes: int
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """The catalogue's record of a stored segment.

    Attributes:
        key: Object key, and the segment's id everywhere.
        sequence: Number within the run; the same run and the next number means nothing is missing
            between.
        digest: SHA-256 of the whole object, taken before the bytes left the recorder (invariant 1).
        damage: Why the camera's own stream is faulty, or "" when nothing was noticed; the bytes are
            stored unchanged anyway.
    """

    key: SegmentKey
    camera: CameraId
    site: SiteId
    district: DistrictId
    place: Point
    interval: Interval
    run: RunId
    sequence: int
    size_bytes: int
    digest: Digest
    media: Media
    clock: ClockReading
    retention_class: str = "standard"
    damage: str = ""
