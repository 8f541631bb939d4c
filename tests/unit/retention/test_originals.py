"""An original file goes with the last of its segments, planned and applied; never while held."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.errors import Conflict, Unavailable
from footage.ids import CameraId
from footage.import_run import run_of
from footage.instant import Elapsed
from footage.originals import PREFIX, Original, key_of, to_metadata
from infra.objects.memory_store import MemoryStore
from retention.policy import Policy
from tests.common.builders import DAY, START, at, during, segments_in_a_row
from tests.common.custody_list import CustodyList
from tests.common.purging import LATER, PURPOSE, City, a_hold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.segment import Segment

POLICIES = [Policy("streets", DAY * 30)]
ONE = CameraId("camera-1")
FILM = b"the whole film, as it was brought"
KEY = key_of(ONE, Digest.of(FILM), START, 1)


def imported(count: int, *, seconds: float = 60) -> list[Segment]:
    run = run_of(Digest.of(FILM), START, 1, Elapsed.parse("60s"), at(0))
    return segments_in_a_row(count, size_bytes=10, run=run, seconds=seconds)


@pytest.fixture
def segments() -> list[Segment]:
    return imported(4)


@pytest.fixture
def city(segments: list[Segment], tmp_path: Path) -> City:
    return filled(City(), segments, tmp_path)


def filled(city: City, segments: Sequence[Segment], folder: Path) -> City:
    """Store segments, and the original that the segments were cut from."""
    city.fill(segments, folder)
    film = folder / "film.mp4"
    film.write_bytes(FILM)
    whole = during(0, (segments[-1].interval.end - START).in_seconds)
    original = Original(KEY, ONE, whole, Digest.of(FILM), len(FILM), film.name)
    city.store.put(KEY, film, original.digest, to_metadata(original))
    return city


def stored(city: City) -> list[str]:
    return [found.key for found in city.store.list(PREFIX)]


def custody(city: City) -> CustodyList:
    assert isinstance(city.custody, CustodyList)
    return city.custody


def test_the_plan_lists_an_original_and_the_purge_deletes_and_proves_it(
    city: City, segments: list[Segment]
) -> None:
    plan = city.plan(POLICIES)
    assert (plan.totals["originals"], plan.totals["original_bytes"]) == (1, len(FILM))
    (item,) = plan.due
    assert item.original is not None
    assert (item.original.key, item.original.digest) == (KEY, str(Digest.of(FILM)))
    report = city.purge(batch=2).apply(plan, POLICIES, PURPOSE)
    assert report.complete
    assert list(city.store.list()) == []
    assert report.this_run["originals"] == 1
    assert report.this_run["original_bytes"] == len(FILM)
    assert report.purged == len(segments)
    proof = custody(city).intents[-1].what
    assert (proof["original"], proof["sha256"], proof["bytes"], proof["plan"]) == (
        *(KEY, Digest.of(FILM).hex, len(FILM), plan.id),
    )
    assert (2, True, {"original": "deleted"}) in custody(city).outcomes


def test_an_original_stays_while_a_segment_is_not_due(city: City, segments: list[Segment]) -> None:
    soon = segments[1].interval.end + DAY * 30
    plan = city.plan(POLICIES, soon)
    assert plan.totals["segments"] == 2
    assert "originals" not in plan.totals
    city.purge().apply(plan, POLICIES, PURPOSE)
    assert stored(city) == [KEY]
    assert len(custody(city).intents) == 1
    rest = city.plan(POLICIES)
    assert rest.totals["originals"] == 1
    city.purge().apply(rest, POLICIES, PURPOSE)
    assert stored(city) == []


class TestHeld:
    """Invariant 4."""

    def test_a_held_segment_keeps_the_original(self, city: City, segments: list[Segment]) -> None:
        city.register.place_hold(a_hold())
        plan = city.plan(POLICIES)
        assert "originals" not in plan.totals
        city.purge().apply(plan, POLICIES, PURPOSE)
        assert stored(city) == [KEY]
        assert list(city.catalogue.segments()) == segments[:1]

    def test_a_hold_placed_since_the_plan_keeps_the_original(
        self, city: City, segments: list[Segment]
    ) -> None:
        plan = city.plan(POLICIES)
        city.register.place_hold(a_hold(interval=segments[-1].interval))
        report = city.purge(batch=2).apply(plan, POLICIES, PURPOSE)
        assert [one.segment for one in report.spared] == [segments[-1].key]
        assert stored(city) == [KEY]

    def test_a_hold_on_the_object_alone_keeps_original_and_last_segments(
        self, city: City, segments: list[Segment]
    ) -> None:
        plan = city.plan(POLICIES)
        city.store.set_hold(KEY, on=True)
        report = city.purge(batch=2).apply(plan, POLICIES, PURPOSE)
        last = [segment.key for segment in segments[2:]]
        assert [one.segment for one in report.spared] == last
        assert all("its original file carries a hold" in one.reason for one in report.spared)
        assert stored(city) == [KEY]
        assert [one.key for one in city.catalogue.segments()] == last

    def test_a_hold_amid_the_deletion_keeps_the_original(
        self, city: City, segments: list[Segment]
    ) -> None:
        """A run died after the segments were deleted; then a hold came over their time."""

        class Died(Exception):
            pass

        def dying(step: str) -> None:
            if step == "before custody.intent" and len(custody(city).intents) == 1:
                raise Died

        plan = city.plan(POLICIES)
        with pytest.raises(Died):
            city.watched(dying).purge().apply(plan, POLICIES, PURPOSE)
        assert stored(city) == [KEY]
        assert list(city.catalogue.segments()) == []
        city.register.place_hold(a_hold())
        report = city.purge().apply(plan, POLICIES, PURPOSE)
        assert not report.complete
        assert stored(city) == [KEY]
        city.register.release_hold(a_hold().id, at=LATER, by="liaison", reason="verdict")
        assert city.purge().recover(PURPOSE) == len(segments)
        assert stored(city) == []
        assert city.register.tombstones(open_only=True) == []

    def test_a_lock_only_the_store_knows_keeps_the_tombstone_open(
        self, tmp_path: Path, segments: list[Segment]
    ) -> None:
        city = City()
        city.fill(segments, tmp_path)
        film = tmp_path / "film"
        film.write_bytes(FILM)
        assert isinstance(city.store, MemoryStore)
        original = Original(KEY, ONE, during(0, 240), Digest.of(FILM), len(FILM), "film")
        city.store.put(KEY, film, original.digest, to_metadata(original), retain_until=LATER + DAY)
        report = city.purge().apply(city.plan(POLICIES), POLICIES, PURPOSE)
        assert not report.complete
        assert set(report.failed) == {segment.key for segment in segments}
        assert stored(city) == [KEY]
        assert (2, False, {"original": "held"}) in custody(city).outcomes


def test_without_custody_no_original_is_deleted(city: City) -> None:
    def refusing(step: str) -> None:
        if step == "after store.delete":
            custody(city).refuses = True

    with pytest.raises(Unavailable):
        city.watched(refusing).purge().apply(city.plan(POLICIES), POLICIES, PURPOSE)
    assert stored(city) == [KEY]
    custody(city).refuses = False
    city.purge().recover(PURPOSE)
    assert stored(city) == []


@pytest.mark.slow
def test_a_crash_at_any_step_ends_the_same(tmp_path: Path, segments: list[Segment]) -> None:
    class Died(Exception):
        pass

    steps = 0
    while True:
        city, seen = filled(City(), segments, tmp_path), 0
        plan = city.plan(POLICIES)

        def dying(_: str, last: int = steps) -> None:
            nonlocal seen
            seen += 1
            if seen > last:
                raise Died

        try:
            city.watched(dying).purge(batch=2).apply(plan, POLICIES, PURPOSE)
        except Died:
            steps += 1
        else:
            break
        with suppress(Conflict):  # it died after the last step: applied to the end
            assert city.purge(batch=2).apply(plan, POLICIES, PURPOSE).complete
        assert list(city.store.list()) == []
        assert list(city.catalogue.segments()) == []
        assert any(deed.what.get("original") == KEY for deed in custody(city).intents)
    assert steps > 60


def test_recorded_footage_asks_for_no_original(tmp_path: Path) -> None:
    """And an import asks once a batch, whatever the number of its segments (invariant 12)."""

    def looks(segments: list[Segment]) -> int:
        city, calls = City(), list[str]()
        city.fill(segments, tmp_path)
        plan = city.plan(POLICIES)
        city.watched(calls.append).purge(batch=10).apply(plan, POLICIES, PURPOSE)
        return calls.count("before store.states")

    recorded = looks(segments_in_a_row(40, size_bytes=10, seconds=1))
    assert recorded == 4
    assert looks(imported(40, seconds=1)) == 3 * recorded


def test_another_import_of_the_same_bytes_keeps_its_own(city: City, tmp_path: Path) -> None:
    run = run_of(Digest.of(FILM), at(3_600), 1, Elapsed.parse("60s"), at(7_200))
    other = segments_in_a_row(1, start=LATER, run=run, size_bytes=10)
    city.fill(other, tmp_path)
    city.purge().apply(city.plan(POLICIES), POLICIES, PURPOSE)
    assert stored(city) == []
    assert list(city.catalogue.segments()) == other
