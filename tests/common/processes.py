"""Looks at the kernel's process table, for tests that must leave nothing running."""

from __future__ import annotations

from pathlib import Path

from infra.process import Identity, identify


def family(pid: int) -> set[Identity]:
    """A process and all its descendants, as they are now."""
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
