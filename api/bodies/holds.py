"""Bodies of requests and responses about holds."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from api.bodies.cameras import GapOut
from api.bodies.wire import (
    CaseText,
    CodeText,
    InstantText,
    ScopeIn,
    TimeText,
    Wire,
    plain,
    text_of,
)
from evidence.holds import PlacedHold, ReleasedHold
from footage.hold import Hold
from footage.ids import CameraId
from footage.ports import Strength

ReasonText = Annotated[str, Field(min_length=1, **plain(1_000))]


class HoldIn(ScopeIn):
    """A hold to place, on cameras or on places.

    A hold on sites, districts or a circle (`near`) is on each camera that stood there at some time
    in the interval, or comes to stand there, with all its footage of the interval.
    """

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


class OrderPaperOut(Wire):
    """The file with an order."""

    name: str
    size: int
    sha256: str


class OrderOut(Wire):
    """An order on paper, as entered when its hold was placed."""

    reference: str
    asked: InstantText
    given: InstantText | None
    paper: OrderPaperOut | None
    neighbours_m: str


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
    order: Annotated[OrderOut | None, Field(description="The order on paper that was preserved.")]
    released_at: InstantText | None

    @classmethod
    def of(cls, hold: Hold) -> "HoldOut":
        """Make the body from the hold's record in the register."""
        return cls.model_validate(hold.document())


class Holds(Wire):
    """A list of holds by id."""

    holds: list[HoldOut]


class UnmarkedOut(Wire):
    """A held segment whose object could not be marked, and the reason."""

    segment: str
    why: str


class PlacedOut(HoldOut):
    """A hold just placed, and the stored segments that the hold protects."""

    segments: Annotated[
        int | None,
        Field(
            description="Covered segments stored now; segments recorded later are covered too. "
            "Null: the catalogue could not be read."
        ),
    ]
    bytes: Annotated[int | None, Field(description="Size of `segments` together, or null.")]
    originals: Annotated[
        int | None,
        Field(
            description="Original files of imports that are held with their segments. "
            "Null: the catalogue could not be read."
        ),
    ]
    original_bytes: Annotated[
        int | None, Field(description="Size of `originals` together, or null.")
    ]
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
    nothing_stored: Annotated[
        dict[str, str] | None,
        Field(
            description="By camera of which nothing is stored in the interval: whether footage is "
            "to be expected. Null: catalogue or register could not be read.",
            examples=[{"dik-001-1": "no footage of this camera is stored; no recorder records it"}],
        ),
    ]

    @classmethod
    def of_placed(
        cls, placed: PlacedHold, nothing_stored: Mapping[CameraId, str] | None
    ) -> "PlacedOut":
        """Make the body from the answers of the hold service and of `evidence.expectations`."""
        return cls(
            **HoldOut.of(placed.hold).model_dump(),
            segments=placed.segments,
            bytes=placed.bytes,
            originals=placed.originals,
            original_bytes=placed.original_bytes,
            strength=placed.strength,
            strength_seen=text_of(placed.strength_seen),
            already_gone=(
                None
                if placed.already_gone is None
                else [GapOut.of(gap) for gap in placed.already_gone]
            ),
            missing=list(placed.missing),
            unmarked=[UnmarkedOut(segment=key, why=why) for key, why in placed.unmarked],
            sound=placed.sound,
            marks_pending=placed.marks_pending,
            nothing_stored=None if nothing_stored is None else dict(nothing_stored),
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
