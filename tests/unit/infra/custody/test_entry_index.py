"""The index of the custody log: derived, checked at each use, never surer than the log."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from evidence.custody_terms import of_case, of_file, of_intent, of_outcome, of_plan
from footage.action import Action, Purpose
from footage.errors import DataLoss
from infra.custody.entry_index import NAME, EntryIndex
from tests.common.custody_logs import a_deed
from tests.common.custody_trees import CustodyParts

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "ab" * 32


@pytest.fixture
def parts(tmp_path: Path) -> CustodyParts:
    """A log of two cases, an import and a deletion."""
    made = CustodyParts(tmp_path)
    for case in ("A", "B", "A"):
        deed = a_deed(Action.VIEW, {"segment": "x"}, Purpose("amina", case, "theft"))
        made.custody.outcome(made.custody.intent(deed), deed, ok=True, result={})
    files = {"camera": "camera-1", "files": [{"sha256": DIGEST, "start": "x", "track": 1}]}
    deed = a_deed(Action.IMPORT, files, Purpose("amina"))
    made.custody.outcome(made.custody.intent(deed), deed, ok=True, result={"files": []})
    made.custody.intent(a_deed(Action.PURGE, {"plan": "p1"}, Purpose("service:retention")))
    made.custody.intent(a_deed(Action.EXPORT, {"cameras": []}, Purpose("amina", "B", "x")))
    return made


def numbers(parts: CustodyParts, *terms: str) -> tuple[list[int], bool]:
    found = parts.custody.about(terms)
    return [entry.number for entry in found.entries], found.by_index


def rows(parts: CustodyParts, statement: str) -> None:
    with closing(sqlite3.connect(parts.path.with_name(NAME))) as index:
        index.execute(statement)
        index.commit()


def test_entries_are_found_by_case_file_plan_and_own_number(parts: CustodyParts) -> None:
    assert numbers(parts, of_case("A")) == ([1, 2, 5, 6], True)
    assert numbers(parts, of_case("B"), of_plan("p1")) == ([3, 4, 9, 10], True)
    assert numbers(parts, of_file(DIGEST), of_outcome(7), of_intent(10)) == ([7, 8, 10], True)
    assert numbers(parts, of_case("C")) == ([], True)


def test_what_is_entered_later_is_found_without_reading_the_rest(
    parts: CustodyParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers(parts, of_case("A"))
    read: list[int] = []
    real = EntryIndex._terms

    def counted(index: EntryIndex, line: bytes, at: int) -> tuple[int, set[str]]:
        read.append(at)
        return real(index, line, at)

    monkeypatch.setattr(EntryIndex, "_terms", counted)
    parts.custody.intent(a_deed(purpose=Purpose("bilal", "A", "theft")))
    assert numbers(parts, of_case("A")) == ([1, 2, 5, 6, 11], True)
    assert len(read) == 1


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 400, None])
def test_an_absent_or_damaged_index_is_made_anew(parts: CustodyParts, damage: bytes | None) -> None:
    before = numbers(parts, of_case("A"))
    path = parts.path.with_name(NAME)
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    assert numbers(parts, of_case("A")) == before
    assert path.stat().st_mode & 0o077 == 0


def test_a_row_that_points_elsewhere_is_found_at_use(parts: CustodyParts) -> None:
    before = numbers(parts, of_case("A"))
    rows(parts, "UPDATE term SET place = 0, length = 10 WHERE number = 5")
    assert numbers(parts, of_case("A")) == before
    rows(parts, "UPDATE term SET term = 'case A' WHERE number = 3")  # an entry of another case
    assert numbers(parts, of_case("A")) == before


def test_an_entry_that_the_index_hides_is_found_by_the_comparison(parts: CustodyParts) -> None:
    assert parts.custody.mend_index() == []
    rows(parts, "DELETE FROM term WHERE number = 5")
    assert numbers(parts, of_case("A")) == ([1, 2, 6], True), "why an extract says how it was made"
    assert parts.custody.mend_index() == [5]
    assert numbers(parts, of_case("A")) == ([1, 2, 5, 6], True)
    rows(parts, "INSERT INTO term VALUES ('case A', 77, 0, 1)")
    rows(parts, "UPDATE term SET term = 'case X' WHERE number = 1")
    assert parts.custody.mend_index() == [1, 77]
    assert parts.custody.mend_index() == []


def test_the_index_of_another_log_is_not_used(parts: CustodyParts, tmp_path: Path) -> None:
    numbers(parts, of_case("A"))
    other = CustodyParts(tmp_path / "other")
    for _ in range(12):
        other.custody.intent(a_deed(purpose=Purpose("bilal", "A", "theft")))
    data = parts.path.with_name(NAME).read_bytes()
    other.path.with_name(NAME).write_bytes(data)
    assert numbers(other, of_case("A")) == (list(range(1, 13)), True)


def test_where_no_index_can_be_written_the_log_is_read(
    parts: CustodyParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refused(path: object, *others: int) -> int:
        if str(path).endswith(NAME):
            raise PermissionError
        return real(path, *others)  # type: ignore[arg-type]

    monkeypatch.setattr("infra.custody.entry_index.os.open", refused)
    assert numbers(parts, of_case("A")) == ([1, 2, 5, 6], False)
    assert parts.custody.mend_index() == []


def test_a_line_that_is_no_entry_is_named(parts: CustodyParts) -> None:
    data = parts.path.read_bytes()
    parts.path.write_bytes(data.replace(b'"number":3,', b'"number":x,'))
    with pytest.raises(DataLoss, match=r"at byte \d+: not an entry"):
        numbers(parts, of_case("A"))
    parts.path.write_bytes(data.replace(b'"number":3,', b'"number":4,'))
    with pytest.raises(DataLoss, match="entry 4 stands where 3 belongs"):
        numbers(parts, of_case("A"))
