"""A bucket's lock on a cluster whose nodes do not all know of it yet: real ones do this rarely."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from minio.error import S3Error

from footage.clock import SimulatedClock
from footage.errors import FootageError, Misconfigured
from infra.objects.minio_store import _MinioWire
from tests.common.builders import START

if TYPE_CHECKING:
    from infra.objects.minio_store import _Client


@dataclass
class Nodes:
    """What a client hears: the first `behind` nodes asked have not heard of the bucket's lock.

    Attributes:
        halves: So many times a bucket is made without its lock, and the client's second try fails.
        full: Whether somebody has put something into it.
    """

    exists: bool
    behind: int
    halves: int = 0
    full: bool = False
    locked: bool = True
    connections: int = 1
    done: list[str] = field(default_factory=list)

    def bucket_exists(self, _bucket: str) -> bool:
        return self.exists

    def make_bucket(self, bucket: str, *, object_lock: bool) -> None:
        self.exists, self.locked, self.halves = True, self.halves <= 0, self.halves - 1
        if not self.locked:
            raise refusal("BucketAlreadyOwnedByYou")
        self.done.append(f"made {bucket}, locked: {object_lock}")

    def remove_bucket(self, bucket: str) -> None:
        if self.full:
            raise refusal("BucketNotEmpty")
        self.exists = False
        self.done.append(f"removed {bucket}")

    def reconnect(self) -> None:
        self.connections += 1

    def set_bucket_versioning(self, bucket: str, config: object) -> None:
        del config
        self.done.append(f"told again of {bucket}")

    def has_lock(self, _bucket: str) -> bool:
        self.behind -= 1
        return self.locked and self.behind < 0


def refusal(code: str) -> S3Error:
    return S3Error(cast("Any", None), code, code, None, None, None)


def ensure(nodes: Nodes, clock: SimulatedClock) -> None:
    _MinioWire(cast("_Client", nodes), "b", "somewhere/b", clock).ensure_bucket()


def test_a_new_bucket_is_told_of_twice() -> None:
    nodes = Nodes(exists=False, behind=0)
    ensure(nodes, SimulatedClock(START))
    assert nodes.done == ["made b, locked: True", "told again of b"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_node_that_is_behind_is_waited_for_and_told_by_another(*, exists: bool) -> None:
    nodes, clock = Nodes(exists=exists, behind=3), SimulatedClock(START)
    ensure(nodes, clock)
    assert clock.now() > START
    assert nodes.connections == 4
    assert nodes.done[-1] == "told again of b"


def test_a_bucket_made_by_half_is_made_again() -> None:
    nodes = Nodes(exists=False, behind=0, halves=1)
    ensure(nodes, SimulatedClock(START))
    assert nodes.done == ["removed b", "made b, locked: True", "told again of b"]


def test_a_half_is_made_again_though_the_store_went_away_meanwhile() -> None:
    nodes, clock = Nodes(exists=False, behind=0, halves=2), SimulatedClock(START)
    wire = _MinioWire(cast("_Client", nodes), "b", "somewhere/b", clock)
    with pytest.raises(Misconfigured, match="without object lock"):
        wire.ensure_bucket()
    wire.ensure_bucket()
    assert nodes.done[-3:] == ["removed b", "made b, locked: True", "told again of b"]


def test_what_somebody_has_put_into_a_half_stays() -> None:
    nodes = Nodes(exists=False, behind=0, halves=1, full=True)
    with pytest.raises(FootageError, match="BucketNotEmpty"):
        ensure(nodes, SimulatedClock(START))
    assert nodes.exists


def test_a_bucket_without_lock_stays_one() -> None:
    nodes, clock = Nodes(exists=True, behind=1_000), SimulatedClock(START)
    with pytest.raises(Misconfigured, match="without object lock"):
        ensure(nodes, clock)
    assert nodes.done == []  # nothing of a stranger's bucket is changed
