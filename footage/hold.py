"""Holds and the segments a hold covers: nothing under a hold is deleted (invariant 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from footage.digest import Digest
from footage.errors import BadInput
from footage.instant import Instant
from footage.scope import EVERYWHERE, Scope
from footage.stays import windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from footage.ids import CameraId, HoldId
    from footage.instant import Interval
    from footage.stays import Stay


class Footage(Protocol):
    """Stored footage of a camera: a segment, or the original file of an import."""

    @property
    def camera(self) -> CameraId:
        """The camera."""
        ...

    @property
    def interval(self) -> Interval:
        """The time that the footage shows."""
        ...


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """A file with the order on paper, e.g. a scan; the file's digest is kept, the file is not."""

    name: str
    size: int
    sha256: Digest

    def document(self) -> dict[str, object]:
        """Return the paper as plain values."""
        return {"name": self.name, "size": self.size, "sha256": str(self.sha256)}


@dataclass(frozen=True, slots=True)
class Order:
    """An order on paper to preserve footage, as it was entered with the hold.

    Attributes:
        reference: Number of the order as its authority wrote it, e.g. "14/2026".
        asked: When preserving was asked for.
        given: The hour that stands on the order; None where nobody entered one.
        paper: The file with the order; None where none was entered.
        neighbours_m: Above 0 for the hold on cameras so many metres around those of the order.
    """

    reference: str
    asked: Instant
    given: Instant | None = None
    paper: OrderPaper | None = None
    neighbours_m: float = 0

    def document(self) -> dict[str, object]:
        """Return the order as plain values; metres as text, which custody entries can carry."""
        return {
            "reference": self.reference,
            "asked": str(self.asked),
            "given": str(self.given) if self.given else None,
            "paper": self.paper.document() if self.paper else None,
            "neighbours_m": f"{self.neighbours_m:g}",
        }

    @classmethod
    def of(cls, told: Mapping[str, object]) -> Order:
        """Read what `document` returned.

        Raises:
            BadInput: A member is missing or of another type.
        """
        given, paper = told.get("given"), told.get("paper")
        try:
            return cls(
                reference=str(told["reference"]),
                asked=Instant.parse(str(told["asked"])),
                given=Instant.parse(str(given)) if given else None,
                paper=_paper(paper) if isinstance(paper, dict) else None,
                neighbours_m=float(str(told.get("neighbours_m", 0))),
            )
        except (KeyError, ValueError) as exc:
            raise BadInput(f"not an order: {exc}") from exc


def _paper(told: Mapping[str, object]) -> OrderPaper:
    digest = Digest.parse(str(told["sha256"]))
    return OrderPaper(str(told["name"]), int(str(told["size"])), digest)


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold: no segment of the cameras that overlaps the interval is deleted; has no end date.

    A hold on places covers every camera that stood there at some time in the interval, with all its
    footage of the interval: too much is held rather than too little. A camera that the register
    learns of later joins the hold.

    Attributes:
        cameras: The cameras covered, those of `places` included.
        places: Sites, districts or a circle; EVERYWHERE where the hold is on cameras alone.
        authority: On whose authority, e.g. "Sessions Court, order 14/2026".
        case: Reference of the case, or "" where settings do not require one.
        order: The order on paper that the hold was placed for; None for other holds.
        released_at: When the hold was released, or None while the hold stands.
    """

    id: HoldId
    cameras: frozenset[CameraId]
    interval: Interval
    authority: str
    reason: str
    placed_by: str
    placed_at: Instant
    case: str = ""
    places: Scope = EVERYWHERE
    order: Order | None = None
    released_at: Instant | None = None
    released_by: str = ""
    release_reason: str = ""

    @property
    def active(self) -> bool:
        """Whether the hold still stands, i.e. was not released."""
        return self.released_at is None

    def document(self) -> dict[str, object]:
        """Return the hold as plain values, with its places where it is a hold on places."""
        return {
            "hold": self.id,
            "cameras": sorted(self.cameras),
            "sites": [],
            "districts": [],
            "near": None,
            **self.places.places(),
            "start": str(self.interval.start),
            "end": str(self.interval.end),
            "authority": self.authority,
            "reason": self.reason,
            "placed_by": self.placed_by,
            "placed_at": str(self.placed_at),
            "case": self.case,
            "order": self.order.document() if self.order else None,
            "released_at": str(self.released_at) if self.released_at else None,
        }

    def joined_by(self, stays: Iterable[Stay]) -> Hold:
        """Return the hold with all cameras that stood in the hold's places in its interval."""
        if not (self.active and self.places.by_place):
            return self
        there = windows(stays, self.places, self.interval)
        return replace(self, cameras=self.cameras | there.keys())

    def covers(self, footage: Footage) -> bool:
        """Whether the hold forbids deleting `footage`; a shared microsecond is enough."""
        return (
            self.active
            and footage.camera in self.cameras
            and self.interval.overlaps(footage.interval)
        )


@dataclass(frozen=True, slots=True)
class MarksDue:
    """A hold whose marks on stored objects are not known to agree with the register.

    A standing hold may lack marks, a released hold may have left marks.

    Attributes:
        due: Nothing needs to be looked at before this instant.
        passes: How often the mark of every object of the hold was brought into agreement, to the
            end, since it was placed or released.
    """

    hold: Hold
    due: Instant
    passes: int = 0


@dataclass(frozen=True, slots=True)
class MarksReport:
    """The result of bringing hold marks on stored objects into agreement with the register.

    Attributes:
        marked: Objects under a standing hold whose mark was set or renewed.
        lifted: Objects whose mark was removed: no standing hold covers them.
        missing: Keys of segments under a standing hold that the store no longer has: an alarm.
        unmarked: Key of each object whose own mark could not be changed, and the reason.
        unfinished: Holds with marks still to be set or removed, each with the reason.
    """

    marked: int = 0
    lifted: int = 0
    missing: tuple[str, ...] = ()
    unmarked: tuple[tuple[str, str], ...] = ()
    unfinished: tuple[tuple[HoldId, str], ...] = ()


def covering(holds: Iterable[Hold], footage: Footage) -> list[Hold]:
    """The standing holds that forbid deleting `footage`, by id."""
    return sorted((hold for hold in holds if hold.covers(footage)), key=lambda hold: hold.id)
