"""The receipt of an order as a document: every fact of the JSON, in both languages."""

from __future__ import annotations

from dataclasses import fields
from string import Formatter
from typing import Any

import pytest

from evidence.receipt_pdf import MOST_ROWS, receipt_document
from evidence.receipt_words import ENGLISH, URDU, WORDS
from evidence.start_words import ENGLISH as START
from footage.document import LANGUAGES, Code, Document, Facts, Heading, Paragraph, Table
from footage.span import GapReason
from infra.pdf.typst_pdf import TypstDocuments
from tests.common.builders import at

DIGEST = "ab" * 32
RECEIPT: dict[str, Any] = {
    "zone": "Asia/Karachi",
    "hold": "hold-32682947e300",
    "state": "placed now",
    "entry": 17,
    "case": "FIR 211/2026",
    "authority": "Sessions Court, D.I. Khan",
    "order": {
        "reference": "14/2026",
        "given": "2026-11-22T16:00:00.000000Z",
        "paper": {"name": "order.pdf", "size": 12, "sha256": "sha256:" + "cd" * 32},
    },
    "by": "amina",
    "asked_at": "2026-11-22T18:00:00.000000Z",
    "held_at": "2026-11-22T18:00:01.500000Z",
    "looked_at": "2026-11-22T18:00:03.000000Z",
    "seconds": {"order_to_hold": 7201.5, "asked_to_hold": 1.5},
    "start": "2026-11-22T15:00:00.000000Z",
    "end": "2026-11-22T17:00:00.000000Z",
    "sites": ["bazaar"],
    "districts": [],
    "near": [31.83, 70.9, 250.0],
    "segments": 4_800,
    "bytes": 18_000_000_000,
    "marks_pending": "the store is away",
    "missing_objects": ["bazaar/2026-11-22/gate-1/15/00-00.000Z.0.mp4"],
    "cameras": [
        {
            "camera": "gate-1",
            "name": "Gate",
            "site": "bazaar",
            "stored_s": 7_000.0,
            "neighbour": False,
            "missing": [
                {
                    "start": "2026-11-22T15:10:00.000000Z",
                    "end": "2026-11-22T15:13:20.000000Z",
                    "reason": "expired",
                    "why": "policy city",
                }
            ],
            "to_come": [
                {
                    "start": "2026-11-22T16:59:00.000000Z",
                    "end": "2026-11-22T17:00:00.000000Z",
                    "reason": None,
                    "why": "a recorder may still have it",
                }
            ],
        }
    ],
    "cameras_unknown": "",
    "neighbours": [
        {"camera": "gate-2", "name": "Lane", "metres": 100, "nearest": "gate-1", "held": False}
    ],
}


def texts(document: Document) -> str:
    """Return all texts of a document, a line each."""
    found = [document.title, document.subtitle]
    for block in document.blocks:
        match block:
            case Facts(rows):
                found += [f"{name}: {_plain(value)}" for name, value in rows]
            case Table(columns, rows):
                found += [" | ".join(map(_plain, row)) for row in (columns, *rows)]
            case Heading() | Paragraph():
                found.append(block.text)
            case _:
                raise AssertionError(block)
    isolates = dict.fromkeys(range(0x2066, 0x206A))
    return "\n".join(found).translate(isolates)


def _plain(cell: Code | str) -> str:
    return cell.text if isinstance(cell, Code) else cell


def test_every_fact_of_the_receipt_is_said() -> None:
    said = texts(receipt_document(RECEIPT, "en", DIGEST))
    for line in (
        "Order 14/2026 of Sessions Court, D.I. Khan",
        "State: placed by this order",
        "Case: FIR 211/2026",
        "Hour on the order: 2026-11-22 21:00:00 +05:00, 2026-11-22T16:00:00Z",
        f"Document, with SHA-256: order.pdf {'cd' * 32}",
        "Entered by: amina",
        "Held since: 2026-11-22 23:00:01.5 +05:00, 2026-11-22T18:00:01.5Z",
        "From the hour on the order to the hold: 2 h",
        "Entry in the custody log: 17",
        "Place: bazaar, 31.83, 70.9: 250 m",
        "Footage, Local time: 2026-11-22 20:00:00 +05:00 to 2026-11-22 22:00:00 +05:00",
        "Footage, UTC: 2026-11-22T15:00:00Z to 2026-11-22T17:00:00Z",
        "Held now: files: 4800, together 18.0 GB",
        "Marks on stored objects: the store is away",
        "Gate (gate-1) | bazaar | 1 h 56 min",
        (
            "Gate (gate-1) | 2026-11-22 20:10:00 +05:00 to 2026-11-22 20:13:20 +05:00 | "
            "deleted by policy (policy city)"
        ),
        (
            "Gate (gate-1) | 2026-11-22 21:59:00 +05:00 to 2026-11-22 22:00:00 +05:00 | "
            "a recorder may still have it"
        ),
        "bazaar/2026-11-22/gate-1/15/00-00.000Z.0.mp4",
        "Lane (gate-2) | 100 | gate-1 | no",
    ):
        assert line in said.splitlines(), line
    assert receipt_document(RECEIPT, "en", DIGEST).data == DIGEST


def test_what_is_not_known_is_said_so() -> None:
    unknown = {
        **RECEIPT,
        "order": {"reference": "14/2026", "given": None, "paper": None},
        "seconds": {"order_to_hold": None, "asked_to_hold": 1.5},
        "segments": None,
        "bytes": None,
        "cameras": None,
        "cameras_unknown": "the catalogue is away",
        "neighbours": [],
        "missing_objects": [],
    }
    said = texts(receipt_document(unknown, "en", DIGEST))
    assert ENGLISH.amount_unknown in said
    assert "could not be looked up: the catalogue is away" in said
    assert f"Hour on the order: {START.none}" in said
    for absent in (ENGLISH.from_order, ENGLISH.missing_title, ENGLISH.near_title, ENGLISH.document):
        assert absent not in said


def test_a_long_table_says_how_much_is_left_out() -> None:
    keys = [f"key-{number}" for number in range(MOST_ROWS + 3)]
    said = texts(receipt_document({**RECEIPT, "missing_objects": keys}, "en", DIGEST))
    assert "More lines are in the JSON file of this receipt: 3." in said


def test_both_languages_have_the_same_words_and_facts() -> None:
    for field in fields(ENGLISH):
        english, urdu = getattr(ENGLISH, field.name), getattr(URDU, field.name)
        assert type(english) is type(urdu)
        if isinstance(english, str):
            names = [{n for _, n, _, _ in Formatter().parse(one)} for one in (english, urdu)]
            assert names[0] == names[1], field.name
    for language in LANGUAGES:
        said = texts(receipt_document(RECEIPT, language, DIGEST))
        for fact in ("14/2026", "hold-32682947e300", "cd" * 32, "2026-11-22T15:00:00Z", "18.0 GB"):
            assert fact in said


@pytest.mark.parametrize("reason", list(GapReason))
def test_each_reason_has_words(reason: GapReason) -> None:
    (camera,) = RECEIPT["cameras"]
    part = {**camera["missing"][0], "reason": reason.value, "why": ""}
    told = {**RECEIPT, "cameras": [{**camera, "missing": [part]}]}
    assert START.reasons[reason] in texts(receipt_document(told, "en", DIGEST))


def test_the_fonts_have_every_letter_of_the_receipt() -> None:
    for language in WORDS:
        document = receipt_document(RECEIPT, language, DIGEST)
        assert TypstDocuments().pdf(document, language, at(0)).startswith(b"%PDF")
