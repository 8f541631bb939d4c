"""Bodies of requests and responses, with examples. Instants are RFC 3339 UTC, in microseconds."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from evidence.holds import PlacedHold, ReleasedHold
from footage.camera import Camera
from footage.hold import Hold
from footage.instant import Instant
from footage.place import Circle
from footage.ports import Strength
from footage.span import Gap, Span, Timeline
from footage.stays import Stay, with_ends
from search.query import MOST_CHARACTERS, MOST_MOMENTS, Sort

InstantText = Annotated[str, Field(examples=["2026-11-22T15:08:23.547000Z"])]
TIME_TEXT: Final = (
    "an instant with its offset from UTC (RFC 3339), a local time of the site, such as "
    "`2026-11-22 20:08`, or `yesterday 18:00`, `2h ago`."
)
_NO_NUL: Final = r"^[^\x00]*$"


def plain(most: int) -> dict[str, Any]:
    """Constraints of a text from outside: its length, and no NUL, which PostgreSQL cannot store."""
    return {"max_length": most, "pattern": _NO_NUL}


TimeText = Annotated[
    str, Field(**plain(100), description=TIME_TEXT, examples=["2026-11-22T15:08:23Z"])
]
NearText = Annotated[
    str, Field(**plain(100), description="LAT,LON,METRES", examples=["31.83,70.90,500"])
]
CaseText = Annotated[str, Field(**plain(200), examples=["FIR 211/2026"])]
CodeText = Annotated[str, Field(**plain(50), examples=["theft"])]
ReasonText = Annotated[str, Field(min_length=1, **plain(1_000))]
MOST_CAMERAS: Final = 5_000
"""Ids in a list; the city has a quarter of that."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", examples=["dik-001-1"])]

Ids = Annotated[list[Id], Field(max_length=MOST_CAMERAS)]


class Wire(BaseModel):
    """Base of all bodies: unknown members of a request are refused."""

    model_config = ConfigDict(extra="forbid")


class StayOut(Wire):
    """A place where a camera stood, from `since` (null: nobody said) until `until` (null: now)."""

    site: Annotated[str, Field(examples=["dik-001"])]
    district: Annotated[str, Field(examples=["dik"])]
    lat: Annotated[float, Field(examples=[31.8313])]
    lon: Annotated[float, Field(examples=[70.9017])]
    since: InstantText | None
    until: InstantText | None

    @classmethod
    def of(cls, stay: Stay, until: Instant | None) -> "StayOut":
        """Make the body from a stay of the register and the start of the next."""
        return cls(
            site=stay.site,
            district=stay.district,
            lat=stay.place.lat,
            lon=stay.place.lon,
            since=str(stay.since) if stay.since else None,
            until=str(until) if until else None,
        )


class CameraOut(Wire):
    """A camera; the source is not shown, since a source may hold a password.

    `places` are where the camera stood, in order; the last is the place of today.
    """

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
    places: list[StayOut]

    @classmethod
    def of(cls, camera: Camera, stays: Sequence[Stay]) -> "CameraOut":
        """Make the body from the camera's record and stays in the register."""
        return cls(
            camera=camera.id,
            name=camera.name,
            site=camera.site,
            district=camera.district,
            lat=camera.place.lat,
            lon=camera.place.lon,
            retention_class=camera.retention_class,
            recorded=bool(camera.source),
            places=[StayOut.of(stay, until) for stay, until in with_ends(stays)],
        )


class CameraPage(Wire):
    """A page of cameras by id; `next_cursor` asks for the next page."""

    cameras: list[CameraOut]
    next_cursor: Annotated[str | None, Field(examples=["dik-044-2"])]


class SpanOut(Wire):
    """A span: unbroken recorded time of a camera, and the number of segments."""

    start: InstantText
    end: InstantText
    segments: Annotated[int, Field(examples=[42])]

    @classmethod
    def of(cls, span: Span) -> "SpanOut":
        """Make the body from a span of a timeline."""
        return cls(
            start=str(span.interval.start), end=str(span.interval.end), segments=span.segments
        )


class GapOut(Wire):
    """A gap: time without a stored segment, and the reason."""

    start: InstantText
    end: InstantText
    reason: Annotated[str, Field(examples=["camera_lost"])]
    detail: Annotated[str, Field(examples=["connection refused"])]

    @classmethod
    def of(cls, gap: Gap) -> "GapOut":
        """Make the body from a gap of a timeline."""
        return cls(
            start=str(gap.interval.start),
            end=str(gap.interval.end),
            reason=gap.reason.value,
            detail=gap.detail,
        )


class TimelineOut(Wire):
    """Spans and gaps that tile the window: every instant lies in a single span or gap."""

    camera: Id
    spans: list[SpanOut]
    gaps: list[GapOut]

    @classmethod
    def of(cls, line: Timeline) -> "TimelineOut":
        """Make the body from a timeline."""
        return cls(
            camera=line.camera,
            spans=[SpanOut.of(span) for span in line.spans],
            gaps=[GapOut.of(gap) for gap in line.gaps],
        )


class SearchIn(Wire):
    """A question to search for; without cameras, sites, districts and `near`: everywhere."""

    text: Annotated[str, Field(min_length=1, **plain(MOST_CHARACTERS), examples=["a red pickup"])]
    start: Annotated[TimeText | None, Field(alias="from")] = None
    end: Annotated[TimeText | None, Field(alias="to")] = None
    cameras: Ids = []
    sites: Ids = []
    districts: Ids = []
    near: NearText = ""
    limit: Annotated[int, Field(ge=1, le=MOST_MOMENTS)] = 20
    sort: Sort = Sort.SCORE
    threshold: Annotated[
        float | None, Field(ge=-1, le=1, description="Least score, instead of the cut-off found.")
    ] = None
    case: CaseText = ""
    purpose: CodeText = ""


class BoxOut(Wire):
    """A rectangle in shares of the picture's width and height, origin top left."""

    x: float
    y: float
    w: float
    h: float


class BestOut(Wire):
    """The best keyframe of a moment."""

    instant: InstantText
    box: BoxOut
    score: Annotated[float, Field(examples=[0.41])]


class PlaceOut(Wire):
    """A camera's place."""

    site: str
    district: str
    lat: float
    lon: float


class RecordedAtOut(PlaceOut):
    """A camera's place at the time of recording.

    `written_site` is the site written into the segment, where the register was told of another
    since; else null.
    """

    written_site: str | None


class ClockOut(Wire):
    """How sure the times of a segment are: the true start lies within `uncertainty_s`.

    `offset_s` is the camera's own clock minus the recorder's; null where the camera tells no time.
    """

    source: str
    uncertainty_s: float
    offset_s: float | None


class PartOut(Wire):
    """A further part of a lasting view."""

    start: InstantText
    end: InstantText


class MomentOut(Wire):
    """A moment of a camera; `thumbnail` is `segment#offset`, for the keyframe route.

    `band` says how far the score lies above chance, `still` that the view matched alike for long;
    such a view may go on in further parts, `also`.

    `site` is the camera's site at the time of recording, `recorded_at` its whole place then and
    `today` its place now; `moved` says that the two differ.
    """

    moment: Annotated[str, Field(examples=["17.1"])]
    rank: int
    camera: Id
    camera_name: str
    site: str
    recorded_at: RecordedAtOut
    today: PlaceOut
    moved: bool
    clock: ClockOut | None
    start: InstantText
    end: InstantText
    also: list[PartOut]
    still: bool
    band: Annotated[str, Field(pattern="^(strong|fair|weak|unjudged)$")]
    best: BestOut
    hits: int
    thumbnail: str
    segment: str


class MissingOut(Wire):
    """Asked time of a camera that was not searched, and the reason."""

    camera: Id
    start: InstantText
    end: InstantText
    reason: str
    detail: str


class WindowOut(Wire):
    """Time for which a camera was asked about: the camera stood in the scope then."""

    camera: Id
    start: InstantText
    end: InstantText


class CoverageOut(Wire):
    """Coverage of an answer in camera-seconds; time not searched is listed in `missing`.

    `cameras` were asked; those that stood in the scope for a part of the time were asked for the
    windows in `partly`.
    """

    cameras: int
    partly: list[WindowOut]

    asked_s: float
    recorded_s: float
    indexed_s: float
    searched_s: float
    looked_within_s: float
    missing: list[MissingOut]


class EncoderOut(Wire):
    """The encoder that answered; `note` says for what use it is fit."""

    name: str
    digest: str
    note: str
    unfit: Annotated[bool, Field(description="Known to be unfit for real footage.")]


class SearchOut(Wire):
    """Moments, best first, with the coverage of the answer.

    `unknown_words` are words the encoder never learned. `newest_footage` is told where nothing was
    found.
    """

    query: dict[str, Any]
    moments: list[MomentOut]
    coverage: CoverageOut
    method: Annotated[str, Field(pattern="^(exhaustive|approximate|none)$")]
    encoder: EncoderOut
    cut_off: float
    below_cut: int
    beyond_limit: int
    scanned: int
    unreadable: list[str]
    unknown_words: list[str]
    newest_footage: InstantText | None
    custody_entry: int


class HoldIn(Wire):
    """A hold to place, on cameras or on places.

    A hold on sites, districts or a circle (`near`) is on each camera that stood there at some time
    in the interval, or comes to stand there, with all its footage of the interval.
    """

    cameras: Ids = []
    sites: Ids = []
    districts: Ids = []
    near: NearText = ""
    start: Annotated[TimeText, Field(alias="from")]
    end: Annotated[TimeText, Field(alias="to")]
    authority: Annotated[ReasonText, Field(examples=["Sessions Court, order 14/2026"])]
    reason: Annotated[ReasonText, Field(examples=["evidence in FIR 211/2026"])]
    case: CaseText = ""
    purpose: CodeText = ""


class ReleaseIn(Wire):
    """A request to release a hold, and the reason."""

    reason: ReasonText
    case: CaseText = ""
    purpose: CodeText = ""


def _near(circle: Circle | None) -> list[float] | None:
    return [circle.centre.lat, circle.centre.lon, circle.radius_m] if circle else None


class HoldOut(Wire):
    """A hold; `released_at` is null while the hold is active.

    `sites`, `districts` and `near` are the places of a hold on places, whose cameras are among
    `cameras`.
    """

    hold: str
    cameras: list[str]
    sites: list[str]
    districts: list[str]
    near: Annotated[
        list[float] | None, Field(description="Latitude, longitude, metres.", max_length=3)
    ]
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
        """Make the body from the hold's record in the register."""
        return cls(
            hold=hold.id,
            cameras=sorted(hold.cameras),
            sites=sorted(hold.places.sites),
            districts=sorted(hold.places.districts),
            near=_near(hold.places.circle),
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
    """A list of holds by id."""

    holds: list[HoldOut]


class UnmarkedOut(Wire):
    """A held segment whose object could not be marked, and the reason."""

    segment: str
    why: str


class PlacedOut(HoldOut):
    """A hold just placed, and the stored segments that it protects."""

    segments: Annotated[
        int | None,
        Field(
            description="Covered segments stored now; segments recorded later are covered too. "
            "Null: the catalogue could not be read."
        ),
    ]
    bytes: Annotated[int | None, Field(description="Size of `segments` together, or null.")]
    strength: Annotated[
        Strength | None,
        Field(description="Protection of the objects against deletion; null: not known yet."),
    ]
    strength_seen: Annotated[
        InstantText | None, Field(description="When the store was tried; null with `strength`.")
    ]
    already_gone: Annotated[
        list[GapOut] | None,
        Field(
            description="Parts of the interval that had expired before. "
            "Null: the catalogue could not be read."
        ),
    ]
    missing: Annotated[
        list[str], Field(description="Keys in the catalogue, but gone from the store.")
    ]
    unmarked: Annotated[
        list[UnmarkedOut],
        Field(description="Objects that only Footage protects, since no mark could be set."),
    ]
    sound: Annotated[
        bool, Field(description="Whether nothing that the hold covers is missing or damaged.")
    ]
    marks_pending: Annotated[
        str,
        Field(
            description="Why marks on objects are not set yet, else empty; the hold is in force."
        ),
    ]

    @classmethod
    def of_placed(cls, placed: PlacedHold) -> "PlacedOut":
        """Make the body from the answer of the hold service."""
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
            unmarked=[UnmarkedOut(segment=key, why=why) for key, why in placed.unmarked],
            sound=placed.sound,
            marks_pending=placed.marks_pending,
        )


class ReleasedOut(HoldOut):
    """A hold just released, and how many of the covered segments other holds still cover."""

    segments: Annotated[
        int | None,
        Field(description="Segments the hold covered. Null: the catalogue could not be read."),
    ]
    still_held: Annotated[
        int | None,
        Field(
            description="Number of `segments` that another hold covers. Null: marks are pending."
        ),
    ]
    marks_pending: Annotated[
        str, Field(description="Why marks on objects are not removed yet, else empty.")
    ]

    @classmethod
    def of_released(cls, released: ReleasedHold) -> "ReleasedOut":
        """Make the body from the answer of the hold service."""
        return cls(
            **HoldOut.of(released.hold).model_dump(),
            segments=released.segments,
            still_held=released.still_held,
            marks_pending=released.marks_pending,
        )


class Alive(Wire):
    """The answer of a process that is alive."""

    status: Annotated[str, Field(examples=["alive"])]


class Readiness(Wire):
    """Readiness of each store: "ok" or "unavailable"."""

    ready: bool
    parts: Annotated[dict[str, str], Field(examples=[{"register": "ok", "store": "ok"}])]


class ProblemOut(BaseModel):
    """A problem of RFC 9457; some kinds have further members, e.g. `errors` or `spans`."""

    type: Annotated[str, Field(examples=["urn:footage:problem:not-found"])]
    title: Annotated[str, Field(examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(examples=["no camera 'dik-999-1'"])]
