"""The context manager around every action that leaves custody entries (invariant 7).

`bracket` is the only place that enters actions, in this order: intent; the act; outcome. Without
an intent nothing is done. A crash before the outcome leaves an intent without an outcome, which
the log calls open: the action's end is not known.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.errors import FootageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.action import Deed
    from footage.ports.custody import Custody


@dataclass(slots=True)
class Act:
    """An action under way, between intent and outcome.

    Attributes:
        intent: Number of the intent's entry.
        result: JSON-able facts for the outcome; whoever acts fills them in while acting, so that an
            act cut short says how far it came.
        complete: Whether an act that ends without an error did all that was asked.
    """

    intent: int
    result: dict[str, object] = field(default_factory=dict)
    complete: bool = True


@contextmanager
def bracket(custody: Custody, deed: Deed) -> Iterator[Act]:
    """Enter the intent of `deed`, run the body of the `with`, enter the outcome (invariant 7).

    The outcome is entered whatever ends the act: the last line, an error, an interrupt, a cancelled
    task, a generator that is closed early or dropped. An act that does not reach the last line is
    entered as not ok with the kind of the exception as `error`, and the text of an exception that
    Footage raised as `why`.

    An outcome that cannot be entered after a successful act is an error of its own: the act is
    done, the intent stays without an outcome, and the caller gets no result. After an act that
    failed the act's own exception goes on, with a note that the outcome was not entered.

    Raises:
        FootageError: The intent cannot be entered, and nothing inside was done; or the outcome
            cannot be entered after a successful act.
    """
    act = Act(custody.intent(deed))
    try:
        yield act
    except BaseException as exc:
        _enter_failed(custody, deed, act, exc)
        raise
    custody.outcome(act.intent, deed, ok=act.complete, result=act.result)


def _enter_failed(custody: Custody, deed: Deed, act: Act, exc: BaseException) -> None:
    # The text of an unforeseen exception may hold anything, so only its kind is entered.
    why = {"why": str(exc)} if isinstance(exc, FootageError) else {}
    result = {**act.result, "error": type(exc).__name__, **why}
    try:
        custody.outcome(act.intent, deed, ok=False, result=result)
    except FootageError as unwritten:
        exc.add_note(f"custody entry {act.intent} has no outcome: {unwritten}")
