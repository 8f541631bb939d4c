"""`decide` over any segments, holds and policies (invariants 4 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.day import DaySegment, checksum, checksum_sum, spans_of
from footage.digest import Digest
from footage.errors import BadInput
from footage.hold import covering
from footage.ids import CameraId, SiteId
from footage.import_run import import_run, run_of
from footage.instant import Elapsed, Instant, Interval
from infra.catalogues.memory_catalog import MemoryCatalogue
from retention.plan import PlanItem, PlanText, make_plan
from retention.policy import Judge, Match, Policy, Verdict, check
from tests.common.builders import DAY, START, a_segment
from tests.common.deciding import decide
from tests.common.purging import a_hold, in_memory, minutes

if TYPE_CHECKING:
    from random import Random

    from footage.hold import Hold
    from footage.segment import Segment
    from retention.plan import RetentionPlan

    Case = tuple[list[Segment], list[Hold], list[Policy], Instant]

MIDNIGHT = Instant.parse("2026-11-23T00:00:00Z")
WINDOW = Interval(MIDNIGHT - DAY * 9, MIDNIGHT + DAY * 9)
CAMERAS = ["camera-1", "camera-2"]
SITES = ["site-1", "site-2"]

FILM = Digest.of(b"film")
imports = st.integers(0, 60).map(
    lambda n: run_of(FILM, START, 1, minutes(1), START + minutes(n)),
)
stored_by = st.one_of(st.just("run-1"), imports, st.just(f"import-{FILM.hex[:16]}-{START.us}-60"))
starts = st.integers(0, 30).map(lambda n: START + minutes(n))
segment_lists = st.lists(
    st.builds(
        lambda camera, start, site, kind, run: a_segment(
            camera, start, site=site, retention_class=kind, run=run
        ),
        st.sampled_from(CAMERAS),
        starts,
        st.sampled_from(SITES),
        st.sampled_from(["standard", "gate"]),
        stored_by,
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


def consistent(policies: list[Policy]) -> bool:
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
).filter(consistent)
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


@given(cases)
def test_an_import_is_kept_as_long_from_its_import_on(case: Case) -> None:
    segments, holds, policies, now = case
    judge = Judge(policies, holds, now)
    for decision in decide(segments, holds, policies, now):
        segment, found = decision.segment, import_run(decision.segment.run)
        due = judge.due_from(segment.camera, segment)
        if due is None:
            assert decision.verdict is Verdict.KEEP
            continue
        policy, at = due
        assert (decision.verdict is Verdict.KEEP) == (at is None or at > now)
        if found is None:
            assert at == segment.interval.end + policy.keep
        elif found.at is None:
            assert at is None
        else:
            assert at == max(found.at, segment.interval.end) + policy.keep
            assert any("imported at" in reason for reason in decision.reasons)


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
    judge = Judge(policies, holds, now)
    for decision in decide(segments, holds, policies, now):
        _, due = judge.due_from(decision.segment.camera, decision.segment) or (None, None)
        if due is not None:
            (at_due,) = decide([decision.segment], [], policies, due)
            (before,) = decide([decision.segment], [], policies, due - Elapsed(1))
            assert (at_due.verdict, before.verdict) == (Verdict.EXPIRE, Verdict.KEEP)


def plan_of(case: Case) -> RetentionPlan:
    segments, holds, policies, now = case
    catalogue = MemoryCatalogue()
    catalogue.add_segments(segments)
    days = catalogue.days(None, WINDOW)
    return in_memory(make_plan(days, catalogue.day_segments, holds, policies, now))


NIGHTLY = run_of(FILM, START, 1, minutes(1), MIDNIGHT + minutes(3))
runs = st.lists(
    st.builds(
        lambda camera, start, length, run, site, kind, number: a_segment(
            camera,
            start,
            seconds=length,
            run=run,
            site=site,
            retention_class=kind,
            number=number,
        ),
        st.sampled_from(CAMERAS),
        st.integers(0, 12).map(lambda n: MIDNIGHT - minutes(6) + minutes(n)),
        st.sampled_from([0.5, 30, 59.3, 60, 150]),
        st.sampled_from(["run-1", "run-2", NIGHTLY]),
        st.sampled_from(SITES),
        st.sampled_from(["standard", "gate"]),
        st.integers(0, 2),
    ),
    max_size=12,
    unique_by=lambda segment: segment.key,
)
holds_near = st.lists(
    st.builds(
        lambda number, start, length, cameras: a_hold(
            f"hold-{number}",
            Interval(MIDNIGHT - minutes(7) + start, MIDNIGHT - minutes(7) + start + length),
            cameras,
        ),
        st.integers(0, 99),
        st.integers(0, 15 * 60).map(Elapsed.seconds),
        st.integers(1, 5 * 60).map(Elapsed.seconds),
        st.sets(st.sampled_from(CAMERAS), min_size=1),
    ),
    max_size=3,
    unique_by=lambda hold: hold.id,
)
nows_near = st.integers(-10 * 60, 40 * 60).map(lambda n: MIDNIGHT + Elapsed.seconds(n))
near_midnight = st.tuples(runs, holds_near, policy_lists.filter(bool), nows_near)


@given(near_midnight)
def test_a_plan_by_interval_names_exactly_the_segments_decided_one_by_one(case: Case) -> None:
    """Whole spans are decided without their segments, and still as each segment would be."""
    segments, holds, policies, now = case
    items = list(plan_of(case).items)
    for decision in decide(segments, holds, policies, now):
        segment = decision.segment
        about = [i for i in items if i.camera == segment.camera and i.includes(segment)]
        due = [item for item in about if not item.holds]
        if decision.verdict is Verdict.EXPIRE:
            assert [(item.rule, item.reasons) for item in due] == [
                (decision.rule, decision.reasons)
            ]
            continue
        assert due == []
        saved = [(item.rule, item.reasons, item.holds) for item in about]
        if decision.verdict is Verdict.KEEP:
            assert saved == []
        else:
            assert (decision.rule, decision.reasons, decision.holds) in saved
    for item in items:
        named = [s for s in segments if s.camera == item.camera and item.includes(s)]
        if item.holds:  # a held segment may be longer than another of its run that is not held
            assert item.span.segments <= len(named)
            continue
        assert item.span.segments == len(named)
        assert item.span.size_bytes == sum(segment.size_bytes for segment in named)
        assert item.span.checksum == checksum_sum(map(checksum, named))


@given(near_midnight)
def test_a_span_decided_as_a_whole_is_decided_as_each_of_its_segments(case: Case) -> None:
    segments, holds, policies, now = case
    judge = Judge(policies, holds, now)
    for camera in map(CameraId, CAMERAS):
        mine = [DaySegment.of(segment) for segment in segments if segment.camera == camera]
        for span in spans_of(mine):
            whole = judge.of_span(camera, span)
            inside = [s for s in mine if PlanItem(camera, span, "", ()).includes(s)]
            if whole is not None:
                assert {judge.of_segment(camera, segment) for segment in inside} <= {whole}


@given(near_midnight)
def test_a_plan_survives_its_text(case: Case) -> None:
    segments, holds, policies, now = case
    plan = plan_of(case)
    text = PlanText(plan.created, plan.policies, plan.items)
    assert in_memory(text) == plan
    assert plan_of((segments[::-1], holds[::-1], policies[::-1], now)).id == plan.id
