"""Entries of the custody log as files: CSV for spreadsheets, JSON lines as in the log."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from evidence.canonical import canonical
from evidence.export_format import ExportFormat
from footage.action import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from evidence.custody import Entry

_COLUMNS: Final = (
    "number",
    "instant",
    "phase",
    "person",
    "action",
    "case",
    "purpose",
    "intent",
    "ok",
    "what",
    "previous",
    "hash",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Beginnings of a cell that a spreadsheet reads as a formula; full-width signs are read alike."""
_CHUNK: Final = 1 << 16


def exported(entries: Iterable[Entry], form: ExportFormat) -> Iterator[bytes]:
    """Yield entries as pieces of a file of CSV or JSON lines, one at least.

    JSON lines are the log's own lines, byte for byte, so that each hash can be taken anew. CSV
    begins with a byte order mark, by which spreadsheets know UTF-8; a cell that a spreadsheet would
    read as a formula begins with an apostrophe.
    """
    lines = _csv(entries) if form is ExportFormat.CSV else (entry.line for entry in entries)
    gathered = bytearray()
    for line in lines:
        gathered += line
        if len(gathered) >= _CHUNK:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


def _csv(entries: Iterable[Entry]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    yield _row(_COLUMNS)
    for entry in entries:
        intent, ok, what = "", "", dict(entry.what)
        if entry.phase is Phase.OUTCOME:
            intent, ok = str(what.pop("intent")), "yes" if what.pop("ok") else "no"
        yield _row(
            (
                str(entry.number),
                str(entry.instant),
                entry.phase.value,
                entry.actor,
                entry.action.value,
                entry.case,
                entry.code,
                intent,
                ok,
                canonical(what).decode(),
                entry.previous,
                entry.hash,
            )
        )


def _row(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([_harmless(cell) for cell in cells])
    return out.getvalue().encode("utf-8", "backslashreplace")


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet reads as a formula, also one that drops leading spaces."""
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell
