"""Applying a plan: once, only on the facts it was made from, never what is held."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import Conflict, Unavailable
from footage.ids import SiteId
from footage.ports import DeleteOutcome, Tombstone
from footage.span import GapReason
from infra.objects.directory_store import DirectoryStore
from infra.objects.memory_store import MemoryStore
from retention.policy import Match, Policy
from tests.common.builders import DAY, a_camera, a_district, a_site, during, segments_in_a_row
from tests.common.custody_list import CustodyList
from tests.common.purging import LATER, PURPOSE, City, a_hold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.segment import Segment
    from retention.plan import RetentionPlan
    from retention.report import PurgeReport

POLICIES = [Policy("streets", DAY * 30)]
RULE = "policy 'streets' (default): keep 30d"


@pytest.fixture
def segments() -> list[Segment]:
    return segments_in_a_row(3, size_bytes=10)


@pytest.fixture
def city(segments: list[Segment], tmp_path: Path) -> City:
    made = City()
    made.fill(segments, tmp_path)
    return made


@pytest.fixture
def plan(city: City) -> RetentionPlan:
    return city.plan(POLICIES)


def test_two_at_once_agree_on_what_the_first_decided(
    city: City, plan: RetentionPlan, segments: list[Segment]
) -> None:
    """What one spared the other does not delete, though the hold was released meanwhile."""
    city.register.place_hold(a_hold())
    done = False

    def another_process(step: str) -> None:
        nonlocal done
        if step == "before register.purging" and not done:
            done = True
            city.purge().apply(plan, POLICIES, PURPOSE)
            city.register.release_hold(a_hold().id, at=LATER, by="liaison", reason="verdict")

    report = city.watched(another_process).purge().apply(plan, POLICIES, PURPOSE)
    assert [spared.segment for spared in report.spared] == [segments[0].key]
    assert list(city.catalogue.segments()) == segments[:1]
    assert [found.key for found in city.store.list()] == [segments[0].key]


def test_two_at_once_count_each_deletion_once(
    city: City, plan: RetentionPlan, segments: list[Segment]
) -> None:
    """Another process begins when the first is amid its batches, and ends before the first."""
    others: list[PurgeReport] = []

    entered = 0

    def beside(step: str) -> None:
        nonlocal entered
        entered += step == "before register.purging"
        if entered == 2 and not others:
            others.append(city.purge().apply(plan, POLICIES, PURPOSE))

    first = city.watched(beside).purge(batch=1).apply(plan, POLICIES, PURPOSE)
    (other,) = others
    assert (first.this_run["purged"], other.this_run["purged"]) == (1, 2)
    assert (first.this_run["bytes"], other.this_run["bytes"]) == (10, 20)
    assert first.totals["purged"] == other.totals["purged"] == len(segments)
    assert first.complete
    assert other.complete
    assert sum(int(str(r["purged"])) for _, _, r in custody(city).outcomes) == len(segments)


def custody(city: City) -> CustodyList:
    assert isinstance(city.custody, CustodyList)
    return city.custody


def test_what_is_due_goes_and_is_explained(
    city: City, plan: RetentionPlan, segments: list[Segment]
) -> None:
    report = city.purge().apply(plan, POLICIES, PURPOSE)
    assert report.complete
    assert not report.resumed
    assert report.purged == 3
    assert report.bytes_freed == 30
    assert list(city.store.list()) == []
    assert list(city.catalogue.segments()) == []
    assert not any(city.has_rows(segment) for segment in segments)
    assert [(g.reason, g.detail, g.interval) for g in city.catalogue.gaps()] == [
        (GapReason.EXPIRED, RULE, during(0, 180))
    ]
    (tombstone,) = city.register.tombstones(plan.id)
    assert tombstone.segments == tuple(segments)
    assert tombstone.purged == {segment.key for segment in segments}
    (deed,) = custody(city).intents
    assert deed.what["plan"] == plan.id
    assert custody(city).outcomes == [
        (1, True, {"purged": 3, "spared": 0, "failed": 0, "bytes": 30})
    ]


def test_batch_after_batch_leaves_one_gap_and_tells_how_far_it_is(
    city: City, plan: RetentionPlan
) -> None:
    told: list[tuple[int, int]] = []
    city.purge(batch=1).apply(plan, POLICIES, PURPOSE, lambda *now: told.append(now))
    assert [gap.interval for gap in city.catalogue.gaps()] == [during(0, 180)]
    assert len(city.register.tombstones(plan.id)) == 3
    assert told == [(1, 3), (2, 3), (3, 3), (3, 3)]


def test_a_plan_is_applied_once(city: City, plan: RetentionPlan) -> None:
    city.purge().apply(plan, POLICIES, PURPOSE)
    with pytest.raises(Conflict, match="applied"):
        city.purge().apply(plan, POLICIES, PURPOSE)
    assert [ok for _, ok, _ in custody(city).outcomes] == [True, False]


def test_a_place_corrected_after_the_plan_keeps_what_the_rule_there_keeps(city: City) -> None:
    jail = Policy("jail", DAY * 9999, Match(sites=frozenset({SiteId("site-2")})))
    city.register.add_districts([a_district()])
    city.register.add_sites([a_site("site-1"), a_site("site-2")])
    city.register.add_cameras([a_camera()])
    plan = city.plan([*POLICIES, jail])
    assert plan.totals["segments"] == 3
    city.register.add_cameras([a_camera(site="site-2")], correct=True)
    with pytest.raises(Conflict, match="no longer due"):
        city.purge().apply(plan, [*POLICIES, jail], PURPOSE)
    assert city.plan([*POLICIES, jail]).totals["segments"] == 0


def test_without_custody_nothing_happens(
    city: City, plan: RetentionPlan, segments: list[Segment]
) -> None:
    custody(city).refuses = True
    with pytest.raises(Unavailable):
        city.purge().apply(plan, POLICIES, PURPOSE)
    assert [found.key for found in city.store.list()] == [s.key for s in segments]
    assert city.register.tombstones() == []
    custody(city).refuses = False
    assert city.purge().apply(plan, POLICIES, PURPOSE).complete


class Stop(Exception):
    """The end of what a test looks at."""


class Statements:
    """Counts the calls of the parts of a city that a purge makes."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __call__(self, step: str) -> None:
        self.calls[step] += step.startswith("before")


@pytest.mark.slow
def test_eight_times_the_segments_take_at_most_eight_times_the_calls(tmp_path: Path) -> None:
    def calls(count: int) -> int:
        city, told = City(), Statements()
        city.fill(segments_in_a_row(count, seconds=10, size_bytes=10), tmp_path)
        plan = city.plan(POLICIES)
        assert city.watched(told).purge(batch=50).apply(plan, POLICIES, PURPOSE).purged == count
        return told.calls.total()

    few, many = calls(250), calls(2_000)
    assert many <= 8 * few
    assert many < 2_000, "a batch, not a segment, takes calls"


class TestFactsChanged:
    def test_other_policies(self, city: City, plan: RetentionPlan) -> None:
        with pytest.raises(Conflict, match="policies"):
            city.purge().apply(plan, [Policy("streets", DAY * 29)], PURPOSE)
        assert len(list(city.store.list())) == 3
        assert custody(city).intents == []

    def test_a_segment_that_is_gone(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        city.catalogue.remove_segments([segments[1].key])
        with pytest.raises(Conflict, match="are others now, or some are gone"):
            city.purge().apply(plan, POLICIES, PURPOSE)

    def test_another_digest(self, city: City, plan: RetentionPlan, segments: list[Segment]) -> None:
        city.catalogue.add_segments([replace(segments[1], digest=Digest.of(b"other"))])
        with pytest.raises(Conflict, match="are others now, or some are gone"):
            city.purge().apply(plan, POLICIES, PURPOSE)

    def test_another_rule(self, city: City, segments: list[Segment]) -> None:
        gates = Policy("gates", DAY * 30, Match(classes=frozenset({"gate"})))
        plan = city.plan([*POLICIES, gates])
        city.catalogue.add_segments([replace(segments[1], retention_class="gate")])
        with pytest.raises(Conflict, match="are others now, or some are gone"):
            city.purge().apply(plan, [*POLICIES, gates], PURPOSE)

    def test_a_clock_set_back(self, city: City, plan: RetentionPlan) -> None:
        step = getattr(city.clock, "step")  # noqa: B009 - the port has no such method
        step(-DAY * 20)
        with pytest.raises(Conflict, match="no longer due"):
            city.purge().apply(plan, POLICIES, PURPOSE)
        assert len(list(city.store.list())) == 3

    def test_meanwhile(self, city: City, plan: RetentionPlan, segments: list[Segment]) -> None:
        def another(step: str) -> None:
            if step == "before register.use_plan":
                city.catalogue.remove_segments([segments[1].key])

        with pytest.raises(Conflict, match="are others now, or some are gone"):
            city.watched(another).purge().apply(plan, POLICIES, PURPOSE)
        assert len(list(city.store.list())) == 3
        assert custody(city).outcomes[0][1] is False

    def test_whole_spans_are_compared_without_reading_segments(
        self, city: City, plan: RetentionPlan
    ) -> None:
        told = Statements()

        def until_use(step: str) -> None:
            if step == "before register.use_plan":
                raise Stop
            told(step)

        with pytest.raises(Stop):
            city.watched(until_use).purge().apply(plan, POLICIES, PURPOSE)
        assert {step for step in told.calls if "catalogue" in step and told.calls[step]} == {
            "before catalogue.days"
        }

    def test_what_an_interrupted_run_began_is_brought_to_an_end(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        begin(city, plan, segments[:2])
        city.store.delete([segments[0].key])
        with pytest.raises(Conflict):
            city.purge().apply(plan, [Policy("streets", DAY * 29)], PURPOSE)
        (tombstone,) = city.register.tombstones(plan.id)
        assert tombstone.purged == {segments[0].key}
        assert list(tombstone.spared) == [segments[1].key]
        assert list(city.catalogue.segments()) == segments[1:]
        assert not city.marked(segments[1]), "its vectors may be gone"
        assert city.marked(segments[2])


def begin(city: City, plan: RetentionPlan, segments: Sequence[Segment]) -> None:
    """As a run that died after dropping the vectors of these."""
    city.register.use_plan(plan.id, at=LATER)
    city.register.add_tombstones([Tombstone(plan.id, tuple(segments), RULE)])
    city.vectors.remove([segment.key for segment in segments])
    city.catalogue.remove_keyframes([segment.key for segment in segments])


class TestHeld:
    """Invariant 4."""

    def test_a_hold_placed_since_spares_its_segments_untouched(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        city.register.place_hold(a_hold())
        report = city.purge().apply(plan, POLICIES, PURPOSE)
        assert [(s.segment, s.reason, s.unindexed) for s in report.spared] == [
            (segments[0].key, "hold hold-1", False)
        ]
        assert [found.key for found in city.store.list()] == [segments[0].key]
        assert city.marked(segments[0])
        assert city.has_rows(segments[0])
        assert list(city.catalogue.keyframes([segments[0].camera], segments[0].interval))

    def test_a_hold_on_the_object_alone_spares_it_too(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        city.store.set_hold(segments[2].key, on=True)
        (spared,) = city.purge().apply(plan, POLICIES, PURPOSE).spared
        assert (spared.reason, spared.unindexed) == ("the object carries a hold", False)
        assert city.has_rows(segments[2])

    def test_a_lock_only_the_store_knows_spares_and_indexes_again(
        self, tmp_path: Path, segments: list[Segment]
    ) -> None:
        city = City()
        city.fill(segments[:1], tmp_path)
        assert isinstance(city.store, MemoryStore)
        path = tmp_path / "locked"
        path.write_bytes(segments[1].key.encode())
        city.store.put(segments[1].key, path, segments[1].digest, {}, retain_until=LATER + DAY)
        city.catalogue.add_segments([segments[1]])
        city.catalogue.mark_indexed([segments[1].key], "sha256:" + "a" * 64)
        plan = city.plan(POLICIES)
        report = city.purge().apply(plan, POLICIES, PURPOSE)
        assert [(s.segment, s.unindexed) for s in report.spared] == [(segments[1].key, True)]
        assert list(city.catalogue.segments()) == [segments[1]]
        assert not city.marked(segments[1])
        assert report.purged == 1

    def test_resuming_looks_at_holds_again(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        begin(city, plan, segments)
        city.store.delete([segments[0].key])
        city.register.place_hold(a_hold(interval=during(0, 120)))
        report = city.purge().apply(plan, POLICIES, PURPOSE)
        assert report.resumed
        assert report.purged == 2, "what is gone is finished"
        assert [(s.segment, s.unindexed) for s in report.spared] == [(segments[1].key, True)]
        assert city.honest(segments)

    def test_a_held_segment_whose_object_is_missing_is_not_called_expired(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        city.store.delete([segments[0].key])
        city.register.place_hold(a_hold())
        report = city.purge().apply(plan, POLICIES, PURPOSE)
        assert report.missing == (segments[0].key,)
        assert list(city.catalogue.segments()) == segments[:1]


class TestStore:
    def test_an_object_that_was_missing_is_told(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        city.store.delete([segments[1].key])
        report = city.purge().apply(plan, POLICIES, PURPOSE)
        assert report.missing == (segments[1].key,)
        details = {gap.interval: gap.detail for gap in city.catalogue.gaps()}
        assert details[segments[1].interval].endswith("missing from the store")

    def test_another_object_under_the_key_is_left_alone(
        self, city: City, plan: RetentionPlan, segments: list[Segment], tmp_path: Path
    ) -> None:
        city.store.delete([segments[1].key])
        path = tmp_path / "other"
        path.write_bytes(b"other")
        city.store.put(segments[1].key, path, Digest.of(b"other"), {})
        (spared,) = city.purge().apply(plan, POLICIES, PURPOSE).spared
        assert "not the one that was planned" in spared.reason
        assert city.store.get(segments[1].key) == b"other"

    def test_an_object_that_cannot_be_read_is_spared_and_the_others_go(
        self, tmp_path: Path, segments: list[Segment]
    ) -> None:
        """A damaged sidecar may have said "held"."""
        city = City(store=DirectoryStore(tmp_path / "store", SimulatedClock(LATER)))
        city.fill(segments, tmp_path)
        plan = city.plan(POLICIES)
        (tmp_path / "store" / "meta" / f"{segments[1].key}.json").write_bytes(b"{")
        report = city.purge().apply(plan, POLICIES, PURPOSE)
        (spared,) = report.spared
        assert spared.segment == segments[1].key
        assert spared.reason.startswith("the object cannot be read: ")
        assert report.complete
        assert report.purged == 2
        assert list(city.catalogue.segments()) == [segments[1]]
        assert city.has_rows(segments[1])

    def test_a_store_that_fails_leaves_the_plan_unfinished(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        stubborn = Stubborn(city.store, segments[1].key)
        broken = replace(city, store=stubborn)
        report = broken.purge().apply(plan, POLICIES, PURPOSE)
        assert not report.complete
        assert report.failed == (segments[1].key,)
        assert custody(city).outcomes[0][1] is False
        again = city.purge().apply(plan, POLICIES, PURPOSE)
        assert again.complete
        assert again.resumed
        assert again.purged == 3
        assert again.this_run == {"purged": 1, "spared": 0, "bytes": 10}
        assert [result["purged"] for _, _, result in custody(city).outcomes] == [2, 1]


class Stubborn(MemoryStore):
    """A store that does not delete one key."""

    def __init__(self, inner: object, key: str) -> None:
        self.__dict__.update(vars(inner))
        self._stubborn = key

    def delete(self, keys: Sequence[str]) -> dict[str, DeleteOutcome]:
        done = super().delete([key for key in keys if key != self._stubborn])
        return {key: done.get(key, DeleteOutcome.FAILED) for key in keys}


class TestRecover:
    def test_nothing_more_is_deleted(
        self, city: City, plan: RetentionPlan, segments: list[Segment]
    ) -> None:
        begin(city, plan, segments)
        city.store.delete([segments[0].key])
        assert city.purge().recover(PURPOSE) == 3
        assert [found.key for found in city.store.list()] == [s.key for s in segments[1:]]
        assert list(city.catalogue.segments()) == segments[1:]
        assert city.register.tombstones(open_only=True) == []
        assert city.honest(segments)
        assert custody(city).intents[0].what == {"plan": plan.id, "withdrawn": 3}

    def test_nothing_to_recover(self, city: City) -> None:
        assert city.purge().recover(PURPOSE) == 0
        assert custody(city).intents == []
