"""Bodies of requests and responses about orders on paper to preserve footage."""

from typing import Annotated

from pydantic import Field

from api.bodies.holds import OrderOut, ReasonText, UnmarkedOut
from api.bodies.wire import CaseText, CodeText, InstantText, ScopeIn, TimeText, Wire, plain
from evidence.preservation import WIDEST_M
from footage.case import LONGEST_LINE
from footage.digest import Digest
from footage.hold import OrderPaper
from footage.ports import Strength


class PaperIn(Wire):
    """A file with the order, which stays with the caller: name, bytes and digest are kept."""

    name: Annotated[str, Field(min_length=1, **plain(LONGEST_LINE))]
    size: Annotated[int, Field(ge=0, le=1 << 53)]
    sha256: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$", max_length=71)]

    def paper(self) -> OrderPaper:
        """Return name, size and digest of the file."""
        return OrderPaper(self.name, self.size, Digest.parse(self.sha256))


class PreservationIn(ScopeIn):
    """An order on paper, on cameras or on places."""

    case: Annotated[CaseText, Field(min_length=1)]
    authority: Annotated[ReasonText, Field(examples=["Sessions Court, D.I. Khan"])]
    order: Annotated[
        str, Field(min_length=1, **plain(LONGEST_LINE), description="Number of the order.")
    ]
    start: Annotated[TimeText, Field(alias="from")]
    end: Annotated[TimeText, Field(alias="to")]
    given: Annotated[TimeText | None, Field(description="The hour on the order.")] = None
    document: PaperIn | None = None
    with_neighbours: Annotated[
        float,
        Field(ge=0, le=WIDEST_M, description="Cameras within so many metres are held too."),
    ] = 0
    reason: Annotated[str, Field(**plain(1_000))] = ""
    purpose: CodeText = ""


class MissingOut(Wire):
    """Time of which nothing is stored; `reason` is null where footage may still come."""

    start: InstantText
    end: InstantText
    reason: str | None
    why: str


class CameraHeldOut(Wire):
    """Footage of a camera under the hold: stored parts, and parts that are not stored."""

    camera: str
    name: str
    site: str
    stored_s: float
    missing: list[MissingOut]
    to_come: Annotated[
        list[MissingOut], Field(description="Held as soon as it is stored; may never come.")
    ]
    neighbour: bool


class NeighbourOut(Wire):
    """A camera near those of the order."""

    camera: str
    name: str
    metres: int
    nearest: str
    held: bool


class NeighboursHoldOut(Wire):
    """The hold on the neighbours that were asked for."""

    hold: str
    entry: int
    metres: float
    cameras: list[str]
    segments: int | None
    bytes: int | None
    marks_pending: str
    sound: bool


class SecondsOut(Wire):
    """Times to the hold, in seconds; null without the hour of the order."""

    order_to_hold: float | None
    asked_to_hold: float


class PreservationOut(Wire):
    """The receipt of an order that is preserved.

    `state` is `placed now` or `stood before`: the same order again finds its hold.
    """

    receipt: str
    zone: str
    hold: str
    state: str
    entry: Annotated[int, Field(description="Number of the custody entry.")]
    case: str
    authority: str
    reason: str
    order: OrderOut
    by: str
    asked_at: InstantText
    held_at: InstantText
    seen_standing_at: InstantText
    looked_at: InstantText
    seconds: SecondsOut
    start: InstantText
    end: InstantText
    sites: list[str]
    districts: list[str]
    near: Annotated[
        list[float] | None, Field(description="Latitude, longitude, metres.", max_length=3)
    ]
    segments: int | None
    bytes: int | None
    strength: Strength | None
    marks_pending: str
    sound: bool
    missing_objects: list[str]
    unmarked: list[UnmarkedOut]
    cameras: Annotated[
        list[CameraHeldOut] | None,
        Field(description="Null where what is stored could not be looked up."),
    ]
    cameras_unknown: Annotated[str, Field(description="Why `cameras` is null; else empty.")]
    neighbours_hold: NeighboursHoldOut | None
    neighbours: list[NeighbourOut]
