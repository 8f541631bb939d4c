"""Bytes in the spool, by camera: counted where possible, found by walking the folders otherwise.

Closed segments that wait to be stored are counted as they come and go. All other files (segments
still growing, journals, files set aside) are found by a walk now and then, which asks the disk
about those other files only: a day's outage leaves a hundred thousand waiting segments, and the
size of each is known already.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from footage.durable import seam
from footage.ids import CameraId

if TYPE_CHECKING:
    from pathlib import Path

    from recorder.spool.spool import Spooled


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk a folder lies on: `free` counts what an ordinary user may use."""

    free: int
    taken: int


def disk(folder: Path) -> Disk:
    """Read the free and taken bytes of the disk that `folder` lies on.

    Raises:
        Unavailable: The disk does not answer, and must count as neither full nor empty.
    """
    with seam(folder):
        facts = os.statvfs(folder)
    size = facts.f_frsize
    return Disk(facts.f_bavail * size, (facts.f_blocks - facts.f_bfree) * size)


@dataclass(slots=True)
class SpoolUsage:
    """Counts the bytes in the spool. May be read and changed by any thread."""

    _waiting: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Sizes of the closed segments that wait, by camera, then by file name."""
    _bytes: Counter[str] = field(default_factory=Counter)
    """Sums of `_waiting`, by camera."""
    _others: dict[str, dict[str, int]] = field(default_factory=dict)
    """Sizes of all other files as the last walk found them, by camera, then by file name."""
    _lock: Lock = field(default_factory=Lock)

    @property
    def total_bytes(self) -> int:
        """Bytes of all files in the spool; growing files count as at the last walk."""
        return sum(self.by_camera().values())

    def by_camera(self) -> dict[CameraId, int]:
        """Bytes in the spool of each camera; growing files count as at the last walk."""
        with self._lock:
            sums = Counter(self._bytes)
            for camera, files in self._others.items():
                sums[camera] += sum(files.values())
        return {CameraId(camera): size for camera, size in sums.items()}

    def add(self, spooled: Spooled) -> None:
        """Count a closed segment that waits to be stored."""
        camera, name = spooled.segment.camera, spooled.path.name
        with self._lock:
            self._others.get(camera, {}).pop(name, None)  # the last walk found the segment open
            self._waiting[camera][name] = spooled.segment.size_bytes
            self._bytes[camera] += spooled.segment.size_bytes

    def remove(self, spooled: Spooled) -> None:
        """Count a segment no more: the file has been removed from the spool."""
        camera, name = spooled.segment.camera, spooled.path.name
        with self._lock:
            self._bytes[camera] -= self._waiting[camera].pop(name, 0)

    def walk(self, root: Path) -> None:
        """Measure all files below `root` that are not counted as waiting segments.

        Raises:
            Unavailable: The disk does not answer; the sizes of the last walk stay.
        """
        found: dict[str, dict[str, int]] = {}
        with seam(root), os.scandir(root) as folders:
            for folder in folders:
                if folder.is_dir(follow_symlinks=False):
                    found[folder.name] = self._others_in(folder)
        with self._lock:
            for camera, files in found.items():
                for name in self._waiting.get(camera, {}).keys() & files.keys():
                    del files[name]  # closed during the walk
            self._others = found

    def _others_in(self, folder: os.DirEntry[str]) -> dict[str, int]:
        known, sizes = self._waiting.get(folder.name, {}), dict[str, int]()
        try:
            with os.scandir(folder.path) as files:
                for file in files:
                    if file.name not in known and (size := _size(file)) is not None:
                        sizes[file.name] = size
        except FileNotFoundError:
            return {}  # an import's folder, removed meanwhile
        return sizes


def _size(file: os.DirEntry[str]) -> int | None:
    try:
        return file.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return None  # stored meanwhile
