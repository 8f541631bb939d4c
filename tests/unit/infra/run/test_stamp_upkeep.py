"""Rounds of time stamps: for ledger and custody log, told once where the authority is away."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from footage.errors import Unavailable
from footage.instant import Elapsed, Instant
from footage.ledger_objects import custody_log
from infra.run.ledger_upkeep import StampUpkeep
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from infra.wiring import Parts


class Stamps:
    """Notes what was to be stamped."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    def round(self, log: str, signed_at: Instant) -> None:
        del signed_at
        if self.away:
            raise Unavailable("the authority is away")
        self.asked.append(log)


def upkeep_of(ledger: LedgerParts, stamps: Stamps) -> StampUpkeep:
    parts = SimpleNamespace(
        ledger=ledger.ledger,
        ledger_keys=ledger.keys,
        home=ledger.folder,
        clock=ledger.clock,
        checkpoint_stamps=lambda: stamps,
    )
    return StampUpkeep(cast("Parts", parts))


def test_ledger_and_custody_log_are_stamped(tmp_path: Path) -> None:
    ledger, stamps = LedgerParts(tmp_path), Stamps()
    upkeep = upkeep_of(ledger, stamps)
    upkeep.round()
    assert stamps.asked == [], "nothing is signed yet"
    ledger.minutes(1, "camera-1")
    upkeep.round()
    assert stamps.asked == [ledger.log], "there is no custody log here"
    note = '{"format":"footage.custody-tree/1","entries":1,"hash":"x","edge":"",'
    folder = tmp_path / "custody"
    folder.mkdir()
    (folder / "tree.json").write_text(f'{note}"checkpoint":"","signed_at":"2026-11-22T15:00:00Z"}}')
    upkeep.round()
    assert stamps.asked[1:] == [ledger.log, custody_log(ledger.log)]
    upkeep.round(lambda: True)
    assert len(stamps.asked) == 3, "stopped"


def test_an_authority_that_is_away_is_told_once_and_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger, stamps = LedgerParts(tmp_path), Stamps()
    ledger.minutes(1, "camera-1")
    ledger.clock.sleep(Elapsed.parse("1m"))
    upkeep = upkeep_of(ledger, stamps)
    stamps.away = True
    with caplog.at_level(logging.WARNING):
        upkeep.round()
        upkeep.round()
    assert caplog.text.count("time-stamped later: the authority is away") == 1
    stamps.away = False
    upkeep.round()
    assert stamps.asked == [ledger.log]
