"""A seed is a schedule."""

from __future__ import annotations

from collections import Counter

from footage.instant import Elapsed
from tests.chaos.recording.plan import HABITS, KILLS_AND_CUTS, Cast, Kind, schedule

CAST = Cast(("node-1", "node-2"), tuple(f"camera-{n}" for n in range(1, 9)))
PACE = Elapsed.parse("2s")


def test_the_same_seed_gives_the_same_schedule() -> None:
    one = schedule(7, CAST, kills=200, pace=PACE)
    assert one == schedule(7, CAST, kills=200, pace=PACE)
    assert one != schedule(8, CAST, kills=200, pace=PACE)


def test_there_are_as_many_kills_as_asked_and_every_kind_among_them() -> None:
    faults = schedule(1, CAST, kills=200, pace=PACE)
    kinds = Counter(fault.kind for fault in faults)
    assert sum(kinds[kind] for kind in KILLS_AND_CUTS) == 200
    assert set(kinds) == set(Kind)
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)


def test_a_target_is_left_alone_until_it_has_recovered() -> None:
    for seed in range(20):
        until: dict[str, Elapsed] = {}
        for fault in schedule(seed, CAST, kills=60, pace=PACE):
            assert fault.at >= until.get(fault.target, Elapsed(0))
            assert fault.target in CAST.targets(fault.kind)
            until[fault.target] = (
                fault.at + fault.lasts + Elapsed(HABITS[fault.kind].rest_ms * 1000)
            )


def test_kinds_can_be_left_out() -> None:
    without = frozenset({Kind.CATALOGUE_KILL})
    faults = schedule(3, CAST, kills=100, pace=PACE, without=without)
    assert Kind.CATALOGUE_KILL not in {fault.kind for fault in faults}
