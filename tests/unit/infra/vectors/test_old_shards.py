"""A vectors folder written before open logs is read, once, and written as shards are now."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from footage.instant import Elapsed, Interval
from infra.vectors.faiss_index import FaissIndex
from tests.common.builders import START, a_segment
from tests.common.vectors import ENCODER, a_row, turned

OLD: Final = Path(__file__).parents[3] / "golden" / "vectors_flat"
DAY: Final = Elapsed.parse("1d")
ALWAYS: Final = Interval(START - DAY * 9, START + DAY * 9)
FIRST: Final = f"{ENCODER.short}/2026-11-22"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two days of five rows, ten degrees apart, and on the first a row at a right angle."""
    shutil.copytree(OLD, tmp_path / "vectors")
    return tmp_path / "vectors"


def test_an_old_folder_answers_and_is_rewritten(root: Path) -> None:
    answer = FaissIndex(root).search(ENCODER, turned(0), ALWAYS, None, k=100)
    days = [a_segment(start=START + DAY * day) for day in range(2)]
    expected = [a_row(day, n) for n in range(5) for day in days]
    assert [hit.row for hit in answer.hits] == [*expected, a_row(a_segment("camera-2"), 0)]
    assert (answer.scanned, answer.exhaustive, answer.unreadable) == (11, True, ())
    assert not list(root.rglob("rows.npy"))
    assert FaissIndex(root).search(ENCODER, turned(0), ALWAYS, None, k=100).hits == answer.hits


@pytest.mark.parametrize("step", ["add", "remove", "damaged", "upkeep"])
def test_whatever_comes_first_reads_the_old_folder(root: Path, step: str) -> None:
    index = FaissIndex(root)
    first, new = a_segment(), a_segment("camera-3")
    if step == "add":
        index.add(ENCODER, [a_row(new, 0), a_row(first, 0)], turned(5, 5))
    elif step == "remove":
        assert index.remove([first.key]) == 5
    elif step == "damaged":
        assert index.damaged(ENCODER, ALWAYS) == ()
    else:
        index.upkeep()
    scanned = FaissIndex(root).search(ENCODER, turned(0), ALWAYS, None, k=1).scanned
    assert scanned == {"add": 12, "remove": 6}.get(step, 11)


def test_a_damaged_old_shard_is_named_and_can_be_set_aside(root: Path) -> None:
    rows = min(root.glob("*/2026-11-22/*/vectors.faiss"))
    rows.write_bytes(rows.read_bytes()[:-1] + b"\1")
    index = FaissIndex(root)
    answer = index.search(ENCODER, turned(0), ALWAYS, None, k=100)
    assert (answer.scanned, answer.unreadable) == (5, (FIRST,))
    (damaged,) = index.damaged(ENCODER, ALWAYS)
    assert damaged.name == FIRST
    assert index.set_aside(ENCODER, damaged) == str(root / f"{FIRST}.damaged-1")
    index.add(ENCODER, [a_row(a_segment(), 0)], turned(0))
    answer = index.search(ENCODER, turned(0), ALWAYS, None, k=100)
    assert (answer.scanned, answer.unreadable) == (6, ())
