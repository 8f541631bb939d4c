"""Bodies of requests and responses, with examples. Instants are RFC 3339 UTC, in microseconds."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from footage.camera import Camera
from footage.instant import Instant, Interval
from footage.keyframe import Box
from footage.scope import Scope
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
    """Return pydantic's constraints of a text that a client sends.

    The text has at most `most` characters and no NUL, which PostgreSQL cannot store.
    """
    return {"max_length": most, "pattern": _NO_NUL}


TimeText = Annotated[
    str, Field(**plain(100), description=TIME_TEXT, examples=["2026-11-22T15:08:23Z"])
]
NearText = Annotated[
    str, Field(**plain(100), description="LAT,LON,METRES", examples=["31.83,70.90,500"])
]
CaseText = Annotated[str, Field(**plain(200), examples=["FIR 211/2026"])]
CodeText = Annotated[str, Field(**plain(50), examples=["theft"])]
MOST_CAMERAS: Final = 5_000
"""Most ids in a list: a city of 1 100 cameras has a quarter of that."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", examples=["dik-001-1"])]

Ids = Annotated[list[Id], Field(max_length=MOST_CAMERAS)]


class Wire(BaseModel):
    """Base of all bodies: unknown members of a request are refused."""

    model_config = ConfigDict(extra="forbid")


class PlaceOut(Wire):
    """A camera's place."""

    site: Annotated[str, Field(examples=["dik-001"])]
    district: Annotated[str, Field(examples=["dik"])]
    lat: Annotated[float, Field(examples=[31.8313])]
    lon: Annotated[float, Field(examples=[70.9017])]


class StayOut(PlaceOut):
    """A place where a camera stood, from `since` (null: nobody said) until `until` (null: now)."""

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


class StoodOut(PlaceOut):
    """A place where a camera stood in a part of a window."""

    start: InstantText
    end: InstantText


class TimelineOut(Wire):
    """Spans and gaps that tile the window: every instant lies in a single span or gap.

    `places` are where the camera stood, in order, and tile the window too.
    """

    camera: Id
    spans: list[SpanOut]
    gaps: list[GapOut]
    places: list[StoodOut]

    @classmethod
    def of(cls, line: Timeline, stays: Sequence[tuple[Stay, Interval]]) -> "TimelineOut":
        """Make the body from a timeline, and the camera's stays in the timeline's window."""
        return cls(
            camera=line.camera,
            spans=[SpanOut.of(span) for span in line.spans],
            gaps=[GapOut.of(gap) for gap in line.gaps],
            places=[
                StoodOut(
                    site=stay.site,
                    district=stay.district,
                    lat=stay.place.lat,
                    lon=stay.place.lon,
                    start=str(part.start),
                    end=str(part.end),
                )
                for stay, part in stays
            ],
        )


class ScopeIn(Wire):
    """The cameras and places that a request is about."""

    cameras: Ids = []
    sites: Ids = []
    districts: Ids = []
    near: NearText = ""

    @property
    def scope(self) -> Scope:
        """The scope named.

        Raises:
            BadInput: The circle is malformed.
        """
        return Scope.parse(self.cameras, self.sites, self.districts, self.near)


class BoxIn(Wire):
    """A rectangle in shares of the picture's width and height, origin top left."""

    x: Annotated[float, Field(ge=0, le=1)] = 0
    y: Annotated[float, Field(ge=0, le=1)] = 0
    w: Annotated[float, Field(gt=0, le=1)] = 1
    h: Annotated[float, Field(gt=0, le=1)] = 1

    @property
    def box(self) -> Box:
        """The rectangle.

        Raises:
            BadInput: The rectangle sticks out of the picture.
        """
        return Box(self.x, self.y, self.w, self.h)


class SearchIn(ScopeIn):
    """A question to search for; without cameras, sites, districts and `near`: everywhere.

    A text, an example, or both, which are then weighed together.
    """

    text: Annotated[str, Field(**plain(MOST_CHARACTERS), examples=["a red pickup"])] = ""
    like: Annotated[
        str | None,
        Field(
            **plain(400),
            description="Example from stored footage: a moment of an answer, or a `thumbnail`.",
            examples=["13.1"],
        ),
    ] = None
    box: Annotated[
        BoxIn | None,
        Field(
            description="Part of the example to look for, instead of the moment's own box or the "
            "whole picture."
        ),
    ] = None
    text_weight: Annotated[
        float | None,
        Field(ge=0, le=1, description="Weight of the text against the example; else 0.5."),
    ] = None
    start: Annotated[TimeText | None, Field(alias="from")] = None
    end: Annotated[TimeText | None, Field(alias="to")] = None
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
    `also` are the further parts of such a view.

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
    example: Annotated[
        bool, Field(description="This is the moment of the stored example asked for.")
    ]


class MissingOut(Wire):
    """Asked time of a camera that was not searched, and the reason."""

    camera: Id
    start: InstantText
    end: InstantText
    reason: str
    detail: str


class WindowOut(Wire):
    """Time for which a camera was asked: the time in which the camera stood in the scope."""

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
    limited_to_grants: Annotated[
        bool, Field(description="Cameras or times out of the caller's reach were not asked.")
    ]

    asked_s: float
    recorded_s: float
    indexed_s: float
    searched_s: float
    looked_within_s: float
    missing: list[MissingOut]


class EncoderOut(Wire):
    """The encoder that answered; `note` says for what use the encoder is fit."""

    name: str
    digest: str
    note: str
    unfit: Annotated[bool, Field(description="Known to be unfit for real footage.")]


class SearchOut(Wire):
    """Moments, best first, with the coverage of the answer.

    A question with an example has no cut-off (-1), and `band` is always "unjudged": moments come by
    rank alone. `unknown_words` are words the encoder never learned. `newest_footage` is told where
    nothing was found.
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
    request: Annotated[
        str,
        Field(
            description="Id of the request, as in `X-Request-ID` and in the log.",
            examples=["4f1c0d2e9a7b4c63a5b1f0d9e8c7b6a5"],
        ),
    ]
