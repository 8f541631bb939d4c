"""Releases of the holds of a closed case: proposed when the case is closed, decided by two persons.

Closing a case releases nothing. Whoever closes proposes the release of all holds of the case that
stand, as one request; another person approves; then who asked releases. The settings may let one
person release a single hold; all holds of a case need two persons in any case. A reopened case has
nothing released by an approval of before.

The approval is used with the first hold. A crash behind that leaves the other holds standing, and
their release is asked for anew.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from evidence.approvals import act_of
from footage.action import Purpose
from footage.approval import ActKind
from footage.case import CaseState, reference_key
from footage.errors import Refused
from footage.instant import union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.approvals import FourEyes
    from evidence.holds import HoldService, ReleasedHold
    from footage.approval import ActAsked, ApprovalRequest
    from footage.case import Case
    from footage.hold import Hold
    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.ports import Register

WHY: Final = "the case is closed"
"""Reason of these releases; one text, so that the same holds are the same act."""


def holds_of(case: Case, holds: Sequence[Hold]) -> list[Hold]:
    """Return those of some holds that stand for a case, by id."""
    key = reference_key(case.reference)
    mine = (hold for hold in holds if hold.active and reference_key(hold.case) == key)
    return sorted(mine, key=lambda hold: hold.id)


def release_of_case(case: Case, holds: Sequence[Hold], by: str) -> ActAsked:
    """Return the release of some holds of a case, with all they cover, as an act to be approved.

    Args:
        case: The case.
        holds: The holds; one at least.
        by: Who releases.
    """
    covered: dict[CameraId, list[Interval]] = defaultdict(list)
    for hold in holds:
        for camera in hold.cameras:
            covered[camera].append(hold.interval)
    what = {
        "holds": sorted(hold.id for hold in holds),
        "cameras": sorted(covered),
        "start": min(hold.interval.start for hold in holds),
        "end": max(hold.interval.end for hold in holds),
        "stood": {
            camera: [[part.start, part.end] for part in union(parts)]
            for camera, parts in covered.items()
        },
        "authority": sorted({hold.authority for hold in holds}),
        "release_reason": WHY,
    }
    return act_of(ActKind.RELEASE, what, Purpose(by, case.reference, case.purpose))


@dataclass(frozen=True, slots=True)
class CaseReleases:
    """Service that proposes and does the release of a closed case's holds; safe in threads."""

    holds: HoldService
    register: Register
    four_eyes: FourEyes

    def standing(self, case: Case) -> list[Hold]:
        """Return the holds of a case that stand, by id."""
        return holds_of(case, self.register.holds())

    def propose(self, case: Case, by: str) -> ApprovalRequest | None:
        """Request the release of all holds of a closed case; None where no hold stands.

        Where the request waits or is approved already, that request is returned.

        Raises:
            NotPermitted: Who proposes is no member of the case.
            Refused: The case is open.
            Unavailable: Register or custody log cannot be reached.
        """
        require_closed(case)
        holds = self.standing(case)
        return self.four_eyes.propose(release_of_case(case, holds, by)) if holds else None

    def release(self, case: Case, by: str) -> list[ReleasedHold]:
        """Release all holds of a closed case that another person approved; each is entered.

        Raises:
            ApprovalRequired: No approval covers these holds; a request is entered now, or waits.
            NotPermitted, Refused, Unavailable: As `propose`.
            Conflict: The approval was used, or a hold was released, meanwhile.
        """
        require_closed(case)
        holds = self.standing(case)
        if not holds:
            return []
        leave = self.four_eyes.leave(release_of_case(case, holds, by), always=True)
        purpose = Purpose(by, case.reference, case.purpose)
        done = []
        for hold in holds:
            done.append(self.holds.release(hold.id, WHY, purpose, leave))
            leave = replace(leave, use=lambda: None)
        return done


def require_closed(case: Case) -> None:
    """Refuse the release of all holds of a case that is open; raises Refused."""
    if case.state is not CaseState.CLOSED:
        raise Refused(
            f"the case {case.reference} is open, and what it names is held",
            hint="footage case close",
        )
