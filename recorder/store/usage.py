"""How many bytes lie in the spool, by camera: counted where we can, walked where we must.

Closed segments that wait are counted as they come and go. Everything else (segments still growing,
journals, files set aside) is found by a walk now and then, which asks the disk about those files
only: a day's outage leaves a hundred thousand names, and the size of each is known already.
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
    """The disk a folder lies on, as an ordinary user may use it."""

    free: int
    taken: int


def disk(folder: Path) -> Disk:
    """Ask the system.

    Raises:
        Unavailable: It does not say; never guess from that (neither full nor empty).
    """
    with seam(folder):
        facts = os.statvfs(folder)
    size = facts.f_frsize
    return Disk(facts.f_bavail * size, (facts.f_blocks - facts.f_bfree) * size)


@dataclass(slots=True)
class SpoolUsage:
    """The spool's bytes. May be read and changed by any thread."""

    _waiting: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Camera, then file name: the sizes of closed segments that wait."""
    _bytes: Counter[str] = field(default_factory=Counter)
    """Their sums."""
    _others: dict[str, dict[str, int]] = field(default_factory=dict)
    """The same of all other files, as the last walk found them."""
    _lock: Lock = field(default_factory=Lock)

    @property
    def total_bytes(self) -> int:
        """Of everything; growing files as they were at the last walk."""
        return sum(self.by_camera().values())

    def by_camera(self) -> dict[CameraId, int]:
        """The same for each camera."""
        with self._lock:
            sums = Counter(self._bytes)
            for camera, files in self._others.items():
                sums[camera] += sum(files.values())
        return {CameraId(camera): size for camera, size in sums.items()}

    def add(self, spooled: Spooled) -> None:
        """It waits."""
        camera, name = spooled.segment.camera, spooled.path.name
        with self._lock:
            self._others.get(camera, {}).pop(name, None)  # it was open when last walked
            self._waiting[camera][name] = spooled.segment.size_bytes
            self._bytes[camera] += spooled.segment.size_bytes

    def remove(self, spooled: Spooled) -> None:
        """Its file has gone."""
        camera, name = spooled.segment.camera, spooled.path.name
        with self._lock:
            self._bytes[camera] -= self._waiting[camera].pop(name, 0)

    def walk(self, root: Path) -> None:
        """Look at the files that are not counted.

        Raises:
            Unavailable: The disk does not say; what was known stays.
        """
        found: dict[str, dict[str, int]] = {}
        with seam(root), os.scandir(root) as folders:
            for folder in folders:
                if folder.is_dir(follow_symlinks=False):
                    found[folder.name] = self._others_in(folder)
        with self._lock:
            for camera, files in found.items():
                for name in self._waiting.get(camera, {}).keys() & files.keys():
                    del files[name]  # closed while we walked
            self._others = found

    def _others_in(self, folder: os.DirEntry[str]) -> dict[str, int]:
        known, sizes = self._waiting.get(folder.name, {}), dict[str, int]()
        try:
            with os.scandir(folder.path) as files:
                for file in files:
                    if file.name not in known and (size := _size(file)) is not None:
                        sizes[file.name] = size
        except FileNotFoundError:
            return {}  # an import's folder, gone meanwhile
        return sizes


def _size(file: os.DirEntry[str]) -> int | None:
    try:
        return file.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return None  # stored meanwhile
