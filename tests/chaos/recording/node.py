"""A recorder of a campaign: `footage record` as a process, restarted after each end."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Instant
from infra.host.process import Child

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.clock import Clock

ROOT: Final = Path(__file__).resolve().parents[3]
_AGAIN_AFTER: Final = Elapsed.parse("1s")
_GRACE: Final = Elapsed.parse("60s")


@dataclass(slots=True)
class Life:
    """A process of a recorder, from start to end.

    Attributes:
        ready: Time of the process's first FFmpeg; None without any FFmpeg.
        found: FFmpegs left by an earlier process.
    """

    started: Instant
    found: frozenset[int]
    ready: Instant | None = None
    ended: Instant | None = None


@dataclass(slots=True)
class Node:
    """A recorder with its spool and log; all calls may come from several threads.

    Attributes:
        home: Folder of the recorder's state; identifies its FFmpegs by their arguments.
        words: Arguments of `footage`, e.g. "record".
        settings: Environment variables.
    """

    name: str
    home: Path
    words: Sequence[str]
    settings: Mapping[str, str]
    clock: Clock
    lives: list[Life] = field(default_factory=list)
    _child: Child | None = None
    _wanted: bool = False
    _lock: RLock = field(default_factory=RLock)

    def start(self) -> None:
        """Start the recorder, as `systemd` would; no effect on a running recorder."""
        with self._lock:
            self._wanted = True
            if self._child is not None and self._child.alive:
                return
            argv = [sys.executable, "-m", "infra.cli", *self.words]
            ours = {k: v for k, v in os.environ.items() if not k.startswith("FOOTAGE_")}
            environment = {**ours, **self.settings, "FOOTAGE_HOME": str(self.home)}
            self._child = Child(argv, log=self.log, cwd=ROOT, env=environment)
            self.lives.append(Life(self.clock.now(), frozenset(self.ffmpegs())))

    @property
    def ready(self) -> bool:
        """Whether the recorder runs and records."""
        with self._lock:
            alive = self._child is not None and self._child.alive
            return alive and self.lives[-1].ready is not None

    def tend(self) -> str:
        """Restart a recorder that ended by itself; returns a line about a new end, else ""."""
        with self._lock:
            if not self._wanted or self._child is None:
                return ""
            life, now = self.lives[-1], self.clock.now()
            if self._child.alive:
                if life.ready is None and set(self.ffmpegs()) - life.found:
                    life.ready = now
                return ""
            if life.ended is None:
                life.ended = now
                return f"ended by itself with {self._child.exit_code}: {self._child.last_lines(1)}"
            if now - life.ended >= _AGAIN_AFTER:
                self.start()
            return ""

    def kill(self, *, ffmpegs: bool) -> None:
        """Kill the recorder and its FFmpegs with SIGKILL; stays down until `start`."""
        with self._lock:
            self._wanted = False
            if self._child is not None and self._child.alive:
                self._child.kill()
                self._end()
            if ffmpegs:
                kill_all(self.ffmpegs())

    def pause(self) -> None:
        """Pause the recorder with SIGSTOP."""
        with self._lock:
            if self._child is not None:
                self._child.pause()

    def resume(self) -> None:
        """Resume the recorder with SIGCONT."""
        with self._lock:
            if self._child is not None:
                self._child.resume()

    def stop(self) -> int | None:
        """Stop with SIGTERM, wait until open segments are stored, and return the exit code."""
        with self._lock:
            self._wanted = False
            if self._child is None:
                return None
            self._child.stop(signal.SIGTERM, _GRACE)
            self._end()
            return self._child.exit_code

    def _end(self) -> None:
        if self.lives and self.lives[-1].ended is None:
            self.lives[-1].ended = self.clock.now()

    @property
    def log(self) -> Path:
        """The recorder's log."""
        return self.home.with_suffix(".log")

    def ffmpegs(self, camera: str = "") -> list[int]:
        """Processes except the recorder whose arguments name the spool, or a camera's folder."""
        named = str(self.home / "spool" / camera)
        return [pid for pid, words in _processes() if any(word.startswith(named) for word in words)]

    def left_in_spool(self) -> list[str]:
        """Segments not yet in store and catalogue; the row of an open gap stays on purpose."""
        spool = self.home / "spool"
        return sorted(str(p.relative_to(spool)) for p in spool.glob("*/*") if _waits(p))


def kill_all(pids: Sequence[int]) -> None:
    """Send SIGKILL to processes; a process gone meanwhile is no error."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _waits(path: Path) -> bool:
    return path.suffix in (".mp4", ".mov")


def _processes() -> list[tuple[int, list[str]]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue  # the process ended between two looks
            found.append((int(entry.name), words))
    return found
