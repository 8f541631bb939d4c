"""An export by a process that does not sign waits for the checkpoint of the one that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.checkpoint_wait import LONGEST, await_checkpoint
from footage.instant import Elapsed
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerParts:
    made = LedgerParts(tmp_path)
    made.minutes(1, "camera-1")
    return made


def waited(ledger: LedgerParts, *, signs_after: int, since: str = "0s") -> int:
    """Seconds of waiting for a checkpoint over all footage up to now."""
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == signs_after:
            ledger.keeper.round(at_once=True)

    ledger.clock.sleep(Elapsed.parse(since))
    await_checkpoint(ledger.ledger, ledger.clock, ledger.clock.now(), look)
    return len(looks)


def test_footage_since_the_last_checkpoint_waits_for_the_next(ledger: LedgerParts) -> None:
    ledger.clock.sleep(Elapsed.parse("20s"))
    assert waited(ledger, signs_after=5) in {5, 6}


def test_older_footage_waits_for_nothing(ledger: LedgerParts) -> None:
    signed = ledger.ledger.state().signed_at
    assert signed is not None
    ledger.clock.sleep(Elapsed.parse("20s"))

    def never() -> None:
        raise AssertionError("it waits")

    await_checkpoint(ledger.ledger, ledger.clock, signed - Elapsed.parse("1s"), never)


def test_nobody_waits_for_long_or_for_one_who_signs_no_more(ledger: LedgerParts) -> None:
    assert waited(ledger, signs_after=0, since="5s") == LONGEST.us // 1_000_000 + 1
    assert waited(ledger, signs_after=0, since="5m") == 0
