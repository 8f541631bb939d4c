"""Cameras over RTSP, from a real server, with the faults cameras have."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage.ids import CameraId
from footage.instant import Elapsed
from footage.span import GapReason
from infra.config.camera_secret import camera_secret
from lab.servers.rtsp import Codec
from lab.servers.running import Keys
from recorder.events import SegmentSpooled, SegmentStored
from tests.common.builders import a_camera
from tests.common.recording import SHORT, Studio, holes, make_film, tools

if TYPE_CHECKING:
    from infra.media.ffmpeg_tool import FfmpegTool
    from lab.servers.rtsp import Rtsp
    from recorder.events import Event

pytestmark = pytest.mark.server
TOOLS = tools()
LEFT, RIGHT = CameraId("left"), CameraId("right")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", seconds=60)


@pytest.fixture(params=TOOLS, ids=[tool.version for tool in TOOLS])
def studio(request: pytest.FixtureRequest, tmp_path: Path) -> Studio:
    tool: FfmpegTool = request.param
    return Studio(tmp_path / "spool", tool)


def stored(studio: Studio, camera: CameraId) -> int:
    return sum(isinstance(one, SegmentStored) and one.camera == camera for one in studio.events)


def test_a_camera_that_vanishes_does_not_touch_the_other(
    studio: Studio, film: Path, tmp_path: Path, rtsp_server: Rtsp
) -> None:
    """One camera's stream ends and its address is gone; the other one's timeline has no hole."""
    short = make_film(tmp_path / "short.mp4", seconds=6)
    name = studio.tool.version.replace(".", "")
    steady = rtsp_server.add(f"/steady-{name}", film, Codec.H264)
    mortal = rtsp_server.add(f"/mortal-{name}", short, Codec.H264)

    def remove_once_recorded(event: Event) -> None:
        studio.events.append(event)
        if (
            isinstance(event, SegmentSpooled)
            and event.camera == RIGHT
            and stored(studio, RIGHT) == 0
        ):
            rtsp_server.remove(f"/mortal-{name}")

    cameras = [a_camera("left", source=steady), a_camera("right", source=mortal)]
    studio.recorder(listener=remove_once_recorded).record(cameras, Elapsed.parse("16s"))

    left, right = studio.segments(LEFT), studio.segments(RIGHT)
    assert len({segment.run for segment in left}) == 1
    assert {gap.reason for gap in studio.gaps(LEFT)} == {GapReason.RECORDER_DOWN}
    assert right
    lost = [gap for gap in studio.gaps(RIGHT) if gap.reason is GapReason.CAMERA_LOST]
    assert lost[-1].interval.start == right[-1].interval.end
    assert lost[-1].interval.length > Elapsed.parse("2s")
    assert lost[-1].detail
    for camera, segments in ((LEFT, left), (RIGHT, right)):
        assert holes(segments, studio.gaps(camera)) == []


def test_a_camera_comes_back(studio: Studio, film: Path, rtsp_server: Rtsp) -> None:
    url = rtsp_server.add(f"/cut-{studio.tool.version.replace('.', '')}", film, Codec.H264)

    def cut_once(event: Event) -> None:
        studio.events.append(event)
        if isinstance(event, SegmentSpooled) and stored(studio, LEFT) == 0:
            rtsp_server.cut()

    studio.recorder(listener=cut_once).record([a_camera("left", source=url)], Elapsed.parse("14s"))

    segments, gaps = studio.segments(LEFT), studio.gaps(LEFT)
    assert len({segment.run for segment in segments}) >= 2
    assert any(gap.reason is GapReason.CAMERA_LOST for gap in gaps)
    assert holes(segments, gaps) == []


def test_a_wrong_password_is_told_and_never_shown(
    studio: Studio, film: Path, rtsp_server: Rtsp
) -> None:
    path = f"/locked-{studio.tool.version.replace('.', '')}"
    right, wrong = Keys(access_key="admin"), Keys(access_key="admin")
    rtsp_server.add(path, film, Codec.H264, login=right)
    summary = studio.record([a_camera("left", source=rtsp_server.url(path, wrong))], 5)

    words = summary.cameras[LEFT].last_words
    assert "401" in words
    assert not any(wrong.secret_key in text for text in [words, *(str(e) for e in studio.events)])


def test_a_password_comes_from_a_file_and_stands_in_no_command_line(
    studio: Studio, film: Path, rtsp_server: Rtsp, tmp_path: Path
) -> None:
    """A camera without its file tells so, and harms no other."""
    path = f"/secret-{studio.tool.version.replace('.', '')}"
    login = Keys(access_key="admin")
    rtsp_server.add(path, film, Codec.H264, login=login)
    (tmp_path / "gate").write_text(login.secret_key + "\n")
    (tmp_path / "gate").chmod(0o600)
    source = rtsp_server.url(path, login).replace(f":{login.secret_key}@", "@")
    commands: list[bytes] = []

    def look(event: Event) -> None:
        studio.events.append(event)
        if isinstance(event, SegmentSpooled):
            commands.extend(file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline"))

    cameras = [
        replace(a_camera(camera, source=source), source_secret_file=file)
        for camera, file in (("left", "gate"), ("right", "none"))
    ]
    options = replace(SHORT, secret=partial(camera_secret, tmp_path))
    summary = studio.recorder(options, look).record(cameras, Elapsed.parse("8s"))

    assert summary.cameras[LEFT].segments >= 2
    ours = [command for command in commands if b"segment_list" in command]
    assert ours
    assert not any(login.secret_key.encode() in command for command in commands)
    assert "secret file" in summary.cameras[RIGHT].last_words
    assert f"{tmp_path / 'none'} cannot be read" in summary.cameras[RIGHT].last_words
    assert not any(login.secret_key in str(event) for event in studio.events)


def test_a_stalled_camera_is_noticed(tmp_path: Path, film: Path, rtsp_server: Rtsp) -> None:
    """The server stops where it stands: connections stay open, nothing comes."""
    studio = Studio(tmp_path / "spool", TOOLS[0])
    url = rtsp_server.add("/stalling", film, Codec.H264)

    def stall_once(event: Event) -> None:
        studio.events.append(event)
        if isinstance(event, SegmentSpooled) and stored(studio, LEFT) == 0:
            rtsp_server.pause()

    try:
        studio.recorder(listener=stall_once).record(
            [a_camera("left", source=url)], Elapsed.parse("22s")
        )
    finally:
        rtsp_server.resume()

    segments = studio.segments(LEFT)
    lost = [gap for gap in studio.gaps(LEFT) if gap.reason is GapReason.CAMERA_LOST]
    assert lost[0].interval.start == segments[-1].interval.end
    # FFmpeg's own time limit and ours end at about the same moment.
    assert lost[0].detail.startswith("no picture for 10s") or "timed out" in lost[0].detail
