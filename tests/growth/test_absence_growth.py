"""Reading for a certificate of absence: the camera's leaves and the height of the tree, no more."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

import pytest

from evidence.absence_leaves import LedgerReader
from footage.ids import CameraId
from footage.instant import Elapsed, Instant, Interval
from footage.leaf import Leaf, Neighbour, Tips, draft_of
from footage.ledger_objects import log_prefix, origin_of
from footage.merkle import leaf_hash, node_hash, root_from_inclusion
from footage.ports.ledger import LedgerState, Place
from footage.signed_note import Checkpoint
from footage.tlog_tiles import TILE_HEIGHT, TILE_WIDTH, TiledTree, encode_entries, tile_width
from tests.common.builders import START, a_segment

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.ports import Ledger, ObjectStore

CAMERA: Final = CameraId("camera-1")
CITY: Final = 41_000_000
OTHER: Final = b"a leaf of another camera"


@dataclass
class SparseLedger:
    """A ledger of equal leaves but for a camera's own, one a minute: each file is made when read.

    Args:
        size: Number of leaves.
        mine: Number of leaves of the camera, evenly spread.
    """

    size: int
    mine: int
    read: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = "0123456789abcdef"
        self.defaults = [leaf_hash(OTHER)]
        for _ in range(self.size.bit_length() + 1):
            self.defaults.append(node_hash(self.defaults[-1], self.defaults[-1]))
        self.own: dict[int, bytes] = {}
        self.found: list[Place] = []
        before: Neighbour | None = None
        for number in range(self.mine):
            index = (number + 1) * (self.size // (self.mine + 1))
            segment = a_segment(CAMERA, START + Elapsed.seconds(60) * number)
            end = segment.interval.end + Elapsed.seconds(2)
            self.own[index] = Leaf(draft_of(segment), end, before, None).encode()
            before = Neighbour(index, leaf_hash(self.own[index]))
            self.found.append(Place(segment.key, segment.interval.start, index))
        assert before is not None
        self.indices = sorted(self.own)
        self.tip = Tips((before, self.found[-1].start), None)
        tree = TiledTree(self.size, self.made)
        text = Checkpoint(origin_of(self.log), self.size, tree.root()).note()
        self.told = LedgerState(self.log, self.size, self.size, b"", text, START)
        self.read.clear()

    def hashed(self, level: int, position: int) -> bytes:
        first = position << level
        at = bisect_left(self.indices, first)
        if at == len(self.indices) or self.indices[at] >= first + (1 << level):
            return self.defaults[level]
        if not level:
            return leaf_hash(self.own[first])
        left, right = (self.hashed(level - 1, 2 * position + side) for side in (0, 1))
        return node_hash(left, right)

    def made(self, path: str) -> bytes:
        self.read.append(path)
        _, level, *rest = path.partition(".p/")[0].split("/")
        number = int("".join(part.removeprefix("x") for part in rest))
        if level == "entries":
            first = number * TILE_WIDTH
            width = tile_width(0, number, self.size)
            return encode_entries(self.own.get(first + at, OTHER) for at in range(width))
        width = tile_width(int(level), number, self.size)
        height = TILE_HEIGHT * int(level)
        return b"".join(self.hashed(height, number * TILE_WIDTH + at) for at in range(width))

    # as the ledger's record and the object store

    def get(self, key: str) -> bytes:
        return self.made(key.removeprefix(log_prefix(self.log)))

    def tips(self, _: Collection[CameraId]) -> dict[CameraId, Tips]:
        return {CAMERA: self.tip}

    def places(self, _: CameraId, interval: Interval, limit: int | None = None) -> list[Place]:
        return [place for place in self.found if place.start in interval][:limit]

    def leaves_of(self, interval: Interval) -> int:
        """Return the number of leaves of a certificate for an interval, having proven the first."""
        ledger, store = cast("Ledger", self), cast("ObjectStore", self)
        reader = LedgerReader(ledger, store, self.told, lambda: None)
        found = reader.of(CAMERA, interval)
        first, root = found.chain[0], reader.checkpoint.root
        hashed = leaf_hash(first.data)
        assert root_from_inclusion(hashed, first.index, self.size, found.chain_proof) == root
        return len(found.chain)


def minutes(first: int, last: int) -> Interval:
    def at(minute: int) -> Instant:
        return START + Elapsed.seconds(60) * minute

    return Interval(at(first), at(last))


@pytest.mark.slow
def test_a_city_s_month_of_leaves_is_not_read_for_ten_minutes() -> None:
    ledger = SparseLedger(CITY, 60)
    count = ledger.leaves_of(minutes(30, 40))
    assert 15 <= count <= 17, "ten in the interval, one behind, five of a longest segment before"
    height = 4
    assert len(ledger.read) <= 2 * (count + 1) + 2 * 2 * height, "two files a leaf, and two proofs"


@pytest.mark.slow
@pytest.mark.parametrize(("size", "mine"), [(70_000, 40), (1_120_000, 640)])
def test_sixteen_times_the_leaves_read_as_much(size: int, mine: int) -> None:
    ledger = SparseLedger(size, mine)
    assert ledger.leaves_of(minutes(20, 30)) <= 17
    assert len(ledger.read) <= 50
