"""The power fails while a camera is recorded and the store is down.

On a real ext4 that is shut down without writing its log: what nobody synced is gone, names and
lengths too, as when the power goes. Where that cannot be had, and always besides, recorder and
FFmpeg are killed at once, which keeps what lies in the page cache.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from footage.clock import SystemClock
from footage.digest import Digest
from footage.ids import CameraId
from footage.instant import Elapsed, Instant
from footage.span import GapReason
from infra.host.process import Child
from tests.common.builders import a_camera
from tests.common.recording import Studio, holes, make_film, tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.server, pytest.mark.slow]
ONE = CameraId("camera-1")
ROOT = Path(__file__).resolve().parents[2]
STEP = Elapsed.parse("100ms")
PATIENCE = Elapsed.parse("60s")
A_GOP = Elapsed.parse("1s")
SLACK = Elapsed.parse("4s")
"""A sync that takes long on a busy machine, and what FFmpeg had not read."""
_SHUTDOWN: Final = 2 << 30 | 4 << 16 | ord("X") << 8 | 125  # _IOR('X', 125, __u32)
_WITHOUT_ITS_LOG: Final = 2
_IMAGE_BYTES: Final = 64 << 20


@dataclass(slots=True)
class Disk:
    """Where the spool lies, and how its power is cut."""

    folder: Path
    image: Path | None

    def cut(self) -> None:
        """From here on nothing reaches it."""
        if self.image is not None:
            handle = os.open(self.folder, os.O_RDONLY)
            try:
                fcntl.ioctl(handle, _SHUTDOWN, struct.pack("I", _WITHOUT_ITS_LOG))
            finally:
                os.close(handle)

    def power_up(self) -> None:
        """What is left of it, on a new device: whoever else sees the old one sees it dead."""
        if self.image is not None:
            _unmount(self.folder)
            copy = self.image.with_suffix(".copy")
            shutil.copyfile(self.image, copy)
            _run("mount", "-o", "loop", str(copy), str(self.folder))


def _run(*argv: str) -> None:
    subprocess.run(["/usr/bin/env", *argv], check=True, capture_output=True)


def _unmount(folder: Path) -> None:
    """A process that was killed may hold it for a moment."""
    clock = SystemClock()
    for _ in range(50):
        if subprocess.run(["/usr/bin/env", "umount", str(folder)], check=False).returncode == 0:
            return
        clock.sleep(STEP)
    _run("umount", str(folder))


@pytest.fixture(params=["power cut", "killed"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    folder, image = tmp_path / "disk", tmp_path / "image"
    folder.mkdir()
    if request.param == "killed":
        yield Disk(folder, None)
        return
    with image.open("wb") as file:
        file.truncate(_IMAGE_BYTES)
    try:
        _run("mkfs.ext4", "-q", "-F", str(image))
        _run("mount", "-o", "loop", str(image), str(folder))
    except subprocess.CalledProcessError as exc:
        pytest.skip(f"needs root, mkfs.ext4 and loop devices: {exc.stderr.decode()[-200:]}")
    yield Disk(folder, image)
    _unmount(folder)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A segment that the recorder said was safe."""

    key: str
    digest: str
    end: Instant


class Cut:
    """A recorder of its own process on such a disk."""

    def __init__(self, folder: Path, disk: Disk, *, length: str, sync: str) -> None:
        self.disk = disk
        self.tool = tools()[0]
        self.film = make_film(folder / "film.mp4", seconds=60)
        self.spool = disk.folder / "spool"
        argv = [sys.executable, "-m", "tests.common.spool_child", str(self.spool), str(self.film)]
        self.child = Child([*argv, str(self.tool.path), length, sync], log=folder / "log", cwd=ROOT)

    def wait(self, ready: Callable[[], bool]) -> None:
        clock = SystemClock()
        until = clock.monotonic() + PATIENCE
        while not ready():
            assert self.child.alive, self.child.last_lines()
            assert clock.monotonic() < until, self.child.last_lines()
            clock.sleep(STEP)

    def confirmed(self) -> list[Confirmed]:
        lines = self.child.log.read_text().splitlines()
        said = [line.split() for line in lines if line.startswith("spooled ")]
        return [Confirmed(key, digest, Instant(int(end))) for _, key, digest, end in said]

    def open_bytes(self) -> int:
        """Size of the segment that grows."""
        files = sorted((self.spool / ONE).glob("*.mp4"))
        return files[-1].stat().st_size if len(files) > len(self.confirmed()) else 0

    def cut(self) -> Instant:
        """Returns when."""
        ffmpeg = self._ffmpeg()
        now = SystemClock().now()
        self.disk.cut()
        for group in (ffmpeg, self.child.pid):
            with suppress(ProcessLookupError):  # FFmpeg ends by itself when it cannot write
                os.killpg(group, signal.SIGKILL)
        self.child.kill()
        return now

    def start_again(self) -> Studio:
        """Power, and a recorder for a while; the store is there again."""
        self.disk.power_up()
        studio = Studio(self.spool, self.tool)
        studio.record([a_camera(source=str(self.film))], 6)
        return studio

    def _ffmpeg(self) -> int:
        journal = next((self.spool / ONE).glob("*.journal"))
        records = [json.loads(line) for line in journal.read_text().splitlines()]
        process = next(record for record in records if record["t"] == "process")
        return int(json.loads(process["identity"])["pid"])


def check(studio: Studio, confirmed: list[Confirmed]) -> None:
    """All that was said to be safe is stored, byte for byte; the rest is explained."""
    segments, gaps = studio.segments(ONE), studio.gaps(ONE)
    stored = {segment.key: segment for segment in segments}
    for one in confirmed:
        assert stored[one.key].digest.hex == one.digest  # type: ignore[index]  # a key as text
    for segment in segments:
        assert Digest.of(studio.store.get(segment.key)) == segment.digest
    assert holes(segments, gaps) == []
    assert studio.left_in_spool() == []
    assert {gap.reason for gap in gaps} <= {GapReason.RECORDER_DOWN, GapReason.CAMERA_LOST}
    damaged = [segment.damage for segment in segments if segment.damage]
    assert len(damaged) <= 1, damaged


def test_what_was_confirmed_is_stored_after_the_cut(tmp_path: Path, disk: Disk) -> None:
    recorder = Cut(tmp_path, disk, length="2s", sync="500ms")
    recorder.wait(lambda: len(recorder.confirmed()) >= 4 and recorder.open_bytes() > 8_000)
    when = recorder.cut()
    confirmed = recorder.confirmed()
    studio = recorder.start_again()

    check(studio, confirmed)
    assert confirmed[-1].end > when - Elapsed.parse("2s") - SLACK
    down = [gap for gap in studio.gaps(ONE) if gap.interval.end > when]
    assert down
    assert down[0].interval.start >= confirmed[-1].end


def test_the_open_segment_loses_what_was_not_synced_yet(tmp_path: Path, disk: Disk) -> None:
    recorder = Cut(tmp_path, disk, length="60s", sync="1s")
    recorder.wait(lambda: recorder.open_bytes() > 0)
    began = SystemClock().monotonic()
    recorder.wait(lambda: SystemClock().monotonic() - began > Elapsed.parse("14s"))
    when = recorder.cut()
    studio = recorder.start_again()

    check(studio, recorder.confirmed())
    first = studio.segments(ONE)[0].run
    last = [segment for segment in studio.segments(ONE) if segment.run == first][-1]
    assert last.interval.end > when - Elapsed.parse("1s") - A_GOP - SLACK
