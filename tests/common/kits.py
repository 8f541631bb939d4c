"""The parts all channels of a recorder share, over stores in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.ffmpeg_tool import find
from infra.objects.memory_store import MemoryStore
from recorder.channel import Kit
from recorder.disk_queue import DiskQueues
from recorder.options import no_secrets
from recorder.store.ingest import Ingest
from recorder.store.uploader import Uploader
from recorder.timing.timekeeper import Sample, Timekeeper
from tests.common.recording import NoHolds

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from footage.ids import CameraId
    from recorder.events import Event


def a_kit(pool: ThreadPoolExecutor, tell: Callable[[Event], None] = lambda _: None) -> Kit:
    """Make a kit whose channels send events to `tell`; nothing recorded is stored."""
    clock, catalogue = SystemClock(), MemoryCatalogue()
    ingest = Ingest(MemoryStore(clock), catalogue, NoHolds())

    async def nothing_stored(_: CameraId) -> None:
        """Return None: the catalogue is empty."""

    return Kit(
        launcher=FfmpegLauncher(find(), clock),
        last_stored=nothing_stored,
        clock=clock,
        time=Timekeeper(Sample(clock.monotonic(), clock.now(), synchronised=False)),
        disk_queues=DiskQueues(pool, Uploader(ingest, catalogue, clock, tell, pool), tell),
        length=Elapsed.parse("2s"),
        sync=Elapsed.parse("5s"),
        loop=True,
        shared=False,
        dice=lambda: 0.5,
        salt=lambda: "cafe",
        secret=no_secrets,
    )
