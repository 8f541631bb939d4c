"""Questions answered by processes of their own say what the server's process would say."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api.bodies.search import as_json
from footage.access import EVERYTHING
from footage.action import Action, Phase, Purpose
from footage.errors import CaseRequired, NotFound, Unavailable
from footage.ids import CameraId, SiteId
from footage.scope import Scope
from infra.config.settings import Settings
from infra.host.process import identify
from infra.run.search_processes import SearchProcesses
from infra.wiring import wired
from search.query import Query
from tests.common.api_city import TOKEN_FILE, WHOLE
from tests.common.builders import during
from tests.common.serving import running
from tests.common.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BY = Purpose("amina", "FIR 12/2026", "theft")
RED = Query("red", during(0, 24))


@pytest.fixture
def settings(home: Path) -> Settings:
    """Return the settings of a city that the shipped encoder has looked at."""
    made = Settings(home=home, cache=home / "cache", actor="amina", zone="UTC")
    with wired(made) as parts:
        parts.indexer.run_once()
    return made


@pytest.fixture
def processes(settings: Settings) -> Iterator[SearchProcesses]:
    """Give two processes."""
    made = SearchProcesses(2, settings)
    yield made
    made.close()


def _said(answer: bytes) -> dict[str, Any]:
    """Return what an answer says but for the number of its entry."""
    said: dict[str, Any] = json.loads(answer)
    number = said.pop("custody_entry")
    for moment in said["moments"]:
        entry, _, moment["moment"] = moment["moment"].partition(".")
        assert int(entry) == number
    return said


@pytest.mark.parametrize(
    "query",
    [
        RED,
        Query("red", during(0, 24), Scope(cameras=frozenset([CameraId("camera-2")])), limit=1),
        Query("a blue bus -red", during(4, 12), threshold=-1.0),
    ],
)
def test_an_answer_is_that_of_the_own_process(
    settings: Settings, processes: SearchProcesses, query: Query
) -> None:
    with wired(settings) as parts:
        own = as_json(parts.search.search(query, BY))
        theirs = processes.answer(query, BY, EVERYTHING)
        assert _said(theirs) == _said(own)
        assert _said(own)["moments"]
        intent, outcome = list(parts.custody.read())[-2:]
        assert (intent.phase, outcome.phase) == (Phase.INTENT, Phase.OUTCOME)
        assert (intent.action, intent.number) == (
            Action.SEARCH,
            json.loads(theirs)["custody_entry"],
        )
        assert parts.custody.verify() == []


def test_failures_are_those_of_the_own_process(
    settings: Settings, processes: SearchProcesses
) -> None:
    nowhere = Query("red", during(0, 24), Scope(sites=frozenset([SiteId("site-9")])))
    with pytest.raises(NotFound, match="site-9") as told:
        processes.answer(nowhere, BY, EVERYTHING)
    assert told.value.hint
    strict = SearchProcesses(1, settings.model_copy(update={"require_case": True}))
    with pytest.raises(CaseRequired):
        strict.answer(RED, Purpose("amina"), EVERYTHING)
    strict.close()


def test_as_many_questions_as_processes_are_answered_at_once(processes: SearchProcesses) -> None:
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: processes.answer(RED, BY, EVERYTHING), range(6)))
    assert len({json.loads(answer)["custody_entry"] for answer in answers}) == 6
    first, *others = (_said(answer) for answer in answers)
    assert all(other == first for other in others)
    assert len(processes.pids) == 2


def test_a_process_that_dies_is_replaced(settings: Settings) -> None:
    processes = SearchProcesses(1, settings)
    processes.answer(RED, BY, EVERYTHING)
    (pid,) = processes.pids
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(Unavailable, match="ended"):
        processes.answer(RED, BY, EVERYTHING)
    assert _said(processes.answer(RED, BY, EVERYTHING))["moments"]
    assert processes.pids != [pid]
    processes.close()
    assert processes.pids == []


def test_an_answer_that_could_not_be_read_is_not_told_to_the_next_question(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Connection) -> None:
        raise MemoryError

    every = Query("red", during(0, 24), threshold=-1.0)
    best = Query("red", during(0, 24), threshold=-1.0, limit=1)
    processes = SearchProcesses(1, settings)
    assert len(_said(processes.answer(every, BY, EVERYTHING))["moments"]) > 1
    with monkeypatch.context() as broken:
        broken.setattr(Connection, "recv", full)
        with pytest.raises(MemoryError):
            processes.answer(every, BY, EVERYTHING)
    assert len(_said(processes.answer(best, BY, EVERYTHING))["moments"]) == 1
    processes.close()


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as told:  # noqa: PTH123
        return [int(one) for one in told.read().split()]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_the_processes_end_with_their_server(settings: Settings, end: signal.Signals) -> None:
    home = settings.home
    assert home is not None
    token = (home / TOKEN_FILE).read_text()
    with running(home, {"FOOTAGE_API__SEARCH_PROCESSES": "2"}) as (server, url):
        headers = {"Authorization": f"Bearer {token}"}
        asked = {"text": "red", **WHOLE, "case": BY.case, "purpose": BY.code}
        answer = httpx.post(f"{url}/api/v1/search", json=asked, headers=headers, timeout=60)
        assert answer.status_code == 200
        assert answer.json()["moments"]
        answering = [one for one in map(identify, _children(server.pid)) if one]
        assert len(answering) == 2
        server.send_signal(end)
        server.wait(timeout=60)
    until(lambda: not any(identify(one.pid) == one for one in answering))
