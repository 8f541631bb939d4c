"""Read the CPU time, memory and bytes written of processes from the kernel's /proc."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TICKS = os.sysconf("SC_CLK_TCK")
_CUTIME = 13  # index after the process name in /proc/PID/stat: cutime, then cstime; see proc(5)


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU time and bytes written of several processes together.

    Attributes:
        cpu_s: CPU seconds since the processes began, with children that ended and were waited for.
        written: Bytes that the processes caused to be sent to the disk.
    """

    cpu_s: float
    written: int

    def since(self, before: Usage) -> Usage:
        """Return the usage since `before`, an earlier reading of the same processes."""
        return Usage(self.cpu_s - before.cpu_s, self.written - before.written)


def family(root: int) -> list[int]:
    """Return the process ids of `root` and of all processes descended from `root`."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        if fields := _fields(int(stat.parent.name)):
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, look = [], [root]
    while look:
        found.append(look.pop())
        look += children.get(found[-1], [])
    return found


def usage(pids: Iterable[int]) -> Usage:
    """Return the usage of the given processes together; ended processes count as zero."""
    cpu, written = 0.0, 0
    for pid in pids:
        if fields := _fields(pid):
            ended = sum(map(int, fields[_CUTIME : _CUTIME + 2])) / _TICKS
            cpu += _cpu_s(pid) + ended
            written += _written(pid)
    return Usage(cpu, written)


def pss_bytes(pids: Iterable[int]) -> int:
    """Return the proportional set size in bytes: a shared page counts once, split among users."""
    return sum(_pss(pid) for pid in pids)


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process as the scheduler counts, to the nanosecond; 0.0 of an ended process.

    `/proc/PID/stat` samples CPU time at clock ticks, which made figures visibly coarse. The number
    of the clock follows the kernel's formula, see clock_getcpuclockid(3).
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _fields(pid: int) -> list[str]:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _written(pid: int) -> int:
    for line in _lines(pid, "io"):
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def _pss(pid: int) -> int:
    for line in _lines(pid, "smaps_rollup"):
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _lines(pid: int, name: str) -> list[str]:
    try:
        return (Path("/proc") / str(pid) / name).read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return []
