"""What FFmpeg writes as 2^64 ticks less a little begins at zero before it is digested."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.ids import CameraId
from footage.mp4 import walk
from recorder.spool.negative_dts import clamp_negative_dts
from recorder.spool.run import Run
from recorder.spool.run_header import RunHeader, run_id
from recorder.spool.spool import CameraSpool
from tests.common.builders import START, a_camera
from tests.common.mp4_builder import box, fragment, gop, init

if TYPE_CHECKING:
    from pathlib import Path

BELOW = (1 << 64) - 80
FILM = (
    init()
    + box(b"prft", bytes(24))
    + fragment(gop(), dts=BELOW)
    + fragment(gop(), dts=120, large=True)
)
WHEN = 1_700_000_000_123_456_789


def times(path: Path) -> list[int]:
    with path.open("rb") as file:
        return [one.dts_ticks for one in walk(file).samples]


def test_only_what_lies_below_zero_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(FILM)
    os.utime(path, ns=(WHEN, WHEN))
    assert times(path) == [*range(-80, 120, 40), *range(120, 320, 40)]
    for _ in range(2):
        with path.open("rb") as file:
            layout = walk(file)
        clamp_negative_dts(path, layout)
        assert times(path) == [*range(0, 200, 40), *range(120, 320, 40)]
        assert path.stat().st_mtime_ns == WHEN
        assert path.stat().st_size == len(FILM)


@pytest.mark.parametrize("cut", [False, True])
def test_a_run_closes_it_so_and_digests_what_is_stored(tmp_path: Path, *, cut: bool) -> None:
    spool = CameraSpool(tmp_path, CameraId("camera-1"))
    run = Run.begin(spool, RunHeader.of(a_camera(), run_id(START, "cafe"), START, None))
    name = f"{run.header.run}-000000.mp4"
    (spool.folder / name).write_bytes(FILM + (b"cut short" if cut else b""))
    (spooled,) = run.close(name, cut=cut)
    assert spooled is not None
    assert times(spooled.path)[0] == 0
    assert spooled.path.stat().st_size == len(FILM) == spooled.segment.size_bytes
    assert spooled.segment.digest == Digest.of_file(spooled.path)
    spool.close()
