"""A full spool evicts what it must: the doing, on real files."""

from __future__ import annotations

import os
import re
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from footage.hold import Hold
from footage.ids import CameraId, HoldId
from footage.span import Gap, GapReason
from recorder.events import (
    Alarm,
    GapRecorded,
    SegmentEvicted,
    Trouble,
    TroubleBegan,
    TroubleSource,
)
from recorder.spool.spool import CameraSpool
from tests.common.builders import START, during
from tests.common.recording import holes
from tests.common.spooling import LONG, SIZE, SOON, Depot, found, leave_run

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import StoredObject
    from footage.segment import Segment
    from recorder.spool.spool import Spooled
    from recorder.store.uploader import Uploader

HOLD = Hold(
    HoldId("hold-1"), frozenset({CameraId("camera-1")}), during(0, 10), "court", "r", "clerk", START
)
ROOM = 4_000
"""For journals and locks."""


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return Depot(tmp_path / "spool")


def keys(segments: list[Segment] | list[Spooled]) -> list[str]:
    return [s.key if hasattr(s, "key") else s.segment.key for s in segments]


def test_the_oldest_of_the_lowest_class_go_and_all_else_is_stored(depot: Depot) -> None:
    high, low = depot.spool("camera-1"), depot.spool("camera-2")
    kept = leave_run(high, 5, kind="high")
    going = leave_run(low, 5, kind="low")
    depot.store.down = True
    used = sum(path.stat().st_size for path in depot.root.glob("*/*"))

    async def use(uploader: Uploader) -> None:
        for one in [*kept, *going]:
            uploader.segment(high if one in kept else low, one)
        await depot.until(lambda: len(depot.told(SegmentEvicted)) == 3)
        assert uploader.evicting
        await depot.clock.pause(SOON * 10)
        assert len(depot.files()) == 7  # no more than needed
        depot.store.down = False
        assert await uploader.flush(LONG)
        await depot.until(lambda: not uploader.evicting)

    depot.uploader(use, depot.spool_limit(used - 2 * SIZE - 1, order=("low", "standard", "high")))
    evicted = depot.told(SegmentEvicted)
    assert [event.segment for event in evicted] == [one.segment for one in going[:3]]
    (alarm,) = depot.told(Alarm)
    assert "class 'low' first" in alarm.text
    assert "nothing stored since" in alarm.text
    assert "the store is down" in alarm.text
    assert any("room again; 3 segments, 3.0 kB were evicted" in str(e) for e in depot.events)
    stored, gaps = list(depot.catalogue.segments()), list(depot.catalogue.gaps())
    assert len(stored) == 7
    assert [gap.interval for gap in gaps] == [one.segment.interval for one in going[:3]]
    assert len({(gap.reason, gap.detail) for gap in gaps}) == 1  # a timeline shows one
    assert gaps[0].reason is GapReason.SPOOL_OVERFLOW
    assert holes([s for s in stored if s.camera == "camera-2"], gaps) == []
    assert depot.files() == []
    assert [spool.gaps() for spool in (high, low)] == [[], []]
    final = [event.gap for event in depot.told(GapRecorded) if event.final]
    assert final == gaps


def test_what_is_held_never_goes_and_people_are_told(depot: Depot) -> None:
    """Invariant 4: not at 100 % disk."""
    spool = depot.spool()
    held, *free = leave_run(spool, 3)
    depot.holds.standing.append(HOLD)
    depot.store.down = True

    async def use(uploader: Uploader) -> None:
        for one in [held, *free]:
            uploader.segment(spool, one)
        await depot.until(lambda: len(depot.told(Alarm)) == 2)

    depot.uploader(use, depot.spool_limit(1))
    assert keys([e.segment for e in depot.told(SegmentEvicted)]) == keys(free)
    assert held.path.exists()
    begun, stuck = depot.told(Alarm)
    assert "footage is evicted" in begun.text
    assert "nothing may be evicted (1 held)" in stuck.text


def test_holds_of_a_register_that_is_down_count_as_last_read(depot: Depot) -> None:
    spool = depot.spool()
    held, free = leave_run(spool, 2)
    depot.holds.standing.append(HOLD)
    depot.store.down = True

    async def use(uploader: Uploader) -> None:
        await depot.until(lambda: uploader.level is not None)  # the first look reads them
        depot.holds.down = True
        uploader.segment(spool, held)
        uploader.segment(spool, free)
        await depot.until(lambda: bool(depot.told(SegmentEvicted)))

    depot.uploader(use, depot.spool_limit(1))
    assert held.path.exists()
    (gap,) = {event.gap for event in depot.told(SegmentEvicted)}
    assert gap is not None
    assert "the register is down: holds as read at" in gap.detail


def test_holds_that_were_never_read_keep_everything(depot: Depot) -> None:
    spool = depot.spool()
    waits = leave_run(spool, 2)
    depot.holds.down = depot.store.down = True

    async def use(uploader: Uploader) -> None:
        for one in waits:
            uploader.segment(spool, one)
        await depot.until(lambda: bool(depot.told(Alarm)))

    depot.uploader(use, depot.spool_limit(1))
    assert depot.told(SegmentEvicted) == []
    assert "never read, so all counts as held" in depot.told(Alarm)[0].text


def test_a_hold_placed_after_the_decision_is_seen(depot: Depot) -> None:
    """Invariant 4: read again inside the step that deletes."""
    spool = depot.spool()
    (one,) = leave_run(spool, 1)
    depot.store.down = True
    reads, read = 0, depot.holds.holds

    def holds(*, active_only: bool = True) -> list[Hold]:
        nonlocal reads
        answer = read(active_only=active_only)
        reads += 1
        if reads == 2:  # the first look, then the decision
            depot.holds.standing.append(HOLD)
        return answer

    depot.holds.holds = holds  # type: ignore[method-assign]  # placed just then

    async def use(uploader: Uploader) -> None:
        uploader.segment(spool, one)
        await depot.until(lambda: reads > 5)

    depot.uploader(use, depot.spool_limit(1))
    assert depot.told(SegmentEvicted) == []
    assert one.path.exists()


def test_what_is_stored_and_lacks_only_its_row_stays(depot: Depot) -> None:
    spool = depot.spool()
    waits = leave_run(spool, 3)
    depot.catalogue.down = True

    async def use(uploader: Uploader) -> None:
        for one in waits:
            uploader.segment(spool, one)
        await depot.until(lambda: bool(depot.told(Alarm)))
        assert len(depot.files()) == 3
        depot.catalogue.down = False
        assert await uploader.flush(LONG)

    depot.uploader(use, depot.spool_limit(1))
    assert depot.told(SegmentEvicted) == []
    # The alarm may come while the last is being stored.
    assert re.search(r"\d stored, not in the catalogue yet", depot.told(Alarm)[0].text)
    assert len(list(depot.catalogue.segments())) == 3


def test_what_an_earlier_recorder_put_is_found_in_the_store_not_evicted(
    depot: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = depot.spool()
    slow, one = leave_run(spool, 2)
    depot.store.put(one.segment.key, one.path, one.segment.digest, {})
    release, put = Event(), depot.store.put

    def blocking(key: str, *args: Any, **options: Any) -> StoredObject:  # noqa: ANN401 - passed on
        assert key == slow.segment.key, "the other one is never uploaded again"
        assert release.wait(LONG.in_seconds)
        return put(key, *args, **options)

    monkeypatch.setattr(depot.store, "put", blocking)

    async def use(uploader: Uploader) -> None:
        uploader.segment(spool, slow)
        uploader.segment(spool, one)
        await depot.until(lambda: bool(list(depot.catalogue.segments())))
        assert keys(list(depot.catalogue.segments())) == keys([one])
        release.set()
        assert await uploader.flush(LONG)

    depot.uploader(use, depot.spool_limit(1), workers=1)
    assert depot.told(SegmentEvicted) == []
    assert depot.files() == []


def test_a_store_that_works_is_given_its_chance(depot: Depot) -> None:
    """A disk that others fill costs no footage that the store would take."""
    spool = depot.spool()
    waits = leave_run(spool, 20)

    async def use(uploader: Uploader) -> None:
        for one in waits:
            uploader.segment(spool, one)
        assert await uploader.flush(LONG)

    depot.uploader(use, depot.spool_limit(1, chance="1m"))
    assert depot.told(SegmentEvicted) == []
    assert len(list(depot.catalogue.segments())) == 20


def test_a_disk_that_does_not_say_how_full_it_is_costs_nothing(
    depot: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = depot.spool()
    waits = leave_run(spool, 3)
    depot.store.down = True

    blind = Trouble(TroubleSource.SPOOL_SIZE)

    def refuse(path: object) -> os.statvfs_result:
        raise OSError(5, "Input/output error", str(path))

    async def use(uploader: Uploader) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(os, "statvfs", refuse)
            for one in waits:
                uploader.segment(spool, one)
            await depot.until(lambda: bool(begun()))
            await depot.clock.pause(SOON * 10)
            assert uploader.level is None
            assert len(depot.files()) == 3
            assert depot.told(SegmentEvicted) == []
        await depot.until(lambda: blind.ended() in depot.events)

    def begun() -> list[TroubleBegan]:
        return [event for event in depot.told(TroubleBegan) if event.trouble == blind]

    depot.uploader(use, depot.spool_limit(1))
    assert len(begun()) == 1
    assert depot.events.count(blind.ended()) == 1


def test_a_file_that_cannot_be_removed_is_stored_without_its_gap(
    depot: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = depot.spool()
    (one,) = leave_run(spool, 1)
    depot.store.down = True
    full = Trouble(TroubleSource.SPOOL_REMOVAL)
    unlink = os.unlink

    def refuse(path: str, **options: int) -> None:
        if str(path).endswith(".mp4"):
            raise OSError(5, "Input/output error", str(path))
        unlink(path, **options)

    async def use(uploader: Uploader) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", refuse)
            uploader.segment(spool, one)
            await depot.until(lambda: bool(begun()))
            assert list(spool.folder.glob("*.gap"))
            depot.store.down = False
            await depot.until(lambda: bool(list(depot.store.inner.list())))
        assert await uploader.flush(LONG)
        await depot.until(lambda: full.ended() in depot.events)

    def begun() -> list[TroubleBegan]:
        return [event for event in depot.told(TroubleBegan) if event.trouble == full]

    depot.uploader(use, depot.spool_limit(1))
    assert "nothing can be removed" in begun()[0].text
    assert keys(list(depot.catalogue.segments())) == keys([one])
    assert list(depot.catalogue.gaps()) == []
    assert list(spool.folder.glob("*.gap")) == []


def test_a_gap_whose_segment_is_still_here_does_not_count(tmp_path: Path) -> None:
    spool = CameraSpool(tmp_path, CameraId("camera-1"))
    first, second = leave_run(spool, 2)
    gap = the_gap(first)
    spool.keep_gap(gap, instead_of=first.path.name)  # and then came the crash
    spool.give_up(second, the_gap(second))
    assert spool.gaps() == [the_gap(second)]
    assert [path.name for path in spool.folder.glob("*.gap")] == [
        f"{second.segment.interval.start.us}-spool_overflow.gap"
    ]
    assert [one.path for one in found(spool)] == [first.path]


def the_gap(one: Spooled) -> Gap:
    return Gap(one.segment.camera, one.segment.interval, GapReason.SPOOL_OVERFLOW, "full")
