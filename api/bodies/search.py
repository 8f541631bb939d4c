"""Bodies of questions to search for and of their answers, and of the encoder in force."""

from typing import Annotated, Any

from pydantic import Field

from api.bodies.cameras import PlaceOut
from api.bodies.wire import CaseText, CodeText, Id, InstantText, ScopeIn, TimeText, Wire, plain
from footage.keyframe import Box
from search.answer import SearchAnswer, to_json
from search.query import MOST_CHARACTERS, MOST_MOMENTS, Sort


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
    hours: Annotated[
        str | None,
        Field(
            **plain(100),
            description="Times of day on weekdays that are asked about, by each site's clocks; "
            "absent: all of the time.",
            examples=["22:00-04:00", "mon-fri 08:00-18:00", "sat,sun"],
        ),
    ] = None
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
    """Certainty of the times of a segment: the true start lies within `uncertainty_s`.

    `offset_s` is the camera's own clock minus the recorder's; null where the camera tells no time.
    """

    source: str
    uncertainty_s: float
    offset_s: float | None


class PartOut(Wire):
    """A part of time: a further part of a lasting view, or time asked about."""

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
    """Time for which a camera was asked: in which the camera stood in the scope, in the hours."""

    camera: Id
    start: InstantText
    end: InstantText


class CoverageOut(Wire):
    """Coverage of an answer in camera-seconds; time not searched is listed in `missing`.

    `cameras` were asked for `windows`: the interval, or the hours asked for. Cameras that stood in
    the scope for a part of the time, or have other clocks, were asked for the windows in `partly`.
    """

    cameras: int
    windows: list[PartOut]
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


def as_json(answer: SearchAnswer) -> bytes:
    """Return an answer as the JSON of `SearchOut`, checked."""
    told = SearchOut.model_validate(to_json(answer))
    return told.model_dump_json(by_alias=True).encode()
