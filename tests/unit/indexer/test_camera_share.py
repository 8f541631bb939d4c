"""Several indexers share the cameras by leases in the embedded register."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import Unavailable
from footage.ids import CameraId, NodeId
from footage.instant import Elapsed
from indexer.camera_share import CameraShare, IndexerIdentity
from infra.registers.memory_leases import MemoryLeases
from infra.registers.sql_leases import SqlLeases
from tests.common.builders import START, at
from tests.common.small_city import RED, SmallCity

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ids import SegmentKey

TTL = Elapsed.parse("30s")
CAMERAS = frozenset(CameraId(f"camera-{n}") for n in (1, 2, 3))


@dataclass
class Shares:
    """Indexers of a register whose clock stands until the test moves the clock."""

    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    cameras: frozenset[CameraId] = CAMERAS

    def __post_init__(self) -> None:
        self.leases = MemoryLeases(self.clock)

    def join(self, name: str, home: str = "") -> CameraShare:
        identity = IndexerIdentity(NodeId(name), home or name, f"secret of {name} {home}", TTL)
        return CameraShare(identity, self.leases, lambda: self.cameras, self.clock)

    def settle(self, *shares: CameraShare) -> None:
        """Do rounds until nothing moves, each indexer asking for its cameras between."""
        for _ in range(4):
            for share in shares:
                share.renew()
                share.mine()


@pytest.fixture
def shares() -> Shares:
    return Shares()


def test_an_indexer_alone_has_all_cameras(shares: Shares) -> None:
    one = shares.join("one")
    assert one.mine() == frozenset()
    one.renew()
    assert one.mine() == CAMERAS


def test_two_indexers_have_each_camera_once(shares: Shares) -> None:
    one, two = shares.join("one"), shares.join("two")
    one.renew()
    assert one.mine() == CAMERAS
    shares.settle(two, one)
    assert one.mine() | two.mine() == CAMERAS
    assert not one.mine() & two.mine()
    assert two.mine()


def test_a_camera_at_work_is_given_back_only_when_asked_for_the_next(shares: Shares) -> None:
    one, two = shares.join("one"), shares.join("two")
    one.renew()
    at_work = one.mine()
    for _ in range(3):
        two.renew()
        one.renew()
    assert at_work == CAMERAS
    assert two.mine() == frozenset()
    one.mine()
    one.renew()
    two.renew()
    assert len(two.mine()) == 1


def test_the_cameras_of_a_dead_indexer_go_to_the_other_when_its_lease_ends(shares: Shares) -> None:
    one, two = shares.join("one"), shares.join("two")
    shares.settle(one, two)
    shares.clock.sleep(Elapsed(TTL.us - 1))
    two.renew()
    assert two.mine() != CAMERAS
    shares.clock.sleep(Elapsed(1))
    two.renew()
    assert two.mine() == CAMERAS
    assert one.mine() == frozenset()


def test_an_indexer_that_leaves_frees_its_cameras_at_once(shares: Shares) -> None:
    one, two = shares.join("one"), shares.join("two")
    shares.settle(one, two)
    one.leave()
    assert one.mine() == frozenset()
    two.renew()
    assert two.mine() == CAMERAS


def test_an_indexer_started_again_takes_back_its_cameras_at_once(shares: Shares) -> None:
    one, two = shares.join("one"), shares.join("two")
    shares.settle(one, two)
    had = one.mine()
    again = CameraShare(
        IndexerIdentity(NodeId("one"), "one", "another secret", TTL),
        shares.leases,
        lambda: CAMERAS,
        shares.clock,
    )
    again.renew()
    assert again.mine() == had


def test_without_the_register_a_lone_indexer_goes_on_and_one_of_two_stops(shares: Shares) -> None:
    lone = shares.join("one")
    lone.renew()
    shares.clock.sleep(TTL)
    assert lone.mine() == CAMERAS
    two = shares.join("two")
    shares.settle(lone, two)
    shares.clock.sleep(TTL)
    assert lone.mine() == two.mine() == frozenset()


def test_a_round_that_fails_is_told_and_tried_again(shares: Shares) -> None:
    share, told = shares.join("one"), list[str]()
    cameras = shares.cameras

    def failing() -> frozenset[CameraId]:
        if not told:
            raise Unavailable("the catalogue is away")
        return cameras

    share._cameras = failing
    pauses = iter([False, True])
    share.follow(lambda _: next(pauses), lambda why: told.append(str(why)))
    assert told == ["the catalogue is away"]
    assert share.mine() == CAMERAS


# ---------------------------------------------------------------- with the embedded register


@pytest.mark.slow
def test_two_indexers_on_the_embedded_register_index_each_segment_once(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    for camera in ("camera-1", "camera-2", "camera-3"):
        city.film(camera, START, [RED], 20)
        city.film(camera, at(20), (), 20)
    url = f"sqlite:///{tmp_path / 'register.db'}"
    rooms = [SqlLeases(url, room="an encoder") for _ in range(2)]
    other_room = SqlLeases(url, room="another encoder")
    shares = [
        CameraShare(
            IndexerIdentity(NodeId(f"indexer-{number}"), f"home-{number}", f"s-{number}", TTL),
            leases,
            lambda: CAMERAS,
            city.clock,
        )
        for number, leases in enumerate([*rooms, other_room])
    ]
    for _ in range(4):
        for share in shares:
            share.renew()
            share.mine()
    assert shares[2].mine() == CAMERAS  # another encoder looks at all for itself
    done: list[set[SegmentKey]] = []
    indexers = [city.indexer, city.indexer]
    waiting = city.catalogue.unindexed(city.encoder.identity.digest, limit=9)
    for share, indexer in zip(shares[:2], indexers, strict=True):
        before = {s.key for s in city.catalogue.unindexed(city.encoder.identity.digest, limit=9)}
        report = indexer.run_once(cameras=share.mine)
        after = {s.key for s in city.catalogue.unindexed(city.encoder.identity.digest, limit=9)}
        done.append(before - after)
        assert report.segments == len(done[-1]) > 0
    assert not done[0] & done[1]
    assert done[0] | done[1] == {segment.key for segment in waiting}
    for leases in (*rooms, other_room):
        leases.close()
