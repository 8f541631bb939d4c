"""How many bytes lie in the spool."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from footage.errors import Unavailable
from footage.ids import CameraId
from recorder.spool.spool import CameraSpool
from recorder.store.usage import SpoolUsage, disk
from tests.common.spooling import leave_run

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_walk_and_the_count_make_the_truth_at_every_step(tmp_path: Path) -> None:
    first, second = CameraSpool(tmp_path, ONE), CameraSpool(tmp_path, TWO)
    waits = [*leave_run(first, 3), *leave_run(second, 2)]
    growing = second.folder / "run-1-000009.mp4"
    growing.write_bytes(bytes(77))
    usage = SpoolUsage()
    usage.walk(tmp_path)
    assert usage.total_bytes == on_disk(tmp_path)
    for one in waits:
        usage.add(one)  # counted once, though the walk found it too
        assert usage.total_bytes == on_disk(tmp_path)
    usage.walk(tmp_path)
    assert usage.by_camera() == {ONE: on_disk(first.folder), TWO: on_disk(second.folder)}
    for one in waits:
        one.path.unlink()
        usage.remove(one)
        assert usage.total_bytes == on_disk(tmp_path)
    growing.write_bytes(bytes(99))
    usage.walk(tmp_path)
    assert usage.total_bytes == on_disk(tmp_path)
    usage.remove(waits[0])  # twice
    assert usage.total_bytes == on_disk(tmp_path)


def test_only_unknown_files_are_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage, spool = SpoolUsage(), CameraSpool(tmp_path, ONE)
    for one in leave_run(spool, 3):
        usage.add(one)
    asked: list[str] = []

    def ask(file: os.DirEntry[str]) -> int:
        asked.append(file.name)
        return 1

    monkeypatch.setattr("recorder.store.usage._size", ask)
    usage.walk(tmp_path)
    assert sorted(asked) == ["lock", "recorded-until", "reserve", "run-1.journal"]


def test_a_disk_that_cannot_be_asked_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage, spool = SpoolUsage(), CameraSpool(tmp_path, ONE)
    leave_run(spool, 2)
    usage.walk(tmp_path)
    before = usage.total_bytes

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    for name in ("statvfs", "scandir"):
        monkeypatch.setattr(os, name, refuse)
    with pytest.raises(Unavailable):
        disk(tmp_path)
    with pytest.raises(Unavailable):
        usage.walk(tmp_path)
    assert usage.total_bytes == before


def test_the_disk_as_a_user_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks kept for root are neither taken nor free."""
    system = os.statvfs_result((1 << 20, 4096, 1_000, 400, 350, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: system)
    facts = disk(tmp_path)
    assert facts.taken == 600 * 4096
    assert facts.free == 350 * 4096
