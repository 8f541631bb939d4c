"""Segments without a leaf are looked for beside the ledger's rounds, never before a checkpoint."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.run.ledger_upkeep import LedgerUpkeep
from tests.common.builders import a_segment
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from pathlib import Path

    from infra.wiring import Parts


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerParts:
    made = LedgerParts(tmp_path)
    made.clock.sleep(Elapsed.parse("3d"))
    return made


def upkeep_of(ledger: LedgerParts, catalogue: MemoryCatalogue) -> LedgerUpkeep:
    parts = SimpleNamespace(
        ledger=ledger.ledger,
        catalogue=catalogue,
        clock=ledger.clock,
        leaf_queue=SimpleNamespace(drain=lambda: None),
        register_shared=True,
        ledger_keeper=lambda: ledger.keeper,
    )
    return LedgerUpkeep(cast("Parts", parts))


def test_a_checkpoint_is_signed_before_any_segment_is_looked_for(
    ledger: LedgerParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = MemoryCatalogue()
    upkeep = upkeep_of(ledger, catalogue)

    def away(*_: object) -> None:
        raise Unavailable("the catalogue is away")

    monkeypatch.setattr(catalogue, "segments", away)
    done = upkeep.round()
    assert done is not None
    assert done.checkpoint is not None


def test_an_hour_is_looked_through_after_each_round_the_newest_first(ledger: LedgerParts) -> None:
    now, catalogue = ledger.clock.now(), MemoryCatalogue()
    ages = ["1h", "20h", "47h", "50h"]
    found = [a_segment("camera-1", now - Elapsed.parse(age)) for age in ages]
    catalogue.add_segments(found)
    upkeep = upkeep_of(ledger, catalogue)
    sizes = []
    for _ in range(50):
        upkeep.round()
        sizes.append(ledger.ledger.state().size)
        ledger.clock.sleep(Elapsed.parse("1m"))
    assert sizes[-1] == 3, "of the last two days alone"
    assert sizes[0] == 0
    assert sizes[3] == 1
    assert sizes[30] == 2
    assert not ledger.check().findings
