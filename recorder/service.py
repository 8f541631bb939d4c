"""The recorder: records many cameras side by side; no camera can disturb another."""

from __future__ import annotations

import asyncio
import random
import secrets
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from footage.ids import camera_id
from footage.instant import Elapsed
from recorder.cameras import CameraTasks, FixedCameras
from recorder.channel import Kit
from recorder.disk_queue import DiskQueues
from recorder.events import Alarm, ClockStepped, Note, Trouble, TroubleSource, WorkFailed
from recorder.gaps import last_recorded
from recorder.options import Options, Summary
from recorder.restarting import restart_on_failure
from recorder.spool.recovery import recover
from recorder.store.ingest import Ingest
from recorder.store.uploader import Uploader
from recorder.timing.timekeeper import Sample, Timekeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footage.camera import Camera
    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.ports import Catalogue, Holds, ObjectStore
    from recorder.events import Event
    from recorder.ports import Assignment, Launcher
    from recorder.store.leaf_queue import LeafQueue

_TICK: Final = Elapsed.parse("1s")
_ANSWER_WITHIN: Final = Elapsed.parse("2s")
"""Longest wait for the catalogue at a camera's start: recording can begin without an answer."""
_TOGETHER: Final = Elapsed.parse("2ms")
"""Longest time between readings of both clocks that count as one sample."""
_QUERY_THREADS: Final = 4
"""Threads that query the catalogue when cameras start."""


class Recorder:
    """Records cameras into the store.

    Args:
        spool_root: Folder of the spool, on a local disk; kept across restarts and crashes.
        store: Takes the segments.
        catalogue: Makes stored segments and gaps findable.
        holds: Reads the active holds from the register.
        clock: Wall and monotonic time.
        launcher: Starts FFmpeg.
        options: Settings of the recording.
        listener: Called with each event, on the event loop's thread; must return quickly.
        leaves: Takes leaves of stored segments for the ledger; None where no ledger is kept.
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
        leaves: LeafQueue | None = None,
    ) -> None:
        self._root = spool_root
        self._catalogue = catalogue
        self._clock = clock
        self._launcher = launcher
        self._options = options or Options()
        self._listener = listener
        self._ingest = Ingest(store, catalogue, holds, leaves)
        self._summary = Summary()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def record(
        self, cameras: Sequence[Camera] | Assignment, until: Elapsed | None = None
    ) -> Summary:
        """Record until SIGTERM or SIGINT, or for `until`; the open segments are kept and stored.

        Args:
            cameras: A fixed list of cameras, or an assignment that changes over time.
            until: How long to record; None records until a signal.

        Raises:
            BadInput: No camera, a camera named twice, or a camera without a source.
            Unavailable: Another recorder works on one of the cameras, or the spool cannot be used.
            Misconfigured: The spool may not be written.
        """
        return asyncio.run(self._with_signals(cameras, until))

    async def run(
        self, cameras: Sequence[Camera] | Assignment, until: Elapsed | None = None
    ) -> Summary:
        """Record as `record` does, on a running event loop and without signal handlers.

        `stop` ends the recording.
        """
        self._stopping = asyncio.Event()
        return await self._session(cameras, until)

    def stop(self) -> None:
        """End `run` or `record` cleanly; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    # ---------------------------------------------------------------- inside

    async def _with_signals(
        self, cameras: Sequence[Camera] | Assignment, until: Elapsed | None
    ) -> Summary:
        loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self.stop)
        try:
            return await self._session(cameras, until)
        finally:
            for sign in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(sign)

    async def _session(
        self, cameras: Sequence[Camera] | Assignment, until: Elapsed | None
    ) -> Summary:
        assignment = FixedCameras(cameras) if isinstance(cameras, Sequence) else cameras
        self._loop = asyncio.get_running_loop()
        self._summary = Summary()
        try:
            with self._camera_tasks() as (camera_tasks, kit):
                if isinstance(assignment, FixedCameras):
                    for camera in assignment.cameras:
                        # A camera that another recorder has is refused at once.
                        camera_tasks.open(camera.id)
                await self._run(assignment, camera_tasks, kit, until)
        finally:
            self._loop = None
        return self._summary

    @contextmanager
    def _camera_tasks(self) -> Iterator[tuple[CameraTasks, Kit]]:
        """The camera tasks and the kit shared by all channels, with thread pools.

        At the end the spools are closed first, then the pools.
        """
        options = self._options
        disk_threads = ThreadPoolExecutor(options.disk_threads, "spool")
        uploads = ThreadPoolExecutor(options.uploads, "store")
        query_threads = ThreadPoolExecutor(_QUERY_THREADS, "ask")
        uploader = Uploader(
            self._ingest,
            self._catalogue,
            self._clock,
            self._tell,
            uploads,
            spool_limit=options.spool_limit,
        )
        kit = Kit(
            launcher=self._launcher,
            last_stored=partial(self._last_stored, query_threads),
            clock=self._clock,
            time=Timekeeper(self._sample()),
            disk_queues=DiskQueues(disk_threads, uploader, self._tell),
            length=options.length,
            sync=options.sync,
            loop=options.loop,
            shared=options.shared,
            dice=random.SystemRandom().random,
            salt=partial(secrets.token_hex, 4),
            secret=options.secret,
        )
        camera_tasks = CameraTasks(self._root, kit)
        try:
            yield camera_tasks, kit
        finally:
            for spool in camera_tasks.spools.values():
                spool.close()
            # Not waited for: an upload that hangs must not delay the end; the next start repeats
            # the upload.
            for pool in (uploads, query_threads, disk_threads):
                pool.shutdown(wait=False, cancel_futures=True)

    async def _run(
        self, assignment: Assignment, camera_tasks: CameraTasks, kit: Kit, until: Elapsed | None
    ) -> None:
        uploader = kit.disk_queues.uploader
        keep = partial(restart_on_failure, clock=self._clock, tell=self._tell)
        uploads = range(self._options.uploads)
        helpers = [
            *(keep(Trouble(TroubleSource.STORING_TASK, worker=n), uploader.work) for n in uploads),
            keep(Trouble(TroubleSource.ASSIGNING_TASK), partial(assignment.work, camera_tasks)),
            keep(Trouble(TroubleSource.TIME_TASK), partial(self._tick, camera_tasks, kit.time)),
        ]
        tasks = [asyncio.create_task(helper) for helper in helpers]
        others = asyncio.create_task(
            self._recover_others(camera_tasks, kit.disk_queues, assignment)
        )
        await self._until(until, tasks)
        tasks[-2].cancel()  # the assignment: no camera is assigned any more
        await camera_tasks.close()
        await others
        await uploader.flush(self._options.flush)
        await assignment.release()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._summary.pending, self._summary.trouble = uploader.pending, uploader.trouble

    async def _until(self, until: Elapsed | None, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait for `stop`, the end of the time, or the end of a helper task, which is a fault."""
        stop = asyncio.create_task(self._stopping.wait())
        alarm = asyncio.create_task(self._clock.pause(until)) if until is not None else None
        waits = {stop, *tasks} | ({alarm} if alarm else set())
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        self._stopping.set()
        for task in (stop, alarm):
            if task is not None:
                task.cancel()

    # ---------------------------------------------------------------- time

    async def _tick(self, camera_tasks: CameraTasks, time: Timekeeper) -> None:
        while True:
            await self._clock.pause(_TICK)
            if step := time.take(self._sample()):
                self._tell(ClockStepped(step))
                if step.followed:
                    camera_tasks.stepped(step.by)
                else:
                    self._tell(Alarm(None, str(step)))
            camera_tasks.tick()

    def _sample(self) -> Sample:
        """Read both clocks within 2 ms of each other, or the closest of five readings."""
        readings = []
        for _ in range(5):
            before, wall = self._clock.monotonic(), self._clock.now()
            took = self._clock.monotonic() - before
            middle = before + Elapsed(took.us // 2)
            readings.append((took, Sample(middle, wall, self._options.synchronised())))
            if took <= _TOGETHER:
                break
        return min(readings, key=lambda reading: reading[0])[1]

    # ---------------------------------------------------------------- what earlier recorders left

    async def _last_stored(
        self, query_threads: ThreadPoolExecutor, camera: CameraId
    ) -> Instant | None:
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(query_threads, last_recorded, self._catalogue, camera)
        done, _ = await asyncio.wait({asked}, timeout=_ANSWER_WITHIN.in_seconds)
        if not done:
            asked.cancel()
            self._tell(Note(camera, "last recorded segment not known: no answer"))
            return None
        try:
            return asked.result()
        except FootageError as exc:
            self._tell(Note(camera, f"last recorded segment not known: {exc}"))
            return None

    async def _recover_others(
        self, camera_tasks: CameraTasks, disk_queues: DiskQueues, assignment: Assignment
    ) -> None:
        """Store segments and gaps left in the spool by cameras not recorded here now."""
        mine = {c.id for c in assignment.cameras} if isinstance(assignment, FixedCameras) else set()
        # Cameras that are about to be recorded are recovered by the cameras' channels.
        assigned, stop = (
            asyncio.create_task(e.wait()) for e in (camera_tasks.assigned, self._stopping)
        )
        await asyncio.wait({assigned, stop}, return_when=asyncio.FIRST_COMPLETED)
        assigned.cancel()
        stop.cancel()
        for folder in sorted(self._root.iterdir()) if self._root.exists() else ():
            if not folder.is_dir() or folder.name in mine or folder.name in camera_tasks.working:
                continue
            try:
                spool = camera_tasks.open(camera_id(folder.name))
                found = await asyncio.get_running_loop().run_in_executor(
                    disk_queues.pool, recover, spool, self._launcher
                )
            except FootageError as exc:
                if folder.name in camera_tasks.spools:  # else no camera's, or another recorder's
                    self._tell(WorkFailed(camera_id(folder.name), str(exc)))
                continue
            for spooled in found.spooled:
                disk_queues.uploader.segment(spool, spooled)
            for gap in found.gaps:
                disk_queues.uploader.gap(spool, gap, final=True)
            if not found.spooled and not found.gaps:
                # Nothing to store: another recorder may take the camera.
                camera_tasks.let_go(spool.camera)

    def _tell(self, event: Event) -> None:
        self._summary.apply(event)
        if self._listener is not None:
            self._listener(event)
