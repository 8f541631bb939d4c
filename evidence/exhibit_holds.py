"""Holds of exhibits: what a case names is held by itself (invariant 4).

Each exhibit has a hold of its own, whose id is made of the case, the cameras and the time, so that
the same footage added again finds the hold that stands. One hold of a case that grows would cover
every camera from the first exhibit to the last, and what an approval of its release covers would
change with each exhibit.

The hold stands before the exhibit is recorded: a crash between the two leaves a hold, never an
exhibit without one. Exhibits that lack a hold all the same, because the exhibit is older than
these holds or the case was reopened, are found by `ExhibitHolds.lacking` and held by `mend`, which
the daily retention calls before anything is deleted. An exhibit whose hold was released, by whom
the custody log tells, stays as it is until the case is reopened after that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from evidence.canonical import canonical
from footage.action import Purpose
from footage.case import CaseState
from footage.digest import Digest
from footage.errors import NotFound
from footage.hold import Hold
from footage.ids import HoldId
from footage.instant import Elapsed, Interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evidence.holds import HoldService
    from footage.case import Case, Exhibit
    from footage.clock import Clock
    from footage.instant import Instant
    from footage.ports import Cases, Register

AROUND: Final = Elapsed.parse("1m")
"""Time before and after an exhibit that its hold covers too."""
KEEPER: Final = "service:cases"
"""Actor of the holds that are placed because an exhibit lacks one."""
REASON: Final = "exhibit of the case"
_PAGE: Final = 500


def hold_of(case: Case, exhibit: Exhibit, by: str, at: Instant, again: int = 0) -> Hold:
    """Return the hold that an exhibit has, as placed by `by` at `at`.

    Args:
        case: The case.
        exhibit: The exhibit; its number and words do not count.
        by: Who places the hold.
        at: When.
        again: How many holds of this footage were released before.
    """
    interval = Interval(exhibit.interval.start - AROUND, exhibit.interval.end + AROUND)
    return Hold(
        id=id_of(case, exhibit, again),
        cameras=frozenset(exhibit.cameras),
        interval=interval,
        authority=f"case {case.reference}",
        reason=REASON,
        placed_by=by,
        placed_at=at,
        case=case.reference,
    )


def id_of(case: Case, exhibit: Exhibit, again: int = 0) -> HoldId:
    """Return the id of an exhibit's hold, the same for the same footage of the same case."""
    same = {
        "case": case.id,
        "cameras": sorted(exhibit.cameras),
        "start": exhibit.interval.start,
        "end": exhibit.interval.end,
        "again": again,
    }
    return HoldId(f"hold-{Digest.of(canonical(same)).hex[:16]}")


def newest(case: Case, exhibit: Exhibit, holds: Mapping[HoldId, Hold]) -> Hold | None:
    """Return the last hold that was placed for an exhibit; None where none ever was."""
    found = None
    for again in count():
        known = holds.get(id_of(case, exhibit, again))
        if known is None:
            return found
        found = known
    return None


def lacks_hold(case: Case, hold: Hold | None) -> bool:
    """Return whether an exhibit whose last hold is `hold` is to be held by itself.

    A release is somebody's decision, and stands until the case is reopened after the release.
    """
    if case.state is not CaseState.OPEN:
        return False
    if hold is None:
        return True
    return bool(hold.released_at is not None and case.turned and hold.released_at <= case.turned.at)


@dataclass(frozen=True, slots=True)
class ExhibitHolds:
    """Service that holds exhibits; safe in several threads."""

    holds: HoldService
    register: Register
    cases: Cases
    clock: Clock

    def hold(self, case: Case, exhibit: Exhibit, by: str) -> HoldId:
        """Hold the footage of an exhibit, stored or not; where the hold stands, only return its id.

        Args:
            case: The case.
            exhibit: The exhibit, recorded or about to be.
            by: Who adds the exhibit; `KEEPER` for the service itself.

        Raises:
            BadInput: A camera is unknown.
            NotPermitted, Refused: The actor may not act for the case.
            Unavailable: Custody log or register cannot be reached.
        """
        for again in count():
            wanted = hold_of(case, exhibit, by, self.clock.now(), again)
            try:
                known = self.register.hold(wanted.id)
            except NotFound:
                purpose = Purpose(by, case.reference, case.purpose)
                return self.holds.place_as(wanted, purpose).hold.id
            if known.active:
                return known.id
        raise AssertionError  # the count has no end

    def lacking(self) -> Iterator[tuple[Case, Exhibit]]:
        """Yield the exhibits of open cases that are to be held and have no hold.

        Reads all holds once, and the exhibits of all open cases.
        """
        known = {hold.id: hold for hold in self.register.holds(active_only=False)}
        for case in self._open_cases():
            for exhibit in self._exhibits(case):
                if lacks_hold(case, newest(case, exhibit, known)):
                    yield case, exhibit

    def mend(self, by: str = KEEPER) -> int:
        """Hold each exhibit that is to be held and has no hold; return how many those were.

        Raises:
            FootageError: As `hold`; what was held before stands.
        """
        done = 0
        for case, exhibit in self.lacking():
            self.hold(case, exhibit, by)
            done += 1
        return done

    def hold_again(self, case: Case, by: str) -> None:
        """Hold each exhibit of a case that was reopened; raises as `hold`."""
        for exhibit in self._exhibits(case):
            self.hold(case, exhibit, by)

    def _open_cases(self) -> Iterator[Case]:
        before = None
        while page := self.cases.cases(state=CaseState.OPEN, before=before, limit=_PAGE):
            yield from page
            before = page[-1].id

    def _exhibits(self, case: Case) -> Iterator[Exhibit]:
        after = 0
        while page := self.cases.exhibits(case.id, after=after, limit=_PAGE):
            yield from page
            after = page[-1].number
