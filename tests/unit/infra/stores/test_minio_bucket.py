"""A bucket's lock on a cluster whose nodes do not all know of it yet: real ones do this rarely."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from footage.clock import SimulatedClock
from footage.errors import Misconfigured
from infra.objects.minio_store import _MinioWire
from tests.common.builders import START

if TYPE_CHECKING:
    from infra.objects.minio_store import _Client


@dataclass
class Nodes:
    """What a client hears: the first `behind` nodes asked have not heard of the bucket's lock."""

    exists: bool
    behind: int
    done: list[str] = field(default_factory=list)

    def bucket_exists(self, _bucket: str) -> bool:
        return self.exists

    def make_bucket(self, bucket: str, *, object_lock: bool) -> None:
        self.done.append(f"made {bucket}, locked: {object_lock}")

    def set_bucket_versioning(self, bucket: str, config: object) -> None:
        del config
        self.done.append(f"told again of {bucket}")

    def has_lock(self, _bucket: str) -> bool:
        self.behind -= 1
        return self.behind < 0


def ensure(nodes: Nodes, clock: SimulatedClock) -> None:
    _MinioWire(cast("_Client", nodes), "b", "somewhere/b", clock).ensure_bucket()


def test_a_new_bucket_is_told_of_twice() -> None:
    nodes = Nodes(exists=False, behind=0)
    ensure(nodes, SimulatedClock(START))
    assert nodes.done == ["made b, locked: True", "told again of b"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_node_that_is_behind_is_waited_for(*, exists: bool) -> None:
    clock = SimulatedClock(START)
    ensure(Nodes(exists=exists, behind=3), clock)
    assert clock.now() > START


def test_a_bucket_without_lock_stays_one() -> None:
    nodes, clock = Nodes(exists=True, behind=1_000), SimulatedClock(START)
    with pytest.raises(Misconfigured, match="without object lock"):
        ensure(nodes, clock)
    assert nodes.done == []  # nothing of a stranger's bucket is changed
