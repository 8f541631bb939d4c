"""What a crash leaves of gaps, and what recovery makes of it."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.span import Gap, GapReason
from recorder.spool.recovery import recover
from recorder.spool.run import Run
from recorder.spool.run_header import RunHeader, run_id
from recorder.spool.spool import CameraSpool
from tests.common.builders import a_camera, at
from tests.common.mp4_builder import fragment, gop, init

if TYPE_CHECKING:
    from pathlib import Path

    from footage.instant import Instant

ONE = CameraId("camera-1")
FRAME = Elapsed.parse("40ms")
GOP = Elapsed.parse("200ms")


class NothingRuns:
    """A launcher whose FFmpegs have all gone."""

    def reap(self, identity: str) -> bool:
        del identity
        return False


def a_run(spool: CameraSpool, salt: str, started: Instant, first_frame: Instant) -> Run:
    """A killed run of one GOP, its file written when the next keyframe came."""
    run = Run.begin(spool, RunHeader.of(a_camera(), run_id(started, salt), started, None))
    path = spool.folder / f"{run.header.run}-000000.mp4"
    path.write_bytes(init() + fragment(gop(), dts=0))
    written = (first_frame + GOP + FRAME).us * 1_000
    os.utime(path, ns=(written, written))
    return run


def test_recovered_runs_and_an_open_gap_tile_the_time_between_them(tmp_path: Path) -> None:
    """Killed while a gap was open, last written long before the next run's first frame."""
    spool = CameraSpool(tmp_path, ONE)
    a_run(spool, "aaaa", at(0), at(1)).finish()
    end = at(1) + GOP
    spool.keep_gap(Gap(ONE, Interval(end, at(2)), GapReason.CAMERA_LOST, "its stream ended"))
    a_run(spool, "bbbb", at(5), at(6))
    found = recover(spool, NothingRuns())  # type: ignore[arg-type]  # all that recovery asks of it
    spool.close()

    assert len(found.spooled) == 2
    (gap,) = found.gaps
    assert (gap.interval, gap.reason) == (Interval(end, at(6)), GapReason.CAMERA_LOST)
    whole = sorted([one.segment.interval for one in found.spooled] + [gap.interval])
    assert all(one.end == other.start for one, other in pairwise(whole))
    assert found.until == at(6) + GOP
