"""Holes, jumps and first pictures of imported files: what is stated is what the pictures show.

Every picture of a film made here carries its own instant. The inputs of `../shared/cases` are one
example of a kind each; the films made here are others of the kind, with other numbers.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
import pytest

from footage.clock import SystemClock
from footage.errors import BadInput
from footage.instant import ZERO, Elapsed, Interval
from footage.mp4 import keyframes, walk
from footage.span import GapReason, timeline
from indexer.extract import read_reel
from infra.registers.sql_register import SqlRegister
from recorder.imports.cut import Cutting
from recorder.imports.plan import Stated
from tests.common.builders import a_camera, a_district, a_site
from tests.common.camera.strip import frames_of
from tests.common.cli import Cli
from tests.common.import_films import TEN, with_edits
from tests.common.import_surroundings import CAMERAS, ImportSurroundings
from tests.common.recording import Studio, each_tool
from tests.common.stamped_films import RATE, again, stamped
from tests.common.time_truth import dated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.segment import Segment
    from footage.span import Timeline
    from recorder.imports.importing import Imported
    from tests.common.camera.strip import Shown

(CAMERA, _) = CAMERAS.values()
CASES: Final = Path(__file__).resolve().parents[2].parent / "shared" / "cases"
X264: Final = ("-c:v", "libx264", "-preset", "veryfast")
X265: Final = (*("-c:v", "libx265"), "-x265-params")
OPEN: Final = "keyint=10:min-keyint=10:bframes=3:b-adapt=0:scenecut=0:log-level=none"
TICK: Final = Elapsed.parse("1ms")


@pytest.fixture(params=each_tool())
def surroundings(request: pytest.FixtureRequest, tmp_path: Path) -> ImportSurroundings:
    return ImportSurroundings(Studio(tmp_path / "spool", request.param))


def case(name: str) -> Path:
    if not CASES.is_dir():
        pytest.skip(f"needs {name} in ../shared/cases")
    return CASES / name


def take(surroundings: ImportSurroundings, film: Path, length: str = "1m") -> Imported:
    with surroundings.importer().camera(CAMERA) as session:
        return session.take(film, Stated(TEN, "by hand"), Cutting(Elapsed.parse(length)))


def seen(surroundings: ImportSurroundings, segments: Sequence[Segment]) -> Timeline:
    """The camera's timeline from the first segment's start to the last segment's end."""
    catalogue = surroundings.studio.catalogue
    window = Interval(segments[0].interval.start, segments[-1].interval.end)
    return timeline(CAMERA.id, window, catalogue.segments(), catalogue.gaps())


def offsets(stretches: Sequence[Interval]) -> list[tuple[float, float]]:
    """Starts and ends, in seconds after the stated start, to the tenth of a second."""
    return [
        (round((one.start - TEN).in_seconds, 1), round((one.end - TEN).in_seconds, 1))
        for one in stretches
    ]


def pictures(surroundings: ImportSurroundings, segments: Sequence[Segment]) -> int:
    return sum(
        len(walk(io.BytesIO(surroundings.studio.store.get(one.key))).samples) for one in segments
    )


# ---------------------------------------------------------------- holes


@pytest.mark.parametrize(
    ("name", "hole_s"), [("hole40.mp4", 40), ("gap8.ts", 8), ("jump1h.ts", 3_600)]
)
def test_cases_with_a_hole(surroundings: ImportSurroundings, name: str, hole_s: int) -> None:
    done = take(surroundings, case(name))
    assert pictures(surroundings, done.segments) == 120
    line = seen(surroundings, done.segments)
    later = 6 + hole_s
    assert offsets([span.interval for span in line.spans]) == [(0, 6), (later, later + 6)]
    assert offsets([gap.interval for gap in line.gaps]) == [(6, later)]
    assert [gap.reason for gap in line.gaps] == [GapReason.NO_PICTURES]
    assert any("no picture for" in note for note in done.notes)


@dataclass(frozen=True)
class Paused:
    """A film with a pause: from which second of pictures on, for how long, and the encoding."""

    name: str
    at_s: float
    hole_s: float
    options: tuple[str, ...]
    sound: bool = False


CLOSED: Final = (*X264, "-bf", "2", "-x264-params", "scenecut=0")
PLAIN: Final = (*X264, "-bf", "0", "-x264-params", "scenecut=0")


@pytest.mark.parametrize(
    "film",
    [
        Paused("key.mp4", 5, 23, PLAIN),
        Paused("reordered.mp4", 5, 7, CLOSED, sound=True),
        Paused("amid.mp4", 5.4, 3, PLAIN, sound=True),
        Paused("short.mkv", 5.4, 1.5, PLAIN),
        Paused("key.ts", 5, 13, PLAIN, sound=True),
        Paused("long.ts", 5, 1_900, CLOSED),
        Paused("hevc.mkv", 5, 90, (*X265, f"{OPEN}:open-gop=0")),
    ],
    ids=lambda one: one.name,
)
def test_holes_of_other_lengths_in_other_places(
    surroundings: ImportSurroundings, tmp_path: Path, film: Paused
) -> None:
    at_s, hole_s, paused = film.at_s, film.hole_s, [(film.at_s, film.hole_s)]
    made = stamped(
        tmp_path / film.name, TEN, *film.options, seconds=9, pauses=paused, sound=film.sound
    )
    done = take(surroundings, made)
    assert pictures(surroundings, done.segments) == 90
    line = seen(surroundings, done.segments)
    later = at_s + hole_s
    assert offsets([gap.interval for gap in line.gaps]) == [(at_s, later)]
    assert offsets([span.interval for span in line.spans]) == [(0, at_s), (later, hole_s + 9)]
    own = 1 if at_s == round(at_s) else 0  # the second begins amid a group: nothing to decode
    for one in dated(done.segments[: 1 + own], surroundings.studio.store):
        assert one.off <= one.segment.clock.uncertainty + TICK


def test_holes_inside_a_film_of_many_segments(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    """Behind a hole FFmpeg cuts at each keyframe until its count has caught up."""
    pauses = [(4.0, 33.0), (8.0, 2.0), (16.0, 61.0)]
    film = stamped(tmp_path / "many.ts", TEN, *X264, "-bf", "2", "-x264-params", "scenecut=0",
                   pauses=pauses)  # fmt: skip
    done = take(surroundings, film, "5s")
    assert pictures(surroundings, done.segments) == 240
    line = seen(surroundings, done.segments)
    assert offsets([gap.interval for gap in line.gaps]) == [(4, 37), (41, 43), (51, 112)]
    assert [span.segments for span in line.spans] == [1, 1, 2, 2]
    assert [one.sequence for one in done.segments] == list(range(6))
    assert all(one.off <= TICK for one in dated(done.segments, surroundings.studio.store))


def test_a_film_stored_over_its_hole_by_an_earlier_version_stays_as_it_is(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = stamped(tmp_path / "h.mp4", TEN, *X264, "-bf", "0", seconds=9, pauses=[(5, 20)])
    first, second = take(surroundings, film).segments
    catalogue = surroundings.studio.catalogue
    catalogue.remove_segments([first.key, second.key])
    whole = Interval(first.interval.start, second.interval.end)
    catalogue.add_segments([replace(first, interval=whole)])
    done = take(surroundings, film)
    assert done.stored == 0
    assert [one.key for one in done.segments] == [first.key]


# ---------------------------------------------------------------- clocks


def test_case_of_a_clock_set_back(surroundings: ImportSurroundings) -> None:
    with pytest.raises(BadInput, match=r"back1h\.ts: its clock runs back by 1h.* after 6s"):
        take(surroundings, case("back1h.ts"))
    assert list(surroundings.studio.store.list()) == []


@pytest.mark.parametrize("back_s", [1_200, 24, 3])
def test_a_clock_set_back_by_less_or_more_is_refused(
    surroundings: ImportSurroundings, tmp_path: Path, back_s: int
) -> None:
    film = stamped(tmp_path / "six.mp4", TEN, *X264, "-bf", "2", seconds=6)
    parts = [
        again(film, f"{offset}.ts", "-output_ts_offset", str(offset))
        for offset in (3_000, 3_006 - back_s)
    ]
    joined = tmp_path / "back.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    with pytest.raises(BadInput, match="its clock runs back by"):
        take(surroundings, joined)
    assert list(surroundings.studio.store.list()) == []


def test_a_clock_that_runs_back_a_little_is_stated_as_uncertainty(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = stamped(tmp_path / "six.mp4", TEN, *X264, "-bf", "0", seconds=6)
    parts = [again(film, f"{o}.ts", "-output_ts_offset", o) for o in ("3000", "3005.5")]
    joined = tmp_path / "little.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    done = take(surroundings, joined)
    assert pictures(surroundings, done.segments) == 120
    assert done.segments[0].clock.uncertainty >= Elapsed.parse("500ms")
    assert any("runs back by" in note for note in done.notes)


@pytest.mark.parametrize("before_s", [4, 75])
def test_a_33_bit_clock_that_begins_anew_is_one_span(
    surroundings: ImportSurroundings, tmp_path: Path, before_s: int
) -> None:
    offset = (1 << 33) / 90_000 - before_s
    film = stamped(
        tmp_path / "wrap.ts", TEN, *X264, "-output_ts_offset", str(offset), seconds=before_s + 6
    )
    done = take(surroundings, film)
    line = seen(surroundings, done.segments)
    assert offsets([span.interval for span in line.spans]) == [(0, before_s + 6)]
    assert (line.gaps, done.notes) == ((), ())


# ---------------------------------------------------------------- first pictures


FORMS: Final = {
    "closed": (*X264, "-bf", "2"),
    "recovery points": (*X264, "-bf", "3", "-x264-params", "open-gop=1:scenecut=0:b-adapt=0"),
    "CRA": (*X265, f"{OPEN}:open-gop=1"),
    "RADL": (*X265, f"{OPEN}:open-gop=0:radl=2"),
}


@pytest.mark.parametrize(
    ("form", "container"),
    [*((form, "mp4") for form in FORMS), ("recovery points", "ts"), ("CRA", "mkv")],
)
def test_the_first_picture_of_every_segment_has_the_stated_time(
    surroundings: ImportSurroundings, tmp_path: Path, form: str, container: str
) -> None:
    film = stamped(tmp_path / "film.mp4", TEN, *FORMS[form], sound=True)
    film = again(film, f"again.{container}")
    for length, count in (("2s", 12), ("10s", 3), ("1m", 1)):
        done = take(surroundings, film, length)
        assert len(done.segments) == count
        assert done.notes == ()
        for one in dated(done.segments, surroundings.studio.store):
            assert one.off <= one.segment.clock.uncertainty + TICK
            assert one.segment.clock.uncertainty == ZERO or form == "RADL"
        for segment in done.segments:
            reel = read_reel(surroundings.studio.store, segment)
            true = {one.stamp.captured for one in key_frames(surroundings, segment) if one.stamp}
            assert {shot.instant for shot in reel.shots} >= true
        surroundings.studio.catalogue.remove_segments([one.key for one in done.segments])


def key_frames(surroundings: ImportSurroundings, segment: Segment) -> list[Shown]:
    data = surroundings.studio.store.get(segment.key)
    assert keyframes(walk(io.BytesIO(data)))
    return [one for one in frames_of(data) if one.key]


def test_case_of_an_edit_list(surroundings: ImportSurroundings) -> None:
    done = take(surroundings, case("edit-list.mp4"))
    assert offsets([one.interval for one in done.segments]) == [(-1.5, 7.5)]
    assert any("edit list begins 1s500ms after the first picture" in note for note in done.notes)


@pytest.mark.parametrize("form", ["closed", "recovery points", "CRA"])
def test_what_a_player_shows_first_lies_at_the_start(
    surroundings: ImportSurroundings, tmp_path: Path, form: str
) -> None:
    """A lossless cut amid a group of pictures; the lead-in lies before the start."""
    whole = stamped(tmp_path / "film.mp4", TEN, *FORMS[form], sound=True)
    film = again(whole, "cut.mp4", before=("-ss", "3.7"))
    shown = min(frames_of(film.read_bytes()), key=lambda one: one.media)
    assert shown.stamp is not None
    ahead = shown.stamp.captured - TEN  # the stated start is wrong by as much, as the test means
    for length in ("2s", "10s", "1m"):
        done = take(surroundings, film, length)
        assert all(
            Elapsed(abs((one.late + ahead).us)) <= TICK
            for one in dated(done.segments, surroundings.studio.store)
        )
        assert any("an edit list begins" in note for note in done.notes)
        surroundings.studio.catalogue.remove_segments([one.key for one in done.segments])


EDITS: Final = {
    # Parts a player shows: length, begin (-1: nothing is shown), speed; and the first begin.
    "a middle left out": (((3, 0, 1), (5, 7, 1)), 0, "shows 2 parts"),
    "another order": (((5, 7, 1), (3, 0, 1)), 7, "shows 2 parts"),
    "a part twice, later": (((2, -1, 1), (5, 1, 1), (5, 1, 1)), 1, "shows 2 parts"),
    "an end left out": (((5, 0, 1),), 0, "hides 7s at its end"),
    "half the speed": (((24, 0, 0.5),), 0, "changes its speed"),
    "a picture that stands": (((9, 2, 0), (10, 2, 1)), 2, "changes its speed"),
}


@pytest.mark.parametrize("listed", EDITS)
def test_an_edit_list_leaves_no_picture_out_and_moves_none(
    surroundings: ImportSurroundings, tmp_path: Path, listed: str
) -> None:
    """What a player shows first lies at the start; all else lies where the track has it."""
    parts, begin_s, words = EDITS[listed]
    whole = stamped(tmp_path / "film.mp4", TEN, *FORMS["closed"], seconds=12, sound=True)
    film = with_edits(again(whole, "plain.mp4"), tmp_path / "edited.mp4", parts)
    delay = Elapsed(2_000_000 // RATE)  # two B-frames: the track's time of its first picture
    ahead = max(Elapsed.seconds(begin_s) - delay, ZERO)
    done = take(surroundings, film, "10s")
    shown = dated(done.segments, surroundings.studio.store)
    assert all(Elapsed(abs((one.late + ahead).us)) <= TICK for one in shown)
    assert pictures(surroundings, done.segments) == len(frames_of(whole.read_bytes()))
    assert any(words in note for note in done.notes)


# ---------------------------------------------------------------- sound


def test_case_of_sound_before_the_picture(surroundings: ImportSurroundings) -> None:
    done = take(surroundings, case("sound-first.mp4"))
    assert offsets([one.interval for one in done.segments]) == [(0, 12)]
    assert any("its sound begins 3s" in note and "picture" in note for note in done.notes)
    assert shift_of_sound(surroundings, case("sound-first.mp4"), done) <= 0.001


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_sound_that_begins_seconds_apart_keeps_its_place_and_is_told(
    surroundings: ImportSurroundings, tmp_path: Path, container: str
) -> None:
    film = stamped(tmp_path / "film.mp4", TEN, *X264, "-bf", "2", sound=True, seconds=8)
    late = again(film, f"late.{container}", "-map", "1:v", "-map", "0:a",
                 before=("-i", str(film), "-itsoffset", "2"))  # fmt: skip
    done = take(surroundings, late, "2s")
    assert any("before its picture: the start dates" in note for note in done.notes)
    assert all(one.off <= TICK for one in dated(done.segments, surroundings.studio.store))
    assert shift_of_sound(surroundings, late, done) <= 0.001


@pytest.mark.clips
def test_sound_of_real_footage_keeps_its_place(
    surroundings: ImportSurroundings, clips: Path
) -> None:
    film = clips / "intel/car-detection.mp4"
    for length in ("2s", "1m"):
        done = take(surroundings, film, length)
        assert shift_of_sound(surroundings, film, done) <= 0.001
        surroundings.studio.catalogue.remove_segments([one.key for one in done.segments])


def test_sound_of_reordered_pictures_keeps_its_place(
    surroundings: ImportSurroundings, tmp_path: Path
) -> None:
    film = stamped(tmp_path / "film.mp4", TEN, *X264, "-bf", "2", sound=True, seconds=8)
    assert shift_of_sound(surroundings, film, take(surroundings, film, "2s")) <= 0.001


def shift_of_sound(surroundings: ImportSurroundings, film: Path, done: Imported) -> float:
    """Most seconds by which stored sound lies elsewhere beside the pictures than in the file."""
    given = beside(times(str(film), "audio"), times(str(film), "video"))
    heard: list[float] = []
    shown: list[float] = []
    for segment in done.segments:
        data = surroundings.studio.store.get(segment.key)
        heard += times(io.BytesIO(data), "audio")
        shown += times(io.BytesIO(data), "video")
    kept = beside(heard, shown)
    assert len(kept) == len(given)
    return max(abs(a - b) for a, b in zip(given, kept, strict=True))


def beside(heard: list[float], shown: list[float]) -> list[float]:
    return [at - shown[0] for at in heard]


def times(source: str | io.BytesIO, kind: str) -> list[float]:
    """Seconds of the packets of a track, in the order of the file."""
    with av.open(source, "r") as container:
        stream = next(one for one in container.streams if one.type == kind)
        base = stream.time_base
        assert base is not None
        return [
            float(packet.pts * base)
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None
        ]


# ---------------------------------------------------------------- the whole way


@pytest.mark.slow
def test_a_hole_is_told_by_timeline_export_and_verifier(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    register = SqlRegister(f"sqlite:///{home / 'register.db'}", clock=SystemClock())
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    register.add_cameras([a_camera("camera-1")])
    register.close()
    cli = Cli(home)
    film = stamped(tmp_path / "paused.ts", TEN, *PLAIN, seconds=9, pauses=[(4, 12)])
    cli.ok("ingest", str(film), "--camera", "camera-1", "--start", str(TEN))
    window = ("--camera", "camera-1", "--from", str(TEN), "--to", str(TEN + Elapsed.parse("21s")))
    told = cli.ok("timeline", *window, "--json").json
    assert [gap["reason"] for gap in told["gaps"]] == ["no_pictures"]
    assert len(told["spans"]) == 2
    bundle = tmp_path / "bundle"
    cli("export", *window, "--out", str(bundle), "--case", "FIR 1/26", "--purpose", "evidence")
    checked = cli("verify", str(bundle), "--json")
    assert checked.code == 2, checked.out + checked.err
    assert checked.json["verdicts"]["intact"] == "proven"
    assert checked.json["verdicts"]["complete"] == "no"
