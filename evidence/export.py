"""Export footage as a bundle that a court can check without access to Footage.

Custody intent → segments copied byte for byte, each checked against the digest taken when it was
stored (invariant 1) → provenance, README, verifier → manifest → checksums → the folder appears →
custody outcome. Where a segment differs from its recorded digest the export stops and no bundle is
made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from evidence import manifest as statements
from evidence import verify
from evidence.bundle import published, require_free
from evidence.canonical import canonical
from evidence.custody import Entry, Head
from evidence.imports import ImportFinder
from evidence.manifest import Json, Source, Statement, master_path
from evidence.readme import readme
from footage.action import Action, Deed
from footage.custody import bracket
from footage.durable import seam
from footage.errors import BadInput, DataLoss, NotFound
from footage.ports import Custody, Scope
from footage.timed_id import timed_id
from footage.unlisted import require_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from evidence.bundle import BundleFolder
    from evidence.imports import ImportFact
    from evidence.unfinished import UnfinishedExports
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.digest import Digest
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Interval
    from footage.ports import Catalogue, ObjectStore, Register
    from footage.segment import Segment
    from footage.span import Gap

_CHUNK: Final = 8 << 20
_DISCLOSED: Final = frozenset({Action.VIEW, Action.EXPORT, Action.HOLD, Action.RELEASE})
"""Actions disclosed in a bundle; searches are not, because queries show whom else the
investigation looked for."""


class CustodyLog(Custody, Protocol):
    """A custody log that can be read as well as written."""

    def read(self) -> Iterator[Entry]:
        """Yield all entries, in order."""
        ...


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Result of an export.

    Attributes:
        manifest: Digest of MANIFEST.json, to be noted when the bundle is handed over.
        bytes: Total size of the master files.
        gaps: Missing parts of the footage asked for, with reasons.
        imports: Files from which imported segments were cut.
    """

    folder: Path
    bundle_id: str
    manifest: Digest
    segments: int
    bytes: int
    gaps: tuple[Gap, ...]
    imports: tuple[ImportFact, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing of the footage asked for."""
        return not self.gaps


class ExportService:
    """Service that makes export bundles."""

    def __init__(  # noqa: PLR0913 - the ports an export goes through
        self,
        register: Register,
        catalogue: Catalogue,
        store: ObjectStore,
        custody: CustodyLog,
        clock: Clock,
        software_version: str,
        *,
        unfinished: UnfinishedExports,
    ) -> None:
        self._register = register
        self._catalogue = catalogue
        self._store = store
        self._custody = custody
        self._clock = clock
        self._version = software_version
        self._unfinished = unfinished

    def export(
        self,
        cameras: Collection[CameraId],
        interval: Interval,
        out_folder: Path,
        purpose: Purpose,
        progress: Callable[[int, int], None] | None = None,
    ) -> ExportReport:
        """Write a bundle of everything these cameras have of `interval`.

        Args:
            cameras: Cameras asked for; a camera without footage is listed with a gap.
            interval: Time asked for; whole segments that overlap the interval are delivered.
            out_folder: Absent or empty before; appears whole or not at all.
            purpose: Who exports, for which case.
            progress: Called with the bytes copied and the bytes to copy.

        Raises:
            BadInput: No camera, or an unknown one.
            NotFound: Nothing of the time asked for is stored of any camera; no bundle was made.
            CaseRequired: The purpose lacks a case or a code while `require_case` is set.
            Conflict: The folder exists and is not empty, or something else is in the way.
            DataLoss: A stored segment is absent or not as recorded, or the catalogue does not list
                footage that is stored; no bundle was made.
            NoSpace: The disk is full.
            Misconfigured: The folder may not be written.
            Unavailable: Catalogue, store or disk cannot be reached.
        """
        known = self._known(cameras)
        require_free(out_folder)
        deed = Deed(
            Action.EXPORT,
            purpose,
            {
                "cameras": sorted(cameras),
                "start": interval.start,
                "end": interval.end,
                "folder": out_folder.name,
            },
        )
        with bracket(self._custody, deed) as act:  # invariant 7: no entry, no export
            sources = tuple(self._source(camera, interval) for camera in known)
            self._require_listed(sources, interval)
            if not any(source.segments for source in sources):
                raise NotFound(
                    f"no footage of {', '.join(known)} is stored from {interval.start} to "
                    f"{interval.end}; no bundle was made"
                )
            statement = self._statement(sources, interval, purpose, act.intent)
            report = self._write(statement, out_folder, progress or (lambda _done, _all: None))
            act.result = _result(report)
        return report

    def _known(self, cameras: Collection[CameraId]) -> list[CameraId]:
        if not cameras:
            raise BadInput("an export needs at least one camera")
        for camera in cameras:
            self._register.camera(camera)  # NotFound, which is a BadInput
        return sorted(set(cameras))

    def _source(self, camera: CameraId, interval: Interval) -> Source:
        scope = Scope(cameras=frozenset({camera}))
        segments = tuple(self._catalogue.segments(scope, interval))
        gaps = tuple(self._catalogue.gaps(scope, interval))
        # Last, so that no purge hides the begin of the recording.
        since = self._catalogue.recorded_since([camera]).get(camera)
        stays = tuple(self._register.stays([camera]))
        return Source(self._register.camera(camera), segments, gaps, stays, since=since)

    def _require_listed(self, sources: tuple[Source, ...], interval: Interval) -> None:
        gaps = (
            (gap.camera, gap.interval, gap.reason.value)
            for source in sources
            for gap in source.timeline(interval).gaps
        )
        require_listed(self._catalogue, self._store, self._register, gaps, self._clock.now())

    def _statement(
        self, sources: tuple[Source, ...], interval: Interval, purpose: Purpose, intent: int
    ) -> Statement:
        now = self._clock.now()
        return Statement(
            bundle_id=timed_id(now),
            created=now,
            software_version=self._version,
            purpose=purpose,
            interval=interval,
            sources=sources,
            holds=tuple(self._register.holds()),
            custody=(intent, Head(*self._register.custody_head())),
        )

    def _write(
        self, statement: Statement, out: Path, progress: Callable[[int, int], None]
    ) -> ExportReport:
        segments = statement.segments()
        total = sum(segment.size_bytes for segment in segments)
        done = 0
        holes: dict[SegmentKey, list[Interval]] = {}
        with published(out, self._unfinished) as folder:
            for segment in segments:
                self._copy(segment, folder)
                # Stored by an earlier version, a segment may go on over a hole (invariant 11).
                holes[segment.key] = folder.holes(master_path(segment), segment.interval)
                done += segment.size_bytes
                progress(done, total)
            entries, imports = self._from_log(statement)
            statement = replace(statement.with_holes(holes), imports=imports)
            self._explain(statement, entries, folder)
            document = canonical(statements.manifest(statement, folder.files))
            made = folder.add(verify.MANIFEST, [document], "manifest")
            folder.add(verify.SUMS, [statements.sums(folder.files).encode("ascii")], "sums")
        gaps = tuple(statement.gaps())
        return ExportReport(
            out, statement.bundle_id, made.digest, len(segments), done, gaps, imports
        )

    def _copy(self, segment: Segment, folder: BundleFolder) -> None:
        try:
            fact = folder.add(master_path(segment), self._chunks(segment), "master")
        except NotFound as exc:
            raise DataLoss(
                f"segment {segment.key} is in the catalogue, but not in the store",
                hint="export again: what is being deleted leaves the catalogue; hold what must not",
            ) from exc
        if fact.digest != segment.digest:  # invariant 1
            raise DataLoss(
                f"segment {segment.key} is not what was recorded: "
                f"{fact.size_bytes} of {segment.size_bytes} bytes, digest {fact.digest}",
                hint="do not hand it over; look for its bytes in a copy of the store",
            )

    def _chunks(self, segment: Segment) -> Iterator[bytes]:
        # Ask for one byte past the end too: an object longer than recorded is altered as well.
        for offset in range(0, segment.size_bytes + 1, _CHUNK):
            yield self._store.get(segment.key, offset=offset, length=_CHUNK)

    def _from_log(self, statement: Statement) -> tuple[list[Json], tuple[ImportFact, ...]]:
        """Entries to disclose, and what the log tells of imported segments."""
        intent, _ = statement.custody
        finder = ImportFinder(statement.segments())
        entries = [
            entry.document()
            for entry in self._custody.read()
            # `see` first: the finder looks at every entry.
            if finder.see(entry) or entry.number == intent or _about(entry, statement.purpose.case)
        ]
        return entries, finder.facts()

    def _explain(self, statement: Statement, entries: Sequence[Json], folder: BundleFolder) -> None:
        _, head = statement.custody
        documents = {
            "gaps": {"gaps": statements.gaps_document(statement)},
            "clock": {"clock": statements.clock_document(statement)},
            "custody": {"count": head.count, "head": head.hash, "entries": list(entries)},
        }
        for name, document in documents.items():
            folder.add(f"provenance/{name}.json", [canonical(document)], "proof")
        folder.add("README.txt", [readme(statement).encode()], "readme")
        with seam(Path(verify.__file__)):
            script = Path(verify.__file__).read_bytes()
        folder.add("verify/verify.py", [script], "tool")


def _about(entry: Entry, case: str) -> bool:
    return bool(case) and entry.case == case and entry.action in _DISCLOSED


def _result(report: ExportReport) -> dict[str, object]:
    return {
        "bundle_id": report.bundle_id,
        "manifest": report.manifest,
        "segments": report.segments,
        "bytes": report.bytes,
        "gaps": len(report.gaps),
        "imports": len(report.imports),
    }
