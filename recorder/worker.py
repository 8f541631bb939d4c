"""The recorder: many cameras side by side, none of which can disturb another."""

from __future__ import annotations

import asyncio
import random
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, FootageError
from footage.ids import camera_id
from footage.instant import Elapsed
from recorder.channel import Channel, Kit
from recorder.desk import Desk
from recorder.drain import Drain
from recorder.ingest import Ingest
from recorder.options import CameraSummary, Options, Summary
from recorder.ports import Event, EventKind
from recorder.recovery import recover
from recorder.spool import CameraSpool

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from footage.camera import Camera
    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.ports import Catalogue, ObjectStore
    from recorder.ports import Holds, Launcher

_AFTER_A_FAULT: Final = Elapsed.parse("30s")
_FOREVER: Final = Elapsed.parse("365d")


class Recorder:
    """Records cameras into the store.

    Args:
        spool_root: Folder on a local disk; survives everything.
        store: Where segments go.
        catalogue: Where they become findable.
        holds: Standing holds (the register).
        clock: Wall and monotonic time.
        launcher: Starts FFmpeg.
        options: How to record.
        listener: Told what happens, on the event loop's thread: return quickly.
    """

    def __init__(  # noqa: PLR0913 - the parts of the recorder, by keyword only
        self,
        *,
        spool_root: Path,
        store: ObjectStore,
        catalogue: Catalogue,
        holds: Holds,
        clock: Clock,
        launcher: Launcher,
        options: Options | None = None,
        listener: Callable[[Event], None] | None = None,
    ) -> None:
        self._root = spool_root
        self._catalogue = catalogue
        self._clock = clock
        self._launcher = launcher
        self._options = options or Options()
        self._listener = listener
        self._ingest = Ingest(store, catalogue, holds)
        self._summary = Summary()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def record(self, cameras: Sequence[Camera], until: Elapsed | None = None) -> Summary:
        """Record until SIGTERM or SIGINT, or for `until`; the open segments are kept and stored.

        Raises:
            BadInput: No camera, one twice, or one without a source.
            Unavailable: Another recorder works on one of the cameras, or the spool cannot be used.
            Misconfigured: The spool may not be written.
        """
        return asyncio.run(self._with_signals(cameras, until))

    async def run(self, cameras: Sequence[Camera], until: Elapsed | None = None) -> Summary:
        """The same on a running event loop, without touching signals; `stop` ends it."""
        self._stopping = asyncio.Event()
        return await self._session(cameras, until)

    def stop(self) -> None:
        """End `run` or `record` cleanly; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    # ---------------------------------------------------------------- inside

    async def _session(self, cameras: Sequence[Camera], until: Elapsed | None) -> Summary:
        _check(cameras)
        self._loop = asyncio.get_running_loop()
        self._summary = Summary({camera.id: CameraSummary() for camera in cameras})
        clerks = ThreadPoolExecutor(self._options.clerks, "spool")
        uploads = ThreadPoolExecutor(self._options.uploads, "store")
        spools = self._open(cameras)
        try:
            drain = Drain(self._ingest, self._catalogue, self._clock, self._tell, uploads)
            desk = Desk(clerks, drain, self._tell)
            await self._run(cameras, spools, desk, until)
        finally:
            self._loop = None
            for spool in spools.values():
                spool.close()
            # Not waited for: an upload that hangs must not keep us; it is repeated at the next
            # start.
            uploads.shutdown(wait=False, cancel_futures=True)
            clerks.shutdown(wait=False, cancel_futures=True)
        return self._summary

    async def _with_signals(self, cameras: Sequence[Camera], until: Elapsed | None) -> Summary:
        loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self.stop)
        try:
            return await self._session(cameras, until)
        finally:
            for sign in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(sign)

    async def _run(
        self,
        cameras: Sequence[Camera],
        spools: dict[CameraId, CameraSpool],
        desk: Desk,
        until: Elapsed | None,
    ) -> None:
        kit = Kit(
            launcher=self._launcher,
            catalogue=self._catalogue,
            clock=self._clock,
            desk=desk,
            length=self._options.length,
            loop=self._options.loop,
            dice=random.SystemRandom().random,
            salt=partial(secrets.token_hex, 4),
        )
        workers = [
            asyncio.create_task(self._kept_up("storing", desk.drain.work))
            for _ in range(self._options.uploads)
        ]
        channels = [
            asyncio.create_task(self._channel(camera, spools[camera.id], kit)) for camera in cameras
        ]
        others = asyncio.create_task(self._recover_others(spools, desk))
        alarm = asyncio.create_task(self._clock.pause(until or _FOREVER))
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({alarm, stop, *channels}, return_when=asyncio.FIRST_COMPLETED)
        self._stopping.set()
        await asyncio.gather(*channels, others)
        await desk.drain.flush(self._options.flush)
        for task in (alarm, stop, *workers):
            task.cancel()
        await asyncio.gather(alarm, stop, *workers, return_exceptions=True)
        self._summary.pending, self._summary.trouble = desk.drain.pending, desk.drain.trouble

    async def _channel(self, camera: Camera, spool: CameraSpool, kit: Kit) -> None:
        """Keep one camera's task alive: a fault of ours in it touches no other camera."""
        while not self._stopping.is_set():
            channel = Channel(camera, spool, kit)
            work = asyncio.create_task(channel.work())
            stop = asyncio.create_task(self._stopping.wait())
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            channel.stop()
            await asyncio.wait({work})
            stop.cancel()
            if (fault := work.exception()) is None:
                return
            self._tell(Event(EventKind.TROUBLE, camera.id, f"recording failed: {fault!r}"))
            await self._pause_or_stop(_AFTER_A_FAULT)

    async def _kept_up(
        self, what: str, work: Callable[[], Coroutine[object, object, None]]
    ) -> None:
        while True:
            task = asyncio.create_task(work())
            try:
                await asyncio.wait({task})
            finally:
                task.cancel()
            if task.cancelled():
                return
            self._tell(Event(EventKind.TROUBLE, None, f"{what} failed: {task.exception()!r}"))
            await self._clock.pause(_AFTER_A_FAULT)

    async def _pause_or_stop(self, wait: Elapsed) -> None:
        alarm = asyncio.create_task(self._clock.pause(wait))
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({alarm, stop}, return_when=asyncio.FIRST_COMPLETED)
        alarm.cancel()
        stop.cancel()

    def _open(self, cameras: Sequence[Camera]) -> dict[CameraId, CameraSpool]:
        spools: dict[CameraId, CameraSpool] = {}
        try:
            for camera in cameras:
                spools[camera.id] = CameraSpool(self._root, camera.id)
        except FootageError:
            for spool in spools.values():
                spool.close()
            raise
        return spools

    async def _recover_others(self, spools: dict[CameraId, CameraSpool], desk: Desk) -> None:
        """Store what earlier recordings of cameras we do not record now left behind."""
        for folder in sorted(self._root.iterdir()):
            if folder.name in spools or not folder.is_dir():
                continue
            try:
                spool = CameraSpool(self._root, camera_id(folder.name))
            except FootageError:
                continue  # not ours, or another recorder is at work there
            spools[spool.camera] = spool
            try:
                found = await asyncio.get_running_loop().run_in_executor(
                    desk.pool, recover, spool, self._launcher, self._catalogue
                )
            except FootageError as exc:
                self._tell(Event(EventKind.TROUBLE, spool.camera, str(exc)))
                continue
            for spooled in found.spooled:
                desk.drain.segment(spool, spooled)
            for gap in found.gaps:
                desk.drain.gap(spool, gap, final=True)
            if not found.spooled and not found.gaps:
                spools.pop(spool.camera).close()  # nothing to store: another recorder may have it

    def _tell(self, event: Event) -> None:
        self._summary.take(event)
        if self._listener is not None:
            self._listener(event)


def _check(cameras: Sequence[Camera]) -> None:
    if not cameras:
        raise BadInput("no camera to record", mend="add one: footage cameras add")
    if len({camera.id for camera in cameras}) != len(cameras):
        raise BadInput("a camera is named twice")
    if silent := [camera.id for camera in cameras if not camera.source]:
        raise BadInput(
            f"no source to record from: {', '.join(silent)}",
            mend="give it one: footage cameras add ID --source URL",
        )
