"""One file is one file: nothing but its own bytes, and each of its tracks accounted for."""

from __future__ import annotations

import os
import random
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest

from footage.errors import BadInput
from footage.ids import CameraId
from footage.instant import Elapsed
from infra.host import process
from infra.media.ffmpeg_tool import find
from infra.media.pyav_decoder import PyavDecoder
from recorder.imports.cut import Cutting
from recorder.imports.limits import Limits
from recorder.imports.plan import Stated, Why
from tests.common.cases import case
from tests.common.import_films import TEN
from tests.common.import_surroundings import CAMERAS, ImportSurroundings
from tests.common.matroska import NEXT_UID, element, linked
from tests.common.mp4_builder import box
from tests.common.recording import A_MINUTE, Studio, each_tool, make_film
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from recorder.imports.importing import Imported

ONE, TWO = CAMERAS.values()


@pytest.fixture(params=each_tool())
def surroundings(request: pytest.FixtureRequest, tmp_path: Path) -> ImportSurroundings:
    return ImportSurroundings(Studio(tmp_path / "spool", request.param))


def take(
    surroundings: ImportSurroundings,
    film: Path,
    *,
    track: int = 1,
    limits: Limits | None = None,
) -> Imported:
    cutting = Cutting(Elapsed.parse("2s"), track=track, limits=limits or Limits())
    with surroundings.importer().camera(ONE if track == 1 else TWO) as session:
        return session.take(film, Stated(TEN, "by hand"), cutting)


def by_ffmpeg(path: Path, *options: str) -> Path:
    process.run(
        [str(find().path), "-nostdin", "-v", "error", "-y", *options, str(path)], timeout=A_MINUTE
    )
    return path


def pattern(size: str = "160x96", seconds: int = 3) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=5:duration={seconds}"]


def stored(surroundings: ImportSurroundings) -> int:
    return sum(1 for _ in footage_in(surroundings.studio.store))


# ------------------------------------------------------------------- lists of other files

LISTS = {
    "concat": "ffconcat version 1.0\nfile other.mp4\n",
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nother.mp4\n#EXT-X-ENDLIST\n",
    "mpd": (
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT3S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        "<BaseURL>other.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>\n"
    ),
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}


@pytest.mark.parametrize("kind", sorted(LISTS))
def test_a_text_that_names_another_file_is_no_film(
    surroundings: ImportSurroundings, tmp_path: Path, kind: str
) -> None:
    make_film(tmp_path / "other.mp4", seconds=3)
    film = tmp_path / "film.mp4"
    film.write_text(LISTS[kind])
    with pytest.raises(BadInput, match=r"film\.mp4: (not a recording|no video)"):
        take(surroundings, film)
    assert stored(surroundings) == 0


def test_a_pattern_of_pictures_is_no_film(surroundings: ImportSurroundings, tmp_path: Path) -> None:
    by_ffmpeg(tmp_path / "p%03d.jpg", *pattern())
    with pytest.raises(BadInput, match="cannot read"):
        take(surroundings, tmp_path / "p%03d.jpg")
    shutil.copy(tmp_path / "p001.jpg", tmp_path / "film.mp4")
    with pytest.raises(BadInput, match="not a recording"):
        take(surroundings, tmp_path / "film.mp4")


def test_samples_in_another_file_are_not_fetched(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    """An alias in `dref`, as editing programs write: it names any file of the machine."""
    other = make_film(tmp_path / "other.mov", seconds=3)
    film = tmp_path / "film.mov"
    film.write_bytes(_referring(other.read_bytes(), os.fsencode(other)))
    with pytest.raises(BadInput, match=r"film\.mov"):
        take(surroundings, film)
    assert stored(surroundings) == 0


def _referring(film: bytes, target: bytes) -> bytes:
    """The film, whose track says that its samples lie in `target`."""
    path = target + b"\0" * (len(target) % 2)
    alias = bytes(10 + 28 + 12 + 64 + 16) + struct.pack(">HH", 1, 1) + bytes(16)
    alias += struct.pack(">HH", 2, len(target)) + path + struct.pack(">HH", 0xFFFF, 0)
    entry = box(b"alis", bytes(4) + alias)
    at = film.index(b"dref") + 4 + 8
    old = int.from_bytes(film[at : at + 4], "big")
    longer = len(entry) - old
    changed = bytearray(film[:at] + entry + film[at + old :])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = film.index(kind) - 4
        size = int.from_bytes(film[place : place + 4], "big") + longer
        changed[place : place + 4] = size.to_bytes(4, "big")
    return bytes(changed)


# ------------------------------------------------------------------- the bytes that were read


def test_a_file_put_under_the_name_meanwhile_is_not_entered(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film, other = make_film(tmp_path / "a.mp4", seconds=3), tmp_path / "b.mp4"
    by_ffmpeg(other, *pattern())
    launcher = surroundings.launcher
    probing = launcher.messages

    def swap(argv: Sequence[str], *, timeout: Elapsed, feed: BinaryIO | None = None) -> str:
        said = probing(argv, timeout=timeout, feed=feed)
        film.rename(tmp_path / "aside")
        other.rename(film)
        return said

    def back() -> None:
        film.rename(other)
        (tmp_path / "aside").rename(film)

    launcher.messages, launcher.then = swap, back  # type: ignore[method-assign]
    with pytest.raises(BadInput, match="changed while it was read"):
        take(surroundings, film)
    assert stored(surroundings) == 0


def test_a_changed_file_is_no_known_file_though_its_times_were_set_back(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "camera-1_20261122T100000Z.mp4", seconds=3)
    before = film.stat()
    whys = []
    for change in (False, False, True):
        if change:
            data = bytearray(film.read_bytes())
            data[-1] ^= 1  # in the last box: the pictures are the same
            film.write_bytes(data)
            os.utime(film, ns=(before.st_atime_ns, before.st_mtime_ns))
        (outcome,) = surroundings.take(film).values()
        whys.append(outcome.why)
    assert whys == [None, Why.STORED, Why.OVERLAP]  # not "already stored": other bytes


# ------------------------------------------------------------------- tracks


def two_lenses(path: Path) -> Path:
    rear = ["-f", "lavfi", "-i", "testsrc=size=128x96:rate=5:duration=3"]
    return by_ffmpeg(path, *pattern(), *rear, "-map", "0", "-map", "1", "-g", "5")


@pytest.mark.parametrize("source", ["own", "front-and-rear.mp4"])
def test_a_second_lens_is_named_and_can_be_taken_as_a_camera_of_its_own(
    surroundings: ImportSurroundings, tmp_path: Path, source: str
) -> None:
    film = two_lenses(tmp_path / "two.mp4") if source == "own" else case(source)
    front = take(surroundings, film)
    assert any("track 2 of pictures" in note and "--track 2" in note for note in front.notes)
    rear = take(surroundings, film, track=2)
    assert any("track 1 of pictures" in note for note in rear.notes)
    ours = [surroundings.studio.store.get(one.key) for one in (front.segments[0], rear.segments[0])]
    assert ours[0] != ours[1]
    assert rear.segments[0].camera == TWO.id
    with pytest.raises(BadInput, match="no track 3 of pictures: it has 2"):
        take(surroundings, film, track=3)


def test_a_second_lens_of_a_folder_is_no_misdated_copy(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = two_lenses(tmp_path / "x_20261122T100000Z.mp4")
    surroundings.take(film, camera=CameraId("camera-1"))
    surroundings.cutting = Cutting(track=2)
    (rear,) = surroundings.take(film, camera=CameraId("camera-2")).values()
    (again,) = surroundings.take(film, camera=CameraId("camera-2")).values()
    assert [(one.word, one.detail) for one in (rear, again)] == [("kept", ""), ("skipped", "")]
    assert {one.camera for one in (*rear.segments, *again.segments)} == {"camera-2"}
    (note,) = [note for note in rear.notes if "track 1" in note]
    assert note.startswith("track 1 was taken in as camera-1 from ")


@pytest.mark.parametrize("source", ["own", "gps-track.mp4"])
def test_positions_and_other_tracks_are_named(
    surroundings: ImportSurroundings, tmp_path: Path, source: str
) -> None:
    if source == "own":
        text = tmp_path / "gps.srt"
        text.write_text("1\n00:00:00,000 --> 00:00:02,000\n33.1 N 70.9 E\n")
        sounds = [
            "-f",
            "lavfi",
            "-i",
            "sine=duration=3",
            "-f",
            "lavfi",
            "-i",
            "sine=f=99:duration=3",
        ]
        all_ = ["-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:s", "mov_text"]
        film = by_ffmpeg(tmp_path / "a.mp4", *pattern(), *sounds, "-i", str(text), *all_)
    else:
        film = case(source)
    notes = [note for note in take(surroundings, film).notes if note.startswith("not kept:")]
    assert any("subtitles (mov_text)" in note for note in notes)
    assert any("sound (aac)" in note for note in notes) == (source == "own")


def test_a_part_of_a_linked_film_is_said_to_be_one(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    whole = by_ffmpeg(tmp_path / "a.mkv", *pattern())
    part = tmp_path / "b.mkv"
    part.write_bytes(linked(whole.read_bytes(), element(NEXT_UID, bytes(range(16)))))
    taken = take(surroundings, part)
    (note,) = [note for note in taken.notes if note.startswith("a part:")]
    assert "another comes behind it" in note
    assert sum(one.media.samples for one in taken.segments) == 15


def test_a_file_of_one_track_has_nothing_to_name(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    assert take(surroundings, make_film(tmp_path / "a.mp4", seconds=3, audio="aac")).notes == ()


# ------------------------------------------------------------------- names

NAMES = [
    "Straße_20261122_100000.mp4".encode("latin-1"),
    b"-i_20261122_100100.mp4",
    b"two\nlines_20261122_100200.mp4",
    "گزرگاہ_20261122_100300.mp4".encode(),
    b"x" * 235 + b"_20261122_100400.mp4",
    b"file:%06d 'q_20261122_100500.mp4",
]


def test_files_of_any_name_are_taken_and_a_bad_one_stops_no_other(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    stick = os.fsencode(tmp_path / "stick")
    os.mkdir(stick)  # noqa: PTH102 - names of bytes
    film = make_film(tmp_path / "a.mp4", seconds=2).read_bytes()
    for number, name in enumerate(NAMES):
        Path(os.fsdecode(os.path.join(stick, name))).write_bytes(film + box(b"free", bytes(number)))  # noqa: PTH118
    bad = Path(os.fsdecode(os.path.join(stick, b"\xff_20261122_095900.mp4")))  # noqa: PTH118
    bad.write_bytes(b"\xff" * 5000)
    probing, surprised = surroundings.launcher.messages, list[Sequence[str]]()

    def once(argv: Sequence[str], *, timeout: Elapsed, feed: BinaryIO | None = None) -> str:
        if not surprised:
            surprised.append(argv)
            raise RuntimeError("nobody thought of this")
        return probing(argv, timeout=timeout, feed=feed)

    surroundings.launcher.messages = once  # type: ignore[method-assign]
    first = surroundings.take(tmp_path / "stick", camera=ONE.id)
    assert [one.word for one in first.values()] == ["failed"] + ["kept"] * len(NAMES)
    again = surroundings.take(tmp_path / "stick", camera=ONE.id)
    assert [one.word for one in again.values()] == ["failed"] + ["skipped"] * len(NAMES)
    assert "no video FFmpeg can read" in again[bad.name].detail
    assert "\\xff_" in again[bad.name].detail


# ------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(pixels=160 * 96 - 1), r"pictures of 160x96 pixels, more than 15359"),
        (Limits(duration=Elapsed.parse("2s")), r"lasts 3s, more than 2s"),
        (Limits(tracks=1), r"2 tracks, more than 1"),
        (Limits(boxes=2), r"more than 2 boxes"),
    ],
)
def test_more_than_the_settings_allow_is_refused(
    surroundings: ImportSurroundings, tmp_path: Path, limits: Limits, reason: str
) -> None:
    film = two_lenses(tmp_path / "two.mp4")
    with pytest.raises(BadInput, match=reason) as refused:
        take(surroundings, film, limits=limits)
    assert "[limits]" in (refused.value.hint or "")
    assert stored(surroundings) == 0


def test_pictures_that_ffmpeg_does_not_look_into_are_refused_too(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = by_ffmpeg(tmp_path / "a.avi", *pattern(), "-c:v", "mjpeg")
    with pytest.raises(BadInput, match=r"tell no size, or have more than 15359 pixels"):
        take(surroundings, film, limits=Limits(pixels=160 * 96 - 1))
    assert take(surroundings, film, limits=Limits(pixels=160 * 96)).stored == 2


# ------------------------------------------------------------------- searchable


@pytest.mark.parametrize(
    "source",
    ["rotated-90.mp4", "anamorphic.mp4", "intra-refresh.ts", "mjpeg.avi", "mpeg4-part2.avi", "own"],
)
def test_what_is_taken_is_searchable(
    surroundings: ImportSurroundings, tmp_path: Path, source: str
) -> None:
    if source == "own":
        intra = ["-x264-params", "intra-refresh=1:keyint=5:bframes=0"]
        own = by_ffmpeg(tmp_path / "a.ts", *pattern(seconds=6), *intra)
        film = by_ffmpeg(tmp_path / "b.ts", "-i", str(own), "-c", "copy", "-ss", "1")
    else:
        film = case(source)
    notes = take(surroundings, film).notes
    assert not any("not searchable" in note for note in notes)


@pytest.mark.parametrize(
    "coded",
    [
        ("a.wmv", "wmv2"),
        ("a.wmv", "wmv1"),
        ("a.avi", "msmpeg4"),
        ("a.avi", "huffyuv"),
        ("a.3gp", "h263", "-s", "176x144"),
        ("a.mkv", "ffv1"),
        ("a.webm", "libvpx-vp9"),
        ("a.mpg", "mpeg1video", "-r", "25"),
    ],
    ids=lambda coded: coded[1],
)
def test_codecs_of_old_recorders_are_searchable(
    surroundings: ImportSurroundings, tmp_path: Path, coded: tuple[str, ...]
) -> None:
    """Pictures of some do not say their size; none has sound, of which nothing is said, then."""
    name, codec, *more = coded
    film = by_ffmpeg(tmp_path / name, *pattern(), "-c:v", codec, *more)
    notes = take(surroundings, film).notes
    assert not any("not searchable" in note or "audio" in note for note in notes)


def test_what_can_never_be_searched_is_told_at_import(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = by_ffmpeg(tmp_path / "a.mp4", *pattern(), "-g", "5")
    surroundings.decoder = PyavDecoder(max_pixels=160 * 96 - 1)
    notes = take(surroundings, film).notes
    assert any(note.startswith("not searchable: ") for note in notes)


# ------------------------------------------------------------------- damage of all kinds


def test_damaged_films_are_kept_or_refused_with_a_reason(
    surroundings: ImportSurroundings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    films = [make_film(tmp_path / f"a.{kind}", seconds=2) for kind in ("mp4", "ts", "mkv", "avi")]
    chance = random.Random(12)  # noqa: S311 - the same damage each time
    for number in range(8):
        film = films[number % len(films)]
        data = bytearray(film.read_bytes())
        places = range(min(len(data) - 4, 1500)) if number % 2 else range(len(data) - 4)
        for at in chance.choices(places, k=8):
            data[at : at + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, chance.randbytes(4)])
        del data[chance.randint(len(data) // 4, len(data)) :]
        (stick / f"n_20261122_10{number:02}00{film.suffix}").write_bytes(data)
    outcomes = surroundings.take(stick, camera=ONE.id)
    assert len(outcomes) == 8
    for one in outcomes.values():
        assert (one.word == "kept" and one.segments) or (one.fault and one.detail), one
    assert [record.message for record in caplog.records if record.exc_info] == []
