"""A recorder whose disk fills, on a real file system that is full."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from infra.host import process
from infra.media.ffmpeg_tool import find
from tests.common.cli import Cli
from tests.common.recording import A_MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CAMERA = "c1"
PLACE = ("--site", "s1", "--district", "d1", "--lat", "31", "--lon", "70")


def _mount(*words: str) -> bool:
    return (
        subprocess.run(["/usr/bin/mount", *words], check=False, capture_output=True).returncode == 0
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 14 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or not _mount("-t", "tmpfs", "-o", "size=14m", "tmpfs", str(disk)):
        pytest.skip("needs the right to mount a tmpfs")
    yield disk
    subprocess.run(["/usr/bin/umount", str(disk)], check=True)


def _noisy_film(path: Path) -> Path:
    """Half a minute at 12 Mbit/s, so that a few segments fill the disk."""
    picture = "testsrc2=size=640x360:rate=25:duration=30,noise=alls=40"
    coded = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-b:v",
        "12M",
        "-g",
        "25",
        "-pix_fmt",
        "yuv420p",
    ]
    argv = [str(find().path), "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    process.run([*argv, *coded, str(path)], timeout=A_MINUTE)
    return path


@pytest.mark.slow
def test_a_full_disk_loses_nothing_that_was_closed(small_disk: Path, tmp_path: Path) -> None:
    cli = Cli(small_disk / "home")
    film = _noisy_film(tmp_path / "film.mp4")
    cli.ok("cameras", "add", CAMERA, *PLACE, "--source", str(film))
    short = {
        "FOOTAGE_RECORDING__SEGMENT_LENGTH": "2s",
        "FOOTAGE_RECORDING__SPOOL_LIMIT": "1TB",  # none: else the oldest would make room in time
    }

    full = cli("record", "--camera", CAMERA, "--for", "25s", **short)
    assert "Traceback" not in full.err
    assert "no space left" in full.err.lower()  # FFmpeg's words, and the store's where it was late

    assert _mount("-o", "remount,size=90m", str(small_disk))
    cli.ok("record", "--camera", CAMERA, "--for", "4s", **short)
    assert not list((small_disk / "home" / "spool" / CAMERA).glob("*.mp4"))
    line = cli.ok("timeline", "--camera", CAMERA, "--json").json
    first, last = line["spans"][0]["start"], line["spans"][-1]["end"]
    inside = [gap for gap in line["gaps"] if first < gap["start"] < last]
    assert inside
    reasons = {gap["reason"] for gap in inside}
    assert reasons <= {"write_failed", "recorder_down", "camera_lost"}, (inside, full.err)
    assert "write_failed" in reasons, (inside, full.err)
