"""`--moment ANSWER.N` reads the custody log from an answer's intent to the outcome, no further."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.answers import best_of, moment_of
from footage.action import Action
from footage.clock import SimulatedClock
from footage.errors import NotFound
from infra.custody.custody_file import CustodyFile
from infra.registers.memory_register import MemoryRegister
from tests.common.builders import START
from tests.common.custody_logs import a_deed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evidence.custody import Entry

ONE, TWO = (f"camera-{n} 2026-11-22T15:0{n}:00Z 2026-11-22T15:0{n}:30Z" for n in (1, 2))
BEST = "site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4#900 0,0,1,1"


class Log(CustodyFile):
    """Counts the entries that are read."""

    entries_read = 0

    def read(self, first: int = 1) -> Iterator[Entry]:
        """Count."""
        for entry in super().read(first):
            self.entries_read += 1
            yield entry


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Make a view (1, 2), a search (3, 5) with a view inside, a dead search (7), and 40 views."""
    log = Log(tmp_path, MemoryRegister(), SimulatedClock(START), require_case=False)
    view, search = a_deed(Action.VIEW), a_deed(Action.SEARCH)
    log.outcome(log.intent(view), view, ok=True, result={"bytes": 1})
    asked = log.intent(search)
    within = log.intent(view)
    log.outcome(asked, search, ok=True, result={"ranked": [ONE, TWO], "best": [BEST, BEST]})
    log.outcome(within, view, ok=True, result={"bytes": 1})
    log.intent(search)
    for _ in range(40):
        log.outcome(log.intent(view), view, ok=True, result={"bytes": 1})
    return log


def chosen(log: Log, moment: str) -> tuple[str, str, str]:
    found = moment_of(log, moment)
    return found.camera, found.start, found.end


def test_a_moment_is_camera_and_time_as_shown(log: Log) -> None:
    assert chosen(log, "3.2") == tuple(TWO.split())
    assert log.entries_read == 3


def test_the_best_picture_of_a_moment_is_told_where_the_log_has_it(log: Log) -> None:
    assert best_of(log, "3.2") == best_of(log, "3.2", a_deed(Action.VIEW).purpose.actor) == BEST
    with pytest.raises(NotFound, match="no answer 3"):
        best_of(log, "3.2", "another person")
    search = a_deed(Action.SEARCH)
    asked = log.intent(search)
    log.outcome(asked, search, ok=True, result={"ranked": [ONE]})  # of an earlier version
    assert moment_of(log, f"{asked}.1").best == ""
    with pytest.raises(NotFound, match="ask the same again"):
        best_of(log, f"{asked}.1")


@pytest.mark.parametrize(
    ("moment", "said", "most"),
    [
        ("3.3", "no moment 3: it has 2", 3),
        ("1.1", "no answer 1", 1),  # a view
        ("5.1", "no answer 5", 1),  # the outcome of search 3
        ("999.1", "no answer 999", 0),
        ("7.1", "search 7 never ended", 99),
    ],
)
def test_what_is_no_answer_is_told_without_reading_on(
    log: Log, moment: str, said: str, most: int
) -> None:
    with pytest.raises(NotFound, match=said):
        chosen(log, moment)
    assert log.entries_read <= most
