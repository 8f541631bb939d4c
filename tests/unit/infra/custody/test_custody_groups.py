"""Custody entries written in groups: one announcement, one sync, one move of the anchor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from evidence.custody_check import Kind
from footage.clock import SystemClock
from footage.errors import BadInput, DataLoss, Unavailable
from footage.instant import Elapsed
from infra.custody import log_file
from infra.custody.custody_file import LOG, CustodyFile
from infra.custody.request_queue import Request, RequestQueue
from infra.registers.memory_register import MemoryRegister
from infra.registers.sql_register import SqlRegister
from tests.common.custody_logs import a_deed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Died(BaseException):
    """The end of a process, as seen by the thread in the midst of a step."""


class Counted(MemoryRegister):
    """Counts moves of the anchor; stops at the first until told, and dies where told."""

    def __init__(self) -> None:
        super().__init__()
        self.moves = 0
        self.announced: list[int] = []
        self.go = threading.Event()
        self.dies = ""

    def announce_custody(self, hashes: Sequence[str]) -> None:
        self.die_at("before announcing")
        super().announce_custody(hashes)
        self.announced.append(len(hashes))
        self.die_at("after announcing")

    def anchor_custody(self, count: int, head: str) -> None:
        self.go.wait()
        self.die_at("before the anchor")
        super().anchor_custody(count, head)
        self.moves += 1
        self.die_at("after the anchor")

    def die_at(self, step: str) -> None:
        if self.dies == step and self.go.is_set() and self.moves > 0:
            self.dies = ""
            raise Died


@pytest.fixture
def register() -> Counted:
    return Counted()


@pytest.fixture
def custody(tmp_path: Path, register: Counted) -> CustodyFile:
    return CustodyFile(tmp_path, register, SystemClock(), require_case=False)


def waiting(folder: Path) -> int:
    """Count the requests that are whole: a holder passes those that are being written."""
    there = folder / "waiting"
    found = there.glob("*[0-9a-f]") if there.exists() else ()
    return sum(path.read_bytes().endswith(b"}\n") for path in found)


def all_wait(
    folder: Path, register: Counted, act: Callable[[], object], count: int = 15
) -> list[BaseException]:
    """Run `act` in a thread that writes alone, then in `count` threads that meanwhile wait."""
    raised: list[BaseException] = []

    def entered() -> None:
        try:
            act()
        except BaseException as exc:  # noqa: BLE001 - `Died` among others
            raised.append(exc)

    threads = [threading.Thread(target=entered) for _ in range(count + 1)]
    threads[0].start()
    while not (folder / LOG).exists() or not (folder / LOG).stat().st_size:
        SystemClock().sleep(Elapsed(1_000))
    for thread in threads[1:]:
        thread.start()
    while waiting(folder) < count:
        SystemClock().sleep(Elapsed(1_000))
    register.go.set()
    for thread in threads:
        thread.join()
    return raised


def test_those_who_wait_are_written_by_one_announcement_sync_and_move(
    tmp_path: Path, custody: CustodyFile, register: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[int] = []

    def counted(log: int, data: bytes, path: Path) -> None:
        writes.append(data.count(b"\n"))
        log_file.write(log, data, path)

    monkeypatch.setattr("infra.custody.custody_file.write", counted)
    assert all_wait(tmp_path, register, lambda: custody.intent(a_deed())) == []
    assert (writes, register.moves, register.announced) == ([1, 15], 2, [15])
    assert [entry.number for entry in custody.read()] == list(range(1, 17))
    assert {finding.kind for finding in custody.verify()} == {Kind.OPEN}
    assert not [*(tmp_path / "waiting").iterdir()]


@pytest.mark.parametrize(
    "step", ["before announcing", "after announcing", "before the anchor", "after the anchor"]
)
def test_who_waits_is_entered_once_where_the_writing_thread_dies(
    tmp_path: Path, custody: CustodyFile, register: Counted, step: str
) -> None:
    register.dies = step
    told: list[int] = []
    (died,) = all_wait(tmp_path, register, lambda: told.append(custody.intent(a_deed())))
    assert isinstance(died, Died)
    assert len(told) == len(set(told)) == 15
    entries = [entry.number for entry in custody.read()]
    assert entries == list(range(1, len(entries) + 1))
    assert set(told) <= set(entries)
    # The sixteenth is of the thread that died: the others may meet its request before it is gone.
    assert len(entries) == 16 or (len(entries) == 15 and "announcing" in step)
    assert register.custody_head()[0] == len(entries)
    assert {finding.kind for finding in custody.verify()} == {Kind.OPEN}


def a_group_behind_the_anchor(
    tmp_path: Path, custody: CustodyFile, register: Counted, monkeypatch: pytest.MonkeyPatch
) -> bytes:
    """Write an anchored entry, then a group of three whose anchor stays; return the log."""
    real = register.anchor_custody

    def away(count: int, head: str) -> None:
        if count > 1:
            register.go.wait()
            raise Unavailable("the register is away")
        real(count, head)

    monkeypatch.setattr(register, "anchor_custody", away)
    raised = all_wait(tmp_path, register, lambda: custody.intent(a_deed()), count=3)
    assert [str(exc) for exc in raised] == ["the register is away"] * 3
    monkeypatch.undo()
    assert register.custody_head()[0] == 1
    return (tmp_path / LOG).read_bytes()


@pytest.mark.parametrize("whole", [1, 2, 3])
@pytest.mark.parametrize("piece", [b"", b'{"action":"sea'])
def test_any_lines_of_a_group_that_a_power_cut_left_are_healed(
    tmp_path: Path,
    custody: CustodyFile,
    register: Counted,
    monkeypatch: pytest.MonkeyPatch,
    whole: int,
    piece: bytes,
) -> None:
    log = a_group_behind_the_anchor(tmp_path, custody, register, monkeypatch)
    lines = log.splitlines(keepends=True)[: 1 + whole]
    (tmp_path / LOG).write_bytes(b"".join(lines) + piece)
    found = {finding.kind for finding in custody.verify()}
    assert found == {Kind.OPEN, Kind.LATE} | ({Kind.TORN} if piece else set())
    assert custody.intent(a_deed()) == 2 + whole
    assert Kind.LATE not in {finding.kind for finding in custody.verify()}
    assert register.custody_announced() == ()


def test_entries_that_were_not_announced_are_not_healed(
    tmp_path: Path, custody: CustodyFile, register: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = a_group_behind_the_anchor(tmp_path, custody, register, monkeypatch)
    other = CustodyFile(tmp_path / "other", MemoryRegister(), SystemClock(), require_case=False)
    register.announce_custody(["sha256:" + "0" * 64] * 3)
    for _ in range(3):
        other.intent(a_deed())
    with pytest.raises(DataLoss, match="audit verify"):
        custody.intent(a_deed())
    assert Kind.UNANCHORED in {finding.kind for finding in custody.verify()}
    assert (tmp_path / LOG).read_bytes() == log


def test_a_refused_entry_fails_alone(
    tmp_path: Path, custody: CustodyFile, register: Counted
) -> None:
    turns = iter(range(16))

    def act() -> None:
        number = next(turns)
        if number % 2:
            custody.outcome(99, a_deed(), ok=True, result={})
        else:
            custody.intent(a_deed())

    raised = all_wait(tmp_path, register, act)
    assert [type(exc) for exc in raised] == [BadInput] * 8
    assert [entry.number for entry in custody.read()] == list(range(1, 9))


def test_what_a_dead_thread_asked_is_removed_unanswered(
    tmp_path: Path, custody: CustodyFile, register: Counted
) -> None:
    register.go.set()
    folder = tmp_path / "waiting"
    folder.mkdir()
    (folder / "00-dead").write_bytes(b"w".ljust(127) + b'\n{"look":true}\n')
    os.mkfifo(folder / "00-dead.fifo")
    os.mkfifo(folder / "01-dead.fifo")
    assert custody.intent(a_deed()) == 1
    assert not [*folder.iterdir()]


def test_nobody_is_passed_twice(tmp_path: Path) -> None:
    """A request is answered by the next thread to hold the lock, however many come after."""
    folder = tmp_path / "waiting"
    met: Counter[str] = Counter()
    answered: list[bytes] = []

    def answer(requests: Sequence[Request]) -> None:
        for path in folder.glob("*[0-9a-f]") if folder.exists() else ():
            with suppress(FileNotFoundError):  # answered, and removed by the thread that asked
                met[path.name] += path.read_bytes()[:1] == b"w"
        for request in requests:
            answered.append(request.body)
            request.settle(b"to " + request.body)

    queue = RequestQueue(folder, tmp_path / "lock", answer, SystemClock(), most=20)

    def ask(thread: int) -> None:
        for number in range(10):
            body = b"%d-%d" % (thread, number)
            assert queue.ask(body).answer == b"to " + body

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answered) == sorted(b"%d-%d" % (t, n) for t in range(16) for n in range(10))
    assert max(met.values(), default=0) <= 2, "met twice: came after a holder had looked"


CHILD = """
import os, signal, sys
from pathlib import Path
from footage.clock import SystemClock
from footage.action import Action, Deed, Purpose
from infra.custody.custody_file import CustodyFile
from infra.registers.sql_register import SqlRegister
class Killed(SqlRegister):
    left = int(sys.argv[3])
    def announce_custody(self, hashes):
        super().announce_custody(hashes)
        self.left -= 1 if self.left > 0 else 0
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    def anchor_custody(self, count, head):
        if self.left == -1:
            os.kill(os.getpid(), signal.SIGKILL)
        super().anchor_custody(count, head)
register = Killed(sys.argv[2])
custody = CustodyFile(Path(sys.argv[1]), register, SystemClock(), require_case=False)
deed = Deed(Action.VIEW, Purpose("liaison"), {"camera": sys.argv[4]})
for _ in range(10):
    number = custody.intent(deed)
    custody.outcome(number, deed, ok=True, result={})
    print(number, flush=True)
register.close()
"""


@pytest.mark.process
def test_processes_go_on_where_others_are_killed_in_the_midst(tmp_path: Path) -> None:
    """Some die after announcing a group, some before the anchor; the rest are entered once."""
    url = f"sqlite:///{tmp_path / 'register.db'}"
    register = SqlRegister(url)
    made = CustodyFile(tmp_path / "custody", register, SystemClock(), require_case=False)
    plan = [1, 2, -1, 1_000, 1_000]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path / "custody"), url, str(left), f"c-{n}"],
            stdout=subprocess.PIPE,
        )
        for n, left in enumerate(plan)
    ]
    told = [child.communicate()[0].split() for child in children]
    codes = [child.returncode for child in children]
    assert codes[-2:] == [0] * 2
    assert set(codes) <= {0, -signal.SIGKILL}
    register.close()
    again = SqlRegister(url)
    made = CustodyFile(tmp_path / "custody", again, SystemClock(), require_case=False)
    with suppress(Unavailable):
        made.intent(a_deed())
    by_camera: dict[object, list[int]] = {}
    closed: list[object] = []
    for entry in made.read():
        by_camera.setdefault(entry.what.get("camera"), []).append(entry.number)
        closed.append(entry.what.get("intent"))
    for number, code in enumerate(codes):
        intents = by_camera.get(f"c-{number}", [])
        assert {int(said) for said in told[number]} <= set(intents)
        if code == 0:
            assert len(intents) == 10, "none twice, none missing"
    outcomes = [number for number in closed if number is not None]
    assert len(outcomes) == len(set(outcomes))
    assert {finding.kind for finding in made.verify()} <= {Kind.OPEN, Kind.TORN}
    again.close()
