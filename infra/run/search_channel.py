"""Messages between a server and the processes that answer the server's questions.

A process gets the settings first and says `READY`; then each question is followed by an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from footage.access import Reach
    from footage.action import Purpose
    from search.query import Query

READY: Final = "ready"


@dataclass(frozen=True, slots=True)
class Question:
    """A question by text.

    Attributes:
        reach: Footage that the person who asks may search.
        request: Id of the request that asks, for log lines; "" for none.
    """

    query: Query
    purpose: Purpose
    reach: Reach
    request: str
