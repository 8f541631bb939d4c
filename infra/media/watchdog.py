"""The watchdog: a process that ends the FFmpegs of a recorder that lost its leases and cannot act.

An FFmpeg outlives a recorder that was killed, on purpose: the next start loses nothing. Where
several recorders share the cameras it must not outlive the recorder's lease.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from footage.instant import Elapsed
from infra.host.process import Child

if TYPE_CHECKING:
    from footage.clock import Clock

GRACE: Final = Elapsed.parse("1500ms")
"""How long before the deadline orphaned FFmpegs are asked to end: they need at most 0.8 s."""

_SCRIPT: Final = Path(__file__).with_name("watchdog_script.py")
_STEP: Final = Elapsed.parse("20ms")
_GOODBYE: Final = Elapsed.parse("2s")
_log = logging.getLogger(__name__)


class Watchdog:
    """Watches a recorder's FFmpegs; used by the thread of the recorder's event loop alone.

    Recorder alive: past the deadline FFmpegs are killed at once. Recorder gone: FFmpegs go on,
    since a recorder started again soon takes them over; shortly before the deadline FFmpegs are
    asked to end (SIGTERM).
    A watchdog that died or does not read is replaced, and told everything again.

    Args:
        log: File for errors of the watchdog process.
    """

    def __init__(self, log: Path, clock: Clock, grace: Elapsed = GRACE) -> None:
        self._log = log
        self._clock = clock
        self._grace = grace
        self._watched: dict[str, None] = {}
        self._until: Elapsed | None = None
        self._child: Child | None = None
        self._pipe = -1

    @property
    def pid(self) -> int | None:
        """Pid of the watchdog process; None before `start`."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start the process.

        Raises:
            Misconfigured: Python cannot be run.
        """
        reader, writer = os.pipe()
        try:
            argv = [sys.executable, "-I", "-S", str(_SCRIPT), str(self._grace.us)]
            self._child = Child(argv, log=self._log, feed=reader)
        except BaseException:
            os.close(writer)
            raise
        finally:
            os.close(reader)
        # Never wait for the watchdog: a full pipe means that the watchdog reads no more.
        os.set_blocking(writer, False)
        self._pipe = writer

    def watch(self, identity: str) -> None:
        """Watch the FFmpeg `identity`; "", for an FFmpeg that has ended already, does nothing."""
        if identity:
            self._watched[identity] = None
            self._tell(f"watch {identity}")

    def unwatch(self, identity: str) -> None:
        """Stop watching the FFmpeg `identity`, which has ended."""
        if self._watched.pop(identity, "") is None:
            self._tell(f"unwatch {identity}")

    def extend(self, until: Elapsed) -> None:
        """Let all FFmpegs run until `until` (`Clock.boottime`), and no longer."""
        self._until = until
        self._tell(f"until {until.us}")

    def close(self) -> None:
        """Let the watchdog go; the process ends once no watched FFmpeg runs any more."""
        if self._child is None:
            return
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        deadline = self._clock.monotonic() + _GOODBYE
        while self._child.alive and self._clock.monotonic() < deadline:
            self._clock.sleep(_STEP)

    # ---------------------------------------------------------------- inside

    def _tell(self, line: str) -> None:
        if self._child is not None and self._write(line):
            return
        try:
            self._replace()
        except (FootageError, OSError) as exc:  # tried again with the next thing to tell
            _log.error("FFmpegs would outlive this recorder's lease, were it killed: %s", exc)

    def _replace(self) -> None:
        """Kill the old watchdog, lest stale facts be acted on; start and inform another."""
        if self._child is not None:
            _log.warning("the watchdog had ended or did not read; a new watchdog replaces it")
            self._child.kill()
            os.close(self._pipe)
            self._child, self._pipe = None, -1
        self.start()
        if self._until is not None:
            self._write(f"until {self._until.us}")
        for identity in self._watched:
            self._write(f"watch {identity}")

    def _write(self, line: str) -> bool:
        data = line.encode() + b"\n"
        try:
            return os.write(self._pipe, data) == len(data)
        except (BrokenPipeError, BlockingIOError):
            return False
