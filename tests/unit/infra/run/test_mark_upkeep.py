"""Beside a recorder, unfinished marks are reconciled at its start and whatever fails is told."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from evidence.hold_marks import HoldMarks
from footage.clock import SystemClock
from footage.errors import Unavailable
from infra.config.settings import Settings
from infra.objects.memory_store import MemoryStore
from infra.objects.store_guarantees import StoreGuarantees
from infra.run.logged_marks import LoggedMarks
from infra.run.mark_upkeep import marks_kept, one_round
from infra.wiring import Parts
from tests.common.builders import a_segment
from tests.common.purging import City, a_hold

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from footage.ports import Guarantees


class Away(MemoryStore):
    """A store that cannot be reached while `away`; tells when its guarantees were tried."""

    away = False

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.tried = threading.Event()

    def set_hold(self, key: str, *, on: bool) -> None:
        if self.away:
            raise Unavailable("the store is away")
        super().set_hold(key, on=on)

    def guarantees(self) -> Guarantees:
        if self.away:
            raise Unavailable("the store is away")
        self.tried.set()
        return super().guarantees()


def around(city: City) -> tuple[LoggedMarks, StoreGuarantees]:
    marks = HoldMarks(city.register, city.catalogue, city.store, city.clock)
    guarantees = StoreGuarantees("s3://a/b", lambda: city.store, lambda: city.register, city.clock)
    return LoggedMarks(marks), guarantees


def test_a_round_sets_what_is_due_and_finds_out_what_the_store_guarantees(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Away()
    city = City(store=store)
    city.fill([a_segment()], tmp_path)
    city.register.place_hold(a_hold())
    store.away = True
    with caplog.at_level(logging.INFO):
        one_round(*around(city))
        assert "not finished: the store is away" in caplog.text
        assert city.register.seen_guarantees("s3://a/b") is None
        store.away = False
        one_round(*around(city))
    assert "1 set" in caplog.text
    assert city.store.is_held(a_segment().key)
    assert city.register.seen_guarantees("s3://a/b") is not None


def test_a_held_object_that_is_missing_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    city = City(store=Away())
    city.catalogue.add_segments([a_segment()])
    city.register.place_hold(a_hold())
    one_round(*around(city))
    (told,) = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert a_segment().key in told.getMessage()


def test_a_recorders_process_reconciles_at_its_start(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache", actor="amina")
    parts = Parts(settings, SystemClock())
    store = Away()
    parts.store = store
    parts.guarantees = StoreGuarantees(
        "s3://a/b", lambda: store, lambda: parts.register, parts.clock
    )
    (tmp_path / "source").write_bytes(a_segment().key.encode())
    store.put(a_segment().key, tmp_path / "source", a_segment().digest, {})
    parts.catalogue.add_segments([a_segment()])
    parts.register.place_hold(a_hold())
    with marks_kept(parts):
        assert store.tried.wait(30)
    assert store.is_held(a_segment().key)
    assert parts.register.marks_due() == []
    parts.close()
