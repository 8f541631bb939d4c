"""Runs of imports: the name of a run tells the imported bytes, the stated start and the import.

Retention and export know from a segment's run alone that the segment was imported and when, also
after the catalogue was rebuilt from the objects: the run stands in the metadata of each object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.ids import RunId
from footage.instant import Elapsed, Instant

if TYPE_CHECKING:
    from footage.digest import Digest

_BEGINS: Final = "import-"
_DIGITS: Final = 16
_RUN: Final = re.compile(
    rf"{_BEGINS}(?P<digest>[0-9a-f]{{{_DIGITS}}})(?:-track(?P<track>[0-9]+))?"
    # A version before gave a run of its own to what another FFmpeg cut: 8 digits at the end.
    r"-(?P<start>-?[0-9]+)-(?P<seconds>[0-9]+)(?:-at(?P<at>[0-9]+))?(?:-[0-9a-f]{8})?"
)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """Facts that the name of an import's run tells.

    Attributes:
        digest: First 16 hexadecimal digits of the SHA-256 of the imported file.
        start: Stated wall time of the first picture.
        length: Length of the segments into which the file was cut.
        track: Track of pictures that was kept, counted from 1.
        at: When the import began that stored the segments; None of an import by a version that did
            not write this down.
    """

    digest: str
    start: Instant
    length: Elapsed
    track: int
    at: Instant | None


def run_prefix(digest: Digest, start: Instant, track: int) -> str:
    """Return the beginning that all runs of a file's track share, imported with the same start."""
    other = f"-track{track}" if track > 1 else ""
    return f"{_BEGINS}{digest.hex[:_DIGITS]}{other}-{start.us}-"


def run_of(digest: Digest, start: Instant, track: int, length: Elapsed, at: Instant) -> RunId:
    """Return the run of the segments that an import begun at `at` stores."""
    return RunId(f"{run_prefix(digest, start, track)}{length.us // 1_000_000}-at{at.us}")


def import_run(run: str) -> ImportRun | None:
    """Read the name of a run; None of a run that was recorded here."""
    found = _RUN.fullmatch(run) if run.startswith(_BEGINS) else None
    if found is None:
        return None
    return ImportRun(
        found["digest"],
        Instant(int(found["start"])),
        Elapsed(int(found["seconds"]) * 1_000_000),
        int(found["track"] or 1),
        Instant(int(found["at"])) if found["at"] else None,
    )
