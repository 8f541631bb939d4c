"""The register's port: the transactional record of cameras, holds, deletions, custody head."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from footage.instant import Interval
from footage.scope import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from footage.camera import Camera, District, Site
    from footage.hold import Hold, MarksDue
    from footage.ids import CameraId, HoldId, PlanId, SegmentKey
    from footage.instant import Instant
    from footage.ports.objects import SeenGuarantees
    from footage.scope import Scope
    from footage.segment import Segment
    from footage.stays import Stay


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The recorded intent to delete some segments of a camera, and what became of each.

    A segment is open as long as any step of the deletion may or may not have happened (invariant
    3). Afterwards the segment is purged, or spared: not deleted, because a hold or lock was found
    at the last moment.

    Attributes:
        segments: The whole records, by start, so that a resumed purge needs no catalogue row; at
            least one.
        reason: The rule that decided, e.g. "policy 'streets': keep 30d".
        purged: Keys of segments that are gone.
        spared: By key of a segment that stays, the reason.
        closed_at: When the last open segment was settled.
    """

    plan: PlanId
    segments: tuple[Segment, ...]
    reason: str
    purged: frozenset[SegmentKey] = frozenset()
    spared: Mapping[SegmentKey, str] = field(default_factory=dict)
    closed_at: Instant | None = None

    @property
    def first(self) -> SegmentKey:
        """Key of the first segment: with the plan the id of the tombstone."""
        return self.segments[0].key

    @property
    def interval(self) -> Interval:
        """The earliest start of a segment to the latest end."""
        ends = (segment.interval.end for segment in self.segments)
        return Interval(self.segments[0].interval.start, max(ends))

    @property
    def open(self) -> tuple[Segment, ...]:
        """The segments that are neither purged nor spared."""
        return tuple(
            s for s in self.segments if s.key not in self.purged and s.key not in self.spared
        )


@dataclass(frozen=True, slots=True)
class ReadCamera:
    """A camera as somebody read it, who decides on a change by that.

    Attributes:
        camera: The camera; None where there was none.
        stays: The camera's stays that counted, by time.
    """

    id: CameraId
    camera: Camera | None
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True, slots=True)
class PurgeOutcome:
    """Result for the segments that a plan deletes, summed up over the plan's tombstones.

    Attributes:
        purged: Number of segments that are gone.
        size_bytes: Bytes of the segments that are gone.
        spared: Number of segments that stay.
        open: Number of segments not yet settled.
        spared_reasons: By key of a segment that stays, the reason; the first by key.
        open_keys: Keys of segments not yet settled; the first.
    """

    purged: int
    size_bytes: int
    spared: int
    open: int
    spared_reasons: Mapping[SegmentKey, str]
    open_keys: tuple[SegmentKey, ...]


class Holds(Protocol):
    """The part of the register that names the holds; the contract is that of `Register`."""

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        """Return the standing holds, or all holds, by id."""
        ...


class Deletions(Protocol):
    """The part of the register that names what retention deletes; contract as of `Register`."""

    def tombstones(
        self,
        plan: PlanId | None = None,
        *,
        camera: CameraId | None = None,
        interval: Interval | None = None,
        open_only: bool = False,
    ) -> list[Tombstone]:
        """Return tombstones, by first segment and plan.

        Args:
            plan: Of this plan only.
            camera: Of segments of this camera only.
            interval: With a segment that may overlap this interval only.
            open_only: With an open segment only.
        """
        ...


class CustodyAnchor(Protocol):
    """The part of the register that anchors the custody log; contract as of `Register`.

    The anchor is the number and hash of the newest entry.
    """

    def custody_head(self) -> tuple[int, str]:
        """Return number of custody entries and hash of the last, as anchored; (0, "") at first."""
        ...

    def anchor_custody(self, count: int, head: str) -> None:
        """Move the custody log's anchor forward; a smaller count raises Conflict.

        Removes in the same step what `announce_custody` recorded.
        """
        ...

    def announce_custody(self, hashes: Sequence[str]) -> None:
        """Record the hashes of custody entries about to follow the anchor, in order.

        Replaces an earlier announcement; the anchor stays where it is.
        """
        ...

    def custody_announced(self) -> tuple[str, ...]:
        """Return the hashes announced since the anchor moved last, in order."""
        ...


class Register(Holds, Deletions, CustodyAnchor, Protocol):
    """The transactional record of cameras, holds, deletions and the head of the custody log.

    - Each call is one transaction: wholly done on return, or not at all.
    - `purging` is an exclusive section across all processes: while a process is inside, no hold is
      placed or released and no other purge step runs, so a purge step sees every hold placed
      before the step and no hold appears within the step (invariant 4). `place_hold`,
      `release_hold` and `add_cameras`, by which a hold on places may grow, enter the section
      themselves. Entering waits at most some seconds, then raises
      Unavailable. The section is freed when the process inside dies.
    - `place_hold` and `release_hold` record in the same transaction that the marks of the hold on
      stored objects are due, with no pass done: a process that dies before the marks agree with
      the register leaves that on record.
    - `use_plan` succeeds once per plan id; a second use raises Conflict unless the plan is
      unfinished (resume).
    - Unavailable: the register cannot be reached.
    """

    def add_districts(self, districts: Iterable[District]) -> None:
        """Add or replace districts."""
        ...

    def add_sites(self, sites: Iterable[Site]) -> None:
        """Add or replace sites; an unknown district raises BadInput."""
        ...

    def add_cameras(
        self,
        cameras: Iterable[Camera],
        *,
        since: Instant | None = None,
        correct: bool = False,
        as_read: Iterable[ReadCamera] = (),
    ) -> frozenset[HoldId]:
        """Add or replace cameras, and write down the cameras' stays where the place is another.

        Comparing with `as_read` and changing is one step, which nobody else's change comes between.

        Args:
            cameras: Cameras with the places where the cameras stand.
            since: From when on the cameras stand there; None: from now on where a camera stood
                elsewhere before, and for all time where the register knew no place.
            correct: The place, or the time, written down last was wrong: the last stay is marked as
                replaced, and counts no more.
            as_read: Cameras that must be as they were read, or nothing changes.

        Returns:
            The standing holds on places under which cameras come only by this change.

        Raises:
            BadInput: A site or district is unknown, or `since` lies in the future or not after the
                start of the stay before.
            Conflict: A camera of `as_read` is another by now.
        """
        ...

    def districts(self) -> list[District]:
        """Return all districts, by id."""
        ...

    def sites(self) -> list[Site]:
        """Return all sites, by id."""
        ...

    def zones(self) -> frozenset[str]:
        """Return the time zones that sites name, "" where a site names none; none without sites."""
        ...

    def cameras(self, scope: Scope = EVERYWHERE) -> list[Camera]:
        """Return the cameras in scope, by id."""
        ...

    def camera(self, camera: CameraId) -> Camera:
        """Return the camera of this id; raises NotFound."""
        ...

    def stays(
        self, cameras: Collection[CameraId] | None = None, *, replaced: bool = False
    ) -> list[Stay]:
        """Return the stays of these cameras (None: of all), by camera and time.

        Args:
            cameras: The cameras; an unknown camera has no stays.
            replaced: Whether to return also stays that were said to be wrong.
        """
        ...

    def hold(self, hold: HoldId) -> Hold:
        """Return the hold of this id, standing or released; raises NotFound."""
        ...

    def place_hold(self, hold: Hold) -> None:
        """Record a hold; the same again changes nothing, another hold of the id is Conflict.

        Every camera that stood in the hold's places joins the hold here, and in `add_cameras`.
        """
        ...

    def release_hold(self, hold: HoldId, *, at: Instant, by: str, reason: str) -> Hold:
        """Release the hold; raises NotFound, or Conflict when released before."""
        ...

    def marks_due(self) -> list[MarksDue]:
        """Return holds with unfinished marks on stored objects, by id; due now or later."""
        ...

    def finish_marks(
        self, hold: Hold, *, check_again: Instant | None = None, whole: bool = True
    ) -> bool:
        """Record that a pass over every object of `hold` came to the end.

        Args:
            hold: The hold as read before the pass.
            check_again: When to look at the hold's objects once more; None: the marks are finished.
            whole: False: the mark of some object could not be changed, so that the pass does not
                count.

        Returns:
            False when the hold was released, or a camera joined the hold, since the reading: then
            nothing changes, and the hold's marks stay due. Finishing what is finished already is
            True and changes nothing.
        """
        ...

    def purging(self) -> AbstractContextManager[None]:
        """Return the exclusive section described in the class, to be entered by `with`."""
        ...

    def record_guarantees(self, store: str, seen: SeenGuarantees) -> None:
        """Record the guarantees seen of the named store; a result older than the record is ignored.

        Args:
            store: Names one bucket or folder, the same in every process that uses it.
            seen: The guarantees found, with the instant of the trial.
        """
        ...

    def seen_guarantees(self, store: str) -> SeenGuarantees | None:
        """Return the newest recorded guarantees of the named store, or None."""
        ...

    def use_plan(self, plan: PlanId, *, at: Instant) -> bool:
        """Begin applying a plan: True at first use, False to resume an unfinished one.

        Raises:
            Conflict: The plan was applied to the end before.
        """
        ...

    def finish_plan(self, plan: PlanId, *, at: Instant) -> None:
        """Record that the plan was applied to the end."""
        ...

    def plan_finished(self, plan: PlanId) -> Instant | None:
        """Return when the plan was first applied to the end; None where not, or never begun."""
        ...

    def add_tombstones(self, tombstones: Iterable[Tombstone]) -> None:
        """Record intents; a tombstone of the same plan and first segment stays as it is."""
        ...

    def settle_tombstone(
        self,
        plan: PlanId,
        first: SegmentKey,
        *,
        purged: Collection[SegmentKey] = (),
        spared: Mapping[SegmentKey, str] = MappingProxyType({}),
        at: Instant,
    ) -> None:
        """Record that segments of the tombstone of this first segment are gone, or stay and why.

        Settling a segment the same way again changes nothing.

        Raises:
            NotFound: There is no such tombstone.
            BadInput: The tombstone does not name one of the segments.
            Conflict: A segment was settled the other way before.
        """
        ...

    def deletions(self) -> Iterator[Tombstone]:
        """Yield the tombstones of all plans, in the order of their first use.

        Some are in memory at a time.
        """
        ...

    def purge_outcome(self, plan: PlanId, *, listed: int) -> PurgeOutcome:
        """Sum up the plan's tombstones, naming at most `listed` segments of a kind.

        The segments' records are not read where a tombstone is closed.
        """
        ...
