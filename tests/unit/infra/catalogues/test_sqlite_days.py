"""Work that the SQLite catalogue does for a question or a write, counted; never timed."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from footage.day import day_of, summarise
from footage.errors import DataLoss
from footage.ids import CameraId, RunId, SegmentKey
from footage.instant import DAY, Elapsed, Interval
from footage.ports import Scope
from footage.span import GapReason
from infra.catalogues import sqlite_pages
from infra.catalogues.packed_keyframes import packed, unpacked
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from tests.common.builders import START, a_gap, a_keyframe, a_segment, at, during, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from footage.segment import Segment
    from infra.catalogues.sqlite_file import Cell, Row

pytestmark = pytest.mark.slow

ONE = CameraId("camera-1")
ENCODER = "sha256:" + "a" * 64
TODAY = day_of(START)
WEEK = Interval(TODAY - DAY * 3, TODAY + DAY * 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def catalogue(path: Path) -> Iterator[SqliteCatalogue]:
    opened = SqliteCatalogue(path)
    yield opened
    opened.close()


def steps(catalogue: SqliteCatalogue, act: Callable[[], object]) -> int:
    """Return the instructions of SQLite's machine that `act` takes."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    catalogue._file._connection.set_progress_handler(count, 1)
    act()
    catalogue._file._connection.set_progress_handler(None, 0)
    return counted


@pytest.fixture
def asked(catalogue: SqliteCatalogue, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Statements the catalogue asked, without transactions."""
    statements: list[str] = []
    rows = catalogue._file.rows

    def noted(statement: str, values: Sequence[Cell] = ()) -> list[Row]:
        statements.append(statement)
        return rows(statement, values)

    monkeypatch.setattr(catalogue._file, "rows", noted)
    return statements


class TestWritesAsADayFills:
    """What a write costs does not grow with what the day holds already (invariant 12)."""

    def growth(
        self, catalogue: SqliteCatalogue, act: Callable[[Segment], object], *, marked: bool = False
    ) -> tuple[int, int]:
        """Return the work of `act` on the segment after 10 and after 1 400 of the day."""
        row = segments_in_a_row(1_410, start=TODAY)
        work = []
        filled = 0
        for size in (10, 1_400):
            catalogue.add_segments(row[filled : size + 1])
            if marked:
                catalogue.mark_indexed([segment.key for segment in row[filled:size]], ENCODER)
            filled = size + 1
            work.append(steps(catalogue, lambda size=size: act(row[size])))  # type: ignore[misc]  # bound now
            assert catalogue.resummarise(ONE, TODAY) is False
        return work[0], work[1]

    def test_adding(self, catalogue: SqliteCatalogue) -> None:
        def add_next(segment: Segment) -> None:
            interval = segment.interval
            after = Interval(interval.end, interval.end + interval.length)
            catalogue.add_segments(
                [replace(segment, key=SegmentKey(segment.key + "x"), interval=after)]
            )

        few, many = self.growth(catalogue, add_next)
        assert many < few * 2

    def test_adding_again(self, catalogue: SqliteCatalogue) -> None:
        few, many = self.growth(catalogue, lambda one: catalogue.add_segments([one]))
        assert many < few * 2

    @pytest.mark.slow
    def test_marking(self, catalogue: SqliteCatalogue) -> None:
        few, many = self.growth(
            catalogue, lambda one: catalogue.mark_indexed([one.key], ENCODER), marked=True
        )
        assert many < few * 2

    def test_taking_back_a_mark_that_is_not_there(self, catalogue: SqliteCatalogue) -> None:
        few, many = self.growth(
            catalogue, lambda one: catalogue.unmark_indexed([one.key], "sha256:none")
        )
        assert many < few * 2

    def test_adding_before_what_was_looked_at(self, catalogue: SqliteCatalogue) -> None:
        """An import of the morning does not read the afternoon that was looked at already."""
        morning = segments_in_a_row(2, start=TODAY, run="import-1")
        afternoon = segments_in_a_row(600, start=TODAY + Elapsed.parse("12h"))
        work = []
        for known, segment in zip((afternoon[:10], afternoon[10:]), morning, strict=True):
            catalogue.add_segments(known)
            catalogue.mark_indexed([one.key for one in known], ENCODER)
            work.append(steps(catalogue, lambda new=segment: catalogue.add_segments([new])))  # type: ignore[misc]  # bound now
            assert catalogue.resummarise(ONE, TODAY) is False
        few, many = work
        assert many < few * 2

    @pytest.mark.slow
    def test_removing_the_oldest(self, catalogue: SqliteCatalogue) -> None:
        row = segments_in_a_row(1_400, start=TODAY)
        catalogue.add_segments(row)
        catalogue.mark_indexed([segment.key for segment in row], ENCODER)
        full = steps(catalogue, lambda: catalogue.remove_segments([row[0].key]))
        assert catalogue.resummarise(ONE, TODAY) is False
        catalogue.remove_segments([segment.key for segment in row[1:-10]])
        assert catalogue.resummarise(ONE, TODAY) is False
        assert full < 2 * steps(catalogue, lambda: catalogue.remove_segments([row[-10].key]))


def test_a_day_is_summed_from_an_index_alone(catalogue: SqliteCatalogue, asked: list[str]) -> None:
    catalogue.day_segments(ONE, TODAY)
    (statement,) = asked
    plan = catalogue._file._connection.execute(f"EXPLAIN QUERY PLAN {statement}", ("a", 1, 2))
    told = " ".join(str(row[-1]) for row in plan)
    assert "segments USING COVERING INDEX segments_by_camera" in told


@pytest.mark.slow
@pytest.mark.parametrize("every", [True, False])
def test_summaries_of_a_window_cost_no_history(catalogue: SqliteCatalogue, *, every: bool) -> None:
    cameras = [f"camera-{n}" for n in range(5)]
    named = None if every else [CameraId(camera) for camera in cameras]

    def ask() -> int:
        return steps(catalogue, lambda: list(catalogue.days(named, Interval(TODAY, TODAY + DAY))))

    catalogue.add_segments(a_segment(camera, START) for camera in cameras)
    short = ask()
    catalogue.add_segments(
        a_segment(camera, START - DAY * n) for camera in cameras for n in range(2, 300)
    )
    assert ask() < short * 2


def test_gaps_of_a_window_cost_no_history(catalogue: SqliteCatalogue) -> None:
    def ask(scope: Scope) -> int:
        found = list(catalogue.gaps(scope, during(0, 60)))
        assert len(found) == 3
        return steps(catalogue, lambda: list(catalogue.gaps(scope, during(0, 60))))

    both = Scope(cameras=frozenset({ONE, CameraId("camera-2")}))
    scopes = (Scope(), Scope(cameras=frozenset({ONE})), both)
    month = Interval(START - DAY * 30, START + DAY * 30)
    catalogue.add_gaps([a_gap(), a_gap(interval=during(-5, 5), reason=GapReason.UNKNOWN)])
    catalogue.add_gaps([a_gap(interval=month, reason=GapReason.NOT_SCHEDULED)])
    before = [ask(scope) for scope in scopes]
    catalogue.add_gaps(
        a_gap(camera, Interval(at(-90_000 - 60 * n), at(-90_030 - 60 * n + 31)))
        for camera in ("camera-1", "camera-2")
        for n in range(2_000)
    )
    for few, scope in zip(before, scopes, strict=True):
        assert ask(scope) < few * 2


@pytest.mark.slow
def test_segments_of_many_cameras_take_few_statements_and_come_in_order(
    catalogue: SqliteCatalogue, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_pages, "SLICE_PAGE", 100)
    cameras = [f"camera-{n}" for n in range(60)]
    rows = [s for camera in cameras for s in segments_in_a_row(20, camera, seconds=60)]
    later = [a_segment(camera, START + DAY * 100) for camera in cameras]
    catalogue.add_segments([*rows, *later])
    expected = sorted([*rows, *later], key=lambda s: (s.interval.start, s.key))
    scope = Scope(cameras=frozenset(CameraId(camera) for camera in cameras))
    asked.clear()
    assert list(catalogue.segments(scope)) == expected
    assert len(asked) < 60
    window = during(600, 610)
    assert [s.camera for s in catalogue.segments(scope, window)] == sorted(cameras)


def test_a_slice_of_a_city_uses_the_index_of_each_camera(
    catalogue: SqliteCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Sequence[Cell]]] = []
    rows = catalogue._file.rows

    def noted(statement: str, values: Sequence[Cell] = ()) -> list[Row]:
        asked.append((statement, values))
        return rows(statement, values)

    monkeypatch.setattr(catalogue._file, "rows", noted)
    scope = Scope(cameras=frozenset({ONE, CameraId("camera-2")}))
    catalogue.add_segments([*segments_in_a_row(5), *segments_in_a_row(5, "camera-2")])
    catalogue.add_keyframes([a_keyframe()])
    list(catalogue.segments(scope, during(0, 60)))
    list(catalogue.keyframes(scope.cameras, during(0, 60)))
    list(catalogue.gaps(scope, during(0, 60)))
    assert len(asked) > 5
    for statement, values in asked:
        plan = " ".join(str(r[-1]) for r in rows(f"EXPLAIN QUERY PLAN {statement}", values))
        for table in ("segments", "gaps", "keyframes"):
            assert f"SCAN {table}" not in plan


class TestWrongSummaries:
    def spoil(self, path: Path, document: str) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("UPDATE days SET document = ?", (document,))
            other.commit()

    @pytest.mark.parametrize("document", ["{", "[]", '{"camera": 3}'])
    def test_that_cannot_be_read_are_data_loss_until_derived_anew(
        self, catalogue: SqliteCatalogue, path: Path, document: str
    ) -> None:
        catalogue.add_segments(segments_in_a_row(2))
        (before,) = catalogue.days([ONE], WEEK)
        self.spoil(path, document)
        with pytest.raises(DataLoss):
            list(catalogue.days([ONE], WEEK))
        assert catalogue.resummarise(ONE, TODAY) is True
        assert list(catalogue.days([ONE], WEEK)) == [before]

    def test_are_mended_by_the_next_write_where_unreadable(
        self, catalogue: SqliteCatalogue, path: Path
    ) -> None:
        row = segments_in_a_row(3)
        catalogue.add_segments(row[:2])
        self.spoil(path, "{")
        catalogue.add_segments(row[2:])
        assert catalogue.resummarise(ONE, TODAY) is False
        (day,) = catalogue.days([ONE], WEEK)
        assert day.spans[0].segments == 3


def test_packed_keyframes_of_a_quiet_minute_are_short() -> None:
    segment = a_segment()
    frames = [a_keyframe(segment, n, length=90_000 + 7_919 * n % 20_000) for n in range(30)]
    data = packed(frames)
    assert unpacked(segment.camera, segment.key, data) == frames
    assert len(data) < 300


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x02abc", b"\x01" + b"x" * 30])
def test_packed_keyframes_that_are_damaged_are_data_loss(data: bytes) -> None:
    with pytest.raises(DataLoss):
        unpacked(ONE, a_segment().key, data)


def test_keyframes_that_are_cut_short_are_data_loss() -> None:
    data = packed([a_keyframe(number=n) for n in range(5)])
    with pytest.raises(DataLoss):
        unpacked(ONE, a_segment().key, data[:-8])


def _write_until_killed(path: Path, ready: int) -> None:
    catalogue = SqliteCatalogue(path)
    for n in range(1_000_000):
        run = replace(a_segment(start=at(60 * n)), run=RunId(f"run-{n // 3}"))
        catalogue.add_segments([run, a_segment("camera-2", at(60 * (n // 2)))])
        catalogue.mark_indexed([run.key], ENCODER)
        if n % 3 == 2:
            catalogue.remove_segments([run.key])
        os.write(ready, b".")


@pytest.mark.process
def test_summaries_are_those_of_the_segments_after_a_kill_in_the_middle(path: Path) -> None:
    context = get_context("fork")
    for after in (3, 8, 15):
        reader, writer = os.pipe()
        child = context.Process(target=_write_until_killed, args=(path, writer))
        child.start()
        os.close(writer)
        for _ in range(after):
            assert os.read(reader, 1)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join(120)
        os.close(reader)
        with closing(SqliteCatalogue(path)) as catalogue:
            kept = list(catalogue.days(None, Interval(TODAY, TODAY + DAY * 30)))
            assert sum(span.segments for day in kept for span in day.spans) == len(
                list(catalogue.segments())
            )
            for day in kept:
                rows = catalogue.day_segments(day.camera, day.day)
                assert day == summarise(day.camera, day.day, rows)


def test_the_backlog_reads_a_row_for_each_camera(catalogue: SqliteCatalogue) -> None:
    row = segments_in_a_row(1_000)
    catalogue.add_segments(row[:10])
    assert catalogue.backlog(ENCODER) == {ONE: (10, at(0))}
    few = steps(catalogue, lambda: catalogue.backlog(ENCODER))
    catalogue.add_segments(row[10:])
    assert catalogue.backlog(ENCODER) == {ONE: (1_000, at(0))}
    assert steps(catalogue, lambda: catalogue.backlog(ENCODER)) < few * 2
    catalogue.mark_indexed([segment.key for segment in row[:999]], ENCODER)
    assert catalogue.backlog(ENCODER) == {ONE: (1, row[999].interval.start)}


def test_a_long_run_of_keyframes_is_found_by_its_middle(catalogue: SqliteCatalogue) -> None:
    segment = a_segment(seconds=3_600)
    frames = [a_keyframe(segment, 600 * n) for n in range(3)]
    catalogue.add_keyframes(frames)
    assert list(catalogue.keyframes([ONE], during(1_100, 1_300))) == frames[1:2]
    assert list(catalogue.keyframes([ONE], Interval(at(1), at(2) + Elapsed(1)))) == []
