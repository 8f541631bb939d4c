"""A real player plays a playlist of `footage serve`."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING

import av
from imageio_ffmpeg import get_ffmpeg_exe

from tests.common.api_city import LENGTH, TOKEN_FILE, parts_of
from tests.common.builders import a_camera, at
from tests.common.serving import running
from tests.common.tiny_films import FPS, FRAGMENTED, fragmented_mp4, frames

if TYPE_CHECKING:
    from pathlib import Path


def _record_with_two_gaps_and_a_change_of_stream(home: Path) -> int:
    """Record camera-4 thrice, in the middle with smaller pictures; return the pictures stored."""
    parts = parts_of(home)
    camera = a_camera("camera-4")
    parts.register.add_cameras([camera])
    film = home / "film.mp4"
    # FFmpeg keeps to the first init of a playlist, so the parameter sets must come in band.
    usual = fragmented_mp4(frames(8, ()))
    small = fragmented_mp4([picture[::2, ::2] for picture in frames(8, ())])
    for start_s, data in ((0, usual), (20, small), (40, usual)):
        _write_with_parameters_in_band(data, film)
        parts.importer.ingest(film, camera, at(start_s), length=LENGTH)
    stored = [s for s in parts.catalogue.segments() if s.camera == camera.id]
    assert len({s.media.width for s in stored}) == 2
    parts.close()
    return sum(segment.media.samples for segment in stored)


def _write_with_parameters_in_band(data: bytes, film: Path) -> None:
    """Write `data` with the parameter sets before each keyframe, as cameras send pictures."""
    argv = [get_ffmpeg_exe(), "-v", "error", "-i", "pipe:0", "-c", "copy"]
    argv += ["-bsf:v", "h264_mp4toannexb", "-movflags", FRAGMENTED["movflags"], "-y", str(film)]
    subprocess.run(argv, input=data, check=True, timeout=60)


def _pictures_read(url: str, token: str) -> int:
    """Read `url` to its end by FFmpeg; return the number of pictures, each decoded.

    The pictures are decoded apart: FFmpeg's own player takes times that go back at a discontinuity
    for a fault of the stream, and drops the group of pictures behind.
    """
    argv = [get_ffmpeg_exe(), "-nostdin", "-v", "fatal"]
    argv += ["-headers", f"Authorization: Bearer {token}\r\n", "-i", url]
    argv += ["-c", "copy", "-f", "h264", "-"]
    done = subprocess.run(argv, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    with av.open(io.BytesIO(done.stdout), "r", format="h264") as pictures:
        return sum(1 for _ in pictures.decode(video=0))


def test_ffmpeg_reads_every_stored_picture_across_gaps_and_a_change_of_stream(home: Path) -> None:
    stored = _record_with_two_gaps_and_a_change_of_stream(home)
    with running(home) as (_, url):
        token = (home / TOKEN_FILE).read_text()
        query = f"from={at(-10)}&to={at(60)}&case=FIR%2012%2F2026&purpose=theft"
        read = _pictures_read(f"{url}/api/v1/cameras/camera-4/hls.m3u8?{query}", token)
    assert read == stored == 3 * 8 * FPS
