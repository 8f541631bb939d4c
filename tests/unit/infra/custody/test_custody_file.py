"""The custody log in a file: durable, without fork or hole, and honest about crashes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.custody import Head, read_line, true_hash
from evidence.custody_check import Kind
from footage.action import Action, Purpose
from footage.clock import SimulatedClock, SystemClock
from footage.errors import BadInput, CaseRequired, DataLoss, NoSpace, Unavailable
from footage.instant import Elapsed
from infra.custody.custody_file import LOG, CustodyFile
from infra.custody.presence import KeptElsewhere
from infra.registers.memory_register import MemoryRegister
from infra.registers.sql_register import SqlRegister
from tests.common.builders import START
from tests.common.custody_logs import a_deed, a_log, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Cut(MemoryRegister):
    """A register that is away when asked to be."""

    away = False

    def anchor_custody(self, count: int, head: str) -> None:
        if self.away:
            raise Unavailable("the register is away")
        super().anchor_custody(count, head)


@pytest.fixture
def register() -> Cut:
    return Cut()


@pytest.fixture
def custody(tmp_path: Path, register: Cut) -> CustodyFile:
    return CustodyFile(tmp_path / "custody", register, SimulatedClock(START), require_case=False)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "custody" / LOG


def enter(custody: CustodyFile) -> int:
    return custody.intent(a_deed())


def kinds(custody: CustodyFile) -> list[Kind]:
    return [finding.kind for finding in custody.verify()]


def test_intent_and_outcome_are_read_back_and_sound(custody: CustodyFile, register: Cut) -> None:
    number = custody.intent(a_deed())
    assert custody.outcome(number, a_deed(), ok=True, result={"moments": 3}) == 2
    first, second = custody.read()
    assert (first.number, first.what) == (1, {"text": "red pickup"})
    assert second.what == {"intent": 1, "ok": True, "result": {"moments": 3}}
    assert register.custody_head() == (2, second.hash)
    assert custody.verify() == []


def test_an_empty_log_is_sound(custody: CustodyFile) -> None:
    assert list(custody.read()) == list(custody.read_back()) == []
    assert custody.verify() == []


def test_a_case_is_required_where_settings_say_so(tmp_path: Path, register: Cut) -> None:
    strict = CustodyFile(tmp_path / "custody", register, SimulatedClock(START), require_case=True)
    with pytest.raises(CaseRequired):
        strict.intent(a_deed(purpose=Purpose("liaison")))
    assert strict.intent(a_deed(Action.PURGE, purpose=Purpose("retention"))) == 1
    assert strict.intent(a_deed()) == 2


def test_refused_actions_leave_no_entry(custody: CustodyFile) -> None:
    with pytest.raises(BadInput):
        custody.intent(a_deed(what={"x": object()}))
    with pytest.raises(BadInput):
        custody.outcome(7, a_deed(), ok=True, result={})
    assert list(custody.read()) == []


def test_another_client_goes_on_where_the_first_stopped(
    custody: CustodyFile, register: Cut, tmp_path: Path
) -> None:
    custody.intent(a_deed())
    other = CustodyFile(tmp_path / "custody", register, SimulatedClock(START), require_case=False)
    assert other.intent(a_deed()) == 2
    assert custody.intent(a_deed()) == 3
    assert Kind.BROKEN not in kinds(custody)


def test_a_crash_between_line_and_anchor_is_told_then_healed(
    custody: CustodyFile, register: Cut
) -> None:
    custody.intent(a_deed())
    register.away = True
    with pytest.raises(Unavailable):
        custody.intent(a_deed())
    register.away = False
    assert kinds(custody) == [Kind.OPEN, Kind.LATE, Kind.OPEN]
    assert custody.intent(a_deed()) == 3
    assert Kind.LATE not in kinds(custody)
    assert register.custody_head()[0] == 3


def test_nothing_piles_up_while_the_register_is_away(custody: CustodyFile, register: Cut) -> None:
    register.away = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            custody.intent(a_deed())
    register.away = False
    assert len(list(custody.read())) == 1


def test_a_torn_last_line_is_set_aside_for_people_to_see(custody: CustodyFile, log: Path) -> None:
    custody.intent(a_deed())
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"action":"sea')
    assert Kind.TORN in kinds(custody)
    assert custody.intent(a_deed()) == 2
    assert log.read_bytes().startswith(whole + b'{"action":"search"')
    (aside,) = log.parent.glob("torn-*")
    assert aside.read_bytes() == b'{"action":"sea'
    assert kinds(custody) == [Kind.OPEN, Kind.OPEN, Kind.TORN]


def test_a_first_line_that_was_torn_is_set_aside(custody: CustodyFile, log: Path) -> None:
    log.write_bytes(b"{" * 200_000)
    assert custody.intent(a_deed()) == 1
    assert [path.stat().st_size for path in log.parent.glob("torn-*")] == [200_000]


def cut_tail(log: Path) -> None:
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])


def alter_last(log: Path) -> None:
    head, _, last = log.read_bytes().rpartition(b'"case":"')
    log.write_bytes(head + b'"case":"another ' + last)


def remove(log: Path) -> None:
    log.unlink()


def garble_last(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-20] + b"\n")


def write_anew(log: Path) -> None:
    """Sound in itself and one longer than the anchor, but not the log that was anchored."""
    log.write_bytes(b"".join(lines_of(a_log(2))))


def skip_numbers(log: Path) -> None:
    last = read_line(log.read_bytes().splitlines(keepends=True)[-1])
    forged = replace(last, number=7, previous=last.hash)
    forged = replace(forged, hash=true_hash(forged))
    log.write_bytes(log.read_bytes() + forged.line)


@pytest.mark.parametrize(
    ("tamper", "mend"),
    [
        (cut_tail, "audit verify"),
        (alter_last, "audit verify"),
        (remove, "restore FOLDER --log-only"),
        (garble_last, "audit verify"),
        (write_anew, "audit verify"),
        (skip_numbers, "audit verify"),
    ],
)
def test_nothing_is_entered_into_a_log_that_was_tampered_with(
    custody: CustodyFile, log: Path, tamper: Callable[[Path], None], mend: str
) -> None:
    for _ in range(3):
        custody.intent(a_deed())
    tamper(log)
    with pytest.raises(DataLoss, match=mend):
        custody.intent(a_deed())
    assert any(finding.kind.proves_tampering for finding in custody.verify())


def test_a_lost_log_does_not_read_as_an_empty_one(custody: CustodyFile, log: Path) -> None:
    custody.intent(a_deed())
    log.unlink()
    with pytest.raises(DataLoss, match=r"1 entry of the custody log, but .* the log was lost"):
        list(custody.read())


@pytest.mark.parametrize(
    "use",
    [CustodyFile.check, lambda log: list(log.read()), lambda log: next(log.read_back()), enter],
)
def test_a_shared_register_whose_log_is_not_here_sends_to_the_machine_with_the_log(
    custody: CustodyFile, register: Cut, tmp_path: Path, use: Callable[[CustodyFile], object]
) -> None:
    """Neither "tampered with" nor "lost" is said, since nobody looked on the other machine."""
    custody.intent(a_deed())
    clock = SimulatedClock(START)
    here = CustodyFile(tmp_path / "b", register, clock, require_case=False, shared=True)
    with pytest.raises(KeptElsewhere, match=r"another machine .* keeps the log") as told:
        use(here)
    assert told.value.hint.startswith("do this on the machine that keeps the log")
    assert custody.intent(a_deed()) == 2


def test_the_first_entry_under_a_shared_register_begins_the_log_here(
    register: Cut, tmp_path: Path
) -> None:
    clock = SimulatedClock(START)
    here = CustodyFile(tmp_path / "b", register, clock, require_case=False, shared=True)
    assert here.check().findings == ()
    assert enter(here) == 1


def test_reading_stops_at_a_line_that_is_no_entry(custody: CustodyFile, log: Path) -> None:
    custody.intent(a_deed())
    log.write_bytes(log.read_bytes() + b"{}\n")
    with pytest.raises(DataLoss, match="line 2"):
        list(custody.read())


def test_reading_back_reads_only_what_is_asked_for(custody: CustodyFile, log: Path) -> None:
    for _ in range(3):
        custody.intent(a_deed())
    entries = list(custody.read())
    assert list(custody.read_back()) == entries[::-1]
    log.write_bytes(b"{}\n" + log.read_bytes())
    back = custody.read_back()
    assert [next(back) for _ in entries] == entries[::-1]
    with pytest.raises(DataLoss, match="line at byte 0"):
        next(back)


def test_a_full_disk_leaves_the_log_as_it_was(
    custody: CustodyFile, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    custody.intent(a_deed())
    before = log.read_bytes()
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:10]))
    with pytest.raises(NoSpace):
        custody.intent(a_deed())
    monkeypatch.undo()
    assert log.read_bytes() == before
    assert custody.intent(a_deed()) == 2


def test_a_folder_in_the_way_is_told(tmp_path: Path, register: Cut) -> None:
    folder = tmp_path / "custody"
    (folder / LOG).mkdir(parents=True)
    made = CustodyFile(folder, register, SimulatedClock(START), require_case=False)
    with pytest.raises(Exception, match="custody") as caught:
        made.intent(a_deed())
    assert not isinstance(caught.value, OSError)


def test_threads_make_no_fork_and_no_hole(tmp_path: Path) -> None:
    made = CustodyFile(tmp_path, MemoryRegister(), SystemClock(), require_case=False)
    numbers: list[int] = []

    def enter() -> None:
        for _ in range(5):
            number = made.intent(a_deed())
            numbers.append(number)
            made.outcome(number, a_deed(), ok=True, result={})

    threads = [threading.Thread(target=enter) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 50
    assert [entry.number for entry in made.read()] == list(range(1, 101))
    assert made.verify() == []


CHILD = """
import sys
from pathlib import Path
from footage.clock import SystemClock
from footage.action import Action, Deed, Purpose
from infra.custody.presence import KeptElsewhere
from infra.custody.custody_file import CustodyFile
from infra.registers.sql_register import SqlRegister
register = SqlRegister(sys.argv[2])
custody = CustodyFile(Path(sys.argv[1]), register, SystemClock(), require_case=False)
deed = Deed(Action.VIEW, Purpose("liaison"), {"camera": "camera-1"})
for _ in range(25):
    custody.outcome(custody.intent(deed), deed, ok=True, result={})
register.close()
"""


@pytest.mark.process
def test_processes_make_no_fork_and_no_hole(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'register.db'}"
    register = SqlRegister(url)
    made = CustodyFile(tmp_path / "custody", register, SystemClock(), require_case=False)
    argv = [sys.executable, "-c", CHILD, str(tmp_path / "custody"), url]
    children = [subprocess.Popen(argv, stderr=subprocess.PIPE) for _ in range(4)]
    assert [child.communicate()[1].decode() for child in children] == [""] * 4
    assert [entry.number for entry in made.read()] == list(range(1, 201))
    assert made.verify() == []
    assert register.custody_head()[0] == 200
    register.close()


@pytest.mark.process
def test_a_process_killed_while_writing_leaves_a_log_that_goes_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'register.db'}"
    register = SqlRegister(url)
    made = CustodyFile(tmp_path / "custody", register, SystemClock(), require_case=False)
    endless = CHILD.replace("range(25)", "iter(int, 1)")
    argv = [sys.executable, "-c", endless, str(tmp_path / "custody"), url]
    clock = SystemClock()
    for _ in range(3):
        with subprocess.Popen(argv) as child:
            before = register.custody_head()[0]
            while register.custody_head()[0] < before + 10:
                clock.sleep(Elapsed(5_000))
            child.kill()
    made.intent(a_deed())
    found = made.verify()
    assert not [finding for finding in found if finding.kind.proves_tampering]
    register.close()


def test_a_check_from_an_entry_reads_the_log_from_there_on(custody: CustodyFile, log: Path) -> None:
    for _ in range(40):
        custody.outcome(custody.intent(a_deed()), a_deed(), ok=True, result={})
    hashes = [entry.hash for entry in custody.read()]
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b'"number":3,', b'"number":4,'))
    assert custody.check().is_tampered
    done = custody.check(Head(41, hashes[40]))
    assert (done.findings, done.first, done.anchor.count) == ((), 41, 80)
    assert custody.check(Head(41, hashes[39])).is_tampered
    assert not custody.check(Head(80)).is_tampered
    log.write_bytes(whole.replace(b'"number":60,', b'"number":61,'))
    assert custody.check(Head(41)).is_tampered


def test_an_entry_the_log_never_reached_is_refused(custody: CustodyFile) -> None:
    custody.intent(a_deed())
    with pytest.raises(BadInput, match="no entry 2 yet"):
        custody.check(Head(2))
