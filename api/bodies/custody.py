"""Bodies of responses about the custody log."""

from typing import Annotated

from pydantic import Field

from api.bodies.wire import InstantText, Wire
from evidence.custody_acts import CustodyAct, Page, State
from footage.action import Action


class ActOut(Wire):
    """An act of the custody log: the entry of the intent, and that of the outcome if read."""

    entry: int
    instant: InstantText
    person: str
    action: Action
    case: str
    purpose: str
    what: dict[str, object]
    state: Annotated[State, Field(description="`open`: the act's end is not known.")]
    outcome: int | None
    result: dict[str, object] | None

    @classmethod
    def of(cls, act: CustodyAct) -> "ActOut":
        """Make the body from an act."""
        intent, outcome = act.intent, act.outcome
        return cls(
            entry=intent.number,
            instant=str(intent.instant),
            person=intent.actor,
            action=intent.action,
            case=intent.case,
            purpose=intent.code,
            what=dict(intent.what),
            state=act.state,
            outcome=outcome.number if outcome else None,
            result=outcome.what["result"] if outcome else None,
        )


class ActsOut(Wire):
    """A page of acts in order of entry.

    A page may hold fewer acts than asked for, or none, while `next_cursor` tells of more log to
    read.
    """

    acts: list[ActOut]
    next_cursor: Annotated[
        int | None, Field(description="Entry to go on at; null: the log was read to the end.")
    ]

    @classmethod
    def of(cls, page: Page) -> "ActsOut":
        """Make the body from a page."""
        return cls(acts=[ActOut.of(act) for act in page.acts], next_cursor=page.next_entry)
