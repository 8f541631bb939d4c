"""Runs with deadlines, children in their own group, identities that are never mistaken."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.host.process import (
    Child,
    identify,
    last_lines,
    run,
    stop_group,
    tail,
    with_environment,
)
from tests.common.processes import all_gone, family

if TYPE_CHECKING:
    from pathlib import Path

LONG = Elapsed.parse("30s")
SOON = Elapsed.parse("200ms")
# Starts a process of its own, says so, and waits.
PARENT = "sleep 60 & echo ready; wait"


def wait_for(log: Path, word: str) -> None:
    clock = SystemClock()
    deadline = clock.monotonic() + LONG
    while word not in last_lines(log):
        assert clock.monotonic() < deadline, f"no {word!r} in {log}"
        clock.sleep(Elapsed.parse("10ms"))


def test_run_returns_both_outputs() -> None:
    done = run(["sh", "-c", "echo out; echo err >&2"], timeout=LONG)
    assert (done.text, done.stderr) == ("out\n", b"err\n")


def test_run_tells_command_code_and_last_lines() -> None:
    with pytest.raises(Unavailable, match=r"(?s)`sh -c .*` ended with 3; .*\nwhy$"):
        run(["sh", "-c", "echo why >&2; exit 3"], timeout=LONG)


def test_run_kills_the_whole_group_at_the_deadline(tmp_path: Path) -> None:
    log = tmp_path / "pid"
    with pytest.raises(Unavailable, match="did not end within 200ms"):
        run(["sh", "-c", f"sleep 60 & echo $! > {log}; wait"], timeout=SOON)
    orphan = identify(int(log.read_text()))
    assert orphan is None or all_gone([orphan])


def test_missing_program_is_told() -> None:
    with pytest.raises(Misconfigured, match="no-such-program"):
        run(["no-such-program"], timeout=LONG)


def test_environment_is_added_to_or_replaced() -> None:
    added = run(with_environment({"CAMERA": "1"}, ["env"]), timeout=LONG).text
    assert "CAMERA=1" in added
    assert "PATH=" in added
    assert run(["env"], timeout=LONG, env={"ONLY": "this"}).text == "ONLY=this\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_run_as_another_user_keeps_no_group() -> None:
    shown = run(["id"], timeout=LONG, uid=1000).text
    assert "uid=1000" in shown
    assert "(root)" not in shown


def test_child_is_stopped_with_its_children(tmp_path: Path) -> None:
    child = Child(["sh", "-c", PARENT], log=tmp_path / "log")
    wait_for(child.log, "ready")
    members = family(child.pid)
    assert len(members) == 2
    child.stop()
    assert not child.alive
    assert all_gone(members)
    child.stop()


def test_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; echo ready; while true; do sleep 1; done"
    child = Child(["sh", "-c", stubborn], log=tmp_path / "log")
    wait_for(child.log, "ready")
    child.stop(grace=SOON)
    assert child.exit_code == -signal.SIGKILL


def test_paused_child_can_still_be_stopped(tmp_path: Path) -> None:
    child = Child([sys.executable, "-c", "print('ready', flush=True); input()"], log=tmp_path / "l")
    child.pause()
    assert child.alive
    child.stop()
    assert not child.alive


def test_child_that_died_takes_its_group_with_it(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "sleep 60 & echo $!"], log=tmp_path / "log")
    clock = SystemClock()
    while child.alive:
        clock.sleep(Elapsed.parse("10ms"))
    left_behind = int(child.last_lines())
    while identify(left_behind) is not None:
        clock.sleep(Elapsed.parse("10ms"))
    assert child.exit_code == 0


def test_group_is_stopped_by_identity_alone(tmp_path: Path) -> None:
    child = Child(["sleep", "60"], log=tmp_path / "log")
    clock = SystemClock()
    later = dataclasses.replace(child.identity, started_ticks=child.identity.started_ticks + 1)
    elsewhere = dataclasses.replace(child.identity, boot="another")
    assert not stop_group(later, clock=clock)
    assert not stop_group(elsewhere, clock=clock)
    assert child.alive
    assert stop_group(child.identity, clock=clock)
    assert child.exit_code == -signal.SIGTERM
    assert not stop_group(child.identity, clock=clock)


def test_last_lines_of_a_log(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none") == ""
    (tmp_path / "log").write_text("".join(f"{n}\n\n" for n in range(9_000)))
    assert last_lines(tmp_path / "log", 2) == "8998\n8999"
    assert tail("a\n\n  \nb", 5) == "a\nb"
