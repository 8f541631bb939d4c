"""Ends the FFmpegs of a recorder that may no longer record. Run by `infra.media.watchdog`.

A process of its own, so that it outlives its recorder, however that ends; run with `python -I -S`
it imports nothing but the standard library and takes a few megabytes. Lines on standard input::

    watch IDENTITY      this process runs (`infra.host.process.Identity` as JSON)
    unwatch IDENTITY    it has ended
    until MICROSECONDS  by CLOCK_BOOTTIME: then nothing watched may run any more

Time is looked at ten times a second, not waited for: a timer would sleep on for as long as the
machine did.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from pathlib import Path

TICK_S = 0.1
PIPE = 0


class WatchdogProcess:
    """State of the watchdog process: watched FFmpegs, and the deadline up to which all may run."""

    def __init__(self, grace_us: int) -> None:
        self.grace_us = grace_us
        self.watched: dict[str, tuple[int, int]] = {}
        self.until_us = 0
        self.open = True
        self._asked: set[str] = set()
        self._rest = b""

    def hear(self, data: bytes) -> None:
        """Take in lines; nothing means that the recorder has gone."""
        self.open = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode().partition(" ")
            if word == "watch":
                known = json.loads(rest)
                self.watched[rest] = (known["pid"], known["started_ticks"])
            elif word == "unwatch":
                self.watched.pop(rest, None)
            elif word == "until":
                self.until_us = int(rest)

    def act(self, now_us: int) -> None:
        """End FFmpegs: SIGKILL past the deadline; without a recorder SIGTERM shortly before."""
        self.watched = {key: one for key, one in self.watched.items() if runs(*one)}
        if now_us >= self.until_us:
            for pid, _ in self.watched.values():
                end(pid, signal.SIGKILL)
        elif not self.open and now_us >= self.until_us - self.grace_us:
            for key in self.watched.keys() - self._asked:
                self._asked.add(key)
                end(self.watched[key][0], signal.SIGTERM)


def runs(pid: int, started_ticks: int) -> bool:
    """Whether the process with this pid and start still runs: pids are reused."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return fields[0] not in "ZX" and int(fields[19]) == started_ticks


def end(pid: int, sign: signal.Signals) -> None:
    """Send `sign` to the process group `pid`; a group that has ended is no error."""
    try:
        os.killpg(pid, sign)
    except ProcessLookupError:
        return


def main(grace_us: int) -> None:
    """Watch until the recorder has gone and nothing is left."""
    for sign in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)
    watchdog = WatchdogProcess(grace_us)
    while watchdog.open or watchdog.watched:
        pipes = [PIPE] if watchdog.open else []
        if select.select(pipes, [], [], TICK_S if watchdog.watched else None)[0]:
            watchdog.hear(os.read(PIPE, 65_536))
        watchdog.act(time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000)


if __name__ == "__main__":
    main(int(sys.argv[1]))
