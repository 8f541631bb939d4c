from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.host.file_lock import locked, queued, sweep
from tests.common.builders import START

if TYPE_CHECKING:
    from pathlib import Path

WAIT = Elapsed.parse("2s")


def test_whoever_waits_too_long_is_told_who_knows_what(tmp_path: Path) -> None:
    clock = SimulatedClock(START)
    lock = tmp_path / "lock"
    with (
        locked(lock, clock=clock, wait=WAIT),
        pytest.raises(Unavailable, match="2s"),
        locked(lock, clock=clock, wait=WAIT),
    ):
        pass
    waited = clock.monotonic()
    assert WAIT <= waited < Elapsed.parse("2100ms")


def test_it_is_free_again_afterwards_even_after_an_error(tmp_path: Path) -> None:
    clock = SimulatedClock(START)
    with pytest.raises(KeyError), locked(tmp_path / "lock", clock=clock):
        raise KeyError
    with locked(tmp_path / "lock", clock=clock):
        assert clock.monotonic() == Elapsed(0)


def test_a_lock_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(Unavailable, match="nowhere"),
        locked(tmp_path / "nowhere" / "lock", clock=SimulatedClock(START)),
    ):
        pass


def test_sharers_enter_together_and_keep_an_exclusive_one_out(tmp_path: Path) -> None:
    clock, lock = SimulatedClock(START), tmp_path / "lock"
    with (
        queued(lock, shared=True),
        queued(lock, shared=True),
        pytest.raises(Unavailable),
        locked(lock, clock=clock, wait=WAIT),
    ):
        pass
    with locked(lock, clock=clock, wait=WAIT):
        pass


def test_who_queues_enters_when_the_other_has_left(tmp_path: Path) -> None:
    lock, seen = tmp_path / "lock", list[str]()
    begun = threading.Event()

    def second() -> None:
        begun.set()
        with queued(lock):
            seen.append("second")

    thread = threading.Thread(target=second)
    with queued(lock):
        thread.start()
        begun.wait()
        seen.append("first")
    thread.join()
    assert seen == ["first", "second"]


def test_a_sweep_takes_what_the_dead_left_but_nothing_while_someone_writes(tmp_path: Path) -> None:
    folder, lock = tmp_path / "incoming", tmp_path / "lock"
    folder.mkdir()
    (folder / "half").write_bytes(b"x")
    with queued(lock, shared=True):
        sweep(folder, lock)
        assert [path.name for path in folder.iterdir()] == ["half"]
    sweep(folder, lock)
    assert list(folder.iterdir()) == []
