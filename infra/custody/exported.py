"""Finds the custody entry of an export, without opening the register: for `footage verify`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.custody import read_line, true_hash
from footage.action import Action, Phase
from footage.durable import seam
from footage.errors import BadInput

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
    """Find the entry of the export that made `bundle`; None where the log has none, or is absent.

    The whole log is read; only lines that name the bundle are looked into. Whether the log itself
    is whole is not checked here: `footage audit verify` does.

    Args:
        log: The log's file.
        bundle: Id of the bundle.

    Raises:
        Misconfigured: The log may not be read.
        Unavailable: The log cannot be read now.
    """
    if not bundle or not log.is_file():
        return None
    wanted, found = bundle.encode("utf-8", "replace"), None
    with seam(log), log.open("rb") as lines:
        for line in lines:
            if wanted in line:
                found = _of(line, bundle) or found
    return found


def _of(line: bytes, bundle: str) -> Exported | None:
    try:
        entry = read_line(line)
    except BadInput:  # a torn line
        return None
    if (entry.action, entry.phase) != (Action.EXPORT, Phase.OUTCOME):
        return None
    if entry.hash != true_hash(entry):
        return None
    return _of_entry(entry, bundle)


def _of_entry(entry: Entry, bundle: str) -> Exported | None:
    result = entry.what.get("result")
    if not isinstance(result, dict) or result.get("bundle_id") != bundle:
        return None
    return Exported(entry.number, entry.instant, str(result.get("manifest")))
