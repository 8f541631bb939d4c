"""A real FFmpeg records a file played in real time; stores are in memory."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.errors import BadInput, Unavailable
from footage.hold import Hold
from footage.ids import CameraId, HoldId
from footage.instant import Elapsed, Instant, Interval
from footage.mp4 import parts, walk
from footage.segment import TimeSource
from footage.segment_metadata import from_metadata
from footage.span import GapReason, timeline
from infra.media.ffmpeg_process import FfmpegLauncher
from recorder.events import Note, SegmentSpooled, SegmentStored, TroubleBegan
from recorder.options import Options
from recorder.spool.spool import CameraSpool
from recorder.timing.anchor import BLIND
from tests.common.builders import a_camera
from tests.common.recording import FailingStore, Studio, each_tool, holes, make_film, tools
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from infra.media.ffmpeg_process import RunningFfmpeg
    from infra.media.ffmpeg_tool import FfmpegTool
    from recorder.events import Event
    from recorder.ports import Ended, Line

TOOLS = tools()
ONE = CameraId("camera-1")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "spool", TOOLS[0])


@pytest.fixture(params=each_tool())
def each_studio(request: pytest.FixtureRequest, tmp_path: Path) -> Studio:
    tool: FfmpegTool = request.param
    return Studio(tmp_path / "spool", tool)


def test_segments_tile_and_carry_their_digest(each_studio: Studio, film: Path) -> None:
    summary = each_studio.record([a_camera(source=str(film))], 7)

    segments = each_studio.segments(ONE)
    assert len(segments) >= 3
    for former, later in pairwise(segments):
        assert later.interval.start == former.interval.end
        assert later.sequence == former.sequence + 1
    for segment in segments:
        data = each_studio.store.get(segment.key)
        assert Digest.of(data) == segment.digest
        assert walk(io.BytesIO(data)).closed
        assert segment.damage == ""
        assert segment.clock.source is TimeSource.ARRIVAL
        # So few seconds tell no rate: on a busy machine late arrivals look like another rate.
        assert Elapsed(0) < segment.clock.uncertainty < BLIND
    assert summary.cameras[ONE].segments == len(segments)
    assert summary.pending == 0
    assert each_studio.left_in_spool() == []
    assert list(each_studio.spool.glob("*/*.journal")) == []


def test_object_metadata_rebuild_the_catalogue(studio: Studio, film: Path) -> None:
    studio.record([a_camera(source=str(film))], 4)

    rebuilt = [
        from_metadata(found.key, found.size_bytes, found.digest, found.metadata)
        for found in footage_in(studio.store)
    ]
    assert rebuilt == studio.segments(ONE) != []


def test_media_time_runs_on_so_that_fragments_join(each_studio: Studio, film: Path) -> None:
    each_studio.record([a_camera(source=str(film))], 6)

    joined, samples = b"", 0
    for segment in each_studio.segments(ONE):
        data = each_studio.store.get(segment.key)
        layout = walk(io.BytesIO(data))
        joined = joined or data[: layout.init_bytes]
        for part in parts(layout).fragments:
            joined += data[part.offset : part.offset + part.length]
        samples += layout.media.samples
    whole = walk(io.BytesIO(joined))
    assert len(whole.samples) == samples
    times = [sample.dts_ticks for sample in whole.samples]
    assert times == sorted(set(times))
    steps = {later - former for former, later in pairwise(times)}
    assert steps == {whole.media.timescale // 25}


@pytest.mark.slow
def test_wall_time_is_near_the_clock(studio: Studio, film: Path) -> None:
    before = studio.clock.now()
    studio.record([a_camera(source=str(film))], 5)
    after = studio.clock.now()

    segments = studio.segments(ONE)
    # A file's first pictures may come at once (FFmpeg 9 reads 0.5 s ahead): hence the slack.
    slack = Elapsed.parse("1s")
    assert before - slack < segments[0].interval.start < segments[-1].interval.end < after + slack


def test_unreachable_cameras_do_not_touch_the_others(studio: Studio, film: Path) -> None:
    cameras = [
        a_camera(source=str(film)),
        a_camera("absent", source="/does/not/exist.mp4"),
        a_camera("refused", source="rtsp://admin:hunter2@127.0.0.1:9/live"),
    ]
    summary = studio.record(cameras, 5)

    assert summary.cameras[ONE].segments >= 2
    assert summary.cameras[CameraId("refused")].segments == 0
    assert "refused" in summary.cameras[CameraId("refused")].last_words.lower()
    lost = [gap for gap in studio.gaps(CameraId("refused")) if gap.reason is GapReason.CAMERA_LOST]
    assert lost
    told = [str(event) for event in studio.events] + [gap.detail for gap in lost]
    assert not any("hunter2" in text for text in told)


@pytest.mark.slow
def test_gaps_and_segments_leave_no_hole(each_studio: Studio, film: Path) -> None:
    each_studio.record([a_camera(source=str(film))], 3.5)
    each_studio.clock.sleep(Elapsed.parse("1s"))  # FFmpeg 9 reads 0.5 s of a file ahead
    each_studio.record([a_camera(source=str(film))], 3.5)

    segments, gaps = each_studio.segments(ONE), each_studio.gaps(ONE)
    assert {gap.reason for gap in gaps} == {GapReason.RECORDER_DOWN}
    assert len({segment.run for segment in segments}) == 2
    assert holes(segments, gaps) == []
    window = Interval(segments[0].interval.start, segments[-1].interval.end)
    assert [gap.reason for gap in timeline(ONE, window, segments, gaps).gaps] == [
        GapReason.RECORDER_DOWN
    ]


@pytest.mark.slow
def test_a_file_that_ends_is_a_lost_camera(studio: Studio, tmp_path: Path) -> None:
    short = make_film(tmp_path / "short.mp4", seconds=3)
    options = Options(length=Elapsed.parse("2s"), loop=False)
    studio.recorder(options).record([a_camera(source=str(short))], Elapsed.parse("8s"))

    segments, gaps = studio.segments(ONE), studio.gaps(ONE)
    assert len({segment.run for segment in segments}) >= 2
    assert GapReason.CAMERA_LOST in {gap.reason for gap in gaps}
    assert holes(segments, gaps) == []


@pytest.mark.slow
def test_sound_that_mp4_cannot_hold_costs_no_picture(each_studio: Studio, tmp_path: Path) -> None:
    loud = make_film(tmp_path / "loud.mkv", audio="pcm_mulaw")
    each_studio.record([a_camera(source=str(loud))], 5)

    assert len(each_studio.segments(ONE)) >= 2
    notes = [event.text for event in each_studio.events if isinstance(event, Note)]
    assert any("audio" in note for note in notes)


@pytest.mark.slow
def test_aac_is_kept(studio: Studio, tmp_path: Path) -> None:
    loud = make_film(tmp_path / "loud.mp4", audio="aac")
    studio.record([a_camera(source=str(loud))], 4)

    data = studio.store.get(studio.segments(ONE)[0].key)
    assert walk(io.BytesIO(data)).audio == ("mp4a",)


@pytest.mark.slow
def test_a_store_that_is_down_loses_nothing(studio: Studio, film: Path) -> None:
    store = FailingStore(studio.store)
    studio.store, store.down = store, True

    def back_after_three(event: Event) -> None:
        studio.events.append(event)
        kept = [one for one in studio.events if isinstance(one, SegmentSpooled)]
        if len(kept) == 3:
            store.down = False

    summary = studio.recorder(listener=back_after_three).record(
        [a_camera(source=str(film))], Elapsed.parse("9s")
    )

    assert store.refused > 0
    assert any(isinstance(event, TroubleBegan) for event in studio.events)
    assert summary.pending == 0
    segments = studio.segments(ONE)
    assert [one.sequence for one in segments] == list(range(len(segments)))
    assert len(segments) >= 4


@pytest.mark.slow
def test_what_a_stop_leaves_in_the_spool_is_stored_by_the_next_start(
    studio: Studio, film: Path
) -> None:
    store = FailingStore(studio.store)
    studio.store, store.down = store, True
    options = Options(length=Elapsed.parse("2s"), flush=Elapsed.parse("1s"))
    first = studio.recorder(options).record([a_camera(source=str(film))], Elapsed.parse("5s"))
    assert first.pending > 0
    assert "down" in first.trouble
    waiting = studio.left_in_spool()
    assert len(waiting) >= 2

    store.down = False
    # Another camera is recorded now: what the first one left is stored all the same.
    other = studio.recorder(options).record(
        [a_camera("camera-2", source=str(film))], Elapsed.parse("3s")
    )
    assert other.pending == 0
    assert len(studio.segments(ONE)) == len(waiting)
    assert studio.left_in_spool() == []


def test_a_standing_hold_is_set_on_the_object(studio: Studio, film: Path) -> None:
    ever = Interval(Instant(0), Instant.parse("2100-01-01T00:00:00Z"))
    studio.holds.standing.append(
        Hold(HoldId("hold-1"), frozenset({ONE}), ever, "court", "case", "clerk", Instant(1))
    )
    studio.record([a_camera(source=str(film)), a_camera("free", source=str(film))], 4)

    assert all(studio.store.is_held(one.key) for one in studio.segments(ONE))
    assert not any(studio.store.is_held(one.key) for one in studio.segments(CameraId("free")))


class Treacherous(FfmpegLauncher):
    """Fails for one camera in a way nobody foresaw."""

    async def launch(
        self,
        build: Callable[[int, int], Sequence[str]],
        hear: Callable[[Line | Ended], None],
        source: bytes = b"",
    ) -> RunningFfmpeg:
        if any("/bad/" in word for word in build(9, 10)):
            raise ZeroDivisionError("nobody foresaw this")
        return await super().launch(build, hear, source)


@pytest.mark.slow
def test_a_fault_of_ours_in_one_camera_touches_no_other(studio: Studio, film: Path) -> None:
    recorder = studio.recorder()
    recorder._launcher = Treacherous(studio.tool, studio.clock)
    cameras = [a_camera("bad", source=str(film)), a_camera(source=str(film))]
    summary = recorder.record(cameras, Elapsed.parse("5s"))

    assert summary.cameras[ONE].segments >= 2
    told = [one.text for one in studio.events if isinstance(one, TroubleBegan)]
    assert any("nobody foresaw this" in text for text in told)


def test_another_thread_may_stop_it(studio: Studio, film: Path) -> None:
    recorder = studio.recorder()

    def stop_once_stored(event: Event) -> None:
        if isinstance(event, SegmentStored):
            Thread(target=recorder.stop).start()

    recorder._listener = stop_once_stored
    with ThreadPoolExecutor(1) as pool:  # not the main thread: no signals there
        camera = a_camera(source=str(film))
        summary = pool.submit(lambda: asyncio.run(recorder.run([camera]))).result(60)
    assert summary.cameras[ONE].segments >= 1


def test_two_recorders_cannot_share_a_camera(studio: Studio, film: Path) -> None:
    spool = CameraSpool(studio.spool, ONE)
    with pytest.raises(Unavailable, match="another recorder"):
        studio.record([a_camera(source=str(film))], 1)
    spool.close()


@pytest.mark.parametrize(
    "cameras", [[], [a_camera()], [a_camera(source="x"), a_camera(source="y")]]
)
def test_impossible_requests_are_refused(tmp_path: Path, cameras: list[object]) -> None:
    with pytest.raises(BadInput):
        Studio(tmp_path, TOOLS[0]).record(cameras, 1)  # type: ignore[arg-type]  # typed as the parameters are


@pytest.mark.slow
def test_another_recorder_may_have_the_cameras_we_do_not_record(studio: Studio, film: Path) -> None:
    other = CameraId("camera-2")
    CameraSpool(studio.spool, other).close()
    taken: list[CameraId] = []

    def heard(event: Event) -> None:
        if isinstance(event, SegmentStored) and not taken:
            CameraSpool(studio.spool, other).close()  # raises where it is held
            taken.append(other)

    recorder = studio.recorder(listener=heard)
    recorder.record([a_camera(source=str(film))], Elapsed.seconds(6))
    assert taken == [other]
