"""One camera's files and gaps on the local disk: what is done with them in threads of a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recorder.capture.command_line import SourceKind, kind_of
from recorder.disk_queue import Filed
from recorder.gaps import GapKeeper
from recorder.spool.recovery import Recovered, recover
from recorder.spool.run import Run
from recorder.spool.run_header import RunHeader, run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.camera import Camera
    from footage.instant import Elapsed, Instant
    from footage.span import GapReason
    from recorder.capture.audio import AudioMode
    from recorder.gaps import Written
    from recorder.ports import Launcher
    from recorder.spool.spool import CameraSpool, Spooled
    from recorder.timing.arrivals import Arrival


class CameraFiles:
    """The thread part of `recorder.channel.Channel`. Every call from a thread of the pool.

    Calls that return `Filed` come from the camera's `DiskQueue`, one after the other; `recover`,
    `begin` and `audio` touch no gaps and may run beside them. Nothing of the event loop is known
    here: what the loop must know is returned.

    Args:
        camera: Whose.
        spool: Held by this recorder.
        launcher: Ends an FFmpeg that an earlier recorder left.
        now: The recorder's time, asked for when a run begins.
    """

    def __init__(
        self, camera: Camera, spool: CameraSpool, launcher: Launcher, now: Callable[[], Instant]
    ) -> None:
        self._camera = camera
        self._spool = spool
        self._launcher = launcher
        self._now = now
        self._gaps = GapKeeper(camera.id, None)

    # ---------------------------------------------------------------- runs

    def recover(self) -> Recovered:
        """Take up what an earlier recorder left; raises as `recover`."""
        return recover(self._spool, self._launcher)

    def begin(self, salt: str) -> Run:
        """Begin a run, durably; `salt` tells two of one second apart."""
        now, until = self._now(), self._spool.recorded_until()
        header = RunHeader.of(
            self._camera,
            run_id(now, salt),
            now,
            until,
            progress_ends=self._launcher.progress_ends,
            networked=kind_of(self._camera.source) is not SourceKind.FILE,
        )
        return Run.begin(self._spool, header)

    def saw(self, run: Run, seen: Sequence[Arrival], doubt: Elapsed) -> Filed:
        """Frames of a run arrived; the host's clock is off by `doubt`."""
        run.saw(seen, doubt)
        return Filed()

    def stepped(self, run: Run, by: Elapsed) -> Filed:
        """The recorder's time has moved while a run goes on."""
        run.stepped(by)
        return Filed()

    def sync_open(self, run: Run) -> Filed:
        """Bring a run's open segment to the disk."""
        run.sync_open()
        return Filed()

    def close(self, run: Run, name: str, silent: Elapsed | None, *, rotated: bool) -> Filed:
        """Make a closed segment of a run immutable and placed; see `Run.close`."""
        spooled = run.close(name, rotated=rotated, silent=silent)
        found = self._placed(run, [spooled] if spooled else [])
        return Filed(found, recoded=run.changed)

    def finish(self, run: Run, silent: Elapsed | None = None) -> Filed:
        """End a run: close what its FFmpeg left open; see `Run.finish`."""
        return Filed(self._placed(run, run.finish(silent)))

    # ---------------------------------------------------------------- gaps

    def resume(self, until: Instant | None) -> Filed:
        """Everything up to `until` is accounted for by now; None where nothing ever was."""
        self._gaps = GapKeeper(self._camera.id, until)
        return Filed()

    def lost(self, now: Instant, reason: GapReason, detail: str) -> Filed:
        """The camera is lost; see `GapKeeper.lost`."""
        return Filed(self._gaps.lost(now, reason, detail))

    def grow(self, now: Instant) -> Filed:
        """The camera's open gap lasts until now, where one is open."""
        return Filed(self._gaps.grow(now))

    def found(self, now: Instant) -> Filed:
        """The camera's pictures come again; see `GapKeeper.found`."""
        return Filed(self._gaps.found(now))

    # ---------------------------------------------------------------- sound

    def audio(self) -> AudioMode:
        """How the camera's sound was recorded last."""
        return self._spool.audio()

    def set_audio(self, audio: AudioMode) -> Filed:
        """Remember how the camera's sound is recorded."""
        self._spool.set_audio(audio)
        return Filed()

    # ---------------------------------------------------------------- inside

    def _placed(self, run: Run, spooled: Sequence[Spooled]) -> list[Spooled | Written]:
        found: list[Spooled | Written] = []
        for one in spooled:
            segment = one.segment
            found.append(one)
            found += self._gaps.recorded(segment.interval, stepped=run.after_step(segment))
        return found
