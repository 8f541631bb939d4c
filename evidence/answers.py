"""Moments of earlier answers, read from the custody log: what was shown, not what is there now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from evidence.custody_acts import READ_AT_MOST
from footage.action import Action, Phase
from footage.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evidence.custody import Entry
    from evidence.custody_acts import EntryReader

NAMED: Final = re.compile(r"(\d{1,12})\.(\d{1,4})", re.ASCII)
"""Name of a moment: the number of the answer and the rank in it, e.g. `17.1`."""
_HINT: Final = "footage search prints the number of each moment"


@dataclass(frozen=True, slots=True)
class AnswerMoment:
    """A moment of an answer.

    Attributes:
        start: Start, as written in the log.
        end: End, as written in the log.
        best: The best picture as `SEGMENT#OFFSET X,Y,W,H`; "" where the answer was entered by a
            version that did not note the box.
    """

    camera: str
    start: str
    end: str
    best: str


def moment_of(log: EntryReader, moment: str, given_to: str | None = None) -> AnswerMoment:
    """Return the moment that `moment` names, e.g. 17.1.

    Entries are read from the intent to the outcome, `READ_AT_MOST` for a search whose process died.

    Args:
        log: The custody log.
        moment: Name of the moment.
        given_to: Person to whom the answer must have been given; None: to anybody.

    Raises:
        BadInput: The text names no moment.
        NotFound: The custody log has no such answer to the person, or the answer no such moment.
        DataLoss: A line of the log is no entry.
    """
    named = NAMED.fullmatch(moment)
    if named is None:
        raise BadInput(f"not a moment: {moment!r}", hint=f"write it like 17.1; {_HINT}")
    answer, rank = int(named[1]), int(named[2])
    result = _result(islice(log.read(answer), READ_AT_MOST), answer, given_to)
    ranked, best = _texts(result, "ranked"), _texts(result, "best")
    if not 1 <= rank <= len(ranked):
        raise NotFound(f"answer {answer} has no moment {rank}: it has {len(ranked)}", hint=_HINT)
    camera, start, end = ranked[rank - 1].split()
    return AnswerMoment(camera, start, end, best[rank - 1] if rank <= len(best) else "")


def best_of(log: EntryReader, moment: str, given_to: str | None = None) -> str:
    """Return the best picture of the moment that `moment` names, as `SEGMENT#OFFSET X,Y,W,H`.

    Args:
        log: The custody log.
        moment: Name of the moment, e.g. 17.1.
        given_to: Person to whom the answer must have been given; None: to anybody.

    Raises:
        BadInput: The text names no moment.
        NotFound: The custody log has no such answer to the person, the answer no such moment, or
            the log does not say which picture was the best.
        DataLoss: A line of the log is no entry.
    """
    best = moment_of(log, moment, given_to).best
    if not best:
        raise NotFound(
            f"the custody log does not say which picture moment {moment} showed",
            hint="an earlier version entered this answer: ask the same again",
        )
    return best


def _result(entries: Iterator[Entry], answer: int, given_to: str | None) -> Mapping[str, object]:
    """Return the result of a search as entered.

    Raises:
        NotFound: No search of the person was entered under the number `answer`, or the search never
            ended.
    """
    asked = next(entries, None)
    searched = asked is not None and (asked.action, asked.phase) == (Action.SEARCH, Phase.INTENT)
    if asked is None or not searched or given_to not in (None, asked.actor):
        raise NotFound(f"the custody log has no answer {answer}", hint=_HINT)
    for entry in entries:
        if entry.phase is Phase.OUTCOME and entry.what.get("intent") == answer:
            result = entry.what.get("result")
            return result if isinstance(result, dict) else {}
    raise NotFound(f"search {answer} never ended, and has no answer", hint=_HINT)


def _texts(result: Mapping[str, object], name: str) -> list[str]:
    """Return the texts of a list in a result; none of a search that failed."""
    texts = result.get(name)
    return list(map(str, texts)) if isinstance(texts, list) else []
