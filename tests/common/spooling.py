"""For tests of the spool: closed segments left by a recorder, an uploader on failing stores."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from footage.clock import SystemClock
from footage.digest import Digest
from footage.errors import Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.segment_metadata import to_record
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.memory_store import MemoryStore
from recorder.spool.run import Run
from recorder.spool.run_header import RunHeader
from recorder.spool.run_header import to_record as header_record
from recorder.spool.spool import JOURNAL, CameraSpool, Journal, Spooled
from recorder.store.eviction_policy import SpoolLimit
from recorder.store.ingest import Ingest
from recorder.store.uploader import Uploader
from tests.common.builders import START, a_camera, segments_in_a_row
from tests.common.recording import FailingStore, NoHolds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from pathlib import Path

    from footage.hold import Hold
    from footage.ids import RunId
    from footage.instant import Instant
    from footage.segment import Segment
    from footage.span import Gap
    from recorder.events import Event

E = TypeVar("E")

SIZE: Final = 1000
"""Bytes of each segment."""
SOON: Final = Elapsed.parse("20ms")
LONG: Final = Elapsed.parse("30s")


class FailingCatalogue(MemoryCatalogue):
    """A catalogue that cannot be reached while `down`."""

    down = False

    def add_segments(self, segments: Iterable[Segment]) -> None:
        self._reach()
        super().add_segments(segments)

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        self._reach()
        super().add_gaps(gaps)

    def _reach(self) -> None:
        if self.down:
            raise Unavailable("the catalogue is down")


class FailingHolds(NoHolds):
    """A register that cannot be reached while `down`."""

    down = False

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        if self.down:
            raise Unavailable("the register is down")
        return super().holds(active_only=active_only)


def leave_run(
    spool: CameraSpool,
    count: int,
    *,
    kind: str = "standard",
    start: Instant = START,
    ended: bool = True,
) -> list[Spooled]:
    """Leave a run of `count` closed segments of `SIZE` bytes, with a journal, in the spool."""
    camera = a_camera(spool.camera, retention_class=kind)
    run: RunId = segments_in_a_row(1)[0].run
    journal = Journal(spool.folder / f"{run}{JOURNAL}")
    journal.append(header_record(RunHeader.of(camera, run, start, None)))
    left = []
    for segment in segments_in_a_row(count, spool.camera, start, retention_class=kind):
        content = f"{segment.key}".encode().ljust(SIZE)
        path = spool.folder / f"{run}-{segment.sequence:06d}.mp4"
        path.write_bytes(content)
        whole = replace(segment, digest=Digest.of(content), size_bytes=SIZE)
        line = {"t": "closed", "name": path.name, "segment": to_record(whole)}
        journal.append(line | {"end_ticks": 0, "anchor_us": start.us, "uncertainty_us": 0})
        left.append(Spooled(path, whole))
    spool.set_recorded_until(left[-1].segment.interval.end)
    if ended:
        journal.append({"t": "ended"})
    return left


def found(spool: CameraSpool) -> list[Spooled]:
    """Return the segments the next recorder finds to be stored."""
    left = []
    for journal in spool.journals():
        run = Run.reopen(spool, journal)
        left += [*run.pending(), *run.finish()]
    return left


@dataclass(slots=True)
class Depot:
    """Spools under `root`, and stores in memory that outlive the uploaders storing segments."""

    root: Path
    clock: SystemClock = field(default_factory=SystemClock)
    catalogue: FailingCatalogue = field(default_factory=FailingCatalogue)
    holds: FailingHolds = field(default_factory=FailingHolds)
    events: list[Event] = field(default_factory=list)
    store: FailingStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = FailingStore(MemoryStore(self.clock))

    def spool(self, camera: str = "camera-1") -> CameraSpool:
        return CameraSpool(self.root, CameraId(camera))

    def spool_limit(
        self, limit: int | None, *, order: Sequence[str] = ("standard",), chance: str = "0s"
    ) -> SpoolLimit:
        long = Elapsed.parse(chance)
        return SpoolLimit(self.root, limit, tuple(order), every=SOON, chance=long, walk_every=SOON)

    def uploader(
        self,
        use: Callable[[Uploader], Awaitable[None]],
        spool_limit: SpoolLimit | None = None,
        workers: int = 2,
    ) -> None:
        """Let an uploader work while `use` runs."""
        asyncio.run(self._uploader(use, spool_limit, workers))

    async def _uploader(
        self,
        use: Callable[[Uploader], Awaitable[None]],
        spool_limit: SpoolLimit | None,
        workers: int,
    ) -> None:
        ingest = Ingest(self.store, self.catalogue, self.holds)
        with ThreadPoolExecutor(workers) as pool:
            args = (ingest, self.catalogue, self.clock, self.events.append, pool)
            uploader = Uploader(*args, spool_limit=spool_limit)
            tasks = [asyncio.create_task(uploader.work()) for _ in range(workers)]
            try:
                await use(uploader)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, ready: Callable[[], bool]) -> None:
        deadline = self.clock.monotonic() + LONG
        while not ready():
            assert self.clock.monotonic() < deadline, [str(event) for event in self.events]
            await self.clock.pause(SOON)

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def files(self) -> list[str]:
        """Return the names of segment files that wait in the spools."""
        return sorted(path.name for path in self.root.glob("*/*.mp4"))
