"""Custody entries of imports: what is written before the first segment is stored, and after. Pure.

An intent names each file with full SHA-256, stated start and who states the start; the outcome
tells container and segments of each, in the same order. Files of a camera are entered together, at
most `MOST_FILES` at once, so that neither an entry nor the log grows beyond bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.action import Action, Deed
from recorder.imports.names import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.action import Purpose
    from footage.digest import Digest
    from footage.ids import CameraId
    from footage.segment import Segment
    from recorder.imports.originals import KeptOriginal
    from recorder.imports.plan import Stated

MOST_FILES: Final = 100
MOST_BYTES: Final = 4 << 30
"""Bytes of files entered together: a crash leaves no more than these with an open intent."""
_MOST_NAMED: Final = 10

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file about to be imported.

    Attributes:
        track: Track of pictures to keep, counted from 1.
        contradicts: Other recordings as which the same bytes were or are imported, and doubts about
            the camera, for people.
        keeps_original: Whether the file itself is stored beside its segments.
    """

    path: Path
    digest: Digest
    size_bytes: int
    stated: Stated
    track: int = 1
    contradicts: tuple[str, ...] = ()
    keeps_original: bool = False


def deed_of(purpose: Purpose, camera: CameraId, files: Sequence[FileEntry]) -> Deed:
    """The import of files as recordings of a camera, to be entered in the custody log."""
    return Deed(
        Action.IMPORT, purpose, {"camera": camera, "files": [_before(one) for one in files]}
    )


def done_of(
    segments: Sequence[Segment],
    stored: int,
    container: str,
    why: str = "",
    original: KeptOriginal | None = None,
) -> Json:
    """Result of importing a file; `why` is the reason where the file was not imported."""
    if not segments:
        return {"stored": stored, "why": why}
    return {
        "container": container,
        "start": segments[0].interval.start,
        "end": max(one.interval.end for one in segments),
        "segments": len(segments),
        "stored": stored,
        "runs": sorted({one.run for one in segments})[:_MOST_NAMED],
        **({"original": _kept(original)} if original else {}),
        **({"why": why} if why else {}),
    }


def _kept(one: KeptOriginal) -> Json:
    original = one.original
    return {
        "key": original.key,
        "sha256": original.digest.hex,
        "bytes": original.size_bytes,
        "stored": "now" if one.new else "before",
    }


def _before(one: FileEntry) -> Json:
    stated = one.stated
    more = {"track": one.track} if one.track > 1 else {}
    against = {"contradicts": list(one.contradicts[:_MOST_NAMED])} if one.contradicts else {}
    kept = {"original": "to be stored"} if one.keeps_original else {}
    return {
        "file": shown(one.path),
        "sha256": one.digest.hex,
        "bytes": one.size_bytes,
        "start": stated.start,
        "stated_by": stated.how,
        "uncertainty_us": stated.uncertainty.us,
        "clock_ahead_us": None if stated.offset is None else stated.offset.us,
        **more,
        **against,
        **kept,
    }
