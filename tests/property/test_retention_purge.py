"""Applying a plan converges after a crash at any step, and no held byte goes (invariants 3, 4)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.errors import Conflict
from footage.hold import covering
from footage.span import GapReason, timeline
from retention.policy import Policy
from tests.common.builders import during, segments_in_a_row
from tests.common.purging import LATER, PURPOSE, City, a_hold, minutes
from tests.common.tiers import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.hold import Hold
    from footage.segment import Segment
    from retention.plan import RetentionPlan

POLICIES = [Policy("all", minutes(60 * 24))]


class Crash(BaseException):
    """The end of the process: no code may catch this exception."""


def crash_at(step: int) -> Callable[[str], None]:
    left = step

    def tell(_: str) -> None:
        nonlocal left
        if left == 0:
            raise Crash
        left -= 1

    return tell


def a_city(segments: Sequence[Segment], on_objects: set[int]) -> City:
    city = City()
    with tempfile.TemporaryDirectory() as folder:
        city.fill(segments, Path(folder))
    for number in on_objects:
        city.store.set_hold(segments[number].key, on=True)
    return city


def plan_of(city: City) -> RetentionPlan:
    return city.plan(POLICIES)


def run(city: City, plan: RetentionPlan, tell: Callable[[str], None], *, batch: int) -> bool:
    """Apply `plan`; return whether the purge ended without a crash."""
    try:
        city.watched(tell).purge(batch=batch).apply(plan, POLICIES, PURPOSE)
    except Crash:
        return False
    return True


segment_lists = st.integers(1, 4).map(lambda n: segments_in_a_row(n, size_bytes=10))
holds = st.lists(
    st.builds(
        lambda first, count: a_hold(interval=during(60 * first, 60 * (first + count))),
        st.integers(0, 3),
        st.integers(1, 2),
    ),
    max_size=1,
)
object_holds = st.sets(st.integers(0, 3), max_size=1)


@examples(25)
@given(segment_lists, holds, object_holds, st.sampled_from([1, 2, 50]), st.data())
def test_a_crash_at_any_step_and_again_is_as_once(
    segments: list[Segment],
    placed_later: list[Hold],
    on_objects: set[int],
    batch: int,
    data: st.DataObject,
) -> None:
    on_objects = {number for number in on_objects if number < len(segments)}
    smooth = a_city(segments, on_objects)
    plan = plan_of(smooth)
    for hold in placed_later:
        smooth.register.place_hold(hold)
    steps: list[str] = []
    assert run(smooth, plan, steps.append, batch=batch)
    expected = smooth.left(segments)

    step = data.draw(st.integers(0, len(steps) - 1), label="crash at")
    rough = a_city(segments, on_objects)
    for hold in placed_later:
        rough.register.place_hold(hold)
    assert not run(rough, plan, crash_at(step), batch=batch)
    if not run_again_is_refused(rough, plan):
        assert run(rough, plan, lambda _: None, batch=batch)
    assert rough.left(segments) == expected
    for city in (smooth, rough):
        assert city.honest(segments)
        check_held_and_explained(city, segments, placed_later)


def run_again_is_refused(city: City, plan: RetentionPlan) -> bool:
    """Only when the crash came after the plan was finished."""
    outcome = city.register.purge_outcome(plan.id, listed=0)
    if outcome.open or outcome.purged + outcome.spared < plan.totals["segments"]:
        return False
    try:
        city.register.use_plan(plan.id, at=LATER)
    except Conflict:
        return True
    return False


def check_held_and_explained(city: City, segments: Sequence[Segment], holds: list[Hold]) -> None:
    stored = {found.key for found in city.store.list()}
    for segment in segments:
        if covering(holds, segment):
            assert segment.key in stored
    window = during(0, 60 * len(segments))
    found = timeline(segments[0].camera, window, city.catalogue.segments(), city.catalogue.gaps())
    assert {gap.reason for gap in found.gaps} <= {GapReason.EXPIRED}


@examples(25)
@given(segment_lists, st.data())
def test_a_hold_placed_between_batches_wins(segments: list[Segment], data: st.DataObject) -> None:
    city = a_city(segments, set())
    plan = plan_of(city)
    number = data.draw(st.integers(0, len(segments) - 1), label="held")
    moment = data.draw(st.integers(0, number), label="batches done before")
    hold = a_hold("hold-late", segments[number].interval)
    entered = 0

    def another_process(step: str) -> None:
        nonlocal entered
        if step == "before register.purging":
            if entered == moment:
                city.register.place_hold(hold)
            entered += 1

    assert run(city, plan, another_process, batch=1)
    held = segments[number]
    assert [found.key for found in city.store.list()] == [held.key]
    assert list(city.catalogue.segments()) == [held]
    assert city.marked(held), "what is spared in time is not touched"
    assert city.has_rows(held)
