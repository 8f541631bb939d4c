"""What is done with one camera's files and gaps in threads, no event loop running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import NoSpace
from footage.ids import CameraId
from footage.instant import Interval
from footage.span import GapReason
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.ffmpeg_tool import find
from recorder.camera_files import CameraFiles
from recorder.capture.audio import AudioMode
from recorder.gaps import Written
from recorder.spool.run import Run
from recorder.spool.spool import CameraSpool, Spooled
from tests.common.builders import START, a_camera, at
from tests.common.mp4_builder import fragment, gop, init
from tests.common.spooling import leave_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recorder.disk_queue import Filed

ONE = CameraId("camera-1")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[CameraSpool]:
    spool = CameraSpool(tmp_path, ONE)
    yield spool
    spool.close()


@pytest.fixture
def files(spool: CameraSpool) -> CameraFiles:
    launcher = FfmpegLauncher(find(), SystemClock())
    return CameraFiles(a_camera(source="/a/film.mp4"), spool, launcher, lambda: START)


def rows(filed: Filed) -> list[tuple[Interval, bool]]:
    return [(one.gap.interval, one.final) for one in filed.found if isinstance(one, Written)]


def test_a_gap_goes_on_from_what_is_accounted_for(files: CameraFiles) -> None:
    assert files.grow(at(5)).found == []
    files.resume(at(10))
    lost = files.lost(at(20), GapReason.CAMERA_LOST, "no route to host")
    assert rows(lost) == [(Interval(at(10), at(20)), False)]
    assert rows(files.grow(at(30))) == [(Interval(at(10), at(30)), False)]
    assert rows(files.found(at(40))) == [(Interval(at(10), at(40)), False)]
    assert files.grow(at(50)).found == []  # its end is known when the first segment is placed


def test_a_run_that_recorded_nothing_leaves_nothing(files: CameraFiles, spool: CameraSpool) -> None:
    run = files.begin("cafe")
    assert run.header.started == START
    assert run.header.run.endswith("-cafe")
    filed = files.finish(run)
    assert (list(filed.found), filed.recoded) == ([], False)
    assert spool.journals() == []


def test_segments_closed_before_the_disk_refused_the_end_are_handed_on(
    files: CameraFiles, spool: CameraSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_run: Run) -> None:
        raise NoSpace("the disk is full")

    run = files.begin("cafe")
    (spool.folder / f"{run.header.run}-000000.mp4").write_bytes(init() + fragment(gop()))
    monkeypatch.setattr(Run, "end", full)
    filed = files.finish(run)
    (one,) = [found for found in filed.found if isinstance(found, Spooled)]
    assert one.path.exists()
    assert [str(failure) for failure in filed.failed] == ["the disk is full"]


def test_what_an_earlier_recorder_left_is_found(files: CameraFiles, spool: CameraSpool) -> None:
    left = leave_run(spool, 2)
    found = files.recover()
    assert [one.path for one in found.spooled] == [one.path for one in left]
    assert found.until == left[-1].segment.interval.end


def test_the_way_sound_is_recorded_is_remembered(files: CameraFiles) -> None:
    files.set_audio(AudioMode.NONE)
    assert files.audio() is AudioMode.NONE
