"""A run on disk: closing, crashing at any point, and being taken up again."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.errors import DataLoss, NoSpace, Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed, Instant
from footage.segment import TimeSource
from footage.span import Gap, GapReason
from recorder.spool.run import Run
from recorder.spool.run_header import RunHeader, run_id
from recorder.spool.spool import CameraSpool, Journal
from recorder.timing.anchor import BLIND, CONNECTING
from recorder.timing.arrivals import Arrival
from recorder.timing.lines import UNSEEN
from recorder.timing.placement import LATE
from tests.common.builders import START, a_camera, at, during
from tests.common.mp4_builder import box, fragment, gop, init

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from footage.segment import Segment
    from tests.common.mp4_builder import Frame

ONE = CameraId("camera-1")
MFRA = box(b"mfra", bytes(20))
FRAME = Elapsed.parse("40ms")
RUN = run_id(START, "cafe")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[CameraSpool]:
    spool = CameraSpool(tmp_path, ONE)
    yield spool
    spool.close()


def begin(spool: CameraSpool, not_before: Instant | None = None) -> Run:
    return Run.begin(spool, RunHeader.of(a_camera(), RUN, START, not_before))


def rotated(run: Run, arrived: Instant, media: Elapsed) -> None:
    run.saw([Arrival(arrived, media, rotation=True)])


def write(spool: CameraSpool, number: int, data: bytes) -> str:
    """A segment file of the run; each GOP lasts 200 ms."""
    path = spool.folder / f"{RUN}-{number:06d}.mp4"
    path.write_bytes(data)
    return path.name


def film(number: int, gops: int = 2) -> bytes:
    return init() + b"".join(fragment(gop(), dts=number * 400 + n * 200) for n in range(gops))


def test_segments_of_a_run_follow_each_other_to_the_microsecond(spool: CameraSpool) -> None:
    run = begin(spool)
    closed = []
    for number in range(5):
        rotated(run, at(0.4 * number + 0.54), Elapsed.seconds(0.4 * (number + 1)))
        (one,) = run.close(write(spool, number, film(number) + MFRA))
        assert one is not None
        closed.append(one)
    assert closed[0].segment.interval.start == at(0.1)
    # A single arrival tells no rate.
    assert closed[0].segment.clock.uncertainty == UNSEEN + FRAME + Elapsed.seconds(0.4)
    assert closed[-1].segment.clock.uncertainty == UNSEEN
    for former, later in pairwise(closed):
        assert later.segment.interval.start == former.segment.interval.end
        assert later.segment.sequence == former.segment.sequence + 1
    for one in closed:
        assert one.segment.digest == Digest.of_file(one.path)
    assert spool.recorded_until() == closed[-1].segment.interval.end


def test_a_killed_run_keeps_its_whole_fragments_and_its_wall_time(spool: CameraSpool) -> None:
    """kill -9 in the second segment: journal and files are all that is left."""
    run = begin(spool)
    rotated(run, at(0.54), Elapsed.seconds(0.4))
    (first,) = run.close(write(spool, 0, film(0) + MFRA))
    name = write(spool, 1, film(1) + fragment(gop(), dts=1_200)[:-20])

    again = Run.reopen(spool, spool.journals()[0])
    (second,) = again.finish()
    assert first is not None
    assert again.pending() == [first, second]
    assert second.segment.interval.start == first.segment.interval.end
    assert second.segment.media.samples == 10
    assert "cut off after a kill" in second.segment.damage
    assert (spool.folder / name).read_bytes() == film(1)
    assert second.segment.digest == Digest.of(film(1))


def test_finishing_twice_changes_nothing(spool: CameraSpool) -> None:
    begin(spool)
    write(spool, 0, film(0))
    once = Run.reopen(spool, spool.journals()[0]).finish()
    again = Run.reopen(spool, spool.journals()[0])
    assert again.finish() == []
    assert again.pending() == once


@pytest.mark.parametrize("keep", range(8))
def test_a_crash_between_any_two_journal_writes_loses_nothing(
    spool: CameraSpool, keep: int
) -> None:
    run = begin(spool)
    run.note_process("someone")
    for number in range(2):
        rotated(run, at(0.4 * number + 0.54), Elapsed.seconds(0.4 * (number + 1)))
        run.close(write(spool, number, film(number) + MFRA))
    journal = spool.journals()[0].path
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: 1 + keep]) + b'{"t":"closed","na')  # a torn last line

    again = Run.reopen(spool, Journal(journal))
    again.finish()
    waiting = again.pending()
    assert [one.segment.sequence for one in waiting] == [0, 1]
    assert waiting[1].segment.interval.start == waiting[0].segment.interval.end


def test_what_holds_no_picture_is_dropped_and_noted(spool: CameraSpool) -> None:
    begin(spool)
    write(spool, 0, b"")
    write(spool, 1, init())
    run = Run.reopen(spool, spool.journals()[0])
    journal = spool.journals()[0].path
    kept = [json.loads(line) for line in journal.read_text().splitlines()]
    assert run.finish() == []
    assert len(kept) == 1
    assert list(spool.folder.glob("*.mp4")) == []
    assert not journal.exists()  # ended, and nothing left of it


def test_a_run_nobody_observed_starts_with_its_process(spool: CameraSpool) -> None:
    begin(spool)
    write(spool, 0, film(0))
    (one,) = Run.reopen(spool, spool.journals()[0]).finish()
    assert one.segment.interval.start == START
    assert one.segment.clock.uncertainty == BLIND


def touched(spool: CameraSpool, name: str, at_instant: Instant) -> None:
    """FFmpeg wrote to it last at this instant."""
    ns = at_instant.us * 1_000
    os.utime(spool.folder / name, ns=(ns, ns))


@pytest.mark.parametrize("rest", [b"", b"cut short"])
def test_a_killed_run_nobody_observed_is_dated_by_when_its_file_was_written(
    spool: CameraSpool, rest: bytes
) -> None:
    """Its first frame came 1.5 s after its start; the keyframe behind its 400 ms was the last."""
    begin(spool)
    name = write(spool, 0, film(0) + rest)
    touched(spool, name, at(1.9) + FRAME)
    (one,) = Run.reopen(spool, spool.journals()[0]).finish()
    assert one.segment.interval.start == at(1.5)
    assert UNSEEN <= one.segment.clock.uncertainty < Elapsed.parse("600ms")
    # A second attempt, after a crash in the middle of the first, must come to the same.
    assert one.path.stat().st_mtime_ns == (at(1.9) + FRAME).us * 1_000


def test_a_killed_run_seen_late_is_dated_by_when_its_file_was_written(spool: CameraSpool) -> None:
    """The machine was busy: what was seen came 0.7 s late."""
    run = begin(spool)
    run.saw([Arrival(at(2.32) + FRAME, Elapsed.seconds(0.12), rotation=False)])
    name = write(spool, 0, film(0))
    touched(spool, name, at(1.9) + FRAME)
    (one,) = Run.reopen(spool, spool.journals()[0]).finish()
    assert one.segment.interval.start == at(1.5)
    # A single arrival tells no rate.
    assert UNSEEN <= one.segment.clock.uncertainty < Elapsed.seconds(1.5)


def test_a_run_that_waited_for_its_camera_in_vain_is_not_dated_by_its_end(
    spool: CameraSpool,
) -> None:
    begin(spool)
    name = write(spool, 0, film(0) + MFRA)
    touched(spool, name, at(1.9 + 10.2))
    (one,) = Run.reopen(spool, spool.journals()[0]).finish()
    assert one.segment.interval.start == START
    assert one.segment.clock.uncertainty == BLIND


def test_a_networked_run_that_nobody_saw_allows_for_the_connection() -> None:
    header = RunHeader.of(a_camera(), RUN, START, None, networked=True)
    assert header.begun == header.started + CONNECTING
    assert replace(header, source=TimeSource.STATED).begun == header.started
    assert replace(header, networked=False).begun == header.started


def test_a_run_that_was_stopped_at_once_is_never_dated_early(spool: CameraSpool) -> None:
    """Its end is written without another picture: no more came than its last one, at 1.86 s."""
    begin(spool)
    name = write(spool, 0, film(0) + MFRA)
    touched(spool, name, at(1.87))
    (one,) = Run.reopen(spool, spool.journals()[0]).finish()
    assert one.segment.interval.start == at(1.51)
    assert one.segment.clock.uncertainty < Elapsed.parse("600ms")


def test_a_run_does_not_start_before_the_last_one_ended(spool: CameraSpool) -> None:
    run = begin(spool, not_before=at(2))
    rotated(run, at(0.44), Elapsed.seconds(0.4))
    (one,) = run.close(write(spool, 0, film(0) + MFRA))
    assert one is not None
    assert one.segment.interval.start == at(2)


def test_after_the_clock_was_set_back_the_truth_overlaps(spool: CameraSpool) -> None:
    run = begin(spool, not_before=at(3_600))
    rotated(run, at(0.44), Elapsed.seconds(0.4))
    (one,) = run.close(write(spool, 0, film(0) + MFRA))
    assert one is not None
    assert one.segment.interval.start == at(0)
    assert spool.recorded_until() == one.segment.interval.end


def test_a_segment_closed_late_is_placed_where_it_belongs(spool: CameraSpool) -> None:
    run = begin(spool)
    rotated(run, at(0.44), Elapsed.seconds(0.4))
    late = write(spool, 0, film(0))
    run.close(write(spool, 1, film(1) + MFRA))
    (one,) = run.finish()
    assert one.path.name == late
    assert one.segment.interval == during(0, 0.4)


def test_missing_media_is_no_silent_join(spool: CameraSpool) -> None:
    run = begin(spool)
    rotated(run, at(0.44), Elapsed.seconds(0.4))
    (first,) = run.close(write(spool, 0, film(0) + MFRA))
    (later,) = run.close(write(spool, 5, film(5) + MFRA))
    assert first is not None
    assert later is not None
    assert later.segment.interval.start > first.segment.interval.end + Elapsed.seconds(1)


def test_the_files_go_and_the_journal_with_the_last(spool: CameraSpool) -> None:
    run = begin(spool)
    write(spool, 0, film(0))
    write(spool, 1, film(1))
    first, second = run.finish()
    spool.forget(first)
    assert len(spool.journals()) == 1
    spool.forget(first)
    spool.forget(second)
    assert sorted(path.name for path in spool.folder.iterdir()) == [
        "lock",
        "recorded-until",
        "reserve",
    ]


def test_a_journal_without_its_first_line_is_told(spool: CameraSpool) -> None:
    (spool.folder / "x.journal").write_text('{"t":"ended"}\n')
    with pytest.raises(DataLoss):
        Run.reopen(spool, spool.journals()[0])


def test_one_recorder_a_camera(spool: CameraSpool) -> None:
    with pytest.raises(Unavailable, match="another recorder"):
        CameraSpool(spool.folder.parent, ONE)


def test_gaps_survive_and_go(spool: CameraSpool) -> None:
    gap = Gap(ONE, during(0, 5), GapReason.CAMERA_LOST, "gone")
    spool.keep_gap(gap)
    grown = Gap(ONE, during(0, 9), GapReason.CAMERA_LOST, "gone")
    spool.keep_gap(grown)
    assert spool.gaps() == [grown]
    spool.forget_gap(grown)
    assert spool.gaps() == []


def test_a_line_behind_one_cut_short_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.journal")
    journal.append({"t": "run"})
    with journal.path.open("ab") as file:
        file.write(b'{"t":"closed","na')
    journal.append({"t": "ended"})
    assert journal.records() == [{"t": "run"}, {"t": "ended"}]


def test_a_stray_file_is_no_gap(spool: CameraSpool) -> None:
    gap = Gap(ONE, during(0, 5), GapReason.CAMERA_LOST)
    spool.keep_gap(gap)
    (spool.folder / "notes.gap").write_text("not ours")
    assert spool.gaps() == [gap]


def test_a_run_kept_back_by_the_one_before_says_so_and_slews_back(spool: CameraSpool) -> None:
    """Its frames arrive as if recorded before the last run ended: one of the two is wrong."""
    run = begin(spool, not_before=at(4.1))
    closed = []
    for number in range(2):
        rotated(run, at(0.4 * number + 0.54), Elapsed.seconds(0.4 * (number + 1)))
        (one,) = run.close(write(spool, number, film(number) + MFRA))
        assert one is not None
        closed.append(one.segment)
    first, second = closed
    assert first.interval.start == at(4.1)
    assert first.clock.uncertainty == UNSEEN + FRAME + Elapsed.seconds(4.4)
    assert first.interval.length == Elapsed.seconds(0.4) - Elapsed.seconds(0.02)  # 5 %
    assert second.interval.start == first.interval.end
    assert second.clock.uncertainty < first.clock.uncertainty


def test_a_rotation_we_heard_of_late_is_dated_by_its_file(spool: CameraSpool) -> None:
    """We were stopped, or the machine was busy; FFmpeg was not."""
    run = begin(spool)
    rotated(run, at(9.4), Elapsed.seconds(0.4))  # nine seconds late
    name = write(spool, 0, film(0) + MFRA)
    written = at(0.44).us * 1_000
    os.utime(spool.folder / name, ns=(written, written))
    (one,) = run.close(name, rotated=True)
    assert one is not None
    assert one.segment.interval.start == at(0)


def recorded(run: Run, spool: CameraSpool, number: int) -> Segment:
    """The next segment, whose last keyframe arrives when the true time says so."""
    rotated(run, at(0.4 * number + 0.44), Elapsed.seconds(0.4 * (number + 1)))
    (one,) = run.close(write(spool, number, film(number) + MFRA))
    assert one is not None
    return one.segment


@pytest.mark.parametrize("crash", [False, True])
def test_a_followed_step_forward_leaves_a_hole_that_says_so(
    spool: CameraSpool,
    crash: bool,  # noqa: FBT001
) -> None:
    run = begin(spool)
    first = recorded(run, spool, 0)
    run.stepped(Elapsed.seconds(3))
    # Still the segment that was open at the step: it keeps the time it began in.
    rotated(run, at(0.84) + Elapsed.seconds(3), Elapsed.seconds(0.8))
    (closed,) = run.close(write(spool, 1, film(1) + MFRA))
    assert closed is not None
    if crash:
        run = Run.reopen(spool, spool.journals()[0])
    (later,) = run.close(write(spool, 2, film(2) + MFRA))
    assert later is not None
    assert closed.segment.interval.start == first.interval.end
    assert later.segment.interval.start - closed.segment.interval.end == Elapsed.seconds(3)
    assert [run.after_step(one) for one in (closed.segment, later.segment)] == [False, True]


def test_a_step_that_the_journal_refused_is_followed_before_the_next_segment(
    spool: CameraSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full for one line; the recorder's time moves again before the run ends."""
    run = begin(spool)
    recorded(run, spool, 0)
    run.stepped(Elapsed.seconds(3))
    append = Journal.append

    def refuse_a_step(journal: Journal, record: Mapping[str, object]) -> None:
        if record["t"] == "stepped":
            refuse(journal, record)
        append(journal, record)

    with monkeypatch.context() as full:
        full.setattr(Journal, "append", refuse_a_step)
        with pytest.raises(NoSpace):
            run.close(write(spool, 1, film(1) + MFRA))
    (third,) = run.close(write(spool, 2, film(2) + MFRA))
    write(spool, 3, film(3) + MFRA)
    run.stepped(Elapsed.seconds(60))
    second, last = run.finish()
    assert second.segment.interval == during(0.4, 0.8)
    assert third.segment.interval == during(3.8, 4.2)
    assert last.segment.interval == during(4.2, 4.6)


def test_a_followed_step_back_by_little_is_made_good_by_going_slower(spool: CameraSpool) -> None:
    run = begin(spool)
    first = recorded(run, spool, 0)
    run.stepped(Elapsed.seconds(-2))
    (second,) = run.close(write(spool, 1, film(1) + MFRA))
    (third,) = run.close(write(spool, 2, film(2) + MFRA))
    assert second is not None
    assert third is not None
    assert second.segment.interval.start == first.interval.end
    assert third.segment.interval.start == second.segment.interval.end
    assert third.segment.interval.length == Elapsed.seconds(0.38)
    assert third.segment.clock.uncertainty >= Elapsed.seconds(1.9)


def test_a_followed_step_back_by_much_overlaps(spool: CameraSpool) -> None:
    run = begin(spool)
    recorded(run, spool, 0)
    run.stepped(Elapsed.seconds(-60))
    (second,) = run.close(write(spool, 1, film(1) + MFRA))
    (third,) = run.close(write(spool, 2, film(2) + MFRA))
    assert second is not None
    assert third is not None
    assert third.segment.interval.start == second.segment.interval.end - Elapsed.seconds(60)


GOPS = 150
"""GOPs of 200 ms in each segment of `seen_for_minutes`: 30 s."""


def seen_for_minutes(run: Run, spool: CameraSpool, number: int) -> str:
    """Write a segment of 30 s, with an arrival each second, 300 ppm later than media time says."""
    first = number * GOPS * 200
    fragments = (fragment(gop(), dts=first + n * 200) for n in range(GOPS))
    for second in range(1, 30):
        media = Elapsed(first * 1_000 + second * 1_000_000)
        late = Elapsed(media.us * 300 // 1_000_000 + second % 7 * 1_000)
        run.saw([Arrival(at(0.1) + media + late, media, rotation=False)])
    return write(spool, number, init() + b"".join(fragments) + MFRA)


def test_a_reopened_run_places_by_the_arrivals_that_its_journal_tells(spool: CameraSpool) -> None:
    """After a kill the camera's drift, learnt over minutes, is known as before."""
    run = begin(spool)
    for number in range(4):
        run.close(seen_for_minutes(run, spool, number))
    name = write(spool, 4, film(4 * GOPS // 2) + MFRA)
    (killed,) = Run.reopen(spool, spool.journals()[0]).close(name)
    (going_on,) = run.close(name)
    assert killed.segment.interval == going_on.segment.interval
    assert killed.segment.clock == going_on.segment.clock
    assert killed.segment.interval.length > Elapsed.parse("400ms")  # the drift is followed


def test_arrivals_of_a_close_that_the_disk_refused_reach_the_journal_later(
    spool: CameraSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(spool)
    for number in range(3):
        run.close(seen_for_minutes(run, spool, number))
    last = seen_for_minutes(run, spool, 3)
    with monkeypatch.context() as full:
        full.setattr(Journal, "append", refuse)
        with pytest.raises(NoSpace):
            run.close(last)
    (again,) = run.close(last)
    lines = [json.loads(line) for line in spool.journals()[0].path.read_text().splitlines()]
    told = [[media for _, media, _ in one["seen"]] for one in lines if one["t"] == "closed"]
    start = 3 * GOPS * 200_000
    assert told[-1]
    assert all(start <= media for media in told[-1])
    assert again.segment.sequence == 3


def test_a_segment_that_the_journal_has_is_not_placed_again(
    spool: CameraSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes the journal's line and refuses what is written next."""
    run = begin(spool)
    rotated(run, at(0.44), Elapsed.seconds(0.4))
    run.close(write(spool, 0, film(0) + MFRA))
    name = write(spool, 1, film(1) + MFRA)
    with monkeypatch.context() as full:
        full.setattr(CameraSpool, "set_recorded_until", refuse)
        with pytest.raises(NoSpace):
            run.close(name)
    write(spool, 2, film(2))
    again, last = run.finish()
    assert again.segment.interval == during(0.4, 0.8)
    assert last.segment.interval == during(0.8, 1.2)
    lines = [json.loads(line) for line in spool.journals()[0].path.read_text().splitlines()]
    assert [one["name"] for one in lines if one["t"] == "closed"].count(name) == 1
    assert run.finish() == []


def refuse(_what: object, _written: object) -> None:
    """Raise NoSpace, as each write does on a full disk."""
    raise NoSpace("the disk is full")


def holed(number: int) -> bytes:
    """Two GOPs of 200 ms with 8 s of silence between."""
    return init() + fragment(gop(), dts=number * 400) + fragment(gop(), dts=number * 400 + 8_200)


@pytest.mark.parametrize("crash", [False, True])
def test_a_segment_ends_at_a_hole(spool: CameraSpool, *, crash: bool) -> None:
    """Both parts are stored, nothing is recorded between, and no number says that all is there."""
    run = begin(spool)
    run.saw([Arrival(at(0.14), Elapsed.seconds(0.04), rotation=False)])
    name = write(spool, 0, holed(0) + MFRA)
    parts = (run if not crash else Run.reopen(spool, spool.journals()[0])).close(name)
    assert [one.segment.sequence for one in parts] == [0, 2]
    first, second = (one.segment.interval for one in parts)
    assert first.length == second.length == Elapsed.parse("200ms")
    assert second.start - first.end == Elapsed.seconds(8)
    for one in parts:
        assert one.segment.digest == Digest.of_file(one.path)

    again = Run.reopen(spool, spool.journals()[0])
    assert again.pending() == parts
    (later,) = again.close(write(spool, 1, film(21) + MFRA))
    assert later.segment.sequence == 3
    assert later.segment.interval.start == second.end


def test_a_crash_while_splitting_splits_again(spool: CameraSpool) -> None:
    """The rest is written, and the first part is not cut off yet."""
    run = begin(spool)
    name = write(spool, 0, holed(0))
    (spool.folder / name.replace(".mp4", "_01.mp4")).write_bytes(init() + b"half")
    parts = run.finish()
    assert [one.segment.sequence for one in parts] == [0, 2]
    assert [one.segment.media.samples for one in parts] == [5, 5]


def test_the_made_up_time_of_a_keyframe_after_silence_is_replaced(spool: CameraSpool) -> None:
    """FFmpeg said that it followed at once, and it lasts until the next picture, 8 s later."""
    run = begin(spool)
    run.saw([Arrival(at(0.14), Elapsed.seconds(0.04), rotation=False)])
    (former,) = run.close(write(spool, 0, film(0) + MFRA))
    made_up = init() + fragment(gop(1), dts=400) + fragment([*gop()[1:]], dts=8_440)
    (later,) = run.close(write(spool, 1, made_up + MFRA))
    assert former.segment.interval.end == at(0.5)
    assert later.segment.interval.start == at(8.5)


@pytest.mark.parametrize(("left_out", "starts"), [(0, 0.1), (3, 8.22)])
def test_a_first_keyframe_behind_pictures_left_out_has_no_made_up_time(
    spool: CameraSpool, left_out: int, starts: float
) -> None:
    """The camera fell silent before the run's first keyframe; FFmpeg left out what came before."""
    run = begin(spool)
    zero = 40 * left_out
    run.saw([Arrival(at(8.34), Elapsed.parse(f"{8_240}ms"), rotation=False)])
    made_up = init() + fragment(gop(1), dts=zero) + fragment([*gop()[1:]], dts=8_160)
    parts = run.close(write(spool, 0, made_up + MFRA))
    assert len(parts) == (1 if left_out else 2)
    assert parts[0].segment.interval.start == at(starts)
    assert parts[-1].segment.interval.end > at(8)


def test_the_first_keyframe_of_an_imported_file_keeps_its_time(spool: CameraSpool) -> None:
    """Sound came first; the file's own times count."""
    header = replace(RunHeader.of(a_camera(), RUN, START, None), source=TimeSource.STATED)
    run = Run.begin(spool, header)
    film = init() + fragment(gop(1), dts=120) + fragment([*gop()[1:]], dts=8_160)
    parts = run.close(write(spool, 0, film + MFRA))
    assert [one.segment.media.samples for one in parts] == [1, 4]
    assert parts[0].segment.interval.start == at(0.12)


@pytest.mark.parametrize(
    ("last", "ended_s", "late"),
    [
        pytest.param(gop(1), 8.6, True, id="a keyframe, FFmpeg went on for 8 s"),
        pytest.param(gop(1), 1.0, False, id="a keyframe, FFmpeg ended soon"),
        pytest.param(gop(), 8.6, False, id="pictures behind the keyframe have times"),
    ],
)
def test_a_last_keyframe_that_may_have_come_behind_a_silence_is_told(
    spool: CameraSpool, last: list[Frame], ended_s: float, *, late: bool
) -> None:
    """The recorder was killed; its FFmpeg read on while the camera was silent."""
    run = begin(spool)
    run.saw([Arrival(at(0.14), Elapsed.seconds(0.04), rotation=False)])
    run.close(write(spool, 0, film(0) + MFRA))
    touched(spool, write(spool, 1, init() + fragment(last, dts=400) + MFRA), at(ended_s))
    (one,) = Run.reopen(spool, spool.journals()[0]).finish()
    assert (LATE in one.segment.damage) == late
