"""`decide` over any segments, holds and policies (invariants 4 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.hold import covering
from footage.ids import CameraId, SiteId
from footage.instant import Elapsed, Interval
from retention.plan import RetentionPlan, make_plan
from retention.policy import Match, Policy, Verdict, check, decide
from tests.common.builders import START, a_segment
from tests.common.purging import a_hold, minutes

if TYPE_CHECKING:
    from random import Random

    from footage.hold import Hold
    from footage.instant import Instant
    from footage.segment import Segment

    Case = tuple[list[Segment], list[Hold], list[Policy], Instant]

CAMERAS = ["camera-1", "camera-2"]
SITES = ["site-1", "site-2"]

starts = st.integers(0, 30).map(lambda n: START + minutes(n))
segment_lists = st.lists(
    st.builds(
        lambda camera, start, site, kind: a_segment(camera, start, site=site, retention_class=kind),
        st.sampled_from(CAMERAS),
        starts,
        st.sampled_from(SITES),
        st.sampled_from(["standard", "gate"]),
    ),
    max_size=8,
    unique_by=lambda segment: segment.key,
)
hold_lists = st.lists(
    st.builds(
        lambda number, start, length, cameras: a_hold(
            f"hold-{number}", Interval(start, start + minutes(length)), cameras
        ),
        st.integers(0, 99),
        starts,
        st.integers(1, 20),
        st.sets(st.sampled_from(CAMERAS), min_size=1),
    ),
    max_size=3,
    unique_by=lambda hold: hold.id,
)
matches = st.one_of(
    st.none(),
    st.builds(
        lambda camera, site, kind: Match(
            cameras=frozenset({CameraId(camera)}) if camera else frozenset(),
            sites=frozenset({SiteId(site)}) if site else frozenset(),
            classes=frozenset({kind}) if kind or not (camera or site) else frozenset(),
        ),
        st.sampled_from(["", *CAMERAS]),
        st.sampled_from(["", *SITES]),
        st.sampled_from(["gate", "standard"]),
    ),
)


def audio(policies: list[Policy]) -> bool:
    try:
        check(policies)
    except BadInput:
        return False
    return True


policy_lists = st.lists(
    st.builds(
        lambda number, keep, match: Policy(f"policy {number}", minutes(keep), match),
        st.integers(0, 99),
        st.integers(1, 20),
        matches,
    ),
    max_size=4,
    unique_by=lambda policy: policy.name,
).filter(audio)
nows = st.integers(0, 80).map(lambda n: START + minutes(n))
cases = st.tuples(segment_lists, hold_lists, policy_lists, nows)


@given(cases)
def test_nothing_held_ever_expires(case: Case) -> None:
    segments, holds, policies, now = case
    for decision in decide(segments, holds, policies, now):
        held = covering(holds, decision.segment)
        assert not (held and decision.verdict is Verdict.EXPIRE)
        assert decision.reasons
        if decision.verdict is Verdict.HELD:
            assert decision.holds == tuple(hold.id for hold in held)


@given(cases, st.integers(0, 60))
def test_what_is_due_stays_due(case: Case, later: int) -> None:
    segments, holds, policies, now = case
    first = decide(segments, holds, policies, now)
    then = decide(segments, holds, policies, now + minutes(later))
    for before, after in zip(first, then, strict=True):
        assert before.rule == after.rule
        if before.verdict is not Verdict.KEEP:
            assert after.verdict is before.verdict


@given(cases, st.randoms())
def test_the_order_given_does_not_matter(case: Case, random: Random) -> None:
    segments, holds, policies, now = case
    first = decide(segments, holds, policies, now)
    random.shuffle(segments)
    random.shuffle(holds)
    random.shuffle(policies)
    assert decide(segments, holds, policies, now) == first


@given(cases)
def test_one_microsecond_decides(case: Case) -> None:
    segments, holds, policies, now = case
    keeps = {policy.name: policy.keep for policy in policies}
    for decision in decide(segments, holds, policies, now):
        if decision.rule:
            due = decision.segment.interval.end + keeps[decision.rule]
            (at_due,) = decide([decision.segment], [], policies, due)
            (before,) = decide([decision.segment], [], policies, due - Elapsed(1))
            assert (at_due.verdict, before.verdict) == (Verdict.EXPIRE, Verdict.KEEP)


@given(cases.filter(lambda case: bool(case[2])))
def test_a_plan_survives_its_file(case: Case) -> None:
    segments, holds, policies, now = case
    plan = make_plan(segments, holds, policies, now)
    assert RetentionPlan.from_json(plan.to_json()) == plan
    assert make_plan(reversed(segments), holds, policies[::-1], now).id == plan.id
