"""The spool is emptied beside the recording, whatever the store does."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from footage.clock import SystemClock
from footage.digest import Digest
from footage.errors import DataLoss, FootageError, Misconfigured, Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.span import Gap, GapReason
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.memory_store import MemoryStore
from recorder.events import (
    GapRecorded,
    SegmentSetAside,
    SegmentSpooled,
    SegmentStored,
    Trouble,
    TroubleBegan,
    TroubleEnded,
    TroubleSource,
)
from recorder.spool.spool import CameraSpool, Spooled
from recorder.store.ingest import Ingest
from recorder.store.retry_queue import pause
from recorder.store.uploader import Uploader
from tests.common.builders import a_segment, at, during
from tests.common.recording import FailingStore, NoHolds
from tests.common.spooling import leave_run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from footage.ports import StoredObject
    from footage.segment import Segment
    from recorder.events import Event

ONE = CameraId("camera-1")
LONG = Elapsed.parse("30s")
PATIENCE = Elapsed.parse("5s")


class Flaky(MemoryCatalogue):
    """A catalogue that is down so many times."""

    def __init__(self, failures: int, error: FootageError | None = None) -> None:
        super().__init__()
        self.failures = failures
        self.error = error or Unavailable("the catalogue is down")

    def add_segments(self, segments: Iterable[Segment]) -> None:
        if self.failures:
            self.failures -= 1
            raise self.error
        super().add_segments(segments)


class Stale(MemoryCatalogue):
    """A catalogue that is down when the first gap comes."""

    down = True

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        if self.down:
            self.down = False
            raise Unavailable("the catalogue is down")
        super().add_gaps(gaps)


class Parts:
    def __init__(self, folder: Path, catalogue: MemoryCatalogue | None = None) -> None:
        self.clock = SystemClock()
        self.store = FailingStore(MemoryStore(self.clock))
        self.catalogue = catalogue or MemoryCatalogue()
        self.spool = CameraSpool(folder, ONE)
        self.events: list[Event] = []

    def spooled(self, number: int) -> Spooled:
        content = b"segment %d" % number
        path = self.spool.folder / f"run-1-{number:06d}.mp4"
        path.write_bytes(content)
        segment = a_segment(
            start=at(60 * number), digest=Digest.of(content), size_bytes=len(content)
        )
        return Spooled(path, segment)

    def run(self, use: Callable[[Uploader], Awaitable[None]]) -> None:
        asyncio.run(self._run(use))
        self.spool.close()

    async def _run(self, use: Callable[[Uploader], Awaitable[None]]) -> None:
        ingest = Ingest(self.store, self.catalogue, NoHolds())
        with ThreadPoolExecutor(2) as pool:
            uploader = Uploader(ingest, self.catalogue, self.clock, self.events.append, pool)
            worker = asyncio.create_task(uploader.work())
            await use(uploader)
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]


def test_segments_are_stored_and_their_files_go(tmp_path: Path) -> None:
    parts = Parts(tmp_path)

    async def use(uploader: Uploader) -> None:
        for number in range(3):
            uploader.segment(parts.spool, parts.spooled(number))
        assert await uploader.flush(LONG)

    parts.run(use)
    assert parts.kinds() == [SegmentSpooled] * 3 + [SegmentStored] * 3
    assert len(list(parts.catalogue.segments())) == 3
    assert list(parts.spool.folder.glob("*.mp4")) == []


def test_a_store_that_is_down_is_told_once_and_tried_again(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.store.down = True

    async def use(uploader: Uploader) -> None:
        uploader.segment(parts.spool, parts.spooled(0))
        assert not await uploader.flush(Elapsed.parse("900ms"))
        assert (uploader.pending, uploader.trouble) == (1, "the store is down")
        parts.store.down = False
        assert await uploader.flush(LONG)
        assert (uploader.pending, uploader.trouble) == (0, "")

    parts.run(use)
    assert parts.kinds() == [SegmentSpooled, TroubleBegan, TroubleEnded, SegmentStored]
    not_stored = Trouble(TroubleSource.STORING)
    assert parts.events[1:3] == [not_stored.began("the store is down"), not_stored.ended()]
    assert parts.store.refused >= 2


def test_a_catalogue_that_is_down_costs_no_second_upload(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Flaky(2))
    puts: list[str] = []
    inner = parts.store.inner

    class Counting(FailingStore):
        def put(self, key: str, *args: object, **kwargs: object) -> object:  # type: ignore[override]  # counts only
            puts.append(key)
            return inner.put(key, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    parts.store = Counting(inner)

    async def use(uploader: Uploader) -> None:
        uploader.segment(parts.spool, parts.spooled(0))
        assert await uploader.flush(LONG)

    parts.run(use)
    assert len(puts) == 1
    assert len(list(parts.catalogue.segments())) == 1


def test_what_can_never_be_stored_is_kept_and_its_time_is_a_gap(tmp_path: Path) -> None:
    """The file changed on disk after its digest was taken (invariant 1)."""
    parts = Parts(tmp_path)
    bad, good = parts.spooled(0), parts.spooled(1)
    bad.path.write_bytes(b"rotten")

    async def use(uploader: Uploader) -> None:
        uploader.segment(parts.spool, bad)
        uploader.segment(parts.spool, good)
        assert await uploader.flush(LONG)

    parts.run(use)
    assert bad.path.with_suffix(".bad").read_bytes() == b"rotten"
    (gap,) = parts.catalogue.gaps()
    assert (gap.interval, gap.reason) == (bad.segment.interval, GapReason.WRITE_FAILED)
    assert SegmentSetAside(bad.segment, gap) in parts.events
    assert [one.key for one in parts.catalogue.segments()] == [good.segment.key]


@pytest.mark.parametrize("final", [True, False])
def test_a_gap_stays_in_the_spool_until_it_is_final(tmp_path: Path, final: bool) -> None:  # noqa: FBT001
    parts = Parts(tmp_path)
    gap = Gap(ONE, during(0, 5), GapReason.CAMERA_LOST)
    parts.spool.keep_gap(gap)

    async def use(uploader: Uploader) -> None:
        uploader.gap(parts.spool, gap, final=final)
        assert await uploader.flush(LONG)

    parts.run(use)
    assert list(parts.catalogue.gaps()) == [gap]
    assert parts.spool.gaps() == ([] if final else [gap])


def test_a_segment_found_twice_is_stored_once(tmp_path: Path) -> None:
    parts = Parts(tmp_path)

    async def use(uploader: Uploader) -> None:
        spooled = parts.spooled(0)
        uploader.segment(parts.spool, spooled)
        uploader.segment(parts.spool, spooled)
        assert await uploader.flush(LONG)

    parts.run(use)
    assert parts.kinds() == [SegmentSpooled, SegmentStored]


def test_a_segment_that_was_given_back_to_the_queue_is_stored_once(tmp_path: Path) -> None:
    """It stands in the queue twice then; the catalogue takes it only after the second turn."""
    parts = Parts(tmp_path, Flaky(1))
    put, puts = parts.store.put, Counter[str]()

    def counting(key: str, *args: Any, **options: Any) -> StoredObject:  # noqa: ANN401 - passed on
        puts[key] += 1
        return put(key, *args, **options)

    parts.store.put = counting  # type: ignore[method-assign]  # counts only

    async def use(uploader: Uploader) -> None:
        uploader.segment(parts.spool, parts.spooled(0))
        (item,) = uploader.items()
        assert uploader.withdraw(item)
        uploader.give_back(item)
        assert await uploader.flush(LONG)

    parts.run(use)
    assert set(puts.values()) == {1}
    assert parts.kinds() == [SegmentSpooled, TroubleBegan, SegmentStored, TroubleEnded]


@pytest.mark.parametrize("error", [Misconfigured("access denied"), DataLoss("a torn file")])
def test_what_an_operator_can_mend_sets_no_footage_aside(
    tmp_path: Path, error: FootageError
) -> None:
    parts = Parts(tmp_path, Flaky(1, error))

    async def use(uploader: Uploader) -> None:
        uploader.segment(parts.spool, parts.spooled(0))
        assert await uploader.flush(LONG)

    parts.run(use)
    assert len(list(parts.catalogue.segments())) == 1
    assert list(parts.catalogue.gaps()) == []
    assert list(parts.spool.folder.glob("*.bad")) == []


def test_an_older_row_of_a_gap_is_never_written_last(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Stale())
    rows = [Gap(ONE, during(0, end), GapReason.CAMERA_LOST) for end in (10, 20, 25)]

    async def use(uploader: Uploader) -> None:
        for gap in rows:
            parts.spool.keep_gap(gap)
            uploader.gap(parts.spool, gap, final=gap is rows[-1])
            await parts.clock.pause(Elapsed.parse("50ms"))
        assert await uploader.flush(LONG)

    parts.run(use)
    assert list(parts.catalogue.gaps()) == rows[-1:]
    assert parts.spool.gaps() == []


def test_pauses_double_to_five_seconds() -> None:
    assert [pause(n).in_seconds for n in range(1, 7)] == [0.5, 1, 2, 4, 5, 5]


def test_gaps_pass_a_store_that_hangs(tmp_path: Path) -> None:
    """Every worker and its thread is stuck in the store; the catalogue works."""
    parts = Parts(tmp_path)
    release, put = threading.Event(), parts.store.put

    def hanging(key: str, *args: Any, **options: Any) -> StoredObject:  # noqa: ANN401 - passed on
        assert release.wait(LONG.in_seconds)
        return put(key, *args, **options)

    parts.store.put = hanging  # type: ignore[method-assign]  # it never answers

    async def use(uploader: Uploader) -> None:
        for number in range(5):
            uploader.segment(parts.spool, parts.spooled(number))
        gaps = [Gap(ONE, during(n, n + 0.5), GapReason.CAMERA_LOST) for n in range(3)]
        for number, gap in enumerate(gaps, 1):  # each alone: the copy of the first hangs, too
            uploader.gap(parts.spool, gap, final=True)
            deadline = parts.clock.monotonic() + LONG
            while len(list(parts.catalogue.gaps())) < number:
                assert parts.clock.monotonic() < deadline
                await parts.clock.pause(Elapsed.parse("10ms"))
        assert list(parts.catalogue.gaps()) == gaps
        assert len(list(parts.spool.folder.glob("*.mp4"))) == 5
        release.set()
        assert await uploader.flush(LONG)

    parts.run(use)


def test_a_catalogue_that_is_down_does_not_keep_objects_from_the_store(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Flaky(10**6))

    async def use(uploader: Uploader) -> None:
        for number in range(20):
            uploader.segment(parts.spool, parts.spooled(number))
        deadline = parts.clock.monotonic() + LONG
        while len(list(parts.store.inner.list())) < 20 and parts.clock.monotonic() < deadline:
            await parts.clock.pause(Elapsed.parse("10ms"))
        assert len(list(parts.store.inner.list())) == 20
        assert uploader.pending == 20
        assert isinstance(parts.catalogue, Flaky)
        parts.catalogue.failures = 0
        assert await uploader.flush(LONG)

    parts.run(use)


def test_one_camera_whose_segments_always_fail_holds_no_other_up(tmp_path: Path) -> None:
    """A bad disk: a hundred of one camera, each failing each time, and another's three."""
    parts = Parts(tmp_path)
    other = CameraSpool(tmp_path, CameraId("camera-2"))
    bad = [parts.spooled(number) for number in range(100)]
    good = leave_run(other, 3)
    put, tries = parts.store.put, Counter[str]()

    def failing(key: str, *args: Any, **options: Any) -> StoredObject:  # noqa: ANN401 - passed on
        tries[key] += 1
        if key in {one.segment.key for one in bad}:
            raise Unavailable(f"Input/output error: {key}")
        return put(key, *args, **options)

    parts.store.put = failing  # type: ignore[method-assign]  # for one camera

    async def use(uploader: Uploader) -> None:
        for one in bad:
            uploader.segment(parts.spool, one)
        for one in good:
            uploader.segment(other, one)
        while len(list(parts.catalogue.segments())) < 3:
            await parts.clock.pause(Elapsed.parse("10ms"))
            assert tries.total() < 20

    parts.run(use)
    other.close()
    assert tries.total() < 20  # neither is the store asked without a rest


def test_a_fault_of_ours_in_one_segment_ends_no_worker(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    put, faulty = parts.store.put, parts.spooled(0)
    times = iter((True, True))  # then it is mended

    def failing(key: str, *args: Any, **options: Any) -> StoredObject:  # noqa: ANN401 - passed on
        if key == faulty.segment.key and next(times, False):
            raise ZeroDivisionError("a fault of ours")
        return put(key, *args, **options)

    parts.store.put = failing  # type: ignore[method-assign]  # for one

    async def use(uploader: Uploader) -> None:
        uploader.segment(parts.spool, faulty)
        uploader.segment(parts.spool, parts.spooled(1))
        assert await uploader.flush(LONG)

    parts.run(use)
    assert len(list(parts.catalogue.segments())) == 2
    assert "a fault of ours" in next(str(e) for e in parts.events if isinstance(e, TroubleBegan))


def test_a_disk_that_is_gone_is_not_taken_for_stored(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "spool")
    hidden = tmp_path / "unmounted"

    async def use(uploader: Uploader) -> None:
        spooled = parts.spooled(0)
        parts.spool.folder.rename(hidden)
        uploader.segment(parts.spool, spooled)
        assert not await uploader.flush(Elapsed.parse("300ms"))
        assert "is gone" in uploader.trouble
        hidden.rename(parts.spool.folder)
        assert await uploader.flush(LONG)

    parts.run(use)
    assert len(list(parts.catalogue.segments())) == 1


def test_every_row_of_a_gap_is_told(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    gap = Gap(ONE, during(0, 5), GapReason.CAMERA_LOST, "no route to host")

    async def use(uploader: Uploader) -> None:
        uploader.gap(parts.spool, gap, final=False)
        uploader.gap(parts.spool, gap, final=True)
        assert await uploader.flush(LONG)

    parts.run(use)
    told = [event for event in parts.events if isinstance(event, GapRecorded)]
    assert told == [GapRecorded(gap, final=False), GapRecorded(gap, final=True)]
    assert str(told[0]) == "camera_lost: no route to host"
