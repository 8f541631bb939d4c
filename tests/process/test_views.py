"""Films for viewing: each picture with its own time below, gaps told, parts covered."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from evidence import verify
from evidence.redaction import Redaction
from evidence.view_making import Views
from evidence.views import ViewsAsked
from footage.errors import BadInput, Misconfigured, NoSpace, Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.ports.views import Caption, FilmPart, Size
from footage.scope import Scope
from footage.segment import ClockReading, TimeSource
from footage.span import GapReason
from infra.media.ffmpeg_tool import find
from infra.media.view_encoder import FfmpegViews
from infra.media.view_script import film_script
from tests.common.builders import START, a_gap, at, during
from tests.common.bundles import Document, forge, found
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, exporter, the_parts
from tests.common.stamped_films import RATE
from tests.common.viewing import (
    SECONDS,
    SIZE,
    TimeReader,
    captured,
    numbers,
    pictures_of,
    put_segments,
    views,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from evidence.export import ExportReport
    from footage.document import Language

ONE = CameraId("camera-1")
WHOLE = during(0, 4 * SECONDS)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """Camera-1: segments 0 and 1 of a run, and 3; segment 2 is missing."""
    parts = the_parts(tmp_path_factory.mktemp("views"))
    put_segments(parts, (0, 1, 3))
    lost = during(2 * SECONDS, 3 * SECONDS)
    parts.catalogue.add_gaps([a_gap("camera-1", lost, GapReason.CAMERA_LOST, "")])
    return parts


def export(
    parts: Parts, name: str, asked: ViewsAsked | None = None, interval: Interval = WHOLE
) -> ExportReport:
    service = exporter(parts, views=views())
    out = parts.folder / name
    return service.export([ONE], interval, out, LIAISON, views=asked or ViewsAsked())


@pytest.fixture(scope="module")
def plain(city: Parts) -> ExportReport:
    return export(city, "plain")


def manifest(report: ExportReport) -> Document:
    document: Document = json.loads((report.folder / "MANIFEST.json").read_bytes())
    return document


def reader(parts: Parts, report: ExportReport, language: Language = "en") -> TimeReader:
    (view,) = report.views
    film = (parts.folder / "camera-1.mp4").read_bytes()
    caption = Caption(language, "", "", "", "", ("", "", ""))
    return TimeReader(parts.folder, film, Size(*view.size), caption)


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_time_burned_into_each_picture_is_the_instant_that_the_picture_carries(
    city: Parts, language: Language
) -> None:
    report = export(city, f"times-{language}", ViewsAsked(language))
    read = reader(city, report, language)
    shown = 0
    for picture in pictures_of(report.folder / "view/camera-1.mp4"):
        if instant := captured(picture):
            assert read.read(picture)[:17] == numbers(instant)
            shown += 1
    assert shown == 3 * SECONDS * RATE


def test_a_card_says_where_there_is_no_picture_and_the_manifest_where_everything_is(
    plain: ExportReport,
) -> None:
    (view,) = manifest(plain)["views"]
    kinds = [(part["kind"], part["position_us"], part["length_us"]) for part in view["parts"]]
    assert kinds == [
        ("film", 0, 8_000_000),
        ("gap", 8_000_000, 3_000_000),
        ("film", 11_000_000, 4_000_000),
    ]
    card = [
        picture
        for picture in pictures_of(plain.folder / view["path"])
        if 8_000_000 <= picture.media.us < 11_000_000
    ]
    middle = card[2].luma[SIZE[1] // 2 - 60 : SIZE[1] // 2 + 60]
    assert middle.max() > 200  # the words
    assert card[2].luma[: SIZE[1] // 2 - 80].max() < 24


def test_a_bundle_with_films_is_intact_and_says_that_they_are_derived(
    plain: ExportReport,
) -> None:
    report = verify.check(plain.folder)
    assert report.verdicts["intact"] == "proven"
    assert [finding.kind for finding in report.findings] == ["gap"]
    assert any("derived for viewing: view/camera-1.mp4" in line for line in report.imports)
    assert any("Films in view are derived" in said for said in manifest(plain)["limitations"])
    pages = (plain.folder / "START-HERE.txt").read_text("utf-8")
    assert "view/camera-1.mp4" in pages


def test_the_same_footage_gives_the_same_film(city: Parts, plain: ExportReport) -> None:
    again = export(city, "again")
    assert again.views[0].digest == plain.views[0].digest


def test_a_film_shows_no_picture_outside_of_the_time_asked_for(city: Parts) -> None:
    asked = during(1, 3)
    report = export(city, "short", interval=asked)
    instants = [captured(one) for one in pictures_of(report.folder / "view/camera-1.mp4")]
    assert instants == [at(1) + Elapsed.seconds(number / RATE) for number in range(2 * RATE)]


def test_no_picture_is_lost_between_pieces_of_an_open_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.view_making.PIECE", Elapsed(1))
    parts = the_parts(tmp_path)
    options = ("-c:v", "libx264", "-bf", "2", "-x264-params", "open-gop=1:scenecut=0")
    put_segments(parts, (0, 1, 2, 3), *options)
    report = export(parts, "pieces")
    film = pictures_of(report.folder / "view/camera-1.mp4")
    assert [captured(one) for one in film] == [
        START + Elapsed.seconds(number / RATE) for number in range(4 * SECONDS * RATE)
    ]


def test_what_the_camera_s_own_clock_showed_stands_below(tmp_path: Path) -> None:
    parts = the_parts(tmp_path)
    (segment,) = put_segments(parts, (0,))
    reading = ClockReading(TimeSource.ARRIVAL, Elapsed.seconds(-90), Elapsed(40_000))
    parts.catalogue.add_segments([replace(segment, clock=reading)])
    told: list[str] = []

    class Telling(FfmpegViews):
        def film(
            self, part: FilmPart, canvas: Size, out: Path, told_: Callable[[int], None]
        ) -> int:
            told.extend(part.pictures[3].values)
            return super().film(part, canvas, out, told_)

    service = Views(Telling(find, max_pixels=1 << 25), Elapsed.parse("1h"))
    exporter(parts, views=service).export(
        [ONE], during(0, 4), tmp_path / "out", LIAISON, views=ViewsAsked()
    )
    assert told == [
        "2026-11-22 20:08:23.847 +05:00 ± 0.040 s",
        "2026-11-22 15:08:23.847Z",
        "2026-11-22 20:06:53.847 +05:00 (-90.000 s)",
    ]


# ---------------------------------------------------------------------------- redactions

FROM, TO = 1.0, 2.05
RECTANGLE = ((320, 60), (480, 60), (480, 160), (320, 160))
TRIANGLE = ((40, 200), (240, 200), (40, 340))
COVERED = Redaction(ONE, during(FROM, TO), SIZE, (RECTANGLE, TRIANGLE), "a passer-by")


@pytest.fixture(scope="module")
def redacted(city: Parts) -> ExportReport:
    return export(city, "redacted", ViewsAsked(redactions=(COVERED,)))


def inside(shape: tuple[tuple[int, int], ...]) -> np.ndarray:
    drawn = Image.new("L", SIZE)
    ImageDraw.Draw(drawn).polygon(list(shape), fill=1)
    return np.asarray(drawn, bool)


def test_a_covered_part_is_filled_in_each_picture_of_its_time_and_nothing_else_is_changed(
    plain: ExportReport, redacted: ExportReport
) -> None:
    before = pictures_of(plain.folder / "view/camera-1.mp4")
    after = pictures_of(redacted.folder / "view/camera-1.mp4")
    covered = inside(RECTANGLE) | inside(TRIANGLE)
    around = np.zeros_like(covered)
    ys, xs = np.nonzero(covered)
    for down in range(-8, 9):
        for across in range(-8, 9):
            rows = np.clip(ys + down, 0, SIZE[1] - 1)
            around[rows, np.clip(xs + across, 0, SIZE[0] - 1)] = True
    filled = 0
    for one, other in zip(before, after, strict=True):
        instant = captured(one)
        if instant is None:
            continue
        assert captured(other) == instant
        was, now = (picture.luma[: SIZE[1]].astype(int) for picture in (one, other))
        assert np.abs(was - now)[~around].max() <= 12
        passed = (instant - START).us / 1_000_000
        if FROM - 1 / RATE < passed < TO:
            assert now[covered].max() <= 32, passed
            filled += 1
        else:
            assert np.abs(was - now).max() <= 12, passed
    assert filled == 11


def test_redactions_stand_in_manifest_custody_and_a_file_of_their_own(
    city: Parts, redacted: ExportReport
) -> None:
    stated = manifest(redacted)["redactions"]
    assert stated["list"][0]["reason"] == "a passer-by"
    assert manifest(redacted)["views"][0]["redactions"] == 1
    entries = [one for one in city.custody.read() if one.what.get("redactions")]
    assert entries[0].what["redactions"] == f"sha256:{stated['sha256']}"
    report = verify.check(redacted.folder)
    assert report.verdicts["intact"] == "proven"
    assert any("covered in the film of camera-1" in line for line in report.imports)


def test_the_stored_bytes_stay_as_they_are(city: Parts, redacted: ExportReport) -> None:
    for segment in manifest(redacted)["sources"][0]["segments"]:
        master = redacted.folder / "master" / segment["object_key"]
        size = segment["size"]
        stored = city.store.get(segment["object_key"], offset=0, length=size)
        assert master.read_bytes() == stored


def test_a_redaction_of_what_is_not_exported_is_refused(city: Parts) -> None:
    other = replace(COVERED, camera=CameraId("camera-2"))
    with pytest.raises(BadInput, match="camera-2 is not exported"):
        export(city, "no", ViewsAsked(redactions=(other,)))
    later = replace(COVERED, interval=during(100, 101))
    with pytest.raises(BadInput, match="nothing of camera-1"):
        export(city, "no", ViewsAsked(redactions=(later,)))
    assert not (city.folder / "no").exists()


def test_a_film_in_which_a_covered_part_shows_makes_no_bundle(
    city: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def uncovered(part: FilmPart, canvas: Size, shown: Size) -> str:
        return film_script(replace(part, covers=()), canvas, shown)

    monkeypatch.setattr("infra.media.view_encoder.film_script", uncovered)
    with pytest.raises(Misconfigured, match="was to be covered, in picture 11 of 80"):
        export(city, "shows", ViewsAsked(redactions=(COVERED,)))
    assert not [path.name for path in city.folder.iterdir() if "shows" in path.name]


# ---------------------------------------------------------------------------- films alone


@pytest.fixture(scope="module")
def alone(city: Parts) -> ExportReport:
    return export(city, "alone", ViewsAsked(redactions=(COVERED,), alone=True))


def test_a_bundle_of_films_alone_holds_no_recorded_picture_and_says_so(
    alone: ExportReport,
) -> None:
    assert not (alone.folder / "master").exists()
    assert {one["role"] for one in manifest(alone)["files"]} & {"master", "clip", "still"} == set()
    assert not alone.complete
    report = verify.check(alone.folder)
    assert report.verdicts["intact"] == "proven"
    assert report.verdicts["complete"] == "no"
    assert report.exit_code == 2
    assert [finding.kind for finding in report.findings] == ["withheld", "gap"]
    assert "left out on purpose" in report.words()
    segments = manifest(alone)["sources"][0]["segments"]
    members = manifest(alone)["views"][0]["members"]
    assert [one["sha256"] for one in members] == [one["sha256"] for one in segments]


def test_films_alone_cannot_be_asked_for_with_clips(city: Parts) -> None:
    with pytest.raises(BadInput, match="clips"):
        exporter(city, views=views()).export(
            *([ONE], WHOLE, city.folder / "no", LIAISON),
            derived=True,
            views=ViewsAsked(alone=True),
        )


# ---------------------------------------------------------------------------- the verifier


def copied(report: ExportReport, to: Path) -> Path:
    return shutil.copytree(report.folder, to / "copy")


def test_a_film_altered_or_taken_away_is_found(redacted: ExportReport, tmp_path: Path) -> None:
    out = copied(redacted, tmp_path)
    path = out / "view/camera-1.mp4"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert any("view/camera-1.mp4" in line for line in found(out, "altered"))
    path.unlink()
    assert any("view/camera-1.mp4" in line for line in found(out, "missing"))


def left_out(document: Document) -> None:
    del document["views"]


def of_other_masters(document: Document) -> None:
    document["views"][0]["members"].pop()


def of_more_pictures(document: Document) -> None:
    document["views"][0]["parts"][0]["pictures"] += 1


def of_another_time(document: Document) -> None:
    part = document["views"][0]["parts"][0]
    part["start"], part["end"] = "2020-01-01T00:00:00.000000Z", "2020-01-01T00:00:08.000000Z"


def without_the_card(document: Document) -> None:
    del document["views"][0]["parts"][1]


def without_the_redaction(document: Document) -> None:
    document["redactions"]["list"].clear()


def with_another_reason(document: Document) -> None:
    document["redactions"]["list"][0]["reason"] = "none"


def said_to_be_alone(document: Document) -> None:
    document["views_alone"] = True


@pytest.mark.parametrize(
    "edit",
    [
        left_out,
        of_other_masters,
        of_more_pictures,
        of_another_time,
        without_the_card,
        without_the_redaction,
        with_another_reason,
        said_to_be_alone,
    ],
)
def test_a_film_stated_otherwise_is_found(
    redacted: ExportReport, tmp_path: Path, edit: Callable[[Document], None]
) -> None:
    out = copied(redacted, tmp_path)
    forge(out, edit)
    assert verify.check(out).verdicts["intact"] == "altered"


def test_master_files_taken_away_are_not_said_to_be_left_out(
    redacted: ExportReport, tmp_path: Path
) -> None:
    out = copied(redacted, tmp_path)
    for path in sorted((out / "master").rglob("*.mp4")):
        path.unlink()
    assert verify.check(out).verdicts["intact"] == "altered"


# ---------------------------------------------------------------------------- limits


def test_a_film_longer_than_allowed_is_refused_before_anything_is_written(city: Parts) -> None:
    service = exporter(city, views=Views(views()._encoder, Elapsed.parse("5s")))
    with pytest.raises(BadInput, match="5s at most"):
        service.export([ONE], WHOLE, city.folder / "long", LIAISON, views=ViewsAsked())
    assert not (city.folder / "long").exists()


class Stopped(Exception):
    """Somebody cancelled the export."""


def test_an_export_cancelled_while_a_film_is_coded_leaves_nothing(city: Parts) -> None:
    masters = sum(len(city.store.get(key, offset=0, length=1 << 30)) for key in stored(city))

    def told(done: int, _: int) -> None:
        if done > masters:
            raise Stopped

    with pytest.raises(Stopped):
        exporter(city, views=views()).export(
            *([ONE], WHOLE, city.folder / "cut", LIAISON, told), views=ViewsAsked()
        )
    assert not [path.name for path in city.folder.iterdir() if "cut" in path.name]


def stored(city: Parts) -> list[str]:
    return [
        segment.key for segment in city.catalogue.segments(Scope(cameras=frozenset({ONE})), WHOLE)
    ]


def test_a_full_disk_leaves_no_half_bundle(city: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise Unavailable("ffmpeg ended: av_interleaved_write_frame(): No space left on device")

    tool = find()
    encoder = FfmpegViews(lambda: tool, max_pixels=1 << 25)
    monkeypatch.setattr("infra.media.view_encoder.process.run", full)
    with pytest.raises(NoSpace):
        exporter(city, views=Views(encoder, Elapsed.parse("1h"))).export(
            [ONE], WHOLE, city.folder / "full", LIAISON, views=ViewsAsked()
        )
    assert not [path.name for path in city.folder.iterdir() if "full" in path.name]
