"""FFmpeg is ended because its camera is silent; the camera may go on before it has ended."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.ids import CameraId
from footage.instant import Elapsed
from recorder.options import Options
from recorder.timing.placement import LATE
from tests.common.builders import a_camera
from tests.common.camera.handle import Cameras
from tests.common.camera.model import Condition
from tests.common.camera.strip import frames_of
from tests.common.recording import Studio, each_tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.segment import Segment
    from infra.media.ffmpeg_tool import FfmpegTool

pytestmark = pytest.mark.slow
SECOND = Elapsed.parse("1s")
OPTIONS = Options(length=Elapsed.parse("5m"), flush=Elapsed.parse("10s"))
NUMBERS = {"soon": 1, "later": 2}


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[Cameras]:
    with Cameras(tmp_path / "cameras") as running:
        yield running


def last_is_off(studio: Studio, segment: Segment) -> Elapsed:
    """How much earlier the last frame is said to be than it was captured, beside the first."""
    frames = frames_of(studio.store.get(segment.key))
    first, last = frames[0], frames[-1]
    assert first.stamp is not None
    assert last.stamp is not None
    true = last.stamp.captured - first.stamp.captured
    return true - (last.media - first.media)


@pytest.mark.parametrize("tool", each_tool())
def test_a_picture_that_came_late_is_told_and_no_other(
    tool: FfmpegTool, tmp_path: Path, cameras: Cameras
) -> None:
    """FFmpeg 5.1 is asked to end 10 s after the last sign of life and reads on for 13 s."""
    studio = Studio(tmp_path / "spool", tool)
    urls = {name: cameras.add(number, fps=10) for name, number in NUMBERS.items()}

    def trouble() -> None:
        clock = SystemClock()
        clock.sleep(SECOND * 8)
        for number in NUMBERS.values():
            cameras.feel(number, Condition.STALLED)
        clock.sleep(Elapsed.parse("11700ms"))
        cameras.feel(NUMBERS["soon"], Condition.WELL)
        clock.sleep(SECOND * 8)
        cameras.feel(NUMBERS["later"], Condition.WELL)

    troubling = Thread(target=trouble)
    troubling.start()
    studio.recorder(OPTIONS).record(
        [a_camera(name, source=url) for name, url in urls.items()], SECOND * 36
    )
    troubling.join()
    for name in NUMBERS:
        first, *others = studio.segments(CameraId(name))
        off = last_is_off(studio, first)
        assert (LATE in first.damage) == (off > SECOND), (name, off, first.damage)
        assert [one.damage for one in others] == [""] * len(others)
        if tool.major == 5:
            assert (off > SECOND) == (name == "soon")
