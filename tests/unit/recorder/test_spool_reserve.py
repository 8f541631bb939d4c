"""A full disk still takes the reason for which nothing was recorded."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from footage import durable
from footage.errors import NoSpace
from footage.ids import CameraId
from footage.span import Gap, GapReason
from recorder.spool.spool import CameraSpool
from tests.common.builders import during

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE = CameraId("camera-1")
GAP = Gap(ONE, during(0, 10), GapReason.WRITE_FAILED, "no space left")


def fill(patch: pytest.MonkeyPatch, room: Callable[[], bool]) -> None:
    """A disk that takes small files only where there is room."""
    write = durable.write_new

    def full(target: Path, data: bytes, *, mode: int = 0o644) -> None:
        if not room():
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        write(target, data, mode=mode)

    patch.setattr(durable, "write_new", full)


def test_it_takes_real_blocks(tmp_path: Path) -> None:
    reserve = CameraSpool(tmp_path, ONE).folder / "reserve"
    assert reserve.stat().st_size == 32_768
    assert reserve.stat().st_blocks * 512 >= 32_768


def test_it_gives_way_no_further_than_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = CameraSpool(tmp_path, ONE)
    reserve = spool.folder / "reserve"
    fill(monkeypatch, lambda: reserve.stat().st_size <= 16_384)  # others took the first part
    spool.keep_gap(GAP)
    assert spool.gaps() == [GAP]
    assert reserve.stat().st_size == 16_384


def test_once_it_is_used_up_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = CameraSpool(tmp_path, ONE)
    with monkeypatch.context() as patch:
        fill(patch, lambda: False)
        with pytest.raises(NoSpace):
            spool.keep_gap(GAP)
    assert (spool.folder / "reserve").stat().st_size == 0
    assert spool.gaps() == []


def test_it_is_filled_again_when_the_catalogue_has_the_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = CameraSpool(tmp_path, ONE)
    reserve = spool.folder / "reserve"
    with monkeypatch.context() as patch:
        fill(patch, lambda: reserve.stat().st_size == 0)
        spool.keep_gap(GAP)
    spool.forget_gap(GAP)
    assert reserve.stat().st_size == 32_768


def test_a_full_disk_is_no_reason_not_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    assert CameraSpool(tmp_path, ONE).gaps() == []
