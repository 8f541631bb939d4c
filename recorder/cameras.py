"""The cameras of a recorder, each recorded by a task that no other camera can disturb."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.errors import BadInput, FootageError
from recorder.channel import Channel
from recorder.events import Trouble, TroubleSource
from recorder.restarting import AFTER_A_FAULT, lasts
from recorder.spool.spool import CameraSpool

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from footage.camera import Camera
    from footage.ids import CameraId
    from footage.instant import Elapsed
    from recorder.channel import Kit
    from recorder.ports import CameraControl


class FixedCameras:
    """An assignment that never changes; implements `recorder.ports.Assignment`.

    Raises:
        BadInput: No camera, a camera named twice, or a camera without a source.
    """

    def __init__(self, cameras: Sequence[Camera]) -> None:
        if not cameras:
            raise BadInput("no camera to record", hint="add one: footage cameras add")
        if len({camera.id for camera in cameras}) != len(cameras):
            raise BadInput("a camera is named twice")
        if silent := [camera.id for camera in cameras if not camera.source]:
            raise BadInput(
                f"no source to record from: {', '.join(silent)}",
                hint="give it one: footage cameras add ID --source URL",
            )
        self.cameras = tuple(cameras)

    async def work(self, control: CameraControl) -> None:
        """Assign the fixed cameras once, then wait until cancelled."""
        control.assign(self.cameras)
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Do nothing: no other recorder waits for fixed cameras."""


@dataclass(slots=True)
class _CameraTask:
    """A camera with a recording task and the channel at work.

    Attributes:
        leaving: Set when the camera is to be recorded here no longer.
    """

    camera: Camera
    task: asyncio.Task[None]
    leaving: asyncio.Event
    channel: Channel | None = None


class CameraTasks:
    """A task per camera of this recorder; implements `recorder.ports.CameraControl`."""

    def __init__(self, root: Path, kit: Kit) -> None:
        self._root = root
        self._kit = kit
        self._running: dict[CameraId, _CameraTask] = {}
        self._wanted: dict[CameraId, Camera] = {}
        self._closing = False
        self._refused: dict[CameraId, str] = {}
        self.assigned = asyncio.Event()
        """Set at the first assignment of cameras."""
        self.spools: dict[CameraId, CameraSpool] = {}
        """Spools locked until the recorder ends, so that this recorder stores waiting segments."""

    @property
    def working(self) -> frozenset[CameraId]:
        """Ids of the cameras with a channel, also of channels that are just ending."""
        return frozenset(self._running)

    def open(self, camera: CameraId) -> CameraSpool:
        """Lock and return a camera's spool; raises as `CameraSpool`."""
        if camera not in self.spools:
            self.spools[camera] = CameraSpool(self._root, camera)
        return self.spools[camera]

    def let_go(self, camera: CameraId) -> None:
        """Unlock the spool of a camera that is not recorded here."""
        if camera not in self._running and (spool := self.spools.pop(camera, None)):
            spool.close()

    def assign(self, cameras: Sequence[Camera]) -> None:
        """Record exactly these cameras from now on."""
        if self._closing:
            return
        self._wanted = {camera.id: camera for camera in cameras}
        for name in self._refused.keys() - self._wanted.keys():
            self._accepted(name)
        for name, task in self._running.items():
            wanted = self._wanted.get(name)
            if wanted is None or _run_facts(wanted) != _run_facts(task.camera):
                self._stop(task)
        for camera in cameras:
            if camera.id not in self._running:
                self._start(camera)
        self.assigned.set()

    def cut(self, cameras: Collection[CameraId]) -> None:
        """Stop recording these cameras at once, FFmpeg killed."""
        for name in cameras:
            self._wanted.pop(name, None)
            if task := self._running.get(name):
                self._stop(task, at_once=True)

    def tick(self) -> None:
        """Let every channel act on the time that passed; called about once a second."""
        for task in self._running.values():
            if task.channel is not None:
                task.channel.tick()

    def stepped(self, by: Elapsed) -> None:
        """Tell every channel that the recorder's time has moved by `by`."""
        for task in self._running.values():
            if task.channel is not None:
                task.channel.stepped(by)

    async def close(self) -> None:
        """Stop all cameras and wait until the open segments are in the spool."""
        self._closing, self._wanted = True, {}
        for task in self._running.values():
            self._stop(task)
        while self._running:
            await asyncio.wait({task.task for task in self._running.values()})

    # ---------------------------------------------------------------- inside

    def _start(self, camera: Camera) -> None:
        try:
            spool = self.open(camera.id)
        except FootageError as exc:  # tried again at the next assignment, told once
            if self._refused.get(camera.id) != str(exc):
                self._refused[camera.id] = str(exc)
                self._kit.disk_queues.tell(_no_folder(camera.id).began(str(exc)))
            return
        self._accepted(camera.id)
        leaving = asyncio.Event()
        task = asyncio.create_task(self._keep(camera, spool, leaving))
        self._running[camera.id] = _CameraTask(camera, task, leaving)
        task.add_done_callback(lambda _: self._ended(camera.id))

    def _accepted(self, name: CameraId) -> None:
        """End the trouble of a camera whose spool is open now, or that is assigned no longer."""
        if self._refused.pop(name, None) is not None:
            self._kit.disk_queues.tell(_no_folder(name).ended())

    def _stop(self, task: _CameraTask, *, at_once: bool = False) -> None:
        if task.channel is not None and (at_once or not task.leaving.is_set()):
            task.channel.stop(at_once=at_once)
        task.leaving.set()

    def _ended(self, name: CameraId) -> None:
        """Forget an ended task; start a new task if the camera is still, or again, assigned."""
        del self._running[name]
        if (camera := self._wanted.get(name)) and not self._closing:
            self._start(camera)

    async def _keep(self, camera: Camera, spool: CameraSpool, leaving: asyncio.Event) -> None:
        """Record a camera until `leaving` is set; restart the channel 30 s after a fault."""
        trouble, failed = Trouble(TroubleSource.RECORDING_TASK, camera.id), False
        while not leaving.is_set():
            channel = Channel(camera, spool, self._kit)
            self._running[camera.id].channel = channel
            work = asyncio.create_task(channel.work())
            if failed and await lasts(work, self._kit.clock):
                failed = False
                self._kit.disk_queues.tell(trouble.ended())
            await asyncio.wait({work})
            if (fault := work.exception()) is None:
                break
            failed = True
            self._kit.disk_queues.tell(trouble.began(repr(fault)))
            await self._pause_or(leaving)
        if failed:
            self._kit.disk_queues.tell(trouble.ended())  # the camera is recorded here no longer

    async def _pause_or(self, leaving: asyncio.Event) -> None:
        alarm = asyncio.create_task(self._kit.clock.pause(AFTER_A_FAULT))
        stop = asyncio.create_task(leaving.wait())
        await asyncio.wait({alarm, stop}, return_when=asyncio.FIRST_COMPLETED)
        alarm.cancel()
        stop.cancel()


def _no_folder(camera: CameraId) -> Trouble:
    return Trouble(TroubleSource.SPOOL_FOLDER, camera)


def _run_facts(camera: Camera) -> tuple[object, ...]:
    """Facts that a run's segments carry: a change ends the run; a new display name does not."""
    source = camera.source, camera.source_secret_file
    return source, camera.site, camera.district, camera.place, camera.retention_class
