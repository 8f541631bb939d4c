"""`--moment ANSWER.N` reads the custody log from an answer's intent to the outcome, no further."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from footage.action import Action
from footage.clock import SimulatedClock
from footage.errors import NotFound
from infra.cmds import moment as moments
from infra.custody.custody_file import CustodyFile
from infra.registers.memory_register import MemoryRegister
from tests.common.builders import START
from tests.common.custody_logs import a_deed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evidence.custody import Entry
    from infra.wiring import Parts

ONE, TWO = (f"camera-{n} 2026-11-22T15:0{n}:00Z 2026-11-22T15:0{n}:30Z" for n in (1, 2))


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
    log.outcome(asked, search, ok=True, result={"ranked": [ONE, TWO]})
    log.outcome(within, view, ok=True, result={"bytes": 1})
    log.intent(search)
    for _ in range(40):
        log.outcome(log.intent(view), view, ok=True, result={"bytes": 1})
    return log


def chosen(log: Log, moment: str) -> tuple[str, str, str]:
    return moments._found(cast("Parts", SimpleNamespace(custody=log)), moment)


def test_a_moment_is_camera_and_time_as_shown(log: Log) -> None:
    assert chosen(log, "3.2") == tuple(TWO.split())
    assert log.entries_read == 3


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
