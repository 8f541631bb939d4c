"""The simulated cameras, watched by a real FFmpeg, and every fault they have."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.host import process
from infra.host.process import Child
from tests.common.camera.handle import Cameras
from tests.common.camera.model import Condition
from tests.common.camera.rtsp import HOST
from tests.common.camera.strip import Shown, frames_of
from tests.common.recording import tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
CLOCK = SystemClock()
FFMPEG = str(tools()[0].path)
FRAGMENTED = ["-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "h265": {"codec": "h265", "mtu": 300},
    "aac": {"audio": "aac"},
    "slices": {"slices": 4, "mtu": 200},
    "reordered": {"b_frames": 2},
    "irregular": {"drop": 0.3},
    "login": {"login": "guard:secret"},
    "in the SDP alone": {"sets": "never"},
    "wrong SDP": {"sdp": "wrong"},
    "rtp-info": {"rtp_info": True},
    "jpeg": {"codec": "mjpeg", "fps": 5},
    "wrong rate": {"fps": 21, "stamped_fps": 25},
}


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[Cameras]:
    with Cameras(tmp_path / "cameras") as running:
        yield running


def copying(url: str, out: Path, *, seconds: int) -> list[str]:
    argv = [FFMPEG, "-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-timeout", "5000000"]
    return [*argv, "-i", url, "-t", str(seconds), *FRAGMENTED, "-y", str(out)]


def watch(url: str, out: Path, *, seconds: int = 4) -> list[Shown]:
    process.run(copying(url, out, seconds=seconds), timeout=Elapsed.parse("60s"))
    return frames_of(out.read_bytes())


def wait(until: Callable[[], bool]) -> None:
    deadline = CLOCK.monotonic() + Elapsed.parse("30s")
    while not until():
        assert CLOCK.monotonic() < deadline
        CLOCK.sleep(Elapsed.parse("100ms"))


def connects(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_what_ffmpeg_keeps_is_what_the_camera_showed(tmp_path: Path, cameras: Cameras) -> None:
    urls = {name: cameras.add(n, **look) for n, (name, look) in enumerate(LOOKS.items(), 1)}
    wait(lambda: cameras.state(len(urls))["counter"] > 5)
    children = [
        Child(copying(url, tmp_path / f"{name}.mp4", seconds=5), log=tmp_path / f"{name}.log")
        for name, url in urls.items()
    ]
    wait(lambda: not any(child.alive for child in children))
    for number, name in enumerate(urls, 1):
        shown = frames_of((tmp_path / f"{name}.mp4").read_bytes())
        truth = {one.counter: one for one in cameras.truth(number)}
        stamps = [one.stamp for one in shown if one.stamp]
        assert len(stamps) == len(shown) >= 20, name
        assert [stamp.counter for stamp in stamps] == sorted({stamp.counter for stamp in stamps})
        assert all(truth[stamp.counter].captured == stamp.captured for stamp in stamps), name
        assert truth[stamps[0].counter].key, name


def test_parameter_sets_inside_a_picture_spoil_it(tmp_path: Path, cameras: Cameras) -> None:
    """As with real cameras that send them before each slice of a keyframe."""
    url = cameras.add(1, sets="inside", slices=4)
    assert not any(one.stamp for one in watch(url, tmp_path / "out.mp4"))


def test_a_wrong_password_is_refused(tmp_path: Path, cameras: Cameras) -> None:
    url = cameras.add(1, login="guard:secret").replace("secret", "guess")
    with pytest.raises(Unavailable, match="401"):
        watch(url, tmp_path / "out.mp4")


def test_a_dead_camera_refuses_and_comes_back(tmp_path: Path, cameras: Cameras) -> None:
    url = cameras.add(1)
    assert connects(cameras.port(1))
    cameras.feel(1, Condition.DEAD)
    wait(lambda: not connects(cameras.port(1)))
    dead = cameras.state(1)["counter"]
    CLOCK.sleep(Elapsed.parse("500ms"))
    assert cameras.state(1)["counter"] == dead
    cameras.feel(1, Condition.WELL)
    assert watch(url, tmp_path / "out.mp4", seconds=2)
    cameras.flap(1, up=Elapsed.parse("300ms"), down=Elapsed.parse("300ms"))
    wait(lambda: not connects(cameras.port(1)))
    wait(lambda: connects(cameras.port(1)))


def test_a_stalled_camera_sends_nothing_and_says_so_in_its_log(cameras: Cameras) -> None:
    cameras.add(1)
    cameras.feel(1, Condition.STALLED)
    with socket.create_connection((HOST, cameras.port(1)), timeout=1) as talking:
        talking.sendall(b"OPTIONS rtsp://x/cam/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        with pytest.raises(TimeoutError):
            talking.recv(100)
    assert cameras.truth(1)[-1].sent is False
    cameras.feel(1, Condition.GARBAGE)
    with socket.create_connection((HOST, cameras.port(1)), timeout=5) as talking:
        assert not talking.recv(4).startswith(b"RTSP")


def test_a_change_of_codec_is_in_the_pictures(tmp_path: Path, cameras: Cameras) -> None:
    url = cameras.add(1)
    cameras.change(1, codec="h265", width=256, disconnect=True)
    assert watch(url, tmp_path / "out.mp4", seconds=2)
    probed = process.run(
        [FFMPEG, "-i", str(tmp_path / "out.mp4"), "-f", "null", "-"], timeout=Elapsed.parse("30s")
    )
    assert b"hevc" in probed.stderr
    assert b"256x112" in probed.stderr


def test_jitter_delays_and_reorders_nothing(tmp_path: Path, cameras: Cameras) -> None:
    url = cameras.add(1)
    cameras.jitter(1, 300)
    counters = [one.stamp.counter for one in watch(url, tmp_path / "out.mp4") if one.stamp]
    assert counters == list(range(counters[0], counters[0] + len(counters)))


def test_the_simulator_ends_with_its_test(tmp_path: Path) -> None:
    cameras = Cameras(tmp_path / "cameras")
    cameras.add(1)
    cameras._connection.close()  # as when the test's process dies
    cameras._answers.close()
    wait(lambda: not cameras.child.alive)
