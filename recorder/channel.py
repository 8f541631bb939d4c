"""The task of a camera: feeds events to the state machine and carries out the resulting actions.

A callback takes each line FFmpeg writes and stamps the line at once, without a task switch while
nothing changes. All that touches the disk is done by `recorder.camera_files`, in threads, through
the camera's disk queue, in order.
"""

from __future__ import annotations

import asyncio
import re
import signal
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from footage.errors import FootageError, NoSpace, Unavailable
from footage.instant import Elapsed
from footage.span import GapReason
from recorder.camera_files import CameraFiles
from recorder.capture import state_machine
from recorder.capture.command_line import Capture, argv, slot
from recorder.capture.messages import Messages
from recorder.capture.source_list import with_secret
from recorder.capture.state_machine import Phase, State
from recorder.disk_queue import DiskQueue, DiskQueues, Filed
from recorder.events import (
    Alarm,
    KeyframesFarApart,
    Note,
    PhaseChanged,
    SegmentDamaged,
    WrongRate,
)
from recorder.gaps import Written, of_our_own
from recorder.ports import Ended, Line, Pipe
from recorder.spool.spool import Spooled
from recorder.timing.arrivals import Arrivals

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from footage.camera import Camera
    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.segment import Segment
    from recorder.capture.audio import AudioMode
    from recorder.events import Event
    from recorder.ports import Launcher, Running
    from recorder.spool.recovery import Recovered
    from recorder.spool.run import Run
    from recorder.spool.spool import CameraSpool
    from recorder.timing.timekeeper import Timekeeper

T = TypeVar("T")
_OVERDUE: Final = Elapsed.parse("10s")
_GROW_EVERY: Final = Elapsed.parse("10s")
FAR_APART: Final = Elapsed.parse("30s")
"""Real cameras send a keyframe each 1-18 s; "smart" codecs each 90 s and more."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The parts and settings that all channels share.

    Attributes:
        time: The recorder's own wall time; `clock` is used for monotonic time only.
        sync: How often the open segment is synced to the disk: the most a power cut can cost.
        shared: Whether other recorders may have recorded the camera meanwhile.
        last_stored: Returns the end of a camera's last segment in the catalogue; None where the
            catalogue has none or does not answer within 2 s.
        dice: Returns a random number in [0, 1).
        salt: Returns a few random hexadecimal digits.
        secret: Returns the secret in the file of that name; raises Misconfigured.
    """

    launcher: Launcher
    last_stored: Callable[[CameraId], Awaitable[Instant | None]]
    clock: Clock
    time: Timekeeper
    disk_queues: DiskQueues
    length: Elapsed
    sync: Elapsed
    loop: bool
    shared: bool
    dice: Callable[[], float]
    salt: Callable[[], str]
    secret: Callable[[str], str]

    def now(self) -> Instant:
        """Return the recorder's wall time."""
        return self.time.at(self.clock.monotonic())


class Channel:
    """Records a camera until `stop`. Every call from the event loop's thread.

    `CameraFiles` does in threads what waits for the disk; a run that `CameraFiles` begins is only
    passed on to later calls of `CameraFiles`.
    """

    def __init__(self, camera: Camera, spool: CameraSpool, kit: Kit) -> None:
        self._camera = camera
        self._kit = kit
        self._files = CameraFiles(camera, spool, kit.launcher, kit.now)
        self._disk_queue = DiskQueue(kit.disk_queues, spool)
        self._inbox: asyncio.Queue[state_machine.Event | Ended] = asyncio.Queue()
        self._state = State()
        self._run: Run | None = None
        self._running: Running | None = None
        self._messages = Messages()
        self._arrivals = Arrivals()
        self._grown_at = self._sync_at = kit.clock.monotonic()
        self._closed_at = self._grown_at
        self._told_changed = self._told_rate = self._told_far_apart = False
        self._damaged = ""
        self._silent: Elapsed | None = None
        self._cut = False

    def stop(self, *, at_once: bool = False) -> None:
        """Stop recording; `work` returns when the open segment is in the spool."""
        if at_once:
            self._cut = True
            if self._running is not None:
                self._running.kill()  # now, whatever else the channel waits for
        self._inbox.put_nowait(state_machine.Stop(at_once))

    def tick(self) -> None:
        """Check timeouts, camera faults and periodic disk work; called about once a second."""
        now = self._kit.clock.monotonic()
        state, actions = state_machine.step(self._state, state_machine.Tick(), now)
        if actions or state is not self._state:
            self._inbox.put_nowait(state_machine.Tick())
        self._messages.second(overdue=now - self._closed_at >= self._kit.length + _OVERDUE)
        if self._messages.clock_set:
            self._changed("the camera's clock was set")
        elif self._messages.garbled:
            self._changed("it sends another codec than it announced")
        if self._arrivals.fresh:
            self._hand_in_arrivals()
        if now - self._grown_at >= _GROW_EVERY:
            self._grown_at = now
            self._hand_in_arrivals()
            self._disk_queue.add(partial(self._files.grow, self._kit.now()))
        if self._run is not None and now - self._sync_at >= self._kit.sync:
            self._sync_at = now
            self._disk_queue.add(partial(self._files.sync_open, self._run))

    def stepped(self, by: Elapsed) -> None:
        """Note that the recorder's time has moved by `by`."""
        self._hand_in_arrivals()
        if self._run is not None:
            self._disk_queue.add(partial(self._files.stepped, self._run, by))

    async def work(self) -> None:
        """Recover the spool, then record; a fault in the disk queue ends the task, too.

        Otherwise the recording would wait for the disk queue for ever.
        """
        disk_work = asyncio.create_task(self._disk_queue.work())
        recording = asyncio.create_task(self._record())
        try:
            done, _ = await asyncio.wait(
                {disk_work, recording}, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        finally:
            recording.cancel()
            disk_work.cancel()
            if self._running is not None:
                self._running.kill()

    async def _record(self) -> None:
        await self._recover()
        await self._feed(state_machine.Start())
        while self._state.phase is not Phase.STOPPED:
            said = await self._inbox.get()
            await self._feed(await self._ended(said) if isinstance(said, Ended) else said)
        self._disk_queue.add(partial(self._files.grow, self._kit.now()))
        await self._disk_queue.done()

    async def _recover(self) -> None:
        found: Recovered = await self._in_pool(self._files.recover)
        until = found.until
        if until is None or self._kit.shared:
            stored = await self._kit.last_stored(self._camera.id)
            until = max(filter(None, (until, stored)), default=None)
        if until is not None and self._kit.shared:
            until = of_our_own(until, self._kit.salt())
        for trouble in found.troubles:
            self._tell(Note(self._camera.id, trouble))
        rows = [Written(gap, final=True) for gap in found.gaps]
        self._disk_queue.add(partial(Filed, [*found.spooled, *rows]))
        self._disk_queue.add(partial(self._files.resume, until))
        self._state = State(audio=await self._in_pool(self._files.audio))

    # ---------------------------------------------------------------- what FFmpeg says

    def _hear(self, said: Line | Ended) -> None:
        """Stamp a line of FFmpeg now; pass on only what the state machine must know."""
        if isinstance(said, Ended):
            self._inbox.put_nowait(said)
            return
        match said.pipe:
            case Pipe.MESSAGE:
                self._messages.add(said.text)
            case Pipe.SEGMENTS:
                self._close_segment(self._arrivals.listed(said.text, self._kit.now()), rotated=True)
            case Pipe.PROGRESS if self._arrivals.progressed(said.text, self._kit.now()):
                # Only now is it sure that a keyframe closed a segment, not the end of the stream.
                self._close_segment(self._arrivals.rotated(), rotated=True)
                self._alive()

    def _changed(self, what: str) -> None:
        """Raise an alarm and end the run, because the stream has changed; once per run."""
        if self._run is not None and not self._told_changed:
            self._told_changed = True
            self._tell(Alarm(self._camera.id, what))
            self._inbox.put_nowait(state_machine.Changed(what))

    def _alive(self) -> None:
        event = state_machine.Alive()
        if self._inbox.empty() and self._state.phase is Phase.RECORDING:
            self._state, _ = state_machine.step(self._state, event, self._kit.clock.monotonic())
        else:
            self._inbox.put_nowait(event)

    def _close_segment(
        self, closed: str | None, *, rotated: bool = False, silent: Elapsed | None = None
    ) -> None:
        """Queue the closing of a segment named `closed`; do nothing for None."""
        if closed is not None and self._run is not None:
            self._closed_at = self._kit.clock.monotonic()
            self._hand_in_arrivals()
            close = partial(self._files.close, self._run, closed, silent, rotated=rotated)
            self._disk_queue.add(close, self._filed)

    def _hand_in_arrivals(self) -> None:
        seen = self._arrivals.take()
        if seen and self._run is not None:
            self._disk_queue.add(partial(self._files.saw, self._run, seen, self._kit.time.doubt))

    async def _ended(self, said: Ended) -> state_machine.Event:
        if self._messages.timed_out or said.code == -signal.SIGKILL:
            self._silent = None  # nothing came any more, or nothing was written any more
        self._close_segment(self._arrivals.unconfirmed(), silent=self._silent)
        self._hand_in_arrivals()
        if run := self._run:
            self._disk_queue.add(partial(self._files.finish, run, self._silent), self._filed)
        await self._disk_queue.done()  # a gap's begin is known once the last media is placed
        self._running, self._run = None, None
        reason = GapReason.WRITE_FAILED if self._messages.disk_full else GapReason.CAMERA_LOST
        words, refused = self._messages.last_words(), self._messages.audio_refused
        return state_machine.Exited(words, reason, audio_refused=refused)

    # ---------------------------------------------------------------- actions

    async def _feed(self, event: state_machine.Event) -> None:
        """Feed an event to the state machine and do the actions; feed a failed start in turn."""
        pending: state_machine.Event | None = event
        while pending is not None:
            before = self._state.phase
            self._state, actions = state_machine.step(
                self._state, pending, self._kit.clock.monotonic(), self._kit.dice()
            )
            pending = None
            for action in actions:
                pending = await self._do(action) or pending
            if self._state.phase is not before:
                why = next(
                    (a.detail for a in actions if isinstance(a, state_machine.MediaLost)), ""
                )
                self._tell(PhaseChanged(self._camera.id, self._state.phase, why))

    async def _do(self, action: state_machine.Action) -> state_machine.Event | None:
        now = self._kit.now()
        match action:
            case state_machine.Spawn(audio=audio):
                return await self._spawn(audio)
            case state_machine.Terminate() if self._running:
                if self._kit.clock.monotonic() - self._state.alive >= state_machine.STALL_AFTER:
                    self._silent = self._arrivals.media
                self._running.terminate()
            case state_machine.Kill() if self._running:
                self._running.kill()
            case state_machine.MediaLost(reason=reason, detail=detail):
                self._disk_queue.add(partial(self._files.lost, now, reason, detail))
            case state_machine.MediaFound():
                self._disk_queue.add(partial(self._files.found, now))
                self._disk_queue.add(partial(self._files.set_audio, self._state.audio))
            case state_machine.Note(text=text):
                self._tell(Note(self._camera.id, text))
        return None

    async def _spawn(self, audio: AudioMode) -> state_machine.Event | None:
        await self._disk_queue.done()
        self._messages, self._arrivals, self._silent = Messages(), Arrivals(), None
        self._closed_at, self._told_changed, self._damaged = self._kit.clock.monotonic(), False, ""
        self._told_rate = self._told_far_apart = False
        run: Run | None = None
        try:
            run = await self._in_pool(partial(self._files.begin, self._kit.salt()))
            self._check_not_cut()
            source = await self._in_pool(partial(_source, self._camera, self._kit.secret))
            capture = self._capture(source, run, audio)
            self._running = await self._kit.launcher.launch(
                partial(argv, self._kit.launcher.ffmpeg, capture), self._hear, capture.source_list
            )
            self._run = run
            if self._cut:
                self._running.kill()  # `stop(at_once=True)` came during the launch
            await self._in_pool(partial(run.note_process, self._running.identity))
            self._running.release()  # only now: a later recorder finds the process in the journal
        except FootageError as exc:
            if self._running is not None:
                self._running.kill()  # the process is not in the journal
                return None
            if run is not None:
                self._disk_queue.add(partial(self._files.finish, run), self._filed)
            full = isinstance(exc, NoSpace)
            reason = GapReason.WRITE_FAILED if full else GapReason.RECORDER_DOWN
            return state_machine.Exited(str(exc), reason)
        return None

    def _check_not_cut(self) -> None:
        if self._cut:
            raise Unavailable("another recorder may have the camera")

    def _capture(self, source: str, run: Run, audio: AudioMode) -> Capture:
        length = self._kit.length
        return Capture(
            source,
            run.pattern,
            length,
            slot(self._camera.id, length),
            audio=audio,
            loop=self._kit.loop,
        )

    async def _in_pool(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._kit.disk_queues.pool, work)

    def _filed(self, filed: Filed) -> None:
        """Raise alarms about closed segments before the segments go to the uploader."""
        if filed.recoded:
            self._changed("its pictures are coded in another way")
        if filed.rates and not self._told_rate:
            self._told_rate = True
            self._tell(WrongRate(self._camera.id, *filed.rates))
        every = filed.keyframe_every
        if every and every >= FAR_APART and not self._told_far_apart:
            self._told_far_apart = True
            self._tell(KeyframesFarApart(self._camera.id, every))
        for one in filed.found:
            if isinstance(one, Spooled):
                self._alarm_damage(one.segment)

    def _alarm_damage(self, segment: Segment) -> None:
        """Raise an alarm for the first segment of a damaged span, not for each segment."""
        if segment.damage and _kinds(segment.damage) != _kinds(self._damaged):
            self._tell(SegmentDamaged(segment))
        self._damaged = segment.damage

    def _tell(self, event: Event) -> None:
        self._kit.disk_queues.tell(event)


def _source(camera: Camera, secret: Callable[[str], str]) -> str:
    """The source with its credentials, from the camera's secret file as the file is now."""
    name = camera.source_secret_file
    return with_secret(camera.source, secret(name)) if name else camera.source


def _kinds(damage: str) -> str:
    """The kinds of damage in a text, numbers replaced by "#"."""
    return re.sub(r"\d+", "#", damage)
