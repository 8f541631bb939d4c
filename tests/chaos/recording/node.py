"""A recorder of a campaign: `footage record` as a process, started again when it ends."""

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
    """One process of a recorder, from start to end.

    Attributes:
        ready: When it had started its first FFmpeg; None where it never did.
        found: FFmpegs that a life before it had left.
    """

    started: Instant
    found: frozenset[int]
    ready: Instant | None = None
    ended: Instant | None = None


@dataclass(slots=True)
class Node:
    """One recorder and what it leaves behind; all calls may come from several threads.

    Attributes:
        home: Its state; names its FFmpegs too, whose arguments hold it.
        words: Of `footage`, e.g. "record".
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
        """Start it, as `systemd` would; harmless while it runs."""
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
        """Whether it runs and records."""
        with self._lock:
            alive = self._child is not None and self._child.alive
            return alive and self.lives[-1].ready is not None

    def tend(self) -> str:
        """Start it again where it has ended by itself; what it said then, else ""."""
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
        """kill -9, and it stays down until `start`; its FFmpegs too, or they go on."""
        with self._lock:
            self._wanted = False
            if self._child is not None and self._child.alive:
                self._child.kill()
                self._end()
            if ffmpegs:
                kill_all(self.ffmpegs())

    def pause(self) -> None:
        """SIGSTOP."""
        with self._lock:
            if self._child is not None:
                self._child.pause()

    def resume(self) -> None:
        """SIGCONT."""
        with self._lock:
            if self._child is not None:
                self._child.resume()

    def stop(self) -> int | None:
        """SIGTERM, and wait: it closes and stores what is open. Its exit code."""
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
        """What it says."""
        return self.home.with_suffix(".log")

    def ffmpegs(self, camera: str = "") -> list[int]:
        """Processes other than the recorder that name its spool, or one camera's folder of it."""
        named = str(self.home / "spool" / camera)
        return [pid for pid, words in _processes() if any(word.startswith(named) for word in words)]

    def left_in_spool(self) -> list[str]:
        """Segments not yet in store and catalogue; the row of an open gap stays on purpose."""
        spool = self.home / "spool"
        return sorted(str(p.relative_to(spool)) for p in spool.glob("*/*") if _waits(p))


def kill_all(pids: Sequence[int]) -> None:
    """kill -9; those that have gone meanwhile are no error."""
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
                continue  # it ended between two looks
            found.append((int(entry.name), words))
    return found
