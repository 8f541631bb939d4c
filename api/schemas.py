"""Requests and answers: typed, with examples. Instants are RFC 3339 UTC with microseconds."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from evidence.holds import PlacedHold, ReleasedHold
from footage.camera import Camera
from footage.hold import Hold
from footage.ports import Strength
from footage.span import Gap, Span, Timeline
from search.query import MOST_CHARACTERS, MOST_MOMENTS, Sort

InstantText = Annotated[str, Field(examples=["2026-11-22T15:08:23.547000Z"])]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", examples=["dik-001-1"])]


class Wire(BaseModel):
    """Base: unknown members of a request are refused."""

    model_config = ConfigDict(extra="forbid")


class CameraOut(Wire):
    """A camera, without the source URL, which may hold a password."""

    camera: Id
    name: Annotated[str, Field(examples=["Bus stand 1 north"])]
    site: Annotated[str, Field(examples=["dik-001"])]
    district: Annotated[str, Field(examples=["dik"])]
    lat: Annotated[float, Field(examples=[31.8313])]
    lon: Annotated[float, Field(examples=[70.9017])]
    retention_class: Annotated[str, Field(examples=["standard"])]
    recorded: Annotated[
        bool, Field(description="Whether the camera has a source.", examples=[True])
    ]

    @classmethod
    def of(cls, camera: Camera) -> "CameraOut":
        """From the register's record."""
        return cls(
            camera=camera.id,
            name=camera.name,
            site=camera.site,
            district=camera.district,
            lat=camera.place.lat,
            lon=camera.place.lon,
            retention_class=camera.retention_class,
            recorded=bool(camera.source),
        )


class CameraPage(Wire):
    """Cameras by id; `next_cursor` asks for the rest."""

    cameras: list[CameraOut]
    next_cursor: Annotated[str | None, Field(examples=["dik-044-2"])]


class SpanOut(Wire):
    """An unbroken run of segments."""

    start: InstantText
    end: InstantText
    segments: Annotated[int, Field(examples=[42])]

    @classmethod
    def of(cls, span: Span) -> "SpanOut":
        """From the tiled timeline."""
        return cls(
            start=str(span.interval.start), end=str(span.interval.end), segments=span.segments
        )


class GapOut(Wire):
    """Time without a stored segment, and why."""

    start: InstantText
    end: InstantText
    reason: Annotated[str, Field(examples=["camera_lost"])]
    detail: Annotated[str, Field(examples=["connection refused"])]

    @classmethod
    def of(cls, gap: Gap) -> "GapOut":
        """From the tiled timeline."""
        return cls(
            start=str(gap.interval.start),
            end=str(gap.interval.end),
            reason=gap.reason.value,
            detail=gap.detail,
        )


class TimelineOut(Wire):
    """Spans and gaps of a camera, without overlap and without a hole."""

    camera: Id
    spans: list[SpanOut]
    gaps: list[GapOut]

    @classmethod
    def of(cls, line: Timeline) -> "TimelineOut":
        """From the tiled timeline."""
        return cls(
            camera=line.camera,
            spans=[SpanOut.of(span) for span in line.spans],
            gaps=[GapOut.of(gap) for gap in line.gaps],
        )


class SearchIn(Wire):
    """A question; absent places mean everywhere."""

    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS, examples=["a red pickup"])]
    start: Annotated[InstantText | None, Field(alias="from")] = None
    end: Annotated[InstantText | None, Field(alias="to")] = None
    cameras: list[Id] = []
    sites: list[Id] = []
    districts: list[Id] = []
    near: Annotated[str, Field(description="LAT,LON,METRES", examples=["31.83,70.90,500"])] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_MOMENTS)] = 20
    sort: Sort = Sort.SCORE
    case: Annotated[str, Field(max_length=200, examples=["FIR 211/2026"])] = ""
    purpose: Annotated[str, Field(max_length=50, examples=["theft"])] = ""


class BoxOut(Wire):
    """Shares of the picture's width and height, origin top left."""

    x: float
    y: float
    w: float
    h: float


class BestOut(Wire):
    """The best keyframe of a moment."""

    instant: InstantText
    box: BoxOut
    score: Annotated[float, Field(examples=[0.41])]


class MomentOut(Wire):
    """A moment found; `thumbnail` is `segment#offset` for the keyframe route."""

    rank: int
    camera: Id
    camera_name: str
    site: str
    start: InstantText
    end: InstantText
    best: BestOut
    hits: int
    thumbnail: str
    segment: str


class MissingOut(Wire):
    """Time that was not searched, and why."""

    camera: Id
    start: InstantText
    end: InstantText
    reason: str
    detail: str


class CoverageOut(Wire):
    """Time asked, recorded, indexed and searched, in camera-seconds."""

    asked_s: float
    recorded_s: float
    indexed_s: float
    searched_s: float
    missing: list[MissingOut]


class EncoderOut(Wire):
    """The encoder that answered, with a note on fitness."""

    name: str
    digest: str
    note: str


class SearchOut(Wire):
    """Moments, best first, with the coverage of the answer."""

    query: dict[str, Any]
    moments: list[MomentOut]
    coverage: CoverageOut
    method: Annotated[str, Field(pattern="^(exhaustive|approximate)$")]
    encoder: EncoderOut
    cut_off: float
    below_cut: int
    beyond_limit: int
    scanned: int
    unreadable: list[str]
    custody_entry: int


class HoldIn(Wire):
    """A hold to place."""

    cameras: Annotated[list[Id], Field(min_length=1)]
    start: Annotated[InstantText, Field(alias="from")]
    end: Annotated[InstantText, Field(alias="to")]
    authority: Annotated[str, Field(min_length=1, examples=["Sessions Court, order 14/2026"])]
    reason: Annotated[str, Field(min_length=1, examples=["evidence in FIR 211/2026"])]
    case: Annotated[str, Field(max_length=200)] = ""
    purpose: Annotated[str, Field(max_length=50)] = ""


class ReleaseIn(Wire):
    """Why a hold is released."""

    reason: Annotated[str, Field(min_length=1)]
    case: Annotated[str, Field(max_length=200)] = ""
    purpose: Annotated[str, Field(max_length=50)] = ""


class HoldOut(Wire):
    """A hold."""

    hold: str
    cameras: list[str]
    start: InstantText
    end: InstantText
    authority: str
    reason: str
    placed_by: str
    placed_at: InstantText
    case: str
    released_at: InstantText | None

    @classmethod
    def of(cls, hold: Hold) -> "HoldOut":
        """From the register's record."""
        return cls(
            hold=hold.id,
            cameras=sorted(hold.cameras),
            start=str(hold.interval.start),
            end=str(hold.interval.end),
            authority=hold.authority,
            reason=hold.reason,
            placed_by=hold.placed_by,
            placed_at=str(hold.placed_at),
            case=hold.case,
            released_at=str(hold.released_at) if hold.released_at else None,
        )


class Holds(Wire):
    """Holds by id."""

    holds: list[HoldOut]


class PlacedOut(HoldOut):
    """A hold just placed, and the segments under the hold."""

    segments: Annotated[
        int | None,
        Field(
            description="Segments stored now; later ones are held too. Null: catalogue unavailable."
        ),
    ]
    bytes: Annotated[int | None, Field(description="Size of the segments, or null.")]
    strength: Annotated[
        Strength | None,
        Field(description="What keeps the objects from being deleted; null: not known yet."),
    ]
    strength_seen: Annotated[
        InstantText | None, Field(description="When the store was tried; null with `strength`.")
    ]
    already_gone: Annotated[
        list[GapOut] | None,
        Field(description="Time already expired. Null: the catalogue was unavailable."),
    ]
    missing: Annotated[list[str], Field(description="Segments in the catalogue, not in the store.")]
    marks_pending: Annotated[
        str, Field(description="Why marks on objects are not set yet; the hold stands. Else empty.")
    ]

    @classmethod
    def of_placed(cls, placed: PlacedHold) -> "PlacedOut":
        """From the service's answer."""
        return cls(
            **HoldOut.of(placed.hold).model_dump(),
            segments=placed.segments,
            bytes=placed.bytes,
            strength=placed.strength,
            strength_seen=str(placed.strength_seen) if placed.strength_seen else None,
            already_gone=(
                None
                if placed.already_gone is None
                else [GapOut.of(gap) for gap in placed.already_gone]
            ),
            missing=list(placed.missing),
            marks_pending=placed.marks_pending,
        )


class ReleasedOut(HoldOut):
    """A hold just released, and the segments that were held."""

    segments: Annotated[
        int | None,
        Field(description="Segments that were held. Null: the catalogue was unavailable."),
    ]
    still_held: Annotated[
        int | None,
        Field(description="Segments under other holds. Null: marks are pending."),
    ]
    marks_pending: Annotated[
        str, Field(description="Why marks on objects are not removed yet, else empty.")
    ]

    @classmethod
    def of_released(cls, released: ReleasedHold) -> "ReleasedOut":
        """From the service's answer."""
        return cls(
            **HoldOut.of(released.hold).model_dump(),
            segments=released.segments,
            still_held=released.still_held,
            marks_pending=released.marks_pending,
        )


class Alive(Wire):
    """The process answers."""

    status: Annotated[str, Field(examples=["alive"])]


class Readiness(Wire):
    """Whether the stores answer: "ok" or "unavailable"."""

    ready: bool
    parts: Annotated[dict[str, str], Field(examples=[{"register": "ok", "store": "ok"}])]


class ProblemOut(BaseModel):
    """RFC 9457; some kinds have further members, e.g. `errors` or `spans`."""

    type: Annotated[str, Field(examples=["urn:footage:problem:not-found"])]
    title: Annotated[str, Field(examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(examples=["no camera 'dik-999-1'"])]
