"""Folders of films taken in: each once, in order, whatever is wrong with some of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.errors import Conflict, Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.segment import TimeSource
from infra.media.ffmpeg_tool import find
from recorder.imports.cut import Cutting
from recorder.imports.plan import Stated, Why
from tests.common.import_films import TEN, a_folder, twin
from tests.common.import_surroundings import CAMERAS, DyingStore, ImportSurroundings
from tests.common.recording import Studio, make_film

if TYPE_CHECKING:
    from pathlib import Path

    from footage.segment import Segment

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
FOUR = Elapsed.parse("4s")


@pytest.fixture
def desk(tmp_path: Path) -> ImportSurroundings:
    return ImportSurroundings(Studio(tmp_path / "spool", find()))


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    """Three films in a row."""
    folder = tmp_path / "usb"
    a_folder(folder, 3)
    return folder


def objects(desk: ImportSurroundings) -> list[str]:
    return [one.key for one in desk.studio.store.list()]


def test_a_folder_is_taken_in_the_order_of_time(desk: ImportSurroundings, usb: Path) -> None:
    outcomes = desk.take(usb)
    assert [one.word for one in outcomes.values()] == ["kept"] * 3
    segments = desk.studio.segments(ONE)
    assert [one.interval.start for one in segments] == [TEN + FOUR * n for n in range(3)]
    assert all(a.interval.end == b.interval.start for a, b in pairwise(segments))
    assert {one.clock.source for one in segments} == {TimeSource.STATED}
    assert {str(one.clock.uncertainty) for one in segments} == {"1s"}
    assert {one.clock.offset for one in segments} == {None}


def test_again_nothing_is_cut_or_stored(desk: ImportSurroundings, usb: Path) -> None:
    desk.take(usb)
    cuts, stored = desk.launcher.cuts, objects(desk)
    outcomes = desk.take(usb)
    assert {one.why for one in outcomes.values()} == {Why.STORED}
    assert [len(one.segments) for one in outcomes.values()] == [1, 1, 1]
    assert (desk.launcher.cuts, objects(desk)) == (cuts, stored)


def test_another_segment_length_makes_no_difference_to_what_is_stored(
    desk: ImportSurroundings, usb: Path
) -> None:
    desk.take(usb)
    desk.cutting = Cutting(Elapsed.parse("2s"))
    assert {one.why for one in desk.take(usb).values()} == {Why.STORED}
    desk.ledger.unlink()  # without the ledger too
    assert {one.why for one in desk.take(usb).values()} == {Why.STORED}
    assert len(objects(desk)) == 3


def test_a_lost_ledger_costs_work_alone(desk: ImportSurroundings, usb: Path) -> None:
    desk.take(usb)
    stored = objects(desk)
    desk.ledger.unlink()
    outcomes = desk.take(usb)
    assert {one.why for one in outcomes.values()} == {Why.STORED}
    assert {one.stored for one in outcomes.values()} == {0}
    assert objects(desk) == stored


def test_what_was_deleted_since_is_taken_in_again(desk: ImportSurroundings, usb: Path) -> None:
    first = desk.take(usb)["camera-1_20261122T100004Z.mp4"].segments
    desk.studio.store.delete([one.key for one in first])
    desk.studio.catalogue.remove_segments([one.key for one in first])
    outcomes = desk.take(usb)
    assert [one.word for one in outcomes.values()] == ["skipped", "kept", "skipped"]
    assert len(objects(desk)) == 3


def test_a_moved_file_is_known_by_its_digest(
    desk: ImportSurroundings, usb: Path, tmp_path: Path
) -> None:
    desk.take(usb)
    cuts = desk.launcher.cuts
    moved = tmp_path / "copy"
    shutil.move(usb, moved)
    assert {one.why for one in desk.take(moved).values()} == {Why.STORED}
    assert desk.launcher.cuts == cuts


def test_the_same_bytes_as_another_recording_need_again(
    desk: ImportSurroundings, usb: Path
) -> None:
    desk.take(usb)
    film = usb / "camera-1_20261122T100000Z.mp4"
    wrong = usb / "camera-1_20261122T110000Z.mp4"
    shutil.copy(film, wrong)
    (one,) = desk.take(wrong).values()
    assert one.why is Why.MISDATED
    assert one.fault
    assert "2026-11-22T10:00:00" in one.detail
    (one,) = desk.take(wrong, again=True).values()
    assert one.word == "kept"
    assert any("the same bytes" in note for note in one.notes)


def test_two_names_for_the_same_bytes_are_both_refused(desk: ImportSurroundings, usb: Path) -> None:
    film = usb / "camera-1_20261122T100000Z.mp4"
    shutil.copy(film, usb / "camera-1_20261122T110000Z.mp4")
    shutil.copy(film, usb / "copy of camera-1_20261122T100000Z.mp4")
    outcomes = desk.take(usb, camera=ONE)
    assert sorted(one.word for one in outcomes.values()) == ["kept"] * 2 + ["skipped"] * 3
    assert sum(one.why is Why.MISDATED for one in outcomes.values()) == 3


def test_one_bad_file_stops_no_other(desk: ImportSurroundings, usb: Path) -> None:
    (usb / "camera-1_20261122T095000Z.mp4").write_bytes(b"no film at all" * 1000)
    (usb / "camera-1_20261122T095100Z.mp4").touch()
    (usb / "holiday.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (usb / "camera-7_20261122T095200Z.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (usb / "index.db").write_bytes(b"x")
    outcomes = desk.take(usb)
    found = {name: one.why for name, one in outcomes.items() if one.why}
    assert found == {
        "camera-1_20261122T095000Z.mp4": Why.FAILED,
        "camera-1_20261122T095100Z.mp4": Why.EMPTY,
        "holiday.mp4": Why.NO_START,
        "camera-7_20261122T095200Z.mp4": Why.NO_CAMERA,
        "index.db": Why.NOT_VIDEO,
    }
    assert sum(one.word == "kept" for one in outcomes.values()) == 3


def test_two_cameras(desk: ImportSurroundings, usb: Path) -> None:
    a_folder(usb / "b", 2, camera="camera-2", seconds=3)
    desk.take(usb)
    assert len(desk.studio.segments(ONE)) == 3
    assert len(desk.studio.segments(TWO)) == 2


def test_a_second_of_overlap_is_what_names_to_the_second_explain(
    desk: ImportSurroundings, usb: Path
) -> None:
    film = make_film(usb.parent / "film.mp4", seconds=5)
    twin(film, usb / "camera-1_20261122T110000Z.mp4", 1)  # ends at 5
    twin(film, usb / "camera-1_20261122T110004Z.mp4", 2)
    outcomes = desk.take(usb)
    later = outcomes["camera-1_20261122T110004Z.mp4"]
    assert later.word == "kept"
    assert any("overlaps" in note and "1s" in note for note in later.notes)
    assert later.segments[0].interval.start == TEN + Elapsed.parse("1h4s")


def test_more_overlap_is_refused_or_allowed(desk: ImportSurroundings, usb: Path) -> None:
    desk.take(usb)
    film = make_film(usb.parent / "film.mp4", seconds=10)
    other = twin(film, usb / "camera-1_20261122T100003Z.mp4", 1)  # lies over all three
    outcomes = desk.take(usb)
    assert outcomes[other.name].why is Why.OVERLAP
    assert isinstance(outcomes[other.name].error, Conflict)
    desk.cutting = Cutting(overlap=Elapsed.parse("10s"))
    assert desk.take(usb)[other.name].word == "kept"


def test_a_store_that_goes_away_stops_it_and_the_same_call_goes_on(
    desk: ImportSurroundings, usb: Path
) -> None:
    store = DyingStore(desk.studio.store)
    desk.studio.store = store
    outcomes = desk.take(usb)
    assert [one.word for one in outcomes.values()] == ["kept", "not reached", "not reached"]
    assert isinstance(desk.stopped, Unavailable)

    store.lives = 99  # it is back
    outcomes = desk.take(usb)
    assert [one.word for one in outcomes.values()] == ["skipped", "kept", "kept"]
    assert len(objects(desk)) == 3


def test_a_camera_that_another_import_works_on_is_left_to_it(
    desk: ImportSurroundings, usb: Path
) -> None:
    a_folder(usb / "b", 1, camera="camera-2", seconds=3)
    with desk.importer().camera(CAMERAS[ONE]):
        outcomes = desk.take(usb)
    assert [one.why for one in outcomes.values()] == [Why.BUSY] * 3 + [None]
    assert "another import of camera-1" in next(iter(outcomes.values())).detail
    assert {one.word for one in desk.take(usb).values()} == {"kept", "skipped"}


def test_what_a_killed_import_left_goes(desk: ImportSurroundings, usb: Path) -> None:
    left = desk.importer().folder / "camera-1" / "cut-old"
    left.mkdir(parents=True)
    (left / "000000.mp4").write_bytes(b"half")
    desk.take(usb)
    assert {path.name for path in left.parent.iterdir()} == {"lock", "reserve"}


def test_a_file_that_grows_is_not_taken(desk: ImportSurroundings, usb: Path) -> None:
    film = usb / "camera-1_20261122T100000Z.mp4"

    def grow() -> None:
        with film.open("ab") as file:
            file.write(b"more")

    desk.launcher.then = grow
    (one,) = desk.take(film).values()
    assert one.why is Why.FAILED
    assert "changed" in one.detail
    assert objects(desk) == []


def test_another_ffmpeg_goes_on_in_a_run_of_its_own(desk: ImportSurroundings, usb: Path) -> None:
    """What two versions cut is not joined under one init."""
    film = make_film(usb.parent / "film.mp4", seconds=6)
    desk.cutting = Cutting(Elapsed.parse("2s"))
    stated = Stated(TEN, "by hand")
    with desk.importer().camera(CAMERAS[TWO]) as session:
        first = session.take(film, stated, desk.cutting)
    assert first.stored == 3
    _forget(desk, first.segments[1])
    _pretend_another_cut(desk, first.segments[0])
    with desk.importer().camera(CAMERAS[TWO]) as session:
        again = session.take(film, stated, desk.cutting)
        assert again.stored == 1
        assert session.take(film, stated, desk.cutting).stored == 0
    run, other = again.segments[0].run, again.segments[1].run
    assert again.segments[2].run == run
    assert other.startswith(f"{run}-")


def _forget(desk: ImportSurroundings, segment: Segment) -> None:
    desk.studio.store.delete([segment.key])
    desk.studio.catalogue.remove_segments([segment.key])


def _pretend_another_cut(desk: ImportSurroundings, segment: Segment) -> None:
    desk.studio.catalogue.remove_segments([segment.key])
    desk.studio.catalogue.add_segments([replace(segment, digest=Digest.of(b"another cut"))])
