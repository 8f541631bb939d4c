"""Sealed clips in players that know nothing of the seal: FFmpeg and GStreamer."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from infra.media.ffmpeg_tool import find
from tests.common.cli import Cli
from tests.common.recording import make_film

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

SECONDS = 12
COUNT = """
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
told = Gst.MessageType
line = f"filesrc location={sys.argv[1]} ! qtdemux name=d "
line += " ".join(f"d.{pad}_0 ! queue ! fakesink name={pad} signal-handoffs=1 sync=0" for pad in
                 ("video", "audio"))
counts = {}
player = Gst.parse_launch(line)
for pad in ("video", "audio"):
    counts[pad] = 0
    def count(*_, pad=pad):
        counts[pad] += 1
    player.get_by_name(pad).connect("handoff", count)
player.set_state(Gst.State.PLAYING)
end = player.get_bus().timed_pop_filtered(60 * Gst.SECOND, told.EOS | told.ERROR)
player.set_state(Gst.State.NULL)
print(counts["video"], counts["audio"])
raise SystemExit(end is None or end.type != told.EOS)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two imported segments and the sealed clip of both, with sound."""
    folder = tmp_path_factory.mktemp("sealed")
    film = make_film(folder / "film.mp4", seconds=SECONDS, audio="aac", gop=50)
    cli = Cli(folder / "home")
    cli.ok("keys", "init")
    place = ("--site", "s1", "--district", "d1", "--lat", "31.5", "--lon", "74.3")
    cli.ok("cameras", "add", "c1", *place)
    split = {"FOOTAGE_RECORDING__SEGMENT_LENGTH": "6s"}
    cli.ok("ingest", str(film), "--camera", "c1", "--start", "2026-11-22T15:00:00Z", **split)
    out, hour = folder / "bundle", ("2026-11-22T15:00:00Z", "2026-11-22T16:00:00Z")
    asked = ("--from", hour[0], "--to", hour[1], "--out", str(out), "--clips")
    cli.ok("export", "--camera", "c1", *asked)
    return out


def the_clip(bundle: Path) -> tuple[Path, list[Path]]:
    (told,) = json.loads((bundle / "MANIFEST.json").read_bytes())["clips"]
    assert told["sealed"] == "onvif-export-26.06"
    return bundle / told["path"], [bundle / "master" / one for one in told["members"]]


def coded(paths: list[Path]) -> list[str]:
    """Return the digests of all coded pictures and sounds as FFmpeg reads these, by track."""
    found: list[str] = []
    for path in paths:
        argv = [str(find().path), "-v", "error", "-i", str(path), "-c", "copy"]
        argv += ["-f", "framemd5", "-"]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        lines = [line.split(",") for line in done.stdout.splitlines() if line[:1] != "#"]
        found += [f"{line[0]} {line[-1].strip()}" for line in lines]
    return sorted(found)


def test_ffmpeg_reads_what_the_masters_hold_and_nothing_else(bundle: Path) -> None:
    clip, masters = the_clip(bundle)
    assert len(masters) > 1
    read = coded([clip])
    assert read == coded(masters)
    assert len([one for one in read if one.startswith("0 ")]) == SECONDS * 25


def test_ffmpeg_decodes_a_sealed_clip_without_a_word(bundle: Path) -> None:
    clip, _ = the_clip(bundle)
    argv = [str(find().path), "-v", "error", "-i", str(clip), "-f", "null", "-"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_gstreamer_reads_a_sealed_clip_to_the_end(bundle: Path) -> None:
    clip, _ = the_clip(bundle)
    argv = ["/usr/bin/python3", "-c", COUNT, str(clip)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    pictures, sounds = map(int, done.stdout.split())
    assert pictures == SECONDS * 25
    assert sounds > 0
