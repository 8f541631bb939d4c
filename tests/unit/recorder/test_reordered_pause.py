"""Reordered pictures (B-frames) of a camera that pauses: segments are dated by what they show."""

from __future__ import annotations

import io
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from api.hls import shown_us
from evidence import verify
from footage.instant import Elapsed
from footage.mp4 import elapsed, walk, wall_time
from footage.played import Played
from recorder.spool.run import Run
from recorder.spool.run_header import RunHeader, run_id
from recorder.spool.spool import CameraSpool
from recorder.timing.arrivals import Arrival
from tests.common.builders import START, a_camera, at
from tests.common.mp4_builder import Frame, box, fragment, init

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.segment import Segment

RUN = run_id(START, "cafe")
FRAME, PICTURES = 40, 61
"""Milliseconds of a picture, and pictures of a segment."""
ORDER = (0, *(n for after in range(0, PICTURES - 1, 3) for n in (after + 3, after + 1, after + 2)))
"""Numbers of a segment's pictures in the order decoded."""
PAUSE = 600


def films(pauses: Sequence[int]) -> list[bytes]:
    """Segments of a run, with the milliseconds that the camera pauses before each.

    As FFmpeg dates what RTSP brings: decoding times are the times of showing, in order, a picture
    later, so that a pause right before a keyframe lies behind that keyframe's decoding.
    """
    begins = [late + number * PICTURES * FRAME for number, late in enumerate(accumulate(pauses))]
    shown = [begin + n * FRAME for begin in begins for n in range(PICTURES)]
    decoded = [shown[0] - FRAME, *shown[:-1], shown[-1]]
    made = []
    for number, begin in enumerate(begins):
        own = decoded[number * PICTURES : (number + 1) * PICTURES + 1]
        pictures = [
            Frame(duration=own[k + 1] - own[k], key=not k, shift=begin + n * FRAME - own[k])
            for k, n in enumerate(ORDER)
        ]
        made.append(init() + fragment(pictures, dts=own[0]) + box(b"mfra", bytes(20)))
    return made


def recorded(folder: Path, pauses: Sequence[int]) -> list[tuple[bytes, Segment]]:
    """Record three segments; the camera pauses before the second and before the third."""
    spool = CameraSpool(folder, a_camera().id)
    run = Run.begin(spool, RunHeader.of(a_camera(), RUN, START, None))
    made = []
    run.saw([Arrival(at(2 * FRAME / 1_000), Elapsed(0), rotation=True)])
    for number, data in enumerate(films([FRAME, *pauses])):
        media = elapsed(walk(io.BytesIO(data)).end_dts_ticks, 1_000)
        behind = sum(pauses[: number + 1], start=FRAME + (number + 1) * PICTURES * FRAME)
        run.saw([Arrival(at((behind + FRAME) / 1_000), media, rotation=True)])
        name = f"{RUN}-{number:06d}.mp4"
        (spool.folder / name).write_bytes(data)
        (one,) = run.close(name)
        made.append((data, one.segment))
    spool.close()
    return made


@pytest.mark.parametrize("pause", [0, PAUSE])
def test_a_segment_is_dated_by_its_first_picture_though_the_camera_paused_before(
    tmp_path: Path, pause: int
) -> None:
    (_, former), (_, later), (_, last) = recorded(tmp_path, [pause, 0])
    passed = later.interval.start - former.interval.start
    assert passed == Elapsed((PICTURES * FRAME + pause) * 1_000)
    assert later.interval.start - former.interval.end == Elapsed(pause * 1_000)
    assert last.interval.start == later.interval.end


def test_each_picture_and_the_play_of_each_segment_last_as_the_camera_showed_them(
    tmp_path: Path,
) -> None:
    (_, former), (data, later), (_, last) = recorded(tmp_path, [PAUSE, 0])
    layout = walk(io.BytesIO(data))
    samples = [(one.pts_ticks, one.duration_ticks) for one in layout.samples]
    ends = {"start": str(later.interval.start), "end": str(later.interval.end)}
    stated = {**ends, "time_source": later.clock.source.value}
    for sample in layout.samples:
        passed = sample.pts_ticks - layout.start_pts_ticks
        told = wall_time(later, layout, passed)
        assert told == later.interval.start + Elapsed(passed * 1_000)
        assert verify.shown_at(stated, 1_000, samples, sample.pts_ticks) == told.us
    whole = PICTURES * FRAME * 1_000
    assert shown_us(Played.of(former), Played.of(later)) == whole + PAUSE * 1_000
    assert shown_us(Played.of(later), Played.of(last)) == whole
