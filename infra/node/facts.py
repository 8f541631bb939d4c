"""Facts the operating system tells of this recorder: room on the spool's disk, child processes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from footage.errors import FootageError
from recorder.store.usage import Disk, disk

_TASKS: Final = Path("/proc/self/task")


def disk_of(folder: Path) -> Disk | None:
    """The disk `folder` is on, or will be; None where nobody can say."""
    existing = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    try:
        return disk(existing)
    except FootageError:
        return None


def child_processes() -> int | None:
    """Count of this process's children, zombies included; None without Linux' /proc."""
    count = 0
    try:
        for task in _TASKS.iterdir():
            try:
                count += len((task / "children").read_text().split())
            except FileNotFoundError:
                continue  # a thread that ended meanwhile
    except OSError:
        return None
    return count
