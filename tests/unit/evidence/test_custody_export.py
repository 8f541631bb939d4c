"""Exports of the custody log: rows that no spreadsheet runs, lines that prove their hashes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.custody import EMPTY, intent_entry, outcome_entry, read_line, true_hash
from evidence.custody_export import exported
from evidence.export_format import ExportFormat
from footage.action import Action, Deed, Purpose
from tests.common.builders import at


def rows(case: str, actor: str = "amina") -> list[dict[str, str]]:
    deed = Deed(Action.VIEW, Purpose(actor, case, "theft"), {"camera": "camera-1"})
    intent = intent_entry(deed, EMPTY, at(0))
    outcome = outcome_entry(deed, 1, intent.head, at(1), ok=False, result={"bytes": 7})
    whole = b"".join(exported([intent, outcome], ExportFormat.CSV))
    assert whole.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(whole.decode("utf-8-sig"), newline="")))


def test_a_row_tells_an_entry_with_its_place_in_the_chain() -> None:
    intent, outcome = rows("FIR 1")
    assert (intent["person"], intent["action"], intent["phase"]) == ("amina", "view", "intent")
    assert json.loads(intent["what"]) == {"camera": "camera-1"}
    assert (intent["intent"], intent["ok"], intent["previous"]) == ("", "", "")
    assert (outcome["intent"], outcome["ok"]) == ("1", "no")
    assert json.loads(outcome["what"]) == {"result": {"bytes": 7}}
    assert outcome["previous"] == intent["hash"]


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "\uff1d1",
        '=cmd|"/c"!A',
    ],
)
def test_no_cell_is_a_formula(cell: str) -> None:
    assert rows(cell)[0]["case"] == f"'{cell}"


@given(st.text(max_size=30))
def test_any_text_stays_one_cell_of_its_row(text: str) -> None:
    told = rows(text)
    assert len(told) == 2
    assert told[0]["case"] in {text, f"'{text}"}
    assert not told[0]["case"].lstrip().startswith(("=", "+", "-", "@"))


def test_json_lines_are_the_lines_of_the_log() -> None:
    first = intent_entry(Deed(Action.VIEW, Purpose("amina", "=1", "")), EMPTY, at(0))
    second = intent_entry(Deed(Action.VIEW, Purpose("بلال", "", "")), first.head, at(1))
    whole = b"".join(exported([first, second], ExportFormat.JSON_LINES))
    read = [read_line(line) for line in whole.splitlines(keepends=True)]
    assert read == [first, second]
    assert all(true_hash(entry) == entry.hash for entry in read)


def test_a_long_log_comes_in_pieces_and_an_empty_one_in_one() -> None:
    entry = intent_entry(Deed(Action.VIEW, Purpose("amina"), {"text": "x" * 1_000}), EMPTY, at(0))
    pieces = list(exported([entry] * 1_000, ExportFormat.JSON_LINES))
    assert len(pieces) > 10
    assert b"".join(pieces) == entry.line * 1_000
    assert list(exported([], ExportFormat.JSON_LINES)) == [b""]
