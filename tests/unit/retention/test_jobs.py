"""The daily run: holds renewed, the due deleted, nothing absurd unasked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.hold_marks import HoldMarks
from footage.clock import SimulatedClock
from footage.day import day_of
from footage.errors import BadInput, Refused
from footage.ids import PlanId, SiteId
from footage.ports import Tombstone
from infra.catalogues.memory_catalog import MemoryCatalogue
from retention.jobs import PLANS_KEPT, DailyRetention, candidates
from retention.plan_file import read_plan
from retention.policy import Match, Policy
from retention.shares_file import read_shares, shares_path
from tests.common.builders import (
    DAY,
    START,
    a_camera,
    a_district,
    a_segment,
    a_site,
    segments_in_a_row,
)
from tests.common.purging import LATER, PURPOSE, City, a_hold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.instant import Instant

POLICIES = [Policy("streets", DAY * 30)]


def daily(city: City, folder: Path, policies: Sequence[Policy] | None = POLICIES) -> DailyRetention:
    marks = HoldMarks(city.register, city.catalogue, city.store, city.clock)
    return DailyRetention(
        city.purge(),
        city.register,
        city.catalogue,
        marks,
        lambda: policies,
        city.clock,
        folder=folder / "plans",
        store=lambda: city.store,
    )


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = City()
    made.fill([a_segment(), a_segment(start=LATER - DAY)], tmp_path)
    return made


def test_only_what_is_due_goes(city: City, tmp_path: Path) -> None:
    done = daily(city, tmp_path).run(PURPOSE)
    assert done.purge is not None
    assert done.purge.purged == 1
    assert len(list(city.store.list())) == 1


def test_a_corrected_place_counts_in_the_daily_run(city: City, tmp_path: Path) -> None:
    jail = Policy("jail", DAY * 9999, Match(sites=frozenset({SiteId("site-2")})))
    city.register.add_districts([a_district()])
    city.register.add_sites([a_site("site-2")])
    city.register.add_cameras([a_camera(site="site-2")], since=START - DAY)
    assert daily(city, tmp_path, [*POLICIES, jail]).run(PURPOSE).purge is None
    assert len(list(city.store.list())) == 2


def test_days_that_hold_nothing_are_dropped_up_to_what_may_be_due(tmp_path: Path) -> None:
    asked: list[Instant] = []

    class ByDay(MemoryCatalogue):
        def drop_empty_days(self, *, before: Instant) -> list[str]:
            asked.append(before)
            assert len(list(self.segments())) == 1, "after what was due has gone"
            return ["segments-2026-11-22"]

    city = City(catalogue=ByDay())
    city.fill([a_segment(), a_segment(start=LATER - DAY)], tmp_path)
    assert daily(city, tmp_path).run(PURPOSE).dropped == ("segments-2026-11-22",)
    assert asked == [LATER - DAY * 30]
    assert daily(city, tmp_path, None).run(PURPOSE).dropped == ()


def test_twice_a_day_does_no_harm(city: City, tmp_path: Path) -> None:
    daily(city, tmp_path).run(PURPOSE)
    assert daily(city, tmp_path).run(PURPOSE).purge is None


def test_no_policy_file_keeps_everything(city: City, tmp_path: Path) -> None:
    assert daily(city, tmp_path, None).run(PURPOSE).purge is None
    assert len(list(city.store.list())) == 2


def test_an_empty_one_is_refused(city: City, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no policies"):
        daily(city, tmp_path, []).run(PURPOSE)


def test_holds_are_set_again_on_their_objects(city: City, tmp_path: Path) -> None:
    city.register.place_hold(a_hold())
    done = daily(city, tmp_path).run(PURPOSE)
    assert done.marks.marked == 1
    assert city.store.is_held(a_segment().key)
    assert done.purge is None


def test_a_held_object_that_is_missing_is_an_alarm(city: City, tmp_path: Path) -> None:
    city.register.place_hold(a_hold())
    city.store.delete([a_segment().key])
    assert daily(city, tmp_path).run(PURPOSE).marks.missing == (a_segment().key,)


def test_a_released_hold_is_not_set_again(city: City, tmp_path: Path) -> None:
    city.register.place_hold(a_hold())
    city.register.release_hold(a_hold().id, at=LATER, by="liaison", reason="verdict")
    assert daily(city, tmp_path).run(PURPOSE).marks.marked == 0


def test_what_a_release_cut_short_left_marked_goes_the_same_day(city: City, tmp_path: Path) -> None:
    city.register.place_hold(a_hold())
    city.store.set_hold(a_segment().key, on=True)
    city.register.release_hold(a_hold().id, at=LATER, by="liaison", reason="verdict")
    done = daily(city, tmp_path).run(PURPOSE)
    assert done.marks.lifted == 1
    assert done.purge is not None
    assert done.purge.purged == 1
    assert a_segment().key not in {segment.key for segment in city.catalogue.segments()}


def test_interrupted_purges_are_recovered_first(city: City, tmp_path: Path) -> None:
    plan = city.plan(POLICIES)
    city.register.use_plan(plan.id, at=LATER)
    city.register.add_tombstones([Tombstone(plan.id, (a_segment(),), "rule")])
    done = daily(city, tmp_path).run(PURPOSE)
    assert done.recovered == 1
    assert done.purge is not None
    assert done.purge.complete


def test_an_absurd_share_of_a_camera_needs_a_person(tmp_path: Path) -> None:
    city = City()
    city.fill(segments_in_a_row(120, size_bytes=10), tmp_path)
    with pytest.raises(Refused, match=r"1200 of the 1200 bytes of camera-1"):
        daily(city, tmp_path).run(PURPOSE)
    assert len(list(city.store.list())) == 120
    (file,) = (tmp_path / "plans").glob("plan-*")
    plan = read_plan(file)
    assert file.stem == plan.id, "the plan to look at and to apply"
    assert city.purge().apply(plan, POLICIES, PURPOSE).complete


def test_the_brake_reads_summaries_and_no_segments(tmp_path: Path) -> None:
    city = City()
    city.fill(segments_in_a_row(120, size_bytes=10), tmp_path)
    calls: list[str] = []
    with pytest.raises(Refused):
        daily(city.watched(calls.append), tmp_path).run(PURPOSE)
    assert [call for call in calls if call.startswith("before catalogue")] == [
        "before catalogue.days"
    ] * 3  # the plan, the brake, the sums that stay with the plan


def test_the_file_of_a_plan_that_was_applied_is_removed(city: City, tmp_path: Path) -> None:
    daily(city, tmp_path).run(PURPOSE)
    assert list((tmp_path / "plans").iterdir()) == []


def test_plans_that_nobody_applied_are_removed_after_a_week(tmp_path: Path) -> None:
    """The brake refuses each day: the plan to look at is the newest, and not one for each day."""
    city = City()
    city.fill(segments_in_a_row(120, size_bytes=10), tmp_path)
    mine = tmp_path / "plans" / "plan-mine.jsonl"
    mine.parent.mkdir()
    mine.write_text("no plan\n")
    for day in range(20):
        with pytest.raises(Refused):
            daily(city, tmp_path).run(PURPOSE)
        city.clock.sleep(DAY)
        there = [path for path in mine.parent.iterdir() if path != mine]  # each with its sums
        assert len(there) == 2 * min(day + 1, PLANS_KEPT.us // DAY.us + 1)
    assert mine.exists()


def test_candidates_lie_before_the_shortest_keep(city: City) -> None:
    found = [summary.day for summary in candidates(city.catalogue, POLICIES, LATER)]
    assert found == [day_of(START)]
    assert list(candidates(city.catalogue, POLICIES, SimulatedClock(START).now())) == []


def test_a_moderate_share_passes_the_brake(tmp_path: Path) -> None:
    city = City()
    city.fill(segments_in_a_row(110, size_bytes=10), tmp_path)
    city.fill(segments_in_a_row(120, start=LATER - DAY, size_bytes=10), tmp_path)
    done = daily(city, tmp_path).run(PURPOSE)
    assert done.purge is not None
    assert done.purge.purged == 110
    assert done.purge.totals["bytes"] == 1100


def test_a_hold_released_just_before_renewal_is_left_released(city: City, tmp_path: Path) -> None:
    city.register.place_hold(a_hold())
    released = False

    def liaison(step: str) -> None:
        nonlocal released
        if step == "before register.purging" and not released:
            released = True
            city.register.release_hold(a_hold().id, at=LATER, by="liaison", reason="verdict")

    assert daily(city.watched(liaison), tmp_path, None).run(PURPOSE).marks.marked == 0
    assert not city.store.is_held(a_segment().key)


def test_without_policies_there_are_no_candidates(city: City) -> None:
    assert list(candidates(city.catalogue, [], LATER)) == []
    assert list(candidates(city.catalogue, [Policy("long", DAY * 99_999)], LATER)) == []


def test_a_camera_that_would_lose_everything_waits_for_a_person(city: City, tmp_path: Path) -> None:
    city.fill([shop := a_segment("camera-2")], tmp_path)
    with pytest.raises(Refused, match="all that is stored of camera-2") as raised:
        daily(city, tmp_path).run(PURPOSE)
    left = {segment.key for segment in city.catalogue.segments()}
    assert shop.key in left
    assert a_segment().key not in left, "the others are gone through"
    (file,) = (tmp_path / "plans").glob("plan-*")
    assert file.stem in str(raised.value)
    counted = read_shares(shares_path(file.parent, PlanId(file.stem)))
    assert counted is not None, "whoever looks at the plan counts nothing"
    assert counted.shares.emptied == [shop.camera]
    done = city.purge().apply(read_plan(file), POLICIES, PURPOSE)
    assert done.purged == 1
    assert daily(city, tmp_path).run(PURPOSE).purge is None


def test_each_new_plan_is_checked_anew(city: City, tmp_path: Path) -> None:
    """A hold is released between the plan of all cameras and that without camera-2."""
    city.fill([a_segment("camera-2"), held := a_segment("camera-3")], tmp_path)
    hold = replace(a_hold(), cameras=frozenset({held.camera}))
    city.register.place_hold(hold)
    released = False

    def liaison(step: str) -> None:
        nonlocal released
        if step == "after register.stays" and not released:  # the first plan has read the holds
            released = True
            city.register.release_hold(hold.id, at=LATER, by="liaison", reason="verdict")

    with pytest.raises(Refused, match="all that is stored of camera-2, camera-3") as raised:
        daily(city.watched(liaison), tmp_path).run(PURPOSE)
    assert held.key in {segment.key for segment in city.catalogue.segments()}
    (file,) = (tmp_path / "plans").glob("plan-*")
    assert file.stem in str(raised.value)


def test_a_camera_left_out_that_has_footage_again_waits_for_no_person(
    city: City, tmp_path: Path
) -> None:
    city.fill([a_segment("camera-2")], tmp_path)
    plans = 0

    def recorder(step: str) -> None:
        nonlocal plans
        if step == "before register.stays":
            plans += 1
            if plans == 2:
                city.fill([a_segment("camera-2", start=LATER - DAY)], tmp_path)

    assert daily(city.watched(recorder), tmp_path).run(PURPOSE).purge is not None
    assert list((tmp_path / "plans").iterdir()) == []
    assert daily(city, tmp_path).run(PURPOSE).purge is not None, "camera-2 the next day"


def test_the_brake_counts_what_the_commands_show(tmp_path: Path) -> None:
    """A camera that moved has a share at each site; the sum over the sites decides."""
    city = City()
    city.fill(segments_in_a_row(110, size_bytes=10), tmp_path)
    there = [
        replace(segment, site=SiteId("site-2"))
        for segment in segments_in_a_row(120, start=LATER - DAY, size_bytes=10)
    ]
    city.fill(there, tmp_path)
    job = daily(city, tmp_path)
    plan, _ = job.plan(POLICIES)
    assert job.shares(plan, {a_camera().id}) == job.shares(plan)
    assert {whose.site: share.all_goes for whose, share in job.shares(plan).by_camera.items()} == {
        "site-1": True,
        "site-2": False,
    }
    done = job.run(PURPOSE)
    assert done.purge is not None
    assert done.purge.purged == 110
