"""What a store guarantees is tried on request, recorded for all nodes, and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import Unavailable
from footage.ports import Guarantees, SeenGuarantees
from infra.objects.memory_store import MemoryStore
from infra.objects.store_guarantees import StoreGuarantees
from infra.registers.memory_register import MemoryRegister
from tests.common.builders import START, at

if TYPE_CHECKING:
    from footage.ports import ObjectStore, Register


class CountedStore(MemoryStore):
    """Counts how often its guarantees are tried."""

    tried = 0

    def guarantees(self) -> Guarantees:
        self.tried += 1
        return super().guarantees()


@pytest.fixture
def store() -> CountedStore:
    return CountedStore(SimulatedClock(START))


@pytest.fixture
def register() -> MemoryRegister:
    return MemoryRegister()


def of(store: ObjectStore, register: Register, bucket: str = "s3://a/b") -> StoreGuarantees:
    return StoreGuarantees(bucket, lambda: store, lambda: register, SimulatedClock(at(60)))


def away() -> Register:
    raise Unavailable("the register is away")


def test_asking_tries_nothing(store: CountedStore, register: MemoryRegister) -> None:
    assert of(store, register).seen() is None
    assert of(store, register).facts() is None
    assert store.tried == 0


def test_a_result_is_there_for_every_process_with_its_date(
    store: CountedStore, register: MemoryRegister
) -> None:
    found = of(store, register).renew()
    assert found == SeenGuarantees(MemoryStore.guarantees(store), at(60))
    assert of(store, register).seen() == found
    assert of(store, register).facts() == found.guarantees
    assert store.tried == 1


def test_where_trying_asks_nobody_no_record_is_needed(
    store: CountedStore, register: MemoryRegister
) -> None:
    folder = of(store, register, bucket="")
    seen = folder.seen()
    assert seen is not None
    assert seen.at == at(60)
    assert folder.renew() == seen
    assert register.seen_guarantees("") is None


def test_what_cannot_be_read_is_not_known(store: CountedStore) -> None:
    guarantees = StoreGuarantees("s3://a/b", lambda: store, away, SimulatedClock(START))
    assert guarantees.seen() is None
    with pytest.raises(Unavailable):
        guarantees.renew()
