"""Recordings from outside: real footage in, the same pictures out."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import pytest

from footage.digest import Digest
from footage.errors import BadInput, Conflict
from footage.instant import Elapsed, Instant
from footage.mp4 import parts, walk
from footage.place import Point
from footage.segment import TimeSource
from footage.stays import Stay
from infra.media.ffmpeg_process import FfmpegLauncher
from recorder.imports.importing import Importer, Stays
from tests.common.builders import BUS_STAND, a_camera
from tests.common.recording import Studio, make_film, tools
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.segment import Segment
    from infra.media.ffmpeg_tool import FfmpegTool

TOOLS = tools()
TEN = Instant.parse("2026-11-22T10:00:00Z")
LENGTH = Elapsed.parse("10s")


@pytest.fixture(params=TOOLS, ids=[tool.version for tool in TOOLS])
def studio(request: pytest.FixtureRequest, tmp_path: Path) -> Studio:
    tool: FfmpegTool = request.param
    return Studio(tmp_path / "spool", tool)


def importer(studio: Studio, stays: Stays | None = None) -> Importer:
    return Importer(
        spool_root=studio.spool,
        store=studio.store,
        catalogue=studio.catalogue,
        holds=studio.holds,
        launcher=FfmpegLauncher(studio.tool, studio.clock),
        stays=stays,
        custody=studio.custody,
        clock=studio.clock,
    )


def test_each_segment_belongs_where_the_camera_stood_at_its_time(
    studio: Studio, tmp_path: Path
) -> None:
    """A film of before a move, imported after the move, is footage of the old place."""
    camera, away = a_camera(site="site-2", place=Point(32.6, 70.9)), TEN + LENGTH
    stays = [Stay.of(a_camera(), None, TEN), Stay.of(camera, away, away)]
    film = make_film(tmp_path / "film.mp4")
    made = importer(studio, stays=lambda _: stays).ingest(film, camera, TEN, length=LENGTH)
    told = [(s.site, s.place, s.key.partition("/")[0]) for s in made.segments]
    assert told == [("site-1", BUS_STAND, "site-1"), ("site-2", camera.place, "site-2")]


def joined(studio: Studio, segments: Sequence[Segment]) -> bytes:
    whole = b""
    for segment in segments:
        data = studio.store.get(segment.key)
        layout = walk(io.BytesIO(data))
        whole = whole or data[: layout.init_bytes]
        for part in parts(layout).fragments:
            whole += data[part.offset : part.offset + part.length]
    return whole


def access_units(source: str | io.BytesIO, *, lengths: bool) -> list[Digest]:
    """A digest per access unit of the first video track, NAL units without their framing."""
    with av.open(source, "r") as container:
        packets = [bytes(one) for one in container.demux(container.streams.video[0]) if one.size]
    return [Digest.of(b"|".join(nal_units(packet, lengths=lengths))) for packet in packets]


def nal_units(packet: bytes, *, lengths: bool) -> list[bytes]:
    """Split by 4-byte lengths (MP4) or by start codes (Annex B)."""
    units = []
    if lengths:
        at = 0
        while at < len(packet):
            size = int.from_bytes(packet[at : at + 4], "big")
            units.append(packet[at + 4 : at + 4 + size])
            at += 4 + size
        return units
    return [unit.rstrip(b"\0") for unit in packet.split(b"\0\0\1") if unit.rstrip(b"\0")]


@pytest.mark.clips
@pytest.mark.parametrize(
    "name",
    [
        "intel/one-by-one-person-detection.mp4",
        "intel/car-detection.mp4",
        "intel/bottle-detection.mp4",
        "onvif/test_signed_h264.mp4",
        "onvif/test_signed_h265.mp4",
    ],
)
def test_every_access_unit_comes_through(studio: Studio, clips: Path, name: str) -> None:
    source = clips / name
    imported = importer(studio).ingest(source, a_camera(), TEN, length=LENGTH)

    segments = imported.segments
    ours = access_units(io.BytesIO(joined(studio, segments)), lengths=True)
    assert ours == access_units(str(source), lengths=True)
    assert segments[0].interval.start == TEN
    assert all(b.interval.start == a.interval.end for a, b in pairwise(segments))
    assert {one.clock.source for one in segments} == {TimeSource.STATED}
    assert {one.damage for one in segments} == {""}
    assert imported.stored == len(segments)


@pytest.mark.clips
@pytest.mark.parametrize("name", ["kvs/street-h264.h264", "kvs/aquarium-h265.h265"])
def test_elementary_streams(studio: Studio, clips: Path, name: str) -> None:
    source = clips / name
    imported = importer(studio).ingest(source, a_camera(), TEN)

    assert any("25 pictures/s" in note for note in imported.notes)
    ours = access_units(io.BytesIO(joined(studio, imported.segments)), lengths=True)
    theirs = access_units(str(source), lengths=False)
    assert len(ours) == len(theirs) == 403
    total = imported.segments[-1].interval.end - TEN
    assert total == Elapsed.parse("16s120ms")


@pytest.mark.clips
def test_the_headers_of_an_elementary_stream_outrank_a_stated_frame_rate(
    studio: Studio, clips: Path
) -> None:
    imported = importer(studio).ingest(
        clips / "kvs/aquarium-h265.h265", a_camera(), TEN, frame_rate="50"
    )
    assert imported.segments[-1].interval.end - TEN == Elapsed.parse("16s120ms")
    assert imported.notes == ()


def test_again_changes_nothing(studio: Studio, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4")
    first = importer(studio).ingest(film, a_camera(), TEN, length=LENGTH)
    again = importer(studio).ingest(film, a_camera(), TEN, length=LENGTH)

    assert again.segments == first.segments
    assert again.stored == 0
    assert len(list(footage_in(studio.store))) == len(first.segments)
    left = {path.name for path in studio.spool.rglob("*") if path.is_file()}
    assert left == {"lock", "reserve"}


def test_an_interrupted_import_goes_on(studio: Studio, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4")
    first = importer(studio).ingest(film, a_camera(), TEN, length=LENGTH)
    studio.catalogue.remove_segments([first.segments[-1].key])  # crashed before its row was written

    again = importer(studio).ingest(film, a_camera(), TEN, length=LENGTH)
    assert again.segments == first.segments
    assert again.stored == 1


def test_other_footage_at_that_time_is_not_overlaid(studio: Studio, tmp_path: Path) -> None:
    first = importer(studio).ingest(make_film(tmp_path / "a.mp4"), a_camera(), TEN)
    other = make_film(tmp_path / "b.mp4", seconds=10)
    with pytest.raises(Conflict, match=first.segments[0].key):
        importer(studio).ingest(other, a_camera(), TEN + LENGTH)
    assert importer(studio).ingest(other, a_camera("camera-2"), TEN).stored == 1


def test_sound_that_mp4_cannot_hold_is_kept_under_quicktime_s_brand(
    studio: Studio, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mkv", audio="pcm_mulaw")
    imported = importer(studio).ingest(film, a_camera(), TEN)
    assert imported.stored == 1
    assert any("cannot hold its sound" in note for note in imported.notes)
    (stored,) = footage_in(studio.store)
    assert b"ulaw" in studio.store.get(stored.key), "the sound is kept"


@pytest.mark.parametrize("content", [b"", b"no film at all\n" * 100, b"\0\0\0\x18ftypmp42" * 9])
def test_what_is_no_film_is_refused_in_one_line(
    studio: Studio, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "odd.mp4"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refusal:
        importer(studio).ingest(path, a_camera(), TEN)
    assert "odd.mp4" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert list(footage_in(studio.store)) == []


def test_an_absent_file_is_refused(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot read"):
        importer(studio).ingest(tmp_path / "absent.mp4", a_camera(), TEN)
