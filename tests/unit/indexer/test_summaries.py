"""Day summaries that are wrong are found, told and derived anew, and none else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.day import day_of
from footage.digest import Digest
from footage.ids import CameraId
from footage.instant import DAY
from footage.segment_metadata import to_metadata
from indexer.rebuild import rebuild_catalogue
from indexer.summaries import ALL_TIME, check_summaries
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.objects.directory_store import DirectoryStore
from tests.common.builders import START, a_segment, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
TODAY = day_of(START)
SEGMENTS = [*segments_in_a_row(3), a_segment(start=START + DAY * 2), a_segment("camera-2")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.db"


@pytest.fixture
def catalogue(path: Path) -> Iterator[SqliteCatalogue]:
    opened = SqliteCatalogue(path)
    opened.add_segments(SEGMENTS)
    yield opened
    opened.close()


SPOILING = {
    "lost": ("DELETE FROM days WHERE day_us = ? AND camera = 'camera-1'", [(ONE, TODAY)]),
    "unreadable": (
        "UPDATE days SET document = '{' WHERE day_us = ? AND camera = 'camera-1'",
        [(ONE, TODAY), (ONE, TODAY + DAY * 2)],
    ),
    "of nothing": (
        (
            "INSERT INTO days SELECT 'camera-1', ?1 + 86400000000,"
            " replace(document, ?1, ?1 + 86400000000) FROM days"
            " WHERE day_us = ?1 AND camera = 'camera-1'"
        ),
        [(ONE, TODAY + DAY)],
    ),
    "of other sizes": (
        "UPDATE days SET document = replace(document, '90000000', '90000001') WHERE day_us = ?",
        [(ONE, TODAY)],
    ),
}


def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(statement, (TODAY.us,))
        other.commit()


def test_right_summaries_are_all_compared(catalogue: SqliteCatalogue) -> None:
    found = check_summaries(catalogue, [], repair=False)
    assert (found.days, found.wrong) == (4, ())  # the day between two days counts


@pytest.mark.parametrize("how", ["lost", "unreadable", "of nothing", "of other sizes"])
def test_wrong_summaries_are_told_and_stay_until_repaired(
    catalogue: SqliteCatalogue, path: Path, how: str
) -> None:
    before = list(catalogue.days(None, ALL_TIME))
    statement, wrong = SPOILING[how]
    spoil(path, statement)
    for _ in range(2):
        assert set(check_summaries(catalogue, [ONE, TWO], repair=False).wrong) <= set(wrong)
        assert check_summaries(catalogue, [ONE, TWO], repair=False).wrong[0] == wrong[0]
    repaired = check_summaries(catalogue, [ONE, TWO], repair=True)
    assert repaired.wrong == (wrong[0],)
    assert repaired.repaired
    assert list(catalogue.days(None, ALL_TIME)) == before
    assert check_summaries(catalogue, [ONE, TWO], repair=False).wrong == ()


@pytest.mark.parametrize("how", ["lost", "unreadable", "of nothing", "of other sizes"])
def test_a_rebuild_derives_all_summaries_anew(
    catalogue: SqliteCatalogue, path: Path, tmp_path: Path, how: str
) -> None:
    store = DirectoryStore(tmp_path / "store", SystemClock())
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    digest = Digest.of(b"bytes")
    segments = [
        a_segment(s.camera, s.interval.start, digest=digest, size_bytes=5) for s in SEGMENTS
    ]
    for segment in segments:
        store.put(segment.key, source, digest, to_metadata(segment))
    catalogue.add_segments(segments)
    before = list(catalogue.days(None, ALL_TIME))
    spoil(path, SPOILING[how][0].replace("'90000000', '90000001'", "',15,', ',16,'"))
    assert rebuild_catalogue(store, catalogue).mended == 1
    assert list(catalogue.days(None, ALL_TIME)) == before
    assert rebuild_catalogue(store, catalogue).mended == 0
