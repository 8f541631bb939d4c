"""Formats of an export of the custody log; apart from the export, since every command loads it."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """Formats of an export of the custody log."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PDF = "pdf"
