"""Acts and requests to put into a record of approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.action import Purpose
from footage.approval import ActAsked, ActKind, ApprovalRequest
from footage.instant import Elapsed
from tests.common.builders import at
from tests.common.case_parts import ANNA

if TYPE_CHECKING:
    from footage.instant import Instant

WEEK = Elapsed.parse("7d")


def an_act(hold: str = "hold-1", by: str = ANNA, kind: ActKind = ActKind.RELEASE) -> ActAsked:
    text = f'{{"act":"{kind}","actor":"{by}","hold":"{hold}"}}'
    return ActAsked(kind, Purpose(by, "FIR 1/2026", "theft"), text)


def a_request(act: ActAsked | None = None, asked_at: Instant | None = None) -> ApprovalRequest:
    """Make a request that waits, for a week from when it is asked, without a number yet."""
    asked = asked_at or at(0)
    return ApprovalRequest(act or an_act(), asked, asked + WEEK)
