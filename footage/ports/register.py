"""The register: what must be transactional."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from footage.scope import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from footage.camera import Camera, District, Site
    from footage.hold import Hold, MarksDue
    from footage.ids import CameraId, HoldId, PlanId, SegmentKey
    from footage.instant import Instant
    from footage.ports.objects import SeenGuarantees
    from footage.scope import Scope
    from footage.segment import Segment


class TombstoneState(StrEnum):
    """How far the deletion of one segment has come (invariant 3)."""

    OPEN = "open"
    """Intent recorded; anything after it may or may not have happened."""
    PURGED = "purged"
    """Done, with its reason."""
    SPARED = "spared"
    """Not done: a hold or lock was found at the last moment, with its reason."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The recorded intent to delete one segment.

    Attributes:
        segment: The whole record, so that a resumed purge needs no catalogue row.
        reason: The rule that decided, e.g. "policy 'streets': keep 30d".
    """

    plan: PlanId
    segment: Segment
    reason: str
    state: TombstoneState = TombstoneState.OPEN
    closed_at: Instant | None = None


class Register(Protocol):
    """The transactional record of cameras, holds, deletions and the head of the custody log.

    - Each call is one transaction: wholly done on return, or not at all.
    - `purging` is an exclusive section across all processes: while one holds it, no hold is placed
      or released and no other purge step runs, so a purge step sees every hold that was placed
      before it and none appears within it (invariant 4). `place_hold` and `release_hold` take it
      themselves. Entering waits at most some seconds, then raises Unavailable. It is freed when its
      process dies.
    - `place_hold` and `release_hold` record in the same transaction that the marks of the hold on
      stored objects are due, with no pass done: whoever dies before the marks agree with the
      register leaves that on record.
    - `use_plan` succeeds once per plan id; a second use raises Conflict unless the plan is
      unfinished (resume).
    - Unavailable: cannot be reached.
    """

    def add_districts(self, districts: Iterable[District]) -> None:
        """Add or replace districts."""
        ...

    def add_sites(self, sites: Iterable[Site]) -> None:
        """Add or replace sites; an unknown district raises BadInput."""
        ...

    def add_cameras(self, cameras: Iterable[Camera]) -> None:
        """Add or replace cameras; an unknown site raises BadInput."""
        ...

    def districts(self) -> list[District]:
        """All, by id."""
        ...

    def sites(self) -> list[Site]:
        """All, by id."""
        ...

    def cameras(self, scope: Scope = EVERYWHERE) -> list[Camera]:
        """Those in scope, by id."""
        ...

    def camera(self, camera: CameraId) -> Camera:
        """One camera; raises NotFound."""
        ...

    def place_hold(self, hold: Hold) -> None:
        """Record a hold; the same again changes nothing, other content under its id is Conflict."""
        ...

    def release_hold(self, hold: HoldId, *, at: Instant, by: str, reason: str) -> Hold:
        """Release it; raises NotFound, or Conflict when it was released before."""
        ...

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        """Holds by id."""
        ...

    def marks_due(self) -> list[MarksDue]:
        """Holds whose marks on stored objects are unfinished, by id; due now or later."""
        ...

    def finish_marks(self, hold: Hold, *, check_again: Instant | None = None) -> bool:
        """Record that a pass over every object of `hold` came to its end.

        Args:
            hold: As it was read before the pass.
            check_again: When to look at its objects once more; None: its marks are finished.

        Returns:
            False when the hold was released since it was read: then nothing changes, and its marks
            stay due. Finishing what is finished already is True and changes nothing.
        """
        ...

    def purging(self) -> AbstractContextManager[None]:
        """The exclusive section described above."""
        ...

    def record_guarantees(self, store: str, seen: SeenGuarantees) -> None:
        """Remember what the store of that name was seen to guarantee; an older result is passed by.

        Args:
            store: Names one bucket or folder, the same in every process that uses it.
            seen: What was found, with its instant.
        """
        ...

    def seen_guarantees(self, store: str) -> SeenGuarantees | None:
        """The newest recorded result for the store of that name; None where there is none."""
        ...

    def use_plan(self, plan: PlanId, *, at: Instant) -> bool:
        """Begin applying a plan: True at first use, False to resume an unfinished one.

        Raises:
            Conflict: It was applied to its end before.
        """
        ...

    def finish_plan(self, plan: PlanId, *, at: Instant) -> None:
        """Record that the plan was applied to its end."""
        ...

    def add_tombstones(self, tombstones: Iterable[Tombstone]) -> None:
        """Record intents; one that exists already, in whatever state, is left as it is."""
        ...

    def close_tombstone(
        self, plan: PlanId, segment: SegmentKey, state: TombstoneState, reason: str, *, at: Instant
    ) -> None:
        """Record what became of it."""
        ...

    def tombstones(
        self, plan: PlanId | None = None, state: TombstoneState | None = None
    ) -> list[Tombstone]:
        """By segment key."""
        ...

    def custody_head(self) -> tuple[int, str]:
        """Number of custody entries and hash of the last, as last anchored; (0, "") at first."""
        ...

    def anchor_custody(self, count: int, head: str) -> None:
        """Move the anchor forward; a smaller count raises Conflict."""
        ...
