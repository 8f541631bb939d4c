"""One camera's task: feeds the state machine with what happens and does what it decides."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from footage.errors import FootageError
from footage.instant import ZERO, Elapsed, Instant
from footage.span import GapReason
from recorder import machine
from recorder.capture import Capture, argv, slot
from recorder.desk import Desk, Papers
from recorder.gaps import GapKeeper, Written
from recorder.header import Header, run_id
from recorder.machine import Phase, State
from recorder.ports import Ended, Event, EventKind, Line, Pipe
from recorder.progress import Closed, Messages, closed, media_time
from recorder.recovery import recover
from recorder.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.camera import Camera
    from footage.clock import Clock
    from footage.ports import Catalogue
    from recorder.ports import Launcher, Running
    from recorder.spool import CameraSpool, Spooled

_TICK: Final = Elapsed.parse("1s")
_GROW_EVERY: Final = Elapsed.parse("10s")


@dataclass(frozen=True, slots=True)
class Kit:
    """What all channels share.

    Attributes:
        dice: A random number in [0, 1).
        salt: A few random hexadecimal digits.
    """

    launcher: Launcher
    catalogue: Catalogue
    clock: Clock
    desk: Desk
    length: Elapsed
    loop: bool
    dice: Callable[[], float]
    salt: Callable[[], str]


class Channel:
    """Records one camera until it is told to stop."""

    def __init__(self, camera: Camera, spool: CameraSpool, kit: Kit) -> None:
        self._camera = camera
        self._spool = spool
        self._kit = kit
        self._papers = Papers(kit.desk, spool)
        self._stop = asyncio.Event()
        self._state = State()
        self._gaps = GapKeeper(camera.id, None)
        self._run: Run | None = None
        self._running: Running | None = None
        self._messages = Messages()
        self._media: Elapsed | None = None
        self._rotation: tuple[Instant, Closed] | None = None
        self._grown = self._tick_at = kit.clock.monotonic()

    @property
    def state(self) -> State:
        """Where the camera stands."""
        return self._state

    def stop(self) -> None:
        """Record no longer; `work` returns when the open segment is in the spool."""
        self._stop.set()

    async def work(self) -> None:
        """Recover, then record; a fault in the paperwork ends it too, rather than hang it."""
        clerk = asyncio.create_task(self._papers.work())
        recording = asyncio.create_task(self._record())
        try:
            done, _ = await asyncio.wait({clerk, recording}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            recording.cancel()
            clerk.cancel()
            if self._running is not None:
                self._running.kill()

    async def _record(self) -> None:
        await self._recover()
        await self._feed(machine.Start())
        while self._state.phase is not Phase.STOPPED:
            await self._feed(await self._next())
        self._papers.add(partial(_rows, self._gaps.grow, self._kit.clock.now()))
        await self._papers.done()

    async def _recover(self) -> None:
        found = await asyncio.get_running_loop().run_in_executor(
            self._kit.desk.pool,
            partial(recover, self._spool, self._kit.launcher, self._kit.catalogue),
        )
        for trouble in found.troubles:
            self._tell(EventKind.NOTE, trouble)
        rows = [Written(gap, final=True) for gap in found.gaps]
        self._papers.add(lambda: [*found.spooled, *rows])
        self._gaps = GapKeeper(self._camera.id, found.until)

    # ---------------------------------------------------------------- events

    async def _next(self) -> machine.Event:
        """Wait for the next thing the machine should know."""
        while True:
            stopping = self._stop.is_set()
            if stopping and self._state.phase is not Phase.STOPPING:
                return machine.Stop()
            left = self._tick_at - self._kit.clock.monotonic()
            if left <= ZERO:
                self._tick_at = self._kit.clock.monotonic() + _TICK
                self._grow()
                return machine.Tick()
            said = await self._listen(left, stopping=stopping)
            event = await self._heard(said) if said is not None else None
            if event is not None:
                return event

    async def _listen(self, at_most: Elapsed, *, stopping: bool) -> Line | Ended | None:
        """What FFmpeg says next; None when time is up or a stop is asked for."""
        said = asyncio.ensure_future(self._running.next()) if self._running else None
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._kit.clock.pause(at_most))]
        if said is not None:
            waits.append(said)
        if not stopping:
            waits.append(asyncio.ensure_future(self._stop.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return said.result() if said is not None and said.done() else None
        finally:
            for waiting in waits:
                waiting.cancel()

    async def _heard(self, said: Line | Ended) -> machine.Event | None:
        if isinstance(said, Ended):
            return await self._ended()
        now = self._kit.clock.now()
        match said.pipe:
            case Pipe.MESSAGE:
                self._messages.add(said.text)
            case Pipe.SEGMENTS if line := closed(said.text):
                self._close_rotated(None)
                self._rotation = (now, line)
            case Pipe.PROGRESS if media := media_time(said.text):
                return self._progressed(now, media)
        return None

    def _progressed(self, now: Instant, media: Elapsed) -> machine.Event | None:
        if self._media is not None and media <= self._media:
            return None  # FFmpeg tells the same each second while nothing comes
        self._media = media
        # Only now it is sure that a keyframe closed the segment, not the end of the stream.
        self._close_rotated(now)
        if run := self._run:
            self._papers.add(partial(_silent, run.progressed, now, media))
        return machine.Alive()

    def _close_rotated(self, alive: Instant | None) -> None:
        if self._rotation is None or self._run is None:
            return
        (arrived, line), self._rotation = self._rotation, None
        if alive is not None:
            self._papers.add(partial(_silent, self._run.rotated, arrived, line.end))
        self._papers.add(partial(self._close, self._run, line.name))

    async def _ended(self) -> machine.Event:
        self._close_rotated(None)
        if run := self._run:
            self._papers.add(partial(self._finish, run))
        await self._papers.done()  # where the gap begins is known once the last media is placed
        self._running, self._run = None, None
        reason = GapReason.WRITE_FAILED if self._messages.disk_full else GapReason.CAMERA_LOST
        words, refused = self._messages.last_words(), self._messages.audio_refused
        return machine.Exited(words, reason, audio_refused=refused)

    def _grow(self) -> None:
        now = self._kit.clock.monotonic()
        if now - self._grown >= _GROW_EVERY:
            self._grown = now
            self._papers.add(partial(_rows, self._gaps.grow, self._kit.clock.now()))

    # ---------------------------------------------------------------- actions

    async def _feed(self, event: machine.Event) -> None:
        """Step the machine and do what it says; a failed start is an event in turn."""
        pending: machine.Event | None = event
        while pending is not None:
            before = self._state.phase
            self._state, actions = machine.step(
                self._state, pending, self._kit.clock.monotonic(), self._kit.dice()
            )
            pending = None
            for action in actions:
                pending = await self._do(action) or pending
            if self._state.phase is not before:
                why = next((a.detail for a in actions if isinstance(a, machine.Lost)), "")
                self._tell(EventKind.PHASE, ": ".join(filter(None, (self._state.phase, why))))

    async def _do(self, action: machine.Action) -> machine.Event | None:
        now = self._kit.clock.now()
        match action:
            case machine.Spawn(audio=audio):
                return await self._spawn(audio=audio)
            case machine.Terminate() if self._running:
                self._running.terminate()
            case machine.Kill() if self._running:
                self._running.kill()
            case machine.Lost(reason=reason, detail=detail):
                self._papers.add(partial(_rows, self._gaps.lost, now, reason, detail))
            case machine.Found():
                self._papers.add(partial(_rows, self._gaps.found, now))
            case machine.Note(text=text):
                self._tell(EventKind.NOTE, text)
        return None

    async def _spawn(self, *, audio: bool) -> machine.Event | None:
        await self._papers.done()
        self._messages, self._media, self._rotation = Messages(), None, None
        loop = asyncio.get_running_loop()
        run: Run | None = None
        try:
            run = await loop.run_in_executor(self._kit.desk.pool, self._begin)
            capture = Capture(
                self._camera.source,
                run.pattern,
                self._kit.length,
                slot(self._camera.id, self._kit.length),
                audio=audio,
                loop=self._kit.loop,
            )
            self._running = await self._kit.launcher.launch(
                partial(argv, self._kit.launcher.ffmpeg, capture)
            )
            self._run = run
            await loop.run_in_executor(
                self._kit.desk.pool, run.note_process, self._running.identity
            )
        except FootageError as exc:
            if self._running is not None:
                self._running.kill()  # a process the journal does not know must not outlive us
                return None
            if run is not None:
                self._papers.add(partial(self._finish, run))
            return machine.Exited(str(exc), GapReason.RECORDER_DOWN)
        return None

    # ---------------------------------------------------------------- paperwork, in threads

    def _begin(self) -> Run:
        now, until = self._kit.clock.now(), self._spool.recorded_until()
        header = Header.of(self._camera, run_id(now, self._kit.salt()), now, until)
        return Run.begin(self._spool, header)

    def _close(self, run: Run, name: str) -> list[Spooled | Written]:
        spooled = run.close(name)
        return self._placed([spooled] if spooled else [])

    def _finish(self, run: Run) -> list[Spooled | Written]:
        return self._placed(run.finish())

    def _placed(self, spooled: list[Spooled]) -> list[Spooled | Written]:
        rows = [row for one in spooled for row in self._gaps.recorded(one.segment.interval)]
        return [*spooled, *rows]

    def _tell(self, kind: EventKind, text: str) -> None:
        self._kit.desk.tell(Event(kind, self._camera.id, text))


def _silent(
    note: Callable[[Instant, Elapsed], None], arrived: Instant, media: Elapsed
) -> list[Spooled | Written]:
    note(arrived, media)
    return []


def _rows(decide: Callable[..., list[Written]], *facts: object) -> list[Spooled | Written]:
    return [*decide(*facts)]
