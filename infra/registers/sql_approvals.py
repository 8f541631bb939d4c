"""Requests for approval on SQLite or PostgreSQL, in the register's database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from footage.action import Purpose
from footage.approval import (
    ActAsked,
    ActKind,
    ApprovalRequest,
    Decision,
    RequestState,
    no_request,
)
from footage.instant import Instant
from infra.config.register_url import register_url
from infra.registers.sql_models import APPROVAL_REQUESTS
from infra.registers.sql_part import SqlPart
from infra.registers.sql_rows import instant_from, us_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, RowMapping

    from footage.digest import Digest
    from infra.config.sections.stores import Database as Section
    from infra.registers.sql_rows import Values
    from infra.stores import StoreContext

_ROWS = APPROVAL_REQUESTS.c
_IS_OPEN = _ROWS.state.in_([state.value for state in RequestState if state.open])


class SqlApprovals(SqlPart):
    """`footage.ports.Approvals` across processes; migrates the database on construction.

    A change reads the request under the lock of its row, so changes take turns. That an act has one
    open request is kept by a unique column, which is NULL once the request is closed.
    Arguments and errors are those of `SqlPart`.
    """

    def add(self, request: ApprovalRequest) -> ApprovalRequest:
        """Add a waiting request, or return the open request of the act."""
        over = (_IS_OPEN, _ROWS.expires_us <= request.asked_at.us)
        closed = {"state": RequestState.EXPIRED.value, "open_sha256": None}
        newest = select(func.coalesce(func.max(_ROWS.number), 0))
        with self._database.transaction() as connection:
            connection.execute(update(APPROVAL_REQUESTS).where(*over).values(closed))
            while True:
                if found := _open(connection, request.act.sha256):
                    return found
                added = replace(request, number=connection.scalars(newest).one() + 1)
                adding = self._database.insert(APPROVAL_REQUESTS).values(_row(added))
                adding = adding.on_conflict_do_nothing()
                if connection.scalar(adding.returning(_ROWS.number)) is not None:
                    return added
                # Somebody else has just taken the number, or asked for the same act.

    def request(self, number: int) -> ApprovalRequest:
        """Return a request; raises NotFound."""
        with self._database.reading() as connection:
            return _request(connection, number)

    def open_request(self, act: Digest) -> ApprovalRequest | None:
        """Return the open request of an act, or None."""
        with self._database.reading() as connection:
            return _open(connection, act)

    def requests(
        self, *, open_only: bool = False, before: int | None = None, limit: int = 100
    ) -> list[ApprovalRequest]:
        """Return requests, the newest first."""
        query = select(APPROVAL_REQUESTS).order_by(_ROWS.number.desc()).limit(limit)
        if open_only:
            query = query.where(_IS_OPEN)
        if before is not None:
            query = query.where(_ROWS.number < before)
        with self._database.reading() as connection:
            return [_from(row) for row in connection.execute(query).mappings()]

    def change(
        self, number: int, change: Callable[[ApprovalRequest], ApprovalRequest]
    ) -> ApprovalRequest:
        """Replace a request by what `change` makes of the request; raises NotFound."""
        mine = _ROWS.number == number
        with self._database.transaction() as connection:
            connection.execute(select(_ROWS.number).where(mine).with_for_update())
            done = change(_request(connection, number))
            connection.execute(update(APPROVAL_REQUESTS).where(mine).values(_row(done)))
            return done


def from_settings(chosen: Section, context: StoreContext) -> SqlApprovals:
    """The requests for approval in the register's database.

    Raises:
        Misconfigured: As for `SqlPart`; or the password cannot be read.
        Unavailable: As for `SqlPart`.
    """
    approvals = SqlApprovals(register_url(chosen, context.home), clock=context.clock)
    context.closing.callback(approvals.close)
    return approvals


def _request(connection: Connection, number: int) -> ApprovalRequest:
    query = select(APPROVAL_REQUESTS).where(_ROWS.number == number)
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        raise no_request(number)
    return _from(found)


def _open(connection: Connection, act: Digest) -> ApprovalRequest | None:
    query = select(APPROVAL_REQUESTS).where(_ROWS.open_sha256 == str(act))
    found = connection.execute(query).mappings().one_or_none()
    return None if found is None else _from(found)


def _row(request: ApprovalRequest) -> Values:
    act, decision, digest = request.act, request.decision, str(request.act.sha256)
    return {
        "number": request.number,
        "kind": act.kind.value,
        "asked_by": act.purpose.actor,
        "case_ref": act.purpose.case,
        "purpose": act.purpose.code,
        "asked": act.text,
        "sha256": digest,
        "open_sha256": digest if request.state.open else None,
        "asked_us": request.asked_at.us,
        "expires_us": request.expires.us,
        "state": request.state.value,
        "decided_by": decision.by if decision else "",
        "decided_us": us_of(decision.at) if decision else None,
        "why": decision.why if decision else "",
        "used_us": us_of(request.used_at),
        "used_for": request.used_for,
    }


def _from(row: RowMapping) -> ApprovalRequest:
    at = instant_from(row["decided_us"])
    purpose = Purpose(row["asked_by"], row["case_ref"], row["purpose"])
    return ApprovalRequest(
        act=ActAsked(ActKind(row["kind"]), purpose, row["asked"]),
        asked_at=Instant(row["asked_us"]),
        expires=Instant(row["expires_us"]),
        number=row["number"],
        state=RequestState(row["state"]),
        decision=Decision(row["decided_by"], at, row["why"]) if at else None,
        used_at=instant_from(row["used_us"]),
        used_for=row["used_for"],
    )
