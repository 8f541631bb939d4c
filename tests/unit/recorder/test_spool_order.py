"""The order on the disk, as docs/recording.md writes it down: which call lasts before which."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any

import pytest

from footage.ids import CameraId, RunId
from footage.instant import Elapsed
from footage.span import Gap, GapReason
from recorder.spool.run import Run
from recorder.spool.run_header import RunHeader
from recorder.spool.spool import CameraSpool
from tests.common.builders import a_camera, at, during
from tests.common.mp4_builder import fragment, gop, init
from tests.common.spooling import Depot, leave_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recorder.store.uploader import Uploader

ONE = CameraId("camera-1")
LONG = Elapsed.parse("30s")


@dataclass(slots=True)
class Log:
    """What lasted, in order: "sync NAME", "sync folder", "remove NAME", "rename NAME"."""

    lines: list[str] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.threads.append(get_ident())

    def clear(self) -> None:
        self.lines.clear()
        self.threads.clear()

    def after(self, number: int) -> str:
        """What the same thread did next."""
        later = range(number + 1, len(self.lines))
        return next((self.lines[n] for n in later if self.threads[n] == self.threads[number]), "")


@pytest.fixture
def log() -> Iterator[Log]:
    seen = Log()

    def noting(call: Callable[..., Any], say: Callable[..., str]) -> Callable[..., Any]:
        def noted(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever it takes
            line = say(*args)
            answer = call(*args, **options)
            seen.add(line)
            return answer

        return noted

    def synced(handle: int) -> str:
        name = Path(f"/proc/self/fd/{handle}").readlink().name
        return "sync folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else f"sync {name}"

    def name(path: object) -> str:
        return str(path).rpartition("/")[2]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", noting(os.fsync, synced))
        patch.setattr(os, "unlink", noting(os.unlink, lambda path: f"remove {name(path)}"))
        patch.setattr(os, "rename", noting(os.rename, lambda _, to: f"rename {name(to)}"))
        yield seen


def test_a_new_spool_is_there_before_anything_lies_in_it(tmp_path: Path, log: Log) -> None:
    CameraSpool(tmp_path / "spool", ONE).close()
    assert log.lines == ["sync folder", "sync folder"]  # of the root's name, of the camera's


def test_at_a_close_the_bytes_then_the_name_then_the_journal(tmp_path: Path, log: Log) -> None:
    spool = CameraSpool(tmp_path, ONE)
    run = Run.begin(spool, RunHeader.of(a_camera(), RunId("run-1"), at(0), None))
    name = "run-1-000000.mp4"
    (spool.folder / name).write_bytes(init() + fragment(gop()))
    log.clear()
    assert len(run.close(name)) == 1
    assert log.lines == [
        f"sync {name}",
        "sync folder",
        "sync run-1.journal",
        "sync .recorded-until.new",
        "rename recorded-until",
        "sync folder",
    ]


def test_the_first_line_of_a_journal_makes_its_name_last(tmp_path: Path, log: Log) -> None:
    spool = CameraSpool(tmp_path, ONE)
    log.clear()
    run = Run.begin(spool, RunHeader.of(a_camera(), RunId("run-1"), at(0), None))
    run.note_process("{}")
    assert log.lines == ["sync run-1.journal", "sync folder", "sync run-1.journal"]


def test_when_stored_the_file_goes_then_its_name_then_the_journal(tmp_path: Path, log: Log) -> None:
    depot = Depot(tmp_path)
    spool = depot.spool()
    (one,) = leave_run(spool, 1)
    calls = depot.store.inner
    put, add = calls.put, depot.catalogue.add_segments
    log.clear()

    def noted_put(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        answer = put(*args, **options)
        log.add("put")
        return answer

    def noted_add(*args: Any) -> None:  # noqa: ANN401 - passed on
        add(*args)
        log.add("row")

    calls.put, depot.catalogue.add_segments = noted_put, noted_add  # type: ignore[method-assign,assignment]  # and noted

    async def use(uploader: Uploader) -> None:
        uploader.segment(spool, one)
        assert await uploader.flush(LONG)

    depot.uploader(use)
    assert log.lines == [
        "put",
        "row",
        f"remove {one.path.name}",
        "sync folder",
        "remove run-1.journal",
        "sync folder",
    ]


def test_when_evicted_the_gap_lasts_before_the_file_goes(tmp_path: Path, log: Log) -> None:
    spool = CameraSpool(tmp_path, ONE)
    one, _ = leave_run(spool, 2)
    gap = Gap(ONE, one.segment.interval, GapReason.SPOOL_OVERFLOW, "full")
    name = f"{gap.interval.start.us}-spool_overflow.gap"
    log.clear()
    spool.give_up(one, gap)
    assert log.lines == [
        f"sync .{name}.new",
        f"rename {name}",
        "sync folder",
        f"remove {one.path.name}",
        "sync folder",
    ]
    log.clear()
    spool.forget_gap(gap)
    assert log.lines == [f"remove {name}", "sync folder"]


def test_how_far_a_gap_went_is_known_before_the_gap_goes(tmp_path: Path, log: Log) -> None:
    """Else the next start would open one that begins where media ended, and hides its reason."""
    spool = CameraSpool(tmp_path, ONE)
    gap = Gap(ONE, during(0, 10), GapReason.WRITE_FAILED, "no space left")
    spool.keep_gap(gap)
    log.clear()
    spool.forget_gap(gap)
    assert log.lines == [
        "sync .accounted-until.new",
        "rename accounted-until",
        "sync folder",
        f"remove {gap.interval.start.us}-write_failed.gap",
        "sync folder",
    ]
    assert spool.accounted_until() == at(10)
    spool.set_recorded_until(at(30))
    spool.forget_gap(Gap(ONE, during(12, 20), GapReason.CAMERA_LOST))
    assert spool.accounted_until() == at(10)


def test_when_set_aside_the_gap_lasts_before_the_new_name(tmp_path: Path, log: Log) -> None:
    spool = CameraSpool(tmp_path, ONE)
    one, _ = leave_run(spool, 2)
    gap = Gap(ONE, one.segment.interval, GapReason.WRITE_FAILED, "rotten")
    log.clear()
    spool.give_up(one, gap, kept=spool.bad_path(one))
    kept = f"rename {one.path.stem}.bad"
    assert log.lines[2:] == ["sync folder", kept, "sync folder"]
    assert log.lines[0].startswith("sync .")


def test_every_removal_is_followed_by_a_sync_of_its_folder(tmp_path: Path, log: Log) -> None:
    """Else a power cut brings the file back: a stored segment twice, a gap beside footage."""
    depot = Depot(tmp_path)
    spool = depot.spool()
    waits = leave_run(spool, 3)
    depot.store.down = True

    async def use(uploader: Uploader) -> None:
        for one in waits:
            uploader.segment(spool, one)
        await depot.until(lambda: depot.files() == [])
        depot.store.down = False  # for the copies of the gaps
        assert await uploader.flush(LONG)

    depot.uploader(use, depot.spool_limit(1))
    removed = [number for number, line in enumerate(log.lines) if line.startswith("remove ")]
    assert len(removed) >= 2 * len(waits)
    for number in removed:
        assert log.after(number) == "sync folder", log.lines[number]
