"""The request being answered, for whatever runs on its behalf: its id, and what no log may hold.

A thread that works for a request knows the request too, as contexts are copied into threads.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.access import PersonId

_GOOD_ID: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""An id from outside goes into logs and answers: it must be unable to break a line or a header."""


@dataclass(slots=True)
class RequestContext:
    """Facts of a request while the request is answered.

    Attributes:
        id: Id of the request, in its answer, its problem and its log lines.
        searched: Texts searched for, which may describe a person: they stand in the custody log
            and never in another log.
        problem: Kind of the problem answered; "" for none.
        viewer: Person who is given footage; "" where the answer gives none.
    """

    id: str
    problem: str = ""
    viewer: PersonId | Literal[""] = ""
    searched: list[str] = field(default_factory=list, repr=False)

    def hide(self, text: str) -> str:
        """Return a text of a log line without the texts searched for."""
        for said in self.searched:
            for spelled in {said, repr(said)[1:-1]}:
                text = re.sub(rf"(?i)(?<!\w){re.escape(spelled)}(?!\w)", "***", text)
        return text


_CURRENT: Final[ContextVar[RequestContext | None]] = ContextVar("request", default=None)


def current() -> RequestContext | None:
    """Return the request on whose behalf this code runs; None where there is none."""
    return _CURRENT.get()


def begin(given_ids: Sequence[bytes]) -> RequestContext:
    """Begin a request, for the rest of the running task: what the server logs at its end counts.

    Args:
        given_ids: Values of the header `X-Request-ID`; a single well-formed one is taken.
    """
    if len(given_ids) == 1 and _GOOD_ID.fullmatch(given_ids[0]):
        context = RequestContext(given_ids[0].decode("ascii"))
    else:
        context = RequestContext(secrets.token_hex(16))
    _CURRENT.set(context)
    return context


def never_log(text: str) -> None:
    """Keep a text that was searched for out of the log lines of the present request."""
    context = current()
    if context is not None and text.strip():
        context.searched.append(text.strip())


def given_footage(person: PersonId) -> None:
    """Count the body of the present request's answer as footage given to a person."""
    context = current()
    if context is not None:
        context.viewer = person
