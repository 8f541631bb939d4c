"""A catalogue file of schema 1, made by its own schema text, is converted when opened."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from footage.day import DaySegment, day_of, summarise
from footage.errors import DataLoss, Misconfigured
from footage.ids import CameraId
from footage.instant import DAY, Interval
from footage.keyframe import Box, Gate
from footage.span import GapReason
from infra.catalogues import documents, sqlite_migration
from infra.catalogues.sqlite_catalog import SqliteCatalogue, convert
from tests.common.builders import START, a_gap, a_keyframe, at, during, segments_in_a_row
from tests.common.marks import marked

SCHEMA = Path(__file__).parents[3] / "golden" / "catalogue_schema_1.sql"
ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
ENCODER, NEVER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
WEEK = Interval(day_of(START) - DAY * 3, day_of(START) + DAY * 3)
ROW = segments_in_a_row(4)
OTHERS = segments_in_a_row(2, "camera-2", START - DAY)
FRAMES = [
    a_keyframe(ROW[0], n, gate=Gate.CHANGED if n % 2 else Gate.UNCHANGED, change=n / 7)
    for n in range(30)
] + [a_keyframe(ROW[1], 1, regions=(Box(0.1, 0.2, 0.3, 0.4),))]
GAPS = [
    a_gap("camera-1", Interval(at(-900_000), at(-1)), GapReason.NOT_SCHEDULED, "at night"),
    a_gap("camera-2"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of schema 1 as the version before filled it."""
    made = tmp_path / "catalogue.db"
    with closing(sqlite3.connect(made)) as file:
        file.executescript(SCHEMA.read_text(encoding="utf-8"))
        file.execute("INSERT INTO encoders VALUES (?)", (ENCODER,))
        for one in (*ROW, *OTHERS):
            place, interval = one.place, one.interval
            file.execute(
                "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(one.key, one.camera, one.site, one.district, place.lat, place.lon),
                    *(interval.start.us, interval.end.us),
                    json.dumps(documents.segment_document(one)),
                ),
            )
        for gap in GAPS:
            start_us, end_us = gap.interval.start.us, gap.interval.end.us
            document = json.dumps(documents.gap_document(gap))
            file.execute(
                "INSERT INTO gaps VALUES (?, ?, ?, ?, ?)",
                (gap.camera, start_us, gap.reason.value, end_us, document),
            )
        for frame in FRAMES:
            document = json.dumps(documents.keyframe_document(frame))
            file.execute(
                "INSERT INTO keyframes VALUES (?, ?, ?, ?, ?)",
                (frame.segment, frame.offset, frame.camera, frame.instant.us, document),
            )
        for one in (ROW[0], ROW[1], OTHERS[0]):
            file.execute("INSERT INTO marks VALUES (?, ?)", (one.key, ENCODER))
        file.commit()
    return made


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        (found,) = file.execute("SELECT version FROM schema_version").fetchone()
        return int(found)


def test_everything_is_kept_and_days_are_summed_up(path: Path) -> None:
    for _ in range(2):
        with closing(SqliteCatalogue(path)) as catalogue:
            assert list(catalogue.segments()) == [*OTHERS, *ROW]
            assert list(catalogue.gaps()) == GAPS
            assert list(catalogue.keyframes([ONE], during(0, 600))) == FRAMES
            assert catalogue.keyframe(ROW[1].key, FRAMES[-1].offset) == FRAMES[-1]
            assert marked(catalogue, ENCODER, [ONE], during(0, 600)) == {ROW[0].key}
            assert catalogue.unindexed(ENCODER, limit=9) == [OTHERS[1], *ROW[1:]]
            assert catalogue.backlog(ENCODER) == {
                ONE: (3, ROW[1].interval.start),
                TWO: (1, OTHERS[1].interval.start),
            }
            # Of the second a single keyframe was looked at: the segment is looked at again.
            facts = [DaySegment.of(ROW[0], [ENCODER]), *map(DaySegment.of, ROW[1:])]
            assert catalogue.day_segments(ONE, day_of(START)) == facts
            days = list(catalogue.days(None, WEEK))
            assert [(day.camera, day.day) for day in days] == [
                (ONE, day_of(START)),
                (TWO, day_of(START) - DAY),
            ]
            assert days[0] == summarise(ONE, day_of(START), facts)
            assert not any(catalogue.resummarise(day.camera, day.day) for day in days)
    assert version(path) == 3


def test_a_converted_file_has_the_tables_of_a_new_one(path: Path, tmp_path: Path) -> None:
    SqliteCatalogue(path).close()
    SqliteCatalogue(tmp_path / "new.db").close()
    found = []
    for one in (path, tmp_path / "new.db"):
        with closing(sqlite3.connect(one)) as file:
            found.append(file.execute("SELECT type, name, sql FROM sqlite_master").fetchall())
    assert sorted(map(str, found[0])) == sorted(map(str, found[1]))


def test_a_large_file_is_left_to_the_command_that_rebuilds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_migration, "QUICK", 36)
    with pytest.raises(Misconfigured, match="footage catalogue rebuild"):
        SqliteCatalogue(path)
    assert version(path) == 1
    assert convert(path) is True
    assert convert(path) is False
    with closing(SqliteCatalogue(path)) as catalogue:
        assert list(catalogue.segments()) == [*OTHERS, *ROW]


def test_a_file_with_an_unreadable_record_stays_as_it_was(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE keyframes SET document = '{'")
        file.commit()
    with pytest.raises(DataLoss, match="footage catalogue rebuild"):
        SqliteCatalogue(path)
    assert version(path) == 1
    assert convert(path) is False


def test_of_schema_2_segments_looked_at_too_seldom_wait_again(tmp_path: Path) -> None:
    """The version before looked at keyframes only, however far apart, and told of the segment."""
    path = tmp_path / "catalogue.db"
    seen, seldom, unreadable, unmarked = ROW
    with closing(SqliteCatalogue(path)) as catalogue:
        catalogue.add_segments(ROW)
        catalogue.add_keyframes(a_keyframe(seen, n) for n in (*range(0, 30, 2), 29))
        catalogue.add_keyframes(a_keyframe(seldom, n) for n in range(0, 30, 3))
        catalogue.add_keyframes(
            a_keyframe(unreadable, n, gate=Gate.CHANGED if n % 3 else Gate.UNREADABLE)
            for n in range(30)
        )
        keys = [one.key for one in ROW[:3]]
        catalogue.mark_indexed(keys, ENCODER)
        catalogue.mark_indexed([unreadable.key], ENCODER + "+unreadable")
        assert catalogue.unindexed(ENCODER, limit=9) == [unmarked]
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE schema_version SET version = 2")
        file.commit()
    with closing(SqliteCatalogue(path)) as catalogue:
        assert catalogue.unindexed(ENCODER, limit=9) == [seldom, unmarked]
        assert marked(catalogue, ENCODER, [ONE], during(0, 600)) == {seen.key, unreadable.key}
        (day,) = catalogue.days(None, WEEK)
        assert day.looked[ENCODER] == (seen.interval, unreadable.interval)
        assert not catalogue.resummarise(ONE, day.day)
    assert version(path) == 3


def test_no_file_is_nothing_to_convert(tmp_path: Path) -> None:
    assert convert(tmp_path / "none.db") is False
    assert not (tmp_path / "none.db").exists()
