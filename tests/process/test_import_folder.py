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
from recorder.imports.runs import is_of_same_import
from tests.common.import_films import TEN, a_folder, twin
from tests.common.import_surroundings import CAMERAS, DyingStore, ImportSurroundings
from tests.common.recording import Studio, make_film
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from pathlib import Path

    from footage.segment import Segment

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
FOUR = Elapsed.parse("4s")


@pytest.fixture
def surroundings(tmp_path: Path) -> ImportSurroundings:
    return ImportSurroundings(Studio(tmp_path / "spool", find()))


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    """Three films in a row."""
    folder = tmp_path / "usb"
    a_folder(folder, 3)
    return folder


def objects(surroundings: ImportSurroundings) -> list[str]:
    return [one.key for one in footage_in(surroundings.studio.store)]


def test_a_folder_is_taken_in_the_order_of_time(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    outcomes = surroundings.take(usb)
    assert [one.word for one in outcomes.values()] == ["kept"] * 3
    segments = surroundings.studio.segments(ONE)
    assert [one.interval.start for one in segments] == [TEN + FOUR * n for n in range(3)]
    assert all(a.interval.end == b.interval.start for a, b in pairwise(segments))
    assert {one.clock.source for one in segments} == {TimeSource.STATED}
    assert {str(one.clock.uncertainty) for one in segments} == {"1s"}
    assert {one.clock.offset for one in segments} == {None}


def test_again_nothing_is_cut_or_stored(surroundings: ImportSurroundings, usb: Path) -> None:
    surroundings.take(usb)
    cuts, stored = surroundings.launcher.cuts, objects(surroundings)
    outcomes = surroundings.take(usb)
    assert {one.why for one in outcomes.values()} == {Why.STORED}
    assert [len(one.segments) for one in outcomes.values()] == [1, 1, 1]
    assert (surroundings.launcher.cuts, objects(surroundings)) == (cuts, stored)


def test_another_segment_length_makes_no_difference_to_what_is_stored(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    surroundings.take(usb)
    surroundings.cutting = Cutting(Elapsed.parse("2s"))
    assert {one.why for one in surroundings.take(usb).values()} == {Why.STORED}
    surroundings.ledger.unlink()  # without the ledger too
    assert {one.why for one in surroundings.take(usb).values()} == {Why.STORED}
    assert len(objects(surroundings)) == 3


def test_a_lost_ledger_costs_work_alone(surroundings: ImportSurroundings, usb: Path) -> None:
    surroundings.take(usb)
    stored = objects(surroundings)
    surroundings.ledger.unlink()
    outcomes = surroundings.take(usb)
    assert {one.why for one in outcomes.values()} == {Why.STORED}
    assert {one.stored for one in outcomes.values()} == {0}
    assert objects(surroundings) == stored


def test_what_was_deleted_since_is_taken_in_again(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    first = surroundings.take(usb)["camera-1_20261122T100004Z.mp4"].segments
    surroundings.studio.store.delete([one.key for one in first])
    surroundings.studio.catalogue.remove_segments([one.key for one in first])
    outcomes = surroundings.take(usb)
    assert [one.word for one in outcomes.values()] == ["skipped", "kept", "skipped"]
    assert len(objects(surroundings)) == 3


def test_a_moved_file_is_known_by_its_digest(
    surroundings: ImportSurroundings, usb: Path, tmp_path: Path
) -> None:
    surroundings.take(usb)
    cuts = surroundings.launcher.cuts
    moved = tmp_path / "copy"
    shutil.move(usb, moved)
    assert {one.why for one in surroundings.take(moved).values()} == {Why.STORED}
    assert surroundings.launcher.cuts == cuts


def test_the_same_bytes_as_another_recording_need_again(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    surroundings.take(usb)
    film = usb / "camera-1_20261122T100000Z.mp4"
    wrong = usb / "camera-1_20261122T110000Z.mp4"
    shutil.copy(film, wrong)
    (one,) = surroundings.take(wrong).values()
    assert one.why is Why.MISDATED
    assert one.fault
    assert "2026-11-22T10:00:00" in one.detail
    (one,) = surroundings.take(wrong, again=True).values()
    assert one.word == "kept"
    assert any("the same bytes" in note for note in one.notes)


def test_two_names_for_the_same_bytes_are_both_refused(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    film = usb / "camera-1_20261122T100000Z.mp4"
    shutil.copy(film, usb / "camera-1_20261122T110000Z.mp4")
    shutil.copy(film, usb / "copy of camera-1_20261122T100000Z.mp4")
    outcomes = surroundings.take(usb, camera=ONE)
    assert sorted(one.word for one in outcomes.values()) == ["kept"] * 2 + ["skipped"] * 3
    assert sum(one.why is Why.MISDATED for one in outcomes.values()) == 3


def test_one_bad_file_stops_no_other(surroundings: ImportSurroundings, usb: Path) -> None:
    (usb / "camera-1_20261122T095000Z.mp4").write_bytes(b"no film at all" * 1000)
    (usb / "camera-1_20261122T095100Z.mp4").touch()
    (usb / "holiday.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (usb / "camera-7_20261122T095200Z.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (usb / "index.db").write_bytes(b"x")
    outcomes = surroundings.take(usb)
    found = {name: one.why for name, one in outcomes.items() if one.why}
    assert found == {
        "camera-1_20261122T095000Z.mp4": Why.FAILED,
        "camera-1_20261122T095100Z.mp4": Why.EMPTY,
        "holiday.mp4": Why.NO_START,
        "camera-7_20261122T095200Z.mp4": Why.NO_CAMERA,
        "index.db": Why.NOT_VIDEO,
    }
    assert sum(one.word == "kept" for one in outcomes.values()) == 3


def test_two_cameras(surroundings: ImportSurroundings, usb: Path) -> None:
    a_folder(usb / "b", 2, camera="camera-2", seconds=3)
    surroundings.take(usb)
    assert len(surroundings.studio.segments(ONE)) == 3
    assert len(surroundings.studio.segments(TWO)) == 2


def test_a_second_of_overlap_is_what_names_to_the_second_explain(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    film = make_film(usb.parent / "film.mp4", seconds=5)
    twin(film, usb / "camera-1_20261122T110000Z.mp4", 1)  # ends at 5
    twin(film, usb / "camera-1_20261122T110004Z.mp4", 2)
    outcomes = surroundings.take(usb)
    later = outcomes["camera-1_20261122T110004Z.mp4"]
    assert later.word == "kept"
    assert any("overlaps" in note and "1s" in note for note in later.notes)
    assert later.segments[0].interval.start == TEN + Elapsed.parse("1h4s")


def test_more_overlap_is_refused_or_allowed(surroundings: ImportSurroundings, usb: Path) -> None:
    surroundings.take(usb)
    film = make_film(usb.parent / "film.mp4", seconds=10)
    other = twin(film, usb / "camera-1_20261122T100003Z.mp4", 1)  # lies over all three
    outcomes = surroundings.take(usb)
    assert outcomes[other.name].why is Why.OVERLAP
    assert isinstance(outcomes[other.name].error, Conflict)
    surroundings.cutting = Cutting(overlap=Elapsed.parse("10s"))
    assert surroundings.take(usb)[other.name].word == "kept"


def test_a_store_that_goes_away_stops_it_and_the_same_call_goes_on(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    store = DyingStore(surroundings.studio.store)
    surroundings.studio.store = store
    outcomes = surroundings.take(usb)
    assert [one.word for one in outcomes.values()] == ["kept", "not reached", "not reached"]
    assert isinstance(surroundings.stopped, Unavailable)

    store.lives, store.down = 99, False  # it is back
    outcomes = surroundings.take(usb)
    assert [one.word for one in outcomes.values()] == ["skipped", "kept", "kept"]
    assert len(objects(surroundings)) == 3


def test_a_camera_that_another_import_works_on_is_left_to_it(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    a_folder(usb / "b", 1, camera="camera-2", seconds=3)
    with surroundings.importer().camera(CAMERAS[ONE]):
        outcomes = surroundings.take(usb)
    assert [one.why for one in outcomes.values()] == [Why.BUSY] * 3 + [None]
    assert "another import of camera-1" in next(iter(outcomes.values())).detail
    assert {one.word for one in surroundings.take(usb).values()} == {"kept", "skipped"}


def test_what_a_killed_import_left_goes(surroundings: ImportSurroundings, usb: Path) -> None:
    left = surroundings.importer().folder / "camera-1" / "cut-old"
    left.mkdir(parents=True)
    (left / "000000.mp4").write_bytes(b"half")
    surroundings.take(usb)
    assert {path.name for path in left.parent.iterdir()} == {"lock", "reserve"}


def test_a_file_that_grows_is_not_taken(surroundings: ImportSurroundings, usb: Path) -> None:
    film = usb / "camera-1_20261122T100000Z.mp4"

    def grow() -> None:
        with film.open("ab") as file:
            file.write(b"more")

    surroundings.launcher.then = grow
    (one,) = surroundings.take(film).values()
    assert one.why is Why.FAILED
    assert "changed" in one.detail
    assert objects(surroundings) == []


def test_another_ffmpeg_goes_on_in_a_run_of_its_own(
    surroundings: ImportSurroundings, usb: Path
) -> None:
    """What two versions cut is not joined under one init."""
    film = make_film(usb.parent / "film.mp4", seconds=6)
    surroundings.cutting = Cutting(Elapsed.parse("2s"))
    stated = Stated(TEN, "by hand")
    with surroundings.importer().camera(CAMERAS[TWO]) as session:
        first = session.take(film, stated, surroundings.cutting)
    assert first.stored == 3
    _forget(surroundings, first.segments[1])
    _pretend_another_cut(surroundings, first.segments[0])
    with surroundings.importer().camera(CAMERAS[TWO]) as session:
        again = session.take(film, stated, surroundings.cutting)
        assert again.stored == 1
        assert session.take(film, stated, surroundings.cutting).stored == 0
    run, other = again.segments[0].run, again.segments[1].run
    assert again.segments[2].run == run
    assert other != run
    assert is_of_same_import(other, run)


def _forget(surroundings: ImportSurroundings, segment: Segment) -> None:
    surroundings.studio.store.delete([segment.key])
    surroundings.studio.catalogue.remove_segments([segment.key])


def _pretend_another_cut(surroundings: ImportSurroundings, segment: Segment) -> None:
    surroundings.studio.catalogue.remove_segments([segment.key])
    surroundings.studio.catalogue.add_segments([replace(segment, digest=Digest.of(b"another cut"))])
