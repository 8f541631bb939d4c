"""Whatever a file holds, it is taken, skipped or refused with a reason, in little memory."""

from __future__ import annotations

import io
import shutil
import tempfile
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from footage.action import Purpose
from footage.errors import FootageError
from footage.ids import CameraId
from footage.mp4 import walk
from indexer.extract import coded_pictures
from infra.cmds.ingest_report import forecast
from infra.media.display import display
from infra.media.pyav_decoder import PyavDecoder
from recorder.imports.container import count_boxes, is_bare, is_video, told
from recorder.imports.cut import Cutting
from recorder.imports.intake import Intake, Outcome
from recorder.imports.ledger import ImportLedger
from recorder.imports.plan import Why, plan_import
from recorder.imports.stating import Rules, StartFrom
from recorder.imports.tracks import account, read_contents
from tests.common.import_fuzz import contents
from tests.common.tiers import examples

if TYPE_CHECKING:
    from recorder.imports.importing import Importer

MOST_MEMORY = 32 << 20
times = st.one_of(
    st.just(""),
    st.from_regex(r"_(19|20|99)\d{6}_\d{6}", fullmatch=True),
    st.from_regex(r"_\d{1,40}", fullmatch=True),
    st.from_regex(
        r"_[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}[+-][0-9]{4}", fullmatch=True
    ),
)


@given(contents)
@examples(40)
def test_readers_of_boxes_refuse_and_take_little_memory(data: bytes) -> None:
    tracemalloc.start()
    try:
        told(io.BytesIO(data))
        assert count_boxes(io.BytesIO(data), 100) <= 101
        is_video(Path("x"), data[:512])
        is_bare(data[:512])
        for read in (display, _looked_at):
            with suppress(FootageError):
                read(data)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def _looked_at(data: bytes) -> None:
    layout = walk(io.BytesIO(data))
    opened = PyavDecoder().open(data[: layout.init_bytes])
    for offset, length, _ in coded_pictures(data, layout):
        opened.decode(data[offset : offset + length])


@given(
    st.lists(st.tuples(times, contents), min_size=1, max_size=5),
    st.sampled_from(StartFrom),
)
@examples(20)
def test_a_look_at_a_folder_tells_of_each_file(
    found: list[tuple[str, bytes]], start_from: StartFrom
) -> None:
    camera = CameraId("camera-1")
    rules = Rules(ZoneInfo("Asia/Karachi"), frozenset({camera}), camera, start_from=start_from)
    home = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        (home / "usb").mkdir()
        for number, (time, data) in enumerate(found):
            (home / "usb" / f"{number}{time}.mp4").write_bytes(data)
        ledger = ImportLedger(home / "ledger.db")
        intake = Intake(cast("Importer", None), ledger, Cutting(), purpose=Purpose("fuzz"))
        ready, skips = intake.look([home / "usb"], rules, lambda _: None)
        ledger.close()
        planned = plan_import(ready, skips)
        outcomes = [*map(Outcome.of, planned.skips), *(Outcome(r.path) for r in planned.takes)]
        done = forecast(outcomes)
        assert len(done.files) == len(found)
        for one in done.files:
            assert one["outcome"] == "to take" or one["why"]
            assert one["why"] != Why.FAILED.value  # an error nobody thought of
    finally:
        shutil.rmtree(home)


LINES = st.sampled_from(
    [
        "Input #0, mov,mp4, from 'file:/dev/stdin':",
        "  Duration: 00:00:12.00, start: 0.000000, bitrate: 131 kb/s",
        "  Duration: N/A, bitrate: N/A",
        "  Duration: 99999999:00:12.00, start",
        "  Stream #0:0[0x1](und): Video: h264 (avc1 / 0x31637661), yuv420p, 320x180, 9 fps",
        "  Stream #0:1: Video: none, 9999999x9999999, 1 fps",
        "  Stream #0:2[0x2](eng): Subtitle: mov_text (tx3g / 0x67337874), 0 kb/s (default)",
        "  Stream #0:3: Data: none (gpmd / 0x646D7067), 0 kb/s",
        "  Stream #0:4: Video: png, rgb24, 4x4, 90k tbr (attached pic)",
        "  Stream #0:5: Unknown: none",
        "Output #0, ffmetadata, to 'pipe:1':",
    ]
)


@given(st.lists(st.one_of(LINES, st.text(max_size=80)), max_size=12).map("\n".join))
def test_what_ffmpeg_says_of_a_file_names_each_track(said: str) -> None:
    found = read_contents(said)
    if found is None or not found.pictures:
        return
    notes = " ".join(account(found, 1))
    kept = {found.pictures[0], *found.sounds[:1]}
    for track in found.tracks:
        assert track in kept or track.codec in notes
