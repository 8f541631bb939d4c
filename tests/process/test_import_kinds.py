"""Kinds of files operators bring: containers, codecs, odd starts, odd lengths."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import av
import pytest

from footage.errors import BadInput
from footage.instant import Elapsed
from footage.mp4 import walk
from infra.host import process
from infra.media.ffmpeg_tool import find
from recorder.imports.cut import Cutting
from recorder.imports.plan import Stated
from tests.common.import_films import TEN
from tests.common.import_surroundings import CAMERAS, ImportSurroundings
from tests.common.recording import A_MINUTE, Studio, each_tool, make_film

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.segment import Segment
    from recorder.imports.importing import Imported

CUTTING = Cutting(Elapsed.parse("2s"))
(CAMERA, _) = CAMERAS.values()


@pytest.fixture(params=each_tool())
def surroundings(request: pytest.FixtureRequest, tmp_path: Path) -> ImportSurroundings:
    return ImportSurroundings(Studio(tmp_path / "spool", request.param))


def take(surroundings: ImportSurroundings, film: Path, *, cutting: Cutting = CUTTING) -> Imported:
    with surroundings.importer().camera(CAMERA) as session:
        return session.take(film, Stated(TEN, "by hand"), cutting)


def remade(film: Path, name: str, *options: str) -> Path:
    """The film again, by FFmpeg, its pictures copied unless `options` say otherwise."""
    path = film.with_name(name)
    argv = [str(find().path), "-nostdin", "-v", "error", "-y", "-i", str(film)]
    process.run([*argv, "-c", "copy", *options, str(path)], timeout=A_MINUTE)
    return path


def quarter_turned(film: Path) -> Path:
    """The film with another matrix in its track header: no option sets it in every FFmpeg."""
    upright = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    on_its_side = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    before, header, after = film.read_bytes().partition(b"tkhd")
    turned = film.with_name("turned.mp4")
    turned.write_bytes(before + header + after.replace(upright, on_its_side, 1))
    return turned


def length(segments: Sequence[Segment]) -> float:
    return (segments[-1].interval.end - segments[0].interval.start).in_seconds


def samples(surroundings: ImportSurroundings, segments: Sequence[Segment]) -> int:
    return sum(
        len(walk(io.BytesIO(surroundings.studio.store.get(one.key))).samples) for one in segments
    )


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.avi", "a.mov", "a.flv", "a.m2ts", "a.bin"])
def test_containers(surroundings: ImportSurroundings, tmp_path: Path, name: str) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=5)
    source = remade(film, name, *(["-f", "matroska"] if name == "a.bin" else []))
    done = take(surroundings, source)
    assert samples(surroundings, done.segments) == 125
    assert length(done.segments) == pytest.approx(5, abs=0.05)
    assert done.segments[0].interval.start == TEN
    assert done.notes == ()


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_h265(surroundings: ImportSurroundings, tmp_path: Path, name: str) -> None:
    ffmpeg = str(find().path)
    source = tmp_path / name
    argv = [ffmpeg, "-nostdin", "-v", "error", "-f", "lavfi", "-i",
            "testsrc2=size=320x180:rate=25:duration=5", "-c:v", "libx265",
            "-x265-params", "log-level=none:keyint=25", str(source)]  # fmt: skip
    process.run(argv, timeout=A_MINUTE)
    done = take(surroundings, source)
    assert samples(surroundings, done.segments) == 125
    assert {one.media.codec for one in done.segments} <= {"hvc1", "hev1"}


def test_a_file_shorter_than_a_segment(surroundings: ImportSurroundings, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=1)
    done = take(surroundings, film, cutting=Cutting())
    assert len(done.segments) == 1
    assert length(done.segments) == 1


def test_a_single_picture(surroundings: ImportSurroundings, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=1)
    one = remade(film, "one.mp4", "-frames:v", "1")
    done = take(surroundings, one)
    assert samples(surroundings, done.segments) == 1
    assert 0 < length(done.segments) <= 1


def test_rotation_is_kept(surroundings: ImportSurroundings, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=2)
    turned = quarter_turned(film)
    done = take(surroundings, turned)
    with (
        av.open(str(turned), "r") as given,
        av.open(io.BytesIO(surroundings.studio.store.get(done.segments[0].key)), "r") as kept,
    ):
        before, after = next(given.decode(video=0)), next(kept.decode(video=0))
        assert before.rotation == after.rotation != 0


def test_time_stamps_that_do_not_begin_at_zero(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=5)
    for name in ("late.ts", "late.mkv"):
        late = remade(film, name, "-output_ts_offset", "1000")
        done = take(surroundings, late)
        assert done.segments[0].interval.start == TEN
        assert length(done.segments) == pytest.approx(5, abs=0.05)
        surroundings.studio.catalogue.remove_segments([one.key for one in done.segments])


def test_a_file_that_begins_amid_a_group_of_pictures(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    """As an export does: what cannot be decoded is left out, and the rest keeps its time."""
    whole = remade(make_film(tmp_path / "film.mp4", seconds=6), "whole.ts")
    data = whole.read_bytes()
    amid = tmp_path / "amid.ts"
    amid.write_bytes(data[: 188 * 3] + data[len(data) * 2 // 5 // 188 * 188 :])
    with av.open(str(amid)) as given:
        packets = [(p.pts, p.is_keyframe) for p in given.demux(video=0) if p.pts is not None]
    first, key = packets[0][0], next(pts for pts, is_key in packets if is_key)
    assert key > first
    done = take(surroundings, amid)
    assert done.segments[0].interval.start - TEN == Elapsed((key - first) * 1_000_000 // 90_000)
    assert any("first whole picture" in note for note in done.notes)


def test_pictures_at_varying_distances(surroundings: ImportSurroundings, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=10)
    varying = remade(film, "v.mkv", "-c:v", "libx264", "-g", "10", "-bf", "0", "-vf",
                     "select='not(mod(n,7))+not(mod(n,11))'", "-fps_mode", "vfr")  # fmt: skip
    done = take(surroundings, varying)
    assert length(done.segments) == pytest.approx(10, abs=0.5)
    ends = [one.interval.end for one in done.segments[:-1]]
    assert ends == [one.interval.start for one in done.segments[1:]]


def test_reordered_pictures(surroundings: ImportSurroundings, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=6)
    for name in ("b.mp4", "b.ts", "b.mkv"):
        source = remade(film, name, "-c:v", "libx264", "-g", "25", "-bf", "2")
        done = take(surroundings, source)
        assert done.segments[0].interval.start == TEN
        assert samples(surroundings, done.segments) == 150
        surroundings.studio.catalogue.remove_segments([one.key for one in done.segments])


def test_a_film_cut_short_tells_what_lacks(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=20)
    ahead = remade(film, "ahead.mp4", "-movflags", "+faststart")
    short = tmp_path / "short.mp4"
    short.write_bytes(ahead.read_bytes()[: ahead.stat().st_size // 2])
    done = take(surroundings, short)
    assert length(done.segments) < 15
    assert any("its container says it lasts 20s" in note for note in done.notes)


@pytest.mark.parametrize("codec", ["aac", "pcm_mulaw"])
def test_audio(surroundings: ImportSurroundings, tmp_path: Path, codec: str) -> None:
    film = make_film(tmp_path / "film.mkv", seconds=3, audio=codec)
    done = take(surroundings, film)
    audio = walk(io.BytesIO(surroundings.studio.store.get(done.segments[0].key))).audio
    assert (audio != ()) == (not any("audio left out" in note for note in done.notes))
    assert samples(surroundings, done.segments) == 75


@pytest.mark.parametrize("name", ["sound.wav", "text.mp4"])
def test_no_pictures(surroundings: ImportSurroundings, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "sound.wav":
        argv = [str(find().path), "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", str(path)]
        process.run(argv, timeout=A_MINUTE)
    else:
        path.write_bytes(b"no film at all\n" * 100)
    with pytest.raises(BadInput, match=name):
        take(surroundings, path)


@pytest.mark.slow
def test_several_hours(surroundings: ImportSurroundings, tmp_path: Path) -> None:
    minute = make_film(tmp_path / "minute.mp4", seconds=60)
    listed = tmp_path / "list.txt"
    listed.write_text(f"file '{minute}'\n" * 180)
    long = tmp_path / "long.mkv"
    argv = [str(find().path), "-v", "error", "-f", "concat", "-safe", "0", "-i", str(listed)]
    process.run([*argv, "-c", "copy", str(long)], timeout=A_MINUTE)
    done = take(surroundings, long, cutting=Cutting())
    assert len(done.segments) == pytest.approx(180, abs=1)
    assert length(done.segments) == pytest.approx(10_800, abs=0.1)
    assert take(surroundings, long, cutting=Cutting()).stored == 0
