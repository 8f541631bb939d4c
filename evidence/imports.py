"""Statements of a bundle about imported footage: from which file, by whom, stated by whom. Pure.

A segment's run tells that the segment was imported, when, and how the file's digest begins; the
custody log tells the rest: file name, full digest, who imported, who states the time, and as what
else the same bytes were ever imported. An import that the log does not have is named as such.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from footage.action import Action, Phase
from footage.import_run import import_run
from footage.originals import key_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from evidence.custody import Entry
    from footage.originals import Original
    from footage.segment import Segment

Json = dict[str, object]

_LOST = "the custody log says that the file itself was stored, and the store has no such file"


class ImportKey(NamedTuple):
    """Facts by which the imports of a file as a recording are told from others.

    Attributes:
        digest: First 16 digits of the SHA-256 of the file.
        start: Stated start, as in the custody log.
        track: Track of pictures, counted from 1.
    """

    camera: str
    digest: str
    start: str
    track: int


@dataclass(frozen=True, slots=True)
class OriginalFact:
    """The stored original file of an import.

    Attributes:
        path: Path in the bundle; None where the file was left out of the bundle.
    """

    original: Original
    path: str | None

    def document(self) -> Json:
        """The file as a part of the manifest."""
        return {
            "path": self.path,
            "object_key": self.original.key,
            "size": self.original.size_bytes,
            "sha256": self.original.digest.hex,
            "file": self.original.name,
        }


@dataclass(frozen=True, slots=True)
class ImportFact:
    """An imported file, as the custody log tells of it, and its segments in the bundle.

    Attributes:
        file: What the intent says of the file; {} where the log has no entry.
        entries: Numbers of the intents about this file as this recording, in order; `file`, `by`
            and `case` are of the import that stored the segments.
        by: Who imported.
        at: When the import of the first of the segments began; None where not known.
        case: Case of the import.
        container: FFmpeg's names of the container; "" where not known.
        elsewhere: Other recordings as which the same bytes were imported: camera, start and number
            of the custody entry, for people.
        original_entered: Whether the log says that the file itself was stored.
        original: The file itself, where stored.
        original_fault: Why what is stored as the file itself is not told as `original`, or "".
    """

    key: ImportKey
    segments: tuple[Segment, ...]
    file: Mapping[str, object] = field(default_factory=dict)
    entries: tuple[int, ...] = ()
    by: str = ""
    at: object = None
    case: str = ""
    container: str = ""
    elsewhere: tuple[str, ...] = ()
    original_entered: bool = False
    original: OriginalFact | None = None
    original_fault: str = ""

    @property
    def original_key(self) -> str:
        """Key under which the file itself is stored, if stored."""
        return str(key_for(self.segments[0].camera, self.segments[0].run))

    def with_original(self, found: OriginalFact | None) -> ImportFact:
        """Return the import with the file itself as stored; None for a file not to be read."""
        if found is None:
            return replace(self, original_fault=f"{self.original_key} is stored, and unreadable")
        named = self.file.get("sha256")
        if named not in (None, found.original.digest.hex):
            return replace(
                self,
                original_fault=f"the original {self.original_key} is not the file that was "
                f"imported: the custody log names sha256:{named}",
            )
        return replace(self, original=found)

    @property
    def contradictions(self) -> list[str]:
        """Contradictions to the statement of camera and time, for people."""
        stated = self.file.get("contradicts")
        told = [str(each) for each in stated] if isinstance(stated, list) else []
        found = [f"the same bytes were imported as {other}" for other in self.elsewhere]
        lost = _LOST if self.original_entered and self.original is None else ""
        found += filter(None, [self.original_fault or lost])
        # The import's own entry says the same without the number of the other entry.
        known = {other.partition(" (")[0] for other in self.elsewhere}
        return [*(each for each in told if not any(each.endswith(k) for k in known)), *found]

    def document(self) -> Json:
        """The import as a part of the manifest."""
        return {
            "camera": self.key.camera,
            "file": self.file.get("file"),
            "sha256": self.file.get("sha256"),
            "sha256_begins": self.key.digest,
            "size": self.file.get("bytes"),
            "container": self.container,
            "track": self.key.track,
            "start": self.key.start,
            "stated_by": self.file.get("stated_by"),
            "uncertainty_us": max(one.clock.uncertainty.us for one in self.segments),
            "clock_ahead_us": self.file.get("clock_ahead_us"),
            "imported": {
                "by": self.by,
                "at": None if self.at is None else str(self.at),
                "case": self.case,
                "custody": list(self.entries),
            },
            "contradicts": self.contradictions,
            "members": [segment.key for segment in self.segments],
            "original": self.original.document() if self.original else None,
        }


class ImportFinder:
    """Finds the custody entries of imported segments, in one pass over entries in order.

    Args:
        segments: Segments of the bundle.
    """

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._members: dict[ImportKey, list[Segment]] = defaultdict(list)
        for segment in segments:
            found = import_run(segment.run)
            if found is not None:
                key = ImportKey(segment.camera, found.digest, str(found.start), found.track)
                self._members[key].append(segment)
        self._digests = {key.digest for key in self._members}
        self._named: list[tuple[ImportKey, Mapping[str, object], Entry, int]] = []
        self._outcomes: dict[int, Entry] = {}
        self._intents: set[int] = set()

    @property
    def digests(self) -> set[str]:
        """Begins of the SHA-256 of the imported files: all of their imports are to be seen."""
        return set(self._digests)

    def see(self, entry: Entry) -> bool:
        """Look at an entry of the log; return whether the entry is about an imported segment."""
        if entry.action is not Action.IMPORT or not self._members:
            return False
        if entry.phase is Phase.OUTCOME:
            closes = entry.what.get("intent")
            if isinstance(closes, int) and closes in self._intents:
                self._outcomes[closes] = entry
                return True
            return False
        named = False
        for place, (key, file) in enumerate(_files(entry)):
            if key.digest in self._digests:
                self._named.append((key, file, entry, place))
                named = named or key in self._members
        if named:
            self._intents.add(entry.number)
        return named

    def facts(self) -> tuple[ImportFact, ...]:
        """The imports of the bundle's segments, by camera and start."""
        return tuple(
            self._fact(key, tuple(self._members[key]))
            for key in sorted(self._members, key=lambda key: (key.camera, key.start, key))
        )

    def _fact(self, key: ImportKey, segments: tuple[Segment, ...]) -> ImportFact:
        mine = [each for each in self._named if each[0] == key]
        begun = [found.at for one in segments if (found := import_run(one.run)) and found.at]
        at = min(begun, default=None)
        if not mine:
            return ImportFact(key, segments, at=at, elsewhere=self._elsewhere(key, ""))
        # The import that stored the segments: an earlier one may have been deleted since.
        before = [each for each in mine if at is not None and each[2].instant <= at]
        _, file, entry, place = before[-1] if before else mine[-1]
        return ImportFact(
            key,
            segments,
            file,
            tuple(each[2].number for each in mine),
            entry.actor,
            at,
            entry.case,
            str(self._outcome(entry.number, place).get("container", "")),
            self._elsewhere(key, str(file.get("sha256"))),
            any("original" in self._outcome(each[2].number, each[3]) for each in mine),
        )

    def _elsewhere(self, key: ImportKey, sha256: str) -> tuple[str, ...]:
        """Other recordings as which the same bytes were imported, at any time."""
        return tuple(
            f"{other.camera} from {other.start} (custody entry {entry.number})"
            for other, file, entry, _ in self._named
            if other.digest == key.digest
            and sha256 in ("", file.get("sha256"))
            and (other.camera, other.start) != (key.camera, key.start)
            and other.track == key.track
        )

    def _outcome(self, intent: int, place: int) -> Mapping[str, object]:
        """Result of a file of an intent; {} where not known."""
        entry = self._outcomes.get(intent)
        result = entry.what.get("result") if entry else None
        done: Sequence[object] = result.get("files", ()) if isinstance(result, dict) else ()
        fact = done[place] if place < len(done) else None
        return fact if isinstance(fact, dict) else {}


def _files(entry: Entry) -> Iterator[tuple[ImportKey, Mapping[str, object]]]:
    files = entry.what.get("files")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict):
            track = file.get("track", 1)
            yield (
                ImportKey(
                    str(entry.what.get("camera")),
                    str(file.get("sha256"))[:16],
                    str(file.get("start")),
                    track if isinstance(track, int) else 1,
                ),
                file,
            )
