"""The kernel's process table, for tests that must leave nothing running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.host.process import Identity, identify, is_running

if TYPE_CHECKING:
    from collections.abc import Iterable


def family(pid: int) -> set[Identity]:
    """Return a process and all descendants of the process, as of now."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    members, size = {pid}, 0
    while size != len(members):
        size = len(members)
        members |= {child for child, parent in parents.items() if parent in members}
    return {found for each in members if (found := identify(each)) is not None}


def all_gone(members: Iterable[Identity], within: str = "20s") -> bool:
    """Wait up to `within` until all processes have ended; return whether all have."""
    clock, left = SystemClock(), set(members)
    deadline = clock.monotonic() + Elapsed.parse(within)
    while (left := {one for one in left if is_running(one)}) and clock.monotonic() < deadline:
        clock.sleep(Elapsed.parse("20ms"))
    return not left
