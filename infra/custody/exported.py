"""Finds the custody entry of an export, without opening the register: for `footage verify`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.custody import read_line, true_hash
from footage.action import Action, Phase
from footage.durable import seam
from footage.errors import BadInput, DataLoss, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.custody import Entry
    from footage.instant import Instant


@dataclass(frozen=True, slots=True)
class Exported:
    """An export as entered in the custody log.

    Attributes:
        entry: Number of the entry.
        manifest: Digest of the bundle's manifest, "sha256:...".
    """

    entry: int
    at: Instant
    manifest: str


def find_export(log: Path, bundle: str) -> Exported | None:
    """Find the entry of the export that made `bundle`; None where the log has none.

    The whole log is read; only lines that name the bundle are looked into. Whether the log itself
    is whole is not checked here: `footage audit verify` does.

    Args:
        log: The log's file.
        bundle: Id of the bundle.

    Raises:
        NotFound: The log does not exist.
        DataLoss: Of the lines that name the bundle none is the export's, and one cannot be read.
        Misconfigured: The log may not be read.
        Unavailable: The log cannot be read now.
    """
    if not bundle:
        return None
    wanted, found, unread = bundle.encode("utf-8", "replace"), None, 0
    with seam(log):
        try:
            lines = log.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"there is no custody log {log}") from None
        with lines:
            for number, line in enumerate(lines, 1):
                if wanted not in line:
                    continue
                try:
                    found = _of(line, bundle) or found
                except BadInput:
                    unread = number
    if unread and found is None:
        raise DataLoss(
            f"line {unread} of {log} names this bundle and cannot be read",
            hint="footage audit verify",
        )
    return found


def _of(line: bytes, bundle: str) -> Exported | None:
    """Return the export of which a line is the outcome; raise BadInput for a damaged line."""
    entry = read_line(line)
    if entry.hash != true_hash(entry):
        raise BadInput("the entry was altered")
    if (entry.action, entry.phase) != (Action.EXPORT, Phase.OUTCOME):
        return None
    return _of_entry(entry, bundle)


def _of_entry(entry: Entry, bundle: str) -> Exported | None:
    result = entry.what.get("result")
    if not isinstance(result, dict) or result.get("bundle_id") != bundle:
        return None
    return Exported(entry.number, entry.instant, str(result.get("manifest")))
