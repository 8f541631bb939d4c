"""Plan of an import: files to import, in order, files to skip, with reasons. Pure (invariant 10).

Files are facts here: names read, sizes known, some digests known. Decisions that need the whole
file read (a digest, whether FFmpeg finds pictures, the length of the recording) come later, in
`recorder.imports.intake`, with the same reasons.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed
from recorder.imports.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from footage.digest import Digest
    from footage.ids import CameraId
    from footage.instant import Instant


class Why(StrEnum):
    """Reason why a file is not imported."""

    NOT_VIDEO = "not video"
    HIDDEN = "hidden"
    LINKED = "a link to what is taken itself"
    STORED = "already stored"
    SAME_RECORDING = "same recording"
    EMPTY = "empty"
    UNREADABLE = "cannot be read"
    LINK_OUTSIDE = "a link to outside"
    NO_START = "no start"
    NO_CAMERA = "no camera"
    NOT_LISTED = "not in the list"
    MISDATED = "same bytes elsewhere"
    OVERLAP = "overlaps"
    BUSY = "camera in use"
    NO_ROOM = "no room"
    FAILED = "failed"
    NOT_REACHED = "not reached"

    @property
    def fault(self) -> bool:
        """Whether footage may be missing for this reason."""
        return self not in _HARMLESS

    @property
    def outcome(self) -> str:
        """The outcome in a word for the report: "skipped", "failed" or "not reached"."""
        if self in _TRIED:
            return "failed"
        return "not reached" if self is Why.NOT_REACHED else "skipped"


_HARMLESS: Final = {Why.NOT_VIDEO, Why.HIDDEN, Why.LINKED, Why.STORED, Why.SAME_RECORDING}
_TRIED: Final = {Why.FAILED, Why.BUSY, Why.NO_ROOM, Why.UNREADABLE}


@dataclass(frozen=True, slots=True)
class Stated:
    """The wall time of a file's first picture, as a name, a container, a list or a person states.

    Attributes:
        start: Wall time, `offset` already taken off.
        how: Source of the statement, for people: a pattern's name, a list's line, "by hand".
        uncertainty: The first picture lies within ± `uncertainty` of `start`.
        offset: How far the device's clock was ahead of true time; None where not measured.
        end: End of the recording, where stated too.
    """

    start: Instant
    how: str
    uncertainty: Elapsed = ZERO
    offset: Elapsed | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """A complete import, as kept in the ledger.

    Attributes:
        segments: Number of segments into which the file was cut.
        path: Path of the file at the time of the import, escaped.
        track: Track of pictures that was kept, counted from 1.
        at: When the file was imported; None of an import by a version that did not note this.
    """

    digest: Digest
    camera: CameraId
    start: Instant
    end: Instant
    segments: int
    path: str
    track: int = 1
    at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """A file that is not imported, with the reason."""

    path: Path
    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """A file whose camera and start are known.

    Attributes:
        length: Length of the recording, where the container tells.
        digest: Digest of the file, where known without reading the file through.
        imports: Earlier complete imports of files with this digest.
        notes: Notes for people.
        contradicts: What contradicts camera or start, for people and for the custody log.
        track: Track of pictures to keep, counted from 1.
    """

    path: Path
    size_bytes: int
    camera: CameraId
    stated: Stated
    length: Elapsed | None = None
    digest: Digest | None = None
    imports: tuple[Import, ...] = ()
    notes: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    track: int = 1

    @property
    def identity(self) -> tuple[CameraId, Instant]:
        """Camera and start; two imports with the same identity and digest are the same."""
        return self.camera, self.stated.start

    @property
    def siblings(self) -> tuple[Import, ...]:
        """Earlier imports of other tracks of the same bytes, as they should be."""
        return tuple(one for one in self.imports if one.track != self.track)

    @property
    def end(self) -> Instant | None:
        """End of the recording by the container or the name; None where neither tells."""
        return self.stated.start + self.length if self.length else self.stated.end

    @property
    def before(self) -> Import | None:
        """The earlier import of this very recording, or None."""
        mine = (one for one in self.imports if one.track == self.track)
        return next((one for one in mine if (one.camera, one.start) == self.identity), None)

    @property
    def elsewhere(self) -> tuple[Import, ...]:
        """Earlier imports of the same track of the same bytes as another recording."""
        mine = (one for one in self.imports if one.track == self.track)
        return tuple(one for one in mine if (one.camera, one.start) != self.identity)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two files of the same camera that claim the same time."""

    former: Path
    later: Path
    length: Elapsed | None
    """Length of the overlap; None where only the starts are known, and are the same."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Files to import by camera and time, files to skip, and overlaps among the former."""

    takes: tuple[Ready, ...]
    skips: tuple[Skip, ...]
    overlaps: tuple[Overlap, ...]

    @property
    def cameras(self) -> dict[CameraId, list[Ready]]:
        """The files to import of each camera, in order of time."""
        grouped: dict[CameraId, list[Ready]] = defaultdict(list)
        for one in self.takes:
            grouped[one.camera].append(one)
        return grouped


def plan_import(
    ready: Iterable[Ready], skips: Iterable[Skip] = (), *, again: bool = False
) -> ImportPlan:
    """Put files in order of import; find copies and overlaps.

    Of files with the same bytes, camera and start the first is imported. Files with the same bytes
    and another time or camera prove that one of the names is wrong, and not which: none of the
    files is imported, unless `again` says that all are meant.
    """
    takes: list[Ready] = []
    left = list(skips)
    for copies in _by_digest(ready):
        identities = {one.identity for one in copies}
        if len(identities) > 1 and not again:
            left += [Skip(one.path, Why.MISDATED, _others(one, copies)) for one in copies]
            continue
        for identity in sorted(identities):
            first, *rest = (one for one in copies if one.identity == identity)
            takes.append(first)
            as_first = f"as {shown(first.path)}"
            left += [Skip(one.path, Why.SAME_RECORDING, as_first) for one in rest]
    takes.sort(key=lambda one: (one.camera, one.stated.start, one.path))
    left.sort(key=lambda one: one.path)
    return ImportPlan(tuple(takes), tuple(left), tuple(_overlaps(takes)))


def misdated(ready: Ready) -> str:
    """Text naming other recordings as which the same bytes were imported before; "" for none."""
    return "; ".join(f"taken in as {one.camera} from {one.start}" for one in ready.elsewhere)


def _by_digest(ready: Iterable[Ready]) -> list[list[Ready]]:
    groups: dict[object, list[Ready]] = defaultdict(list)
    for one in sorted(ready, key=lambda one: one.path):
        groups[one.digest or one.path].append(one)
    return list(groups.values())


def _others(one: Ready, copies: Sequence[Ready]) -> str:
    named = [
        f"{shown(other.path)} is {other.camera} from {other.stated.start}"
        for other in copies
        if other.identity != one.identity
    ]
    return "; ".join(named[:3])


def _overlaps(takes: Sequence[Ready]) -> list[Overlap]:
    """Overlaps of successive files of a camera by more than the uncertainties explain."""
    found = []
    for former, later in pairwise(takes):
        if former.camera != later.camera:
            continue
        start, end = later.stated.start, former.end
        if former.stated.start == start:
            found.append(Overlap(former.path, later.path, None))
        elif end and end - start > former.stated.uncertainty + later.stated.uncertainty:
            found.append(Overlap(former.path, later.path, end - start))
    return found
