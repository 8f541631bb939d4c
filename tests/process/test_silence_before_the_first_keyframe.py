"""Cameras that fall silent while a recorder begins to record these cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.ids import CameraId
from footage.instant import Elapsed
from recorder.options import Options
from tests.common.builders import a_camera
from tests.common.camera.handle import Cameras
from tests.common.camera.strip import frames_of
from tests.common.recording import Studio, each_tool

if TYPE_CHECKING:
    from pathlib import Path

    from infra.media.ffmpeg_tool import FfmpegTool

pytestmark = pytest.mark.slow
OPTIONS = Options(length=Elapsed.parse("4s"), flush=Elapsed.parse("2s"))
SILENT_MS, EVERY_MS, COUNT = 8_000, 20_000, 9


@pytest.mark.parametrize("tool", each_tool())
def test_each_picture_is_dated_within_what_is_stated(tool: FfmpegTool, tmp_path: Path) -> None:
    """The cameras' phases lie a tenth of a second apart.

    Some fall silent before the first keyframe that is recorded, and behind pictures that are not.
    """
    with Cameras(tmp_path / "cameras") as cameras:
        studio, urls, clock = Studio(tmp_path / "spool", tool), {}, SystemClock()
        for n in range(1, COUNT + 1):
            silence = {"silent_ms": SILENT_MS, "silent_every_ms": EVERY_MS}
            urls[f"camera-{n}"] = cameras.add(n, fps=10, **silence)
            clock.sleep(Elapsed.parse("100ms"))
        clock.sleep(Elapsed.parse("10600ms"))  # the first falls silent 11.5 s after it was added
        studio.recorder(OPTIONS).record(
            [a_camera(name, source=url) for name, url in urls.items()], Elapsed.parse("17s")
        )
    for name in urls:
        for segment in studio.segments(CameraId(name)):
            frames = frames_of(studio.store.get(segment.key))
            captured = [one.stamp.captured for one in frames if one.stamp]
            assert len(captured) == segment.media.samples, (name, segment)
            assert segment.damage == ""
            assert segment.clock.uncertainty is not None
            # A picture lasts a tenth of a second, so the last ends that much later.
            off = (segment.interval.start - captured[0], segment.interval.end - captured[-1])
            allowed = segment.clock.uncertainty.us
            assert -allowed <= off[0].us <= allowed, (name, segment)
            assert -allowed <= off[1].us - 100_000 <= allowed, (name, segment)
