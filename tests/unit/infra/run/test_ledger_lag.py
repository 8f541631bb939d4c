"""How far the ledger is behind, as metrics and `footage ledger status` tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from footage.errors import Unavailable
from footage.instant import ZERO, Elapsed
from infra.node.metrics import LedgerLag
from infra.run.ledger_upkeep import is_behind, ledger_lag
from tests.common.builders import a_segment
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from pathlib import Path

    from infra.wiring import Parts


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerParts:
    return LedgerParts(tmp_path)


def parts_of(ledger: LedgerParts, kept: int = 0) -> Parts:
    parts = SimpleNamespace(
        ledger=ledger.ledger, leaf_queue=SimpleNamespace(kept=kept), clock=ledger.clock
    )
    return cast("Parts", parts)


def test_what_waits_and_the_age_of_the_last_checkpoint(ledger: LedgerParts) -> None:
    look = ledger_lag(parts_of(ledger, kept=2))
    ledger.clock.sleep(Elapsed.seconds(5))
    assert look() == LedgerLag(2, ZERO, Elapsed.seconds(5)), "none yet: since the process began"
    ledger.minutes(1, "camera-1")
    ledger.clock.sleep(Elapsed.seconds(7))
    ledger.append(a_segment("camera-1", ledger.clock.now()))
    ledger.clock.sleep(Elapsed.seconds(3))
    lag = look()
    assert lag is not None
    assert (lag.waiting, lag.oldest) == (3, Elapsed.seconds(3))
    assert Elapsed.seconds(9) < lag.age <= Elapsed.seconds(10), "signed in whole seconds"


def test_a_register_that_is_away_is_not_known(
    ledger: LedgerParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = ledger_lag(parts_of(ledger))

    def away() -> Any:  # noqa: ANN401 - never returns
        raise Unavailable("the register is away")

    monkeypatch.setattr(ledger.ledger, "state", away)
    assert look() is None


def test_behind_is_what_waits_for_ten_minutes_without_a_checkpoint(ledger: LedgerParts) -> None:
    ledger.minutes(1, "camera-1")
    ledger.clock.sleep(Elapsed.parse("11m"))
    assert not is_behind(parts_of(ledger)), "nothing waits"
    assert is_behind(parts_of(ledger, kept=1))
    ledger.append(a_segment("camera-1", ledger.clock.now()))
    assert is_behind(parts_of(ledger))
    ledger.minutes(1)
    assert not is_behind(parts_of(ledger, kept=1))
