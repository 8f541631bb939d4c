"""Eviction from any spool (invariants 4 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from recorder.store.eviction_policy import Candidate, KeepReason, decide
from tests.common.builders import a_segment, at

if TYPE_CHECKING:
    from random import Random

CLASSES = ["low", "standard", "high", "unheard of"]

spools = st.lists(
    st.builds(
        lambda camera, minute, kind, size, kept: Candidate(
            a_segment(camera, at(60 * minute), retention_class=kind, size_bytes=size), kept
        ),
        st.sampled_from(["camera-1", "camera-2"]),
        st.integers(0, 20),
        st.sampled_from(CLASSES),
        st.integers(1, 50),
        st.one_of(st.none(), st.sampled_from(KeepReason)),
    ),
    max_size=12,
    unique_by=lambda one: one.segment.key,
)
orders = st.sets(st.sampled_from(["low", "high"])).flatmap(
    lambda names: st.permutations([*names, "standard"])
)
limits = st.integers(0, 400)
others = st.integers(0, 60)


def used(spool: list[Candidate], other: int) -> int:
    return other + sum(one.segment.size_bytes for one in spool)


def rank(order: list[str], one: Candidate) -> tuple[int, int]:
    kind = one.segment.retention_class
    return order.index(kind if kind in order else "standard"), one.segment.interval.start.us


@given(spools, limits, others, orders)
def test_what_is_kept_never_goes_and_nothing_twice(
    spool: list[Candidate], limit: int, other: int, order: list[str]
) -> None:
    gone = [chosen.segment for chosen in decide(spool, used(spool, other), limit, order).evicted]
    assert len(set(gone)) == len(gone)
    assert set(gone) <= {one.segment for one in spool if one.kept is None}


@given(spools, limits, others, orders)
def test_it_frees_enough_or_all_that_may_go_and_no_more(
    spool: list[Candidate], limit: int, other: int, order: list[str]
) -> None:
    decision = decide(spool, used(spool, other), limit, order)
    sizes = [chosen.segment.size_bytes for chosen in decision.evicted]
    left = used(spool, other) - sum(sizes)
    assert decision.over == max(left - limit, 0)
    if decision.over:
        assert len(sizes) == sum(one.kept is None for one in spool)
    if sizes:
        assert left + sizes[-1] > limit


@given(spools, limits, others, orders, st.randoms(use_true_random=False))
def test_class_before_age_whatever_the_order_they_come_in(
    spool: list[Candidate], limit: int, other: int, order: list[str], random: Random
) -> None:
    decision = decide(spool, used(spool, other), limit, order)
    free = [one for one in spool if one.kept is None]
    gone = {chosen.segment for chosen in decision.evicted}
    ranks = [rank(order, one) for one in free if one.segment in gone]
    stay = [rank(order, one) for one in free if one.segment not in gone]
    assert not ranks or not stay or max(ranks) <= min(stay)
    shuffled = random.sample(spool, len(spool))
    assert decide(shuffled, used(spool, other), limit, order) == decision


@given(spools, limits, others, orders, st.integers(0, 100))
def test_a_smaller_limit_only_adds_victims(
    spool: list[Candidate], limit: int, other: int, order: list[str], less: int
) -> None:
    wide = decide(spool, used(spool, other), limit, order).evicted
    narrow = decide(spool, used(spool, other), limit - less, order).evicted
    assert narrow[: len(wide)] == wide
