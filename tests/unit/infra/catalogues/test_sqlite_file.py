"""The catalogue's file: damage, locks, versions and what survives a kill."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from footage.errors import DataLoss, Misconfigured, Unavailable
from footage.ids import CameraId
from footage.ports import Scope
from footage.span import GapReason
from infra.catalogues import sqlite_file
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from tests.common.builders import a_gap, a_keyframe, a_segment, during, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


CAMERA = CameraId("camera-1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "catalogue.sqlite"


@pytest.fixture
def catalogue(path: Path) -> Iterator[SqliteCatalogue]:
    opened = SqliteCatalogue(path)
    yield opened
    opened.close()


def test_a_file_that_is_no_database_is_data_loss_with_its_name_and_mend(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(DataLoss, match=r"catalogue\.sqlite.*footage catalogue rebuild"):
        SqliteCatalogue(path)


def test_another_programs_database_is_data_loss_and_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(DataLoss):
        SqliteCatalogue(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


def test_a_file_made_before_an_index_existed_gets_it_when_opened(path: Path) -> None:
    with closing(SqliteCatalogue(path)) as catalogue:
        catalogue.add_gaps([a_gap("camera-1", during(0, 60), GapReason.CAMERA_LOST)])
    with closing(sqlite3.connect(path)) as older:
        older.execute("DROP INDEX telling_gaps")
    with closing(SqliteCatalogue(path)) as catalogue:
        assert catalogue.recorded_since([CAMERA]) == {CAMERA: during(0, 60).start}
    with closing(sqlite3.connect(path)) as mended:
        found = mended.execute("SELECT 1 FROM sqlite_master WHERE name = 'telling_gaps'")
        assert found.fetchall() == [(1,)]


def test_a_file_with_damaged_pages_is_data_loss(path: Path) -> None:
    with closing(SqliteCatalogue(path)) as catalogue:
        catalogue.add_segments(segments_in_a_row(500))
    data = bytearray(path.read_bytes())
    data[8_192:] = b"\xff" * (len(data) - 8_192)
    path.write_bytes(data)
    with pytest.raises(DataLoss), closing(SqliteCatalogue(path)) as catalogue:
        list(catalogue.segments())


def test_a_file_cut_short_is_data_loss(path: Path) -> None:
    with closing(SqliteCatalogue(path)) as catalogue:
        catalogue.add_segments(segments_in_a_row(500))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataLoss), closing(SqliteCatalogue(path)) as catalogue:
        list(catalogue.segments())


@pytest.mark.parametrize("document", ["{", "[]", "null", '{"key": 3}'])
def test_a_record_that_cannot_be_read_is_data_loss(
    catalogue: SqliteCatalogue, path: Path, document: str
) -> None:
    segment = a_segment()
    catalogue.add_segments([segment])
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE segments SET document = ?", (document,))
        other.commit()
    with pytest.raises(DataLoss):
        catalogue.segment(segment.key)
    with pytest.raises(DataLoss, match="footage catalogue rebuild"):
        list(catalogue.played(segment.camera, segment.interval))


def test_a_newer_schema_is_not_touched(path: Path) -> None:
    SqliteCatalogue(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE schema_version SET version = 99")
        other.commit()
    with pytest.raises(Misconfigured, match="99"):
        SqliteCatalogue(path)


def test_a_file_another_process_keeps_locked_is_unavailable(
    catalogue: SqliteCatalogue, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "_BUSY_S", 0.05)
    with closing(SqliteCatalogue(path)) as impatient, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            impatient.add_segments([a_segment()])
        assert list(catalogue.segments()) == []
        other.rollback()
        impatient.add_segments([a_segment()])
    assert list(catalogue.segments()) == [a_segment()]


def test_a_folder_in_its_place_is_unavailable(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(Unavailable):
        SqliteCatalogue(path)


def test_a_write_that_fails_half_way_writes_nothing(catalogue: SqliteCatalogue) -> None:
    def segments() -> Iterator[object]:
        yield a_segment()
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        catalogue.add_segments(segments())  # type: ignore[arg-type]  # it never gets that far
    assert list(catalogue.segments()) == []


def test_a_transaction_that_fails_leaves_nothing_and_frees_the_file(
    catalogue: SqliteCatalogue,
) -> None:
    broken = a_segment("camera-2", sequence=1)

    def change() -> None:
        with catalogue._file.transaction() as connection:
            connection.execute("INSERT INTO encoders VALUES ('a')")
            connection.execute("INSERT INTO no_such_table VALUES (?)", (broken.key,))

    with pytest.raises(DataLoss):
        change()
    assert catalogue._file.rows("SELECT * FROM encoders") == []
    catalogue.add_segments([broken])
    assert list(catalogue.segments()) == [broken]


def test_commits_wait_for_the_disk(catalogue: SqliteCatalogue) -> None:
    assert catalogue._file.rows("PRAGMA synchronous") == [(2,)]
    assert catalogue._file.rows("PRAGMA journal_mode") == [("wal",)]


def _write_and_die(path: Path) -> None:
    catalogue = SqliteCatalogue(path)
    catalogue.add_segments([a_segment()])
    catalogue.add_keyframes([a_keyframe()])
    catalogue.add_gaps([a_gap()])
    os._exit(9)


@pytest.mark.process
def test_what_a_write_returned_from_survives_the_writers_death(path: Path) -> None:
    writer = get_context("spawn").Process(target=_write_and_die, args=(path,))
    writer.start()
    writer.join(120)
    assert writer.exitcode == 9
    with closing(SqliteCatalogue(path)) as catalogue:
        assert list(catalogue.segments()) == [a_segment()]
        assert list(catalogue.keyframes([CameraId("camera-1")], during(0, 60))) == [a_keyframe()]
        assert list(catalogue.gaps()) == [a_gap()]


def _open(path: Path) -> None:
    SqliteCatalogue(path).close()


@pytest.mark.process
def test_several_processes_may_make_the_file_at_once(path: Path) -> None:
    context = get_context("spawn")
    openers = [context.Process(target=_open, args=(path,)) for _ in range(3)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join(120)
    assert [opener.exitcode for opener in openers] == [0, 0, 0]


@pytest.mark.parametrize(
    ("scope", "index"),
    [
        (Scope(), "segments_by_time"),
        (Scope(cameras=frozenset({CameraId("camera-1")})), "segments_by_camera"),
    ],
)
def test_an_overlap_is_one_range_of_an_index(
    catalogue: SqliteCatalogue, monkeypatch: pytest.MonkeyPatch, scope: Scope, index: str
) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []
    rows = catalogue._file.rows

    def noted(statement: str, values: tuple[str | int | float, ...] = ()) -> list[sqlite_file.Row]:
        asked.append((statement, values))
        return rows(statement, values)

    monkeypatch.setattr(catalogue._file, "rows", noted)
    catalogue.add_segments(segments_in_a_row(10))
    assert len(list(catalogue.segments(scope, during(0, 60)))) == 1
    ((statement, values),) = asked
    plan = rows(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]  # as asked
    told = " ".join(str(row[-1]) for row in plan)
    assert index in told
    assert "start_us>? AND start_us<?" in told
    assert "TEMP B-TREE" not in told
