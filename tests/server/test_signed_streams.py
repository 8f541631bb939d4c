"""Camera signatures live in SEI: what ONVIF Media Signing signed must come through untouched."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest

from footage.nal import Codec as Coded
from footage.nal import units
from lab.servers.rtsp import Codec
from tests.common.builders import a_camera
from tests.common.recording import Studio, each_tool
from tests.common.stream_city import LONGEST, City, packets, samples, sent, until

if TYPE_CHECKING:
    from pathlib import Path

    from infra.media.ffmpeg_tool import FfmpegTool
    from lab.servers.rtsp import Rtsp
    from recorder.service import Recorder

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]


@pytest.mark.clips
@pytest.mark.parametrize("tool", each_tool())
def test_signatures_come_through_byte_for_byte(
    tool: FfmpegTool, clips: Path, tmp_path: Path, rtsp_server: Rtsp
) -> None:
    """Signed by ONVIF Media Signing: every picture and every SEI, in order, by RTSP and as file.

    The last two access units of a stream that ends may be missing: neither GStreamer nor FFmpeg
    gives out a unit before it has seen the next.
    """
    signed = {Coded.H264: Codec.H264, Coded.H265: Codec.H265}
    sources = {one: clips / "onvif" / f"test_signed_{one}.mp4" for one in signed}
    mount = f"/signed-{tool.version.replace('.', '')}"
    cameras = [
        *(
            a_camera(f"rtsp-{one}", source=rtsp_server.add(f"{mount}-{one}", path, signed[one]))
            for one, path in sources.items()
        ),
        *(a_camera(f"file-{one}", source=str(path)) for one, path in sources.items()),
    ]
    found = City(Studio(tmp_path / "spool", tool), {}, {})
    recorder = found.studio.recorder()
    end = Thread(target=_when_played, args=(found, recorder))
    end.start()
    recorder.record(cameras, LONGEST)
    end.join()

    for one, path in sources.items():
        source = list(packets(path))
        assert sum(unit.is_sei for packet in source for unit in units(one, packet)) == 5
        by_rtsp = found.segments(f"rtsp-{one}")
        first_run = [
            found.studio.store.get(segment.key)
            for segment in by_rtsp
            if segment.run == by_rtsp[0].run
        ]
        wanted, stored = sent(source, one), sent(samples(first_run), one)
        assert stored == wanted[: len(stored)]
        assert len(stored) >= len(wanted) - 2
        assert list(samples(found.data(f"file-{one}")))[: len(source)] == source


def _when_played(found: City, recorder: Recorder) -> None:
    """End the recording when each camera has sent its film once and begun again."""
    cameras = [f"{how}-{one}" for how in ("rtsp", "file") for one in Coded]
    until(
        lambda: all(
            found.starts(name) >= 2 if name.startswith("rtsp") else found.stored(name) >= 7
            for name in cameras
        )
    )
    recorder.stop()
