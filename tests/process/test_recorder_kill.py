"""A recorder killed, and one told to end: what is left, and what the next start makes of it."""

from __future__ import annotations

import json
import os
import signal
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.digest import Digest
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.span import GapReason, timeline
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.host.process import Child
from infra.objects.directory_store import DirectoryStore
from tests.common.builders import a_camera
from tests.common.recording import Studio, each_tool, holes, make_film

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.media.ffmpeg_tool import FfmpegTool

ONE = CameraId("camera-1")
ROOT = Path(__file__).resolve().parents[2]
STEP = Elapsed.parse("100ms")
PATIENCE = Elapsed.parse("40s")
A_GOP = Elapsed.parse("1s")


class Killable:
    """A recorder in a process of its own, and the studio that takes up what it leaves."""

    def __init__(self, folder: Path, tool: FfmpegTool) -> None:
        self.folder = folder
        self.film = make_film(folder / "film.mp4")
        self.studio = Studio(folder / "spool", tool)
        self.studio.store = DirectoryStore(folder / "store", self.studio.clock)
        argv = [sys.executable, "-m", "tests.common.recorder_child", str(folder), str(self.film)]
        self.child = Child([*argv, str(tool.path)], log=folder / "log", cwd=ROOT)

    def wait(self, ready: Callable[[], bool]) -> None:
        clock = SystemClock()
        until = clock.monotonic() + PATIENCE
        while not ready():
            assert self.child.alive, self.child.last_lines()
            assert clock.monotonic() < until, self.child.last_lines()
            clock.sleep(STEP)

    def stored(self) -> int:
        return (self.folder / "log").read_text().count("stored ")

    def wait_for_an_open_segment(self) -> None:
        """Three are stored, and the next one holds at least a second of pictures."""
        self.wait(lambda: self.stored() >= 3)
        spool = self.folder / "spool"
        self.wait(lambda: any(p.stat().st_size > 8_000 for p in spool.glob("*/*.mp4")))

    def ffmpeg_pid(self) -> int:
        journal = next((self.folder / "spool").glob("*/*.journal"))
        records = [json.loads(line) for line in journal.read_text().splitlines()]
        process = next(record for record in records if record["t"] == "process")
        return int(json.loads(process["identity"])["pid"])

    def go_on(self) -> None:
        """Record again on the same spool and stores, for a while."""
        self.studio.catalogue = SqliteCatalogue(self.folder / "catalogue.db")
        self.studio.record([a_camera(source=str(self.film))], 4)


@pytest.fixture(params=each_tool())
def killable(request: pytest.FixtureRequest, tmp_path: Path) -> Killable:
    tool: FfmpegTool = request.param
    return Killable(tmp_path, tool)


def test_after_a_power_cut_all_but_the_last_gop_is_stored(killable: Killable) -> None:
    killable.wait_for_an_open_segment()
    ffmpeg = killable.ffmpeg_pid()
    os.killpg(ffmpeg, signal.SIGKILL)
    killable.child.kill()
    killed = killable.studio.clock.now()
    studio = killable.studio
    studio.clock.sleep(Elapsed.parse("2s"))
    killable.go_on()

    segments, gaps = studio.segments(ONE), studio.gaps(ONE)
    runs = list(dict.fromkeys(segment.run for segment in segments))
    assert len(runs) == 2
    before = [segment for segment in segments if segment.run == runs[0]]
    # Recorded up to the last whole fragment: at most a GOP (and what FFmpeg had not read) is lost.
    assert before[-1].interval.end > killed - A_GOP - Elapsed.parse("1s")
    assert [one.sequence for one in before] == list(range(len(before)))
    for former, later in pairwise(before):
        assert later.interval.start == former.interval.end
    for segment in segments:
        assert Digest.of(studio.store.get(segment.key)) == segment.digest
    down = [gap for gap in gaps if gap.reason is GapReason.RECORDER_DOWN]
    assert any(gap.interval.start == before[-1].interval.end for gap in down)
    assert holes(segments, gaps) == []
    assert studio.left_in_spool() == []


@pytest.mark.slow
def test_ffmpeg_outlives_a_killed_recorder_and_nothing_is_lost(killable: Killable) -> None:
    killable.wait_for_an_open_segment()
    killable.child.kill()  # the recorder alone: FFmpeg has its own group
    studio = killable.studio
    killed = studio.clock.now()
    studio.clock.sleep(Elapsed.parse("4s"))
    restarted = studio.clock.now()
    killable.go_on()

    segments, gaps = studio.segments(ONE), studio.gaps(ONE)
    first = [segment for segment in segments if segment.run == segments[0].run]
    assert first[-1].interval.end > killed + Elapsed.parse("2s")
    window = Interval(segments[0].interval.start, restarted)
    missing = [gap.interval.length for gap in timeline(ONE, window, segments, gaps).gaps]
    assert sum(length.us for length in missing) < Elapsed.parse("1s").us
    assert holes(segments, gaps) == []


@pytest.mark.slow
def test_sigterm_keeps_and_stores_the_open_segment(killable: Killable) -> None:
    killable.wait_for_an_open_segment()
    ended = killable.studio.clock.now()
    killable.child.stop(signal.SIGTERM)

    killable.studio.catalogue = SqliteCatalogue(killable.folder / "catalogue.db")
    segments = killable.studio.segments(ONE)
    assert segments[-1].interval.end > ended - Elapsed.parse("1s")
    assert killable.studio.left_in_spool() == []
    assert list((killable.folder / "spool").glob("*/*.journal")) == []
    assert killable.child.exit_code == 0
