"""Bodies of responses about the recording of the city."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from api.bodies.wire import Id, InstantText, Wire
from recorder.capture.state_machine import Phase
from recorder.status.camera_status import CameraState

Seconds = Annotated[float | None, Field(description="Seconds; null: not known, or none.")]


class RecordingOut(Wire):
    """A camera as its recorder tells of it; fields in `_s` are seconds."""

    camera: Id
    node: Annotated[str, Field(description="Recorder at work on the camera; else empty.")]
    state: CameraState
    severity: Annotated[str, Field(examples=["lost"])]
    reason: Annotated[str, Field(examples=["lost for 3 min: connection refused"])]
    phase: Phase | None
    phase_for_s: Seconds
    lost_for_s: Seconds
    tried: bool
    why: str
    lost_s: Annotated[dict[str, float], Field(description="Time not recorded, by reason.")]
    stored: int
    stored_bytes: int
    spooled: int
    spooled_bytes: int
    waits_s: Seconds
    lag_s: Seconds
    store_lag_s: Seconds
    restarts: int
    lately: int
    evicted: int
    evicted_ago_s: Seconds
    clock_offset_s: Seconds
    clock_uncertainty_s: Seconds
    damage: str
    stamped_rate: float | None
    delivered_rate: float | None
    keyframe_every_s: Seconds
    alarms: int
    alarm_said: str
    alarm_ago_s: Seconds
    index_lag_s: Seconds


class RecordingSummary(Wire):
    """Numbers of cameras by state, of all cameras asked about."""

    cameras: int
    recording: int
    connecting: int
    lost: int
    stopped: int
    unrecorded: int
    alarmed: int
    spool_bytes: int
    waits_s: Seconds


class IndexOut(Wire):
    """The backlog of indexing, of all cameras."""

    waiting: int
    lag_s: float


class NodeOut(Wire):
    """A recorder; `says` tells what is wrong, empty where nothing is."""

    node: str
    address: str
    answers: bool
    says: str
    version: str | None
    cameras: int | None


class OriginalsOut(Wire):
    """Stored original files of imports, of the first 500; `more`: there are others."""

    files: int
    bytes: int
    more: bool


class StatusOut(Wire):
    """Status of recording: cameras by severity, the worst first, then by id.

    `index`, `originals`, `notes` and `nodes` speak of the whole city, and are left out under grants
    with limits. `well` is of the cameras asked about, and false also where a sign of lost data
    shows anywhere in the city, or the register does not answer.
    """

    at: InstantText
    well: bool
    summary: RecordingSummary
    index: IndexOut | None
    originals: OriginalsOut | None
    notes: list[str]
    nodes: list[NodeOut]
    cameras: list[RecordingOut]
    next_cursor: Annotated[str | None, Field(examples=["lost.dik-044-2"])]

    @classmethod
    def of(
        cls,
        document: Mapping[str, Any],
        page: Sequence[Mapping[str, object]],
        cursor: str | None,
        *,
        limited: bool,
    ) -> "StatusOut":
        """Make the body from a status and the page of its cameras.

        Args:
            document: The status.
            page: Cameras of the page.
            cursor: Asks for the next page; None on the last.
            limited: Leave out what speaks of the whole city.
        """
        whole: dict[str, object] = (
            {"index": None, "originals": None, "notes": [], "nodes": []} if limited else {}
        )
        told = {**document, **whole, "cameras": list(page), "next_cursor": cursor}
        return cls.model_validate(told)
