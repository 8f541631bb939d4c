"""For tests of the register: places of registers, and holds and tombstones to put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from footage.hold import Hold
from footage.ids import CameraId, HoldId, PlanId
from footage.ports import Tombstone
from tests.common.builders import at, during, segments_in_a_row

if TYPE_CHECKING:
    from footage.instant import Elapsed
    from footage.ports import Register

PLAN: Final = PlanId("plan-1")
OTHER_PLAN: Final = PlanId("plan-2")


class Open(Protocol):
    """Opens another client of the same register."""

    def __call__(self, wait: Elapsed = ...) -> Register: ...


@dataclass(frozen=True)
class Place:
    """Place of a register; `url` is empty for a register in memory, which only threads share."""

    open: Open
    url: str


def a_hold(hold: str = "hold-1", cameras: tuple[str, ...] = ("camera-1", "camera-2")) -> Hold:
    return Hold(
        id=HoldId(hold),
        cameras=frozenset(map(CameraId, cameras)),
        interval=during(0, 60),
        authority="Sessions Court, order 14/2026",
        reason="robbery at the bus stand",
        placed_by="liaison",
        placed_at=at(100),
        case="FIR-4711",
    )


def a_tombstone(number: int = 0, plan: PlanId = PLAN) -> Tombstone:
    """Make a tombstone of two adjoining segments, of which there are two in each `number`."""
    first, second = segments_in_a_row(2 * number + 2)[-2:]
    return Tombstone(plan, (first, second), "policy 'streets': keep 30d")
