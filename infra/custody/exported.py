"""Finds the custody entry of a bundle or certificate without the register: `footage verify`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evidence.custody import read_line, true_hash
from footage.action import Action, Phase
from footage.durable import seam
from footage.errors import BadInput, DataLoss, NotFound
from infra.custody.log_file import offset_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from evidence.custody import Entry
    from footage.instant import Instant


_MAKE: Final = frozenset({Action.EXPORT, Action.ABSENCE})
"""Actions that make a folder with a manifest."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An export, or a certificate of absence, as entered in the custody log.

    Attributes:
        entry: Number of the entry.
        manifest: Digest of the bundle's manifest, "sha256:...".
    """

    entry: int
    at: Instant
    manifest: str


def find_export(log: Path, bundle: str, intent: int = 0) -> Exported | None:
    """Find the entry of the export or certificate that made `bundle`; None where the log has none.

    From the export's intent on no more is read than was entered while the export ran. Where that
    does not lead to the entry, the whole log is read. Only lines that name the bundle are looked
    into; whether the log itself is whole is not checked here: `footage audit verify` does.

    Args:
        log: The log's file.
        bundle: Id of the bundle.
        intent: Number of the export's intent, as the bundle states; 0 where that is not known.

    Raises:
        NotFound: The log does not exist.
        DataLoss: Of the lines that name the bundle none is the export's, and one cannot be read.
        Misconfigured: The log may not be read.
        Unavailable: The log cannot be read now.
    """
    if not bundle:
        return None
    with seam(log):
        try:
            lines = log.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"there is no custody log {log}") from None
        with lines:
            if intent > 0 and (begin := _offset_of(log, intent)):
                lines.seek(begin)
                for line in lines:
                    with suppress(BadInput):
                        if (found := _of(line, bundle)) is not None:
                            return found
                lines.seek(0)
            return _found_in(lines, bundle, log)


def _offset_of(log: Path, number: int) -> int:
    """Return where entry `number` begins; 0 where that cannot be found, or is the begin."""
    size = log.stat().st_size
    try:
        begin = offset_of(log, number, size)
    except DataLoss:
        return 0
    return 0 if begin == size else begin


def _found_in(lines: Iterable[bytes], bundle: str, log: Path) -> Exported | None:
    unread = 0
    for number, line in enumerate(lines, 1):
        try:
            if (found := _of(line, bundle)) is not None:
                return found
        except BadInput:
            unread = number
    if unread:
        raise DataLoss(
            f"line {unread} of {log} names this bundle and cannot be read",
            hint="footage audit verify",
        )
    return None


def _of(line: bytes, bundle: str) -> Exported | None:
    """Return what a line is the outcome of, if it made `bundle`; BadInput for a damaged line."""
    if bundle.encode("utf-8", "replace") not in line:
        return None
    entry = read_line(line)
    if entry.hash != true_hash(entry):
        raise BadInput("the entry was altered")
    if entry.action not in _MAKE or entry.phase is not Phase.OUTCOME:
        return None
    return _of_entry(entry, bundle)


def _of_entry(entry: Entry, bundle: str) -> Exported | None:
    result = entry.what.get("result")
    if not isinstance(result, dict) or result.get("bundle_id") != bundle:
        return None
    return Exported(entry.number, entry.instant, str(result.get("manifest")))
