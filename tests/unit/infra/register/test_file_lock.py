from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.file_lock import locked
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
