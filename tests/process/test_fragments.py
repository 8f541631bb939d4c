"""Fragments: what a crash may cost, and that those without a keyframe are as good as others."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from footage.ids import CameraId
from footage.instant import Elapsed
from footage.mp4 import elapsed, parts, walk
from tests.common.builders import a_camera
from tests.common.recording import Studio, each_tool, make_film

if TYPE_CHECKING:
    from footage.mp4 import Layout
    from infra.media.ffmpeg_tool import FfmpegTool

pytestmark = pytest.mark.slow
ONE = CameraId("camera-1")


@pytest.fixture(scope="module", params=each_tool())
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[bytes]:
    """Segments of a camera with a keyframe each five seconds."""
    tool: FfmpegTool = request.param
    folder = tmp_path_factory.mktemp("long")
    film = make_film(folder / "film.mp4", seconds=40, gop=125)
    studio = Studio(folder / "spool", tool)
    studio.record([a_camera(source=str(film))], 18)
    return [studio.store.get(one.key) for one in studio.segments(ONE)]


def layouts(segments: list[bytes]) -> list[Layout]:
    return [walk(io.BytesIO(data)) for data in segments]


def test_no_fragment_is_longer_than_two_seconds(recorded: list[bytes]) -> None:
    """A GOP here is five: what has been written when FFmpeg is killed is at most 2 s behind."""
    assert len(recorded) >= 2
    for layout in layouts(recorded):
        at = 0
        for fragment in layout.fragments:
            ticks = sum(one.duration_ticks for one in layout.samples[at : at + fragment.samples])
            assert elapsed(ticks, layout.media.timescale) <= Elapsed.parse("2s")
            at += fragment.samples
    whole = layouts(recorded)[0]
    assert len(whole.fragments) > sum(one.keyframe for one in whole.samples)


def test_segments_cut_off_anywhere_keep_whole_fragments(recorded: list[bytes]) -> None:
    data = recorded[0]
    (layout, *_) = layouts(recorded)
    for fragment in layout.fragments:
        end = fragment.offset + fragment.length
        cut = walk(io.BytesIO(data[: end + 20]))
        assert cut.complete_bytes == end
        assert not cut.closed


def test_they_join(recorded: list[bytes]) -> None:
    joined, count = b"", 0
    for data, layout in zip(recorded, layouts(recorded), strict=True):
        joined = joined or data[: layout.init_bytes]
        for part in parts(layout).fragments:
            joined += data[part.offset : part.offset + part.length]
        count += len(layout.samples)
    whole = walk(io.BytesIO(joined))
    times = [one.dts_ticks for one in whole.samples]
    assert len(times) == count
    assert {later - former for former, later in pairwise(times)} == {whole.media.timescale // 25}


def test_each_fragment_has_its_producer_s_time(recorded: list[bytes]) -> None:
    for layout in layouts(recorded):
        assert len(layout.producer) == len(layout.fragments)
        first = [0]
        for fragment in layout.fragments[:-1]:
            first.append(first[-1] + fragment.samples)
        assert [one.pts_ticks for one in layout.producer] == [
            layout.samples[at].pts_ticks for at in first
        ]
