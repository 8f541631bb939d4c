"""A camera's files and gaps on the local disk: the work done in threads of a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.errors import FootageError
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
    """The disk work of `recorder.channel.Channel`. Every call from a thread of the pool.

    Calls that return `Filed` come from the camera's `DiskQueue`, one after the other; `recover`,
    `begin` and `audio` touch no gaps and may run beside the calls of the queue. No call touches the
    event loop: a return value carries what the loop must know.

    Args:
        camera: The camera.
        spool: The camera's spool, locked by this recorder.
        launcher: Ends an FFmpeg that an earlier recorder left.
        now: Returns the recorder's time; called when a run begins.
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
        """Take over an earlier recorder's segments and gaps; raises as `recover` of the spool."""
        return recover(self._spool, self._launcher)

    def begin(self, salt: str) -> Run:
        """Begin a run, durably; `salt` keeps the names of two runs of the same second apart."""
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
        """Note frames of a run that arrived; `doubt` is the error of the host's clock."""
        run.saw(seen, doubt)
        return Filed()

    def stepped(self, run: Run, by: Elapsed) -> Filed:
        """Note that the recorder's time has moved by `by` during a run."""
        run.stepped(by)
        return Filed()

    def sync_open(self, run: Run) -> Filed:
        """Sync a run's open segment to the disk."""
        run.sync_open()
        return Filed()

    def close(self, run: Run, name: str, silent: Elapsed | None, *, rotated: bool) -> Filed:
        """Make a closed segment of a run immutable, placed in wall time; see `Run.close`."""
        found = self._placed(run, run.close(name, rotated=rotated, silent=silent))
        return Filed(found, run.changed, run.rates, run.keyframe_every)

    def finish(self, run: Run, silent: Elapsed | None = None) -> Filed:
        """End a run: close the segments that FFmpeg left open; see `Run.close_left`.

        Where the disk fails on the way, the segments closed until then are returned all the same,
        beside the failure.
        """
        spooled: list[Spooled] = []
        failed: list[FootageError] = []
        try:
            spooled.extend(run.close_left(silent))
            run.end()
        except FootageError as exc:
            failed.append(exc)
        return Filed(self._placed(run, spooled), failed=failed)

    # ---------------------------------------------------------------- gaps

    def resume(self, until: Instant | None) -> Filed:
        """Start gap keeping at `until`, the end of recorded time; None if never recorded."""
        self._gaps = GapKeeper(self._camera.id, until)
        return Filed()

    def lost(self, now: Instant, reason: GapReason, detail: str) -> Filed:
        """Open a gap because the camera is lost; see `GapKeeper.lost`."""
        return Filed(self._gaps.lost(now, reason, detail))

    def grow(self, now: Instant) -> Filed:
        """Extend the camera's open gap, if any, to `now`."""
        return Filed(self._gaps.grow(now))

    def found(self, now: Instant) -> Filed:
        """Note that the camera sends pictures again; see `GapKeeper.found`."""
        return Filed(self._gaps.found(now))

    # ---------------------------------------------------------------- audio

    def audio(self) -> AudioMode:
        """Read the audio mode in which the camera was recorded last."""
        return self._spool.audio()

    def set_audio(self, audio: AudioMode) -> Filed:
        """Write down the audio mode in which the camera is recorded."""
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
