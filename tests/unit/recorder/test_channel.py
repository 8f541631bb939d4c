"""One camera's task: a fault in its paperwork ends it, so that it is told and begun again."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NoReturn

import pytest

from footage.clock import SystemClock
from footage.ids import CameraId
from footage.instant import Elapsed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.ffmpeg_tool import find
from infra.objects.memory_store import MemoryStore
from recorder.channel import Channel, Kit
from recorder.disk_queue import DiskQueues
from recorder.spool.spool import CameraSpool
from recorder.store.ingest import Ingest
from recorder.store.uploader import Uploader
from recorder.timing.timekeeper import Sample, Timekeeper
from tests.common.builders import a_camera
from tests.common.recording import NoHolds

if TYPE_CHECKING:
    from pathlib import Path

    from footage.span import Gap

LONG_S = 30.0


class Faulty(CameraSpool):
    """A spool with a fault of ours in it: what it raises is none of our errors."""

    def keep_gap(self, gap: Gap, *, instead_of: str = "") -> NoReturn:
        del instead_of
        raise RuntimeError(f"a fault of ours: {gap.reason}")


def a_kit(pool: ThreadPoolExecutor) -> Kit:
    clock, catalogue = SystemClock(), MemoryCatalogue()
    ingest = Ingest(MemoryStore(clock), catalogue, NoHolds())

    async def nothing_stored(_: CameraId) -> None:
        """The catalogue is empty."""

    return Kit(
        launcher=FfmpegLauncher(find(), clock),
        last_stored=nothing_stored,
        clock=clock,
        time=Timekeeper(Sample(clock.monotonic(), clock.now(), synchronised=False)),
        desk=DiskQueues(
            pool, Uploader(ingest, catalogue, clock, lambda _: None, pool), lambda _: None
        ),
        length=Elapsed.parse("2s"),
        sync=Elapsed.parse("5s"),
        loop=True,
        shared=False,
        dice=lambda: 0.5,
        salt=lambda: "cafe",
    )


def test_a_fault_in_the_paperwork_ends_the_camera_rather_than_hang_it(tmp_path: Path) -> None:
    spool = Faulty(tmp_path, CameraId("camera-1"))

    async def record() -> None:
        with ThreadPoolExecutor(2) as pool:
            channel = Channel(a_camera("camera-1"), spool, a_kit(pool))
            await asyncio.wait_for(channel.work(), LONG_S)

    with pytest.raises(RuntimeError, match="a fault of ours"):
        asyncio.run(record())
    spool.close()
