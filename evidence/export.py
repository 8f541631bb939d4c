"""Export footage as a bundle that a court can check without access to Footage.

Custody intent → segments, and the original files of imports, copied byte for byte, each checked
against the digest taken when it was stored (invariant 1) → provenance, README, verifier → manifest
→ signature and time stamp → checksums → the folder appears → custody outcome. Where a segment or an
original differs from its recorded digest the export stops and no bundle is made.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from evidence import manifest as statements
from evidence import verify
from evidence.approvals import Leave, export_act, nobody_needed, views_facts
from evidence.bundle import published, require_free
from evidence.cameras_at import cameras_at
from evidence.canonical import canonical
from evidence.clip_files import ClipFiles
from evidence.clips import clips
from evidence.custody import Entry, Head, extract
from evidence.custody_terms import Looked, of_case, of_file, of_intent, outcomes_of_imports
from evidence.imports import ImportFinder, OriginalFact
from evidence.manifest import Source, Statement, master_path, original_path
from evidence.readme import readme
from evidence.redaction import redactions_document, require_met
from evidence.report import FILES
from evidence.start_here import StartFacts, start_pages
from footage.action import Action, Deed
from footage.custody import bracket
from footage.errors import BadInput, DataLoss, Misconfigured, NotFound
from footage.originals import Original, keys_for, stored_original
from footage.ports import EVERYWHERE, Custody, Scope
from footage.recipient_rule import ANY_RECIPIENT
from footage.timed_id import timed_id
from footage.unlisted import require_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from evidence.approvals import AskLeave, Given
    from evidence.bundle import BundleFolder
    from evidence.custody_tree import CustodyProofs
    from evidence.imports import ImportFact
    from evidence.ledger_bundle import BundleProofs
    from evidence.papers import Papers
    from evidence.seal import BundleSeal
    from evidence.unfinished import Leftover, UnfinishedExports
    from evidence.view_making import Views
    from evidence.views import View, ViewsAsked
    from footage.action import Purpose
    from footage.case import CaseDocument
    from footage.clock import Clock
    from footage.digest import Digest
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Interval
    from footage.ports import Catalogue, ObjectStore, Register
    from footage.recipient_rule import RecipientRule
    from footage.segment import Segment
    from footage.span import Gap
    from footage.stays import Windows

_CHUNK: Final = 8 << 20
_AT_ONCE: Final = 2
"""Segments copied at the same time."""
_DISCLOSED: Final = frozenset({Action.VIEW, Action.EXPORT, Action.HOLD, Action.RELEASE})
"""Actions disclosed in a bundle; searches are not, because queries show whom else the
investigation looked for."""
_NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
REDACTIONS: Final = "provenance/redactions.json"
_LEAVE_OUT: Final = "export without originals, and look for the file that was imported"


class CustodyLog(Custody, Protocol):
    """A custody log that can be read as well as written."""

    def about(self, terms: Collection[str]) -> Looked:
        """Return the entries of any of these terms (`evidence.custody_terms`), in order."""
        ...


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Result of an export.

    Attributes:
        manifest: Digest of MANIFEST.json, to be noted when the bundle is handed over.
        bytes: Total size of the master files.
        gaps: Missing parts of the footage asked for, with reasons.
        imports: Files from which imported segments were cut.
        original_bytes: Total size of the original files in the bundle.
        asked: The time asked for of each camera; parts where places were asked for.
        leftovers: What earlier exports cut short left, and this export could not remove.
        views: Films for viewing in the bundle.
        views_alone: Whether the bundle holds no recorded pictures but these films.
        unsealed: Why the bundle has no signature, or no time stamp that was asked for; "" for
            neither.
    """

    folder: Path
    bundle_id: str
    manifest: Digest
    segments: int
    bytes: int
    gaps: tuple[Gap, ...]
    imports: tuple[ImportFact, ...] = ()
    original_bytes: int = 0
    asked: Windows = field(default_factory=dict)
    leftovers: tuple[Leftover, ...] = ()
    unsealed: str = ""
    views: tuple[View, ...] = ()
    views_alone: bool = False

    @property
    def originals(self) -> int:
        """Number of original files in the bundle."""
        return sum(bool(one.original and one.original.path) for one in self.imports)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing of the footage asked for."""
        return not self.gaps and not self.views_alone


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
        proofs: BundleProofs | None = None,
        papers: Papers | None = None,
        custody_proofs: CustodyProofs | None = None,
        seal: BundleSeal | None = None,
        zone: str = "UTC",
        leave: AskLeave = nobody_needed,
        recipients: RecipientRule = ANY_RECIPIENT,
        documents: Callable[[str], Sequence[CaseDocument]] = lambda _case: (),
        views: Views | None = None,
    ) -> None:
        self._register = register
        self._catalogue = catalogue
        self._store = store
        self._custody = custody
        self._clock = clock
        self._version = software_version
        self._unfinished = unfinished
        self._proofs = proofs
        self._papers = papers
        self._custody_proofs = custody_proofs
        self._seal = seal
        self._zone = zone
        self._leave = leave
        self._recipients = recipients
        self._documents = documents
        self._views = views

    def export(  # noqa: PLR0913 - each says another part of what is asked for
        self,
        cameras: Collection[CameraId],
        interval: Interval,
        out_folder: Path,
        purpose: Purpose,
        progress: Callable[[int, int], None] | None = None,
        *,
        places: Scope = EVERYWHERE,
        originals: bool = True,
        derived: bool = False,
        addressed: Mapping[str, str] = _NOBODY,
        views: ViewsAsked | None = None,
        entered: Callable[[], object] = lambda: None,
        given: Given | None = None,
    ) -> ExportReport:
        """Write a bundle of everything these cameras have of `interval`.

        Args:
            cameras: Cameras asked for; a camera without footage is listed with a gap. None where
                places are asked for: all cameras that stood there.
            interval: Time asked for; whole segments that overlap the interval are delivered.
            out_folder: Absent or empty before; appears whole or not at all.
            purpose: Who exports, for which case.
            progress: Called with the bytes copied and the bytes to copy.
            places: Sites, districts or a circle: of each camera the time is exported in which the
                camera stood there, as the register tells.
            originals: Whether the original files of imports are in the bundle: a file may show more
                than the time asked for. The manifest names a file that is left out, too.
            derived: Whether a playable clip of each unbroken stretch is in the bundle beside the
                stored segments; the bundle is about twice as large.
            addressed: Who is to be given the bundle, of which kind that is, and on whose order, by
                `recipient`, `recipient_kind` and `authority`; entered in the custody log with the
                export.
            views: How films for viewing are asked for; None: the bundle has none.
            entered: Called when the intent is entered, so that a checkpoint may be signed that
                stands for that entry too.
            given: The request by which a job exports, where a second person approved the export.

        Raises:
            ApprovalRequired: A second person must approve this export first.
            BadInput: No camera, an unknown camera or place, or no camera stood there; a redaction
                of nothing that is asked for; films for viewing longer than allowed, or alone with
                clips; or the recipient is not said as the settings ask.
            NotPermitted: The settings do not let this person export to such a recipient.
            NotFound: Nothing of the time asked for is stored of any camera; no bundle was made.
            CaseRequired: The purpose lacks a case or a code while `require_case` is set.
            Conflict: The folder exists and is not empty, or something else is in the way.
            DataLoss: A stored segment is absent or not as recorded, or the catalogue does not list
                footage that is stored; no bundle was made.
            NoSpace: The disk is full.
            Misconfigured: The folder may not be written.
            Unavailable: Catalogue, store or disk cannot be reached.
        """
        self._recipients.require(addressed, purpose.actor, originals=originals)
        places = replace(places, cameras=frozenset())
        asked = self._asked(cameras, interval, places)
        require_free(out_folder)
        if views:
            require_met(views.redactions, asked)
            if views.alone and derived:
                raise BadInput("clips hold the recorded pictures", hint="ask without clips")
            originals = originals and not views.alone
        act_asked = export_act(
            asked,
            interval,
            places,
            purpose,
            originals=originals,
            derived=derived,
            addressed=addressed,
            views=views,
        )
        outside = self._recipients.goes_outside(addressed)
        leave = self._leave(act_asked, given) if outside else Leave()
        deed = Deed(
            Action.EXPORT,
            purpose,
            {
                "cameras": sorted(asked),
                **places.places(),
                "start": interval.start,
                "end": interval.end,
                "folder": out_folder.name,
                **({} if originals else {"originals": "left out"}),
                **({"clips": "made"} if derived else {}),
                **views_facts(views),
                **addressed,
                **leave.facts,
            },
        )
        with bracket(self._custody, deed) as act:  # invariant 7: no entry, no export
            entered()
            sources = tuple(self._source(camera, asked[camera]) for camera in sorted(asked))
            self._require_listed(sources)
            if not any(source.segments for source in sources):
                raise NotFound(
                    f"no footage of {', '.join(sorted(asked))} is stored from {interval.start} to "
                    f"{interval.end}; no bundle was made"
                )
            statement = replace(
                self._statement(sources, interval, purpose, act.intent),
                places=places,
                addressed=addressed,
                documents=tuple(self._documents(purpose.case)),
                clips=tuple(
                    clip for source in sources if derived for clip in clips(source.segments)
                ),
            )
            if views and self._views:
                self._views.require_short(statement)
            told = progress or (lambda _done, _all: None)
            leave.use()  # before the first byte is given out
            report = self._write(
                statement, out_folder, told, originals=originals, addressed=addressed, views=views
            )
            act.result = _result(report)
        return report

    def _asked(
        self, cameras: Collection[CameraId], interval: Interval, places: Scope
    ) -> Mapping[CameraId, tuple[Interval, ...]]:
        """Return the time asked for of each camera."""
        for camera in cameras:
            self._register.camera(camera)  # NotFound, which is a BadInput
        if places.by_place:
            scope = replace(places, cameras=frozenset(cameras))
            return cameras_at(self._register, scope, interval)
        if not cameras:
            raise BadInput("an export needs at least one camera")
        return dict.fromkeys(cameras, (interval,))

    def _source(self, camera: CameraId, asked: tuple[Interval, ...]) -> Source:
        scope = Scope(cameras=frozenset({camera}))
        # A segment may touch two parts of the time, a gap too: each is named once.
        segments = {s.key: s for part in asked for s in self._catalogue.segments(scope, part)}
        gaps = dict.fromkeys(gap for part in asked for gap in self._catalogue.gaps(scope, part))
        # Last, so that no purge hides the begin of the recording.
        since = self._catalogue.recorded_since([camera]).get(camera)
        stays = tuple(self._register.stays([camera]))
        return Source(
            self._register.camera(camera),
            asked,
            tuple(segments.values()),
            tuple(gaps),
            stays,
            since=since,
        )

    def _require_listed(self, sources: tuple[Source, ...]) -> None:
        gaps = (
            (gap.camera, gap.interval, gap.reason.value)
            for source in sources
            for gap in source.missing()
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
        self,
        statement: Statement,
        out: Path,
        progress: Callable[[int, int], None],
        *,
        originals: bool,
        addressed: Mapping[str, str],
        views: ViewsAsked | None,
    ) -> ExportReport:
        segments, kept = statement.segments(), self._originals(statement, included=originals)
        copied = [one.original for one in kept.values() if one and one.path]
        of_originals = sum(original.size_bytes for original in copied)
        of_segments = sum(segment.size_bytes for segment in segments)
        # Films for viewing are coded from the same bytes again.
        total = of_originals + of_segments * (2 if views else 1)
        done = 0
        holes: dict[SegmentKey, list[Interval]] = {}
        signed: dict[SegmentKey, str] = {}
        unsealed = ""
        with published(out, self._unfinished) as folder:
            with closing(self._masters(segments, folder)) as masters:
                for segment, found, kind in masters:
                    holes[segment.key], signed[segment.key] = found, kind
                    done += segment.size_bytes
                    progress(done, total)
            for original in copied:
                self._copy(original, folder)
                done += original.size_bytes
                progress(done, total)
            if self._seal:
                statement = replace(statement, crypto=self._seal.promise(folder))
            signer = self._seal.clip_signer(statement.crypto) if self._seal else None
            sites = {site.id: site for site in self._register.sites()}
            statement = ClipFiles(statement, sites, signer, folder).write()
            looked, imports = self._from_log(statement, kept, included=originals)
            proven = self._proofs.write(segments, folder) if self._proofs else None
            tree = None
            if proven and self._custody_proofs:  # whose keys are those of the ledger
                tree = self._custody_proofs.write(looked.entries, folder)
            statement = replace(
                statement.with_seen(holes, signed),
                imports=imports,
                ledger=proven,
                custody_tree=tree,
            )
            if views:
                statement = self._viewed(
                    statement, views, folder, lambda count: progress(done + count, total)
                )
            statement = self._for_people(statement, looked, addressed, folder)
            document = canonical(statements.manifest(statement, folder.files))
            made = folder.add(verify.MANIFEST, [document], "manifest")
            if self._seal:
                unsealed = self._seal.write(folder, document, statement.crypto)
            folder.add(verify.SUMS, [statements.sums(folder.files).encode("ascii")], "sums")
        gaps = tuple(statement.gaps())
        return ExportReport(
            *(out, statement.bundle_id, made.digest, len(segments), done - of_originals, gaps),
            imports,
            of_originals,
            {source.camera.id: source.asked for source in statement.sources},
            folder.leftovers,
            unsealed,
            statement.views,
            statement.views_alone,
        )

    def _for_people(
        self,
        statement: Statement,
        looked: Looked,
        addressed: Mapping[str, str],
        folder: BundleFolder,
    ) -> Statement:
        """Write what people read; return the statement with stills and report."""
        if self._papers and not statement.views_alone:
            statement = self._papers.stills(statement, folder)
        facts = self._facts(statement, addressed)
        if self._papers:
            keys = self._proofs.fingerprints(statement.created) if self._proofs else ()
            said = self._papers.report(facts, addressed, keys, folder)
            statement = replace(statement, report=said)
            facts = replace(facts, statement=statement, reports=tuple(FILES.values()))
        self._explain(statement, looked, folder)
        for name, page in start_pages(facts).items():
            folder.add(name, [page.encode()], "readme")
        return statement

    def _facts(self, statement: Statement, addressed: Mapping[str, str]) -> StartFacts:
        sites = {site.id: site for site in self._register.sites()}
        return StartFacts(statement, addressed.get("recipient", ""), sites, self._zone)

    def _viewed(
        self,
        statement: Statement,
        asked: ViewsAsked,
        folder: BundleFolder,
        told: Callable[[int], None],
    ) -> Statement:
        """Write the films for viewing; return the statement with these."""
        if self._views is None:
            raise Misconfigured("films for viewing cannot be made here")
        statement = self._views.write(self._facts(statement, {}), asked, folder, told)
        if asked.redactions:
            document = canonical(redactions_document(asked.redactions))
            folder.add(REDACTIONS, [document], "proof")
        if asked.alone:
            if not statement.views:
                raise NotFound(
                    "no picture lies in the time asked for: a bundle of films for viewing alone "
                    "would be empty"
                )
            folder.leave_out({"master"})
        return statement

    def _originals(self, statement: Statement, *, included: bool) -> dict[str, OriginalFact | None]:
        """The stored originals of the segments by key; asks the store once for each import.

        None is for an original that is left out and cannot be read.
        """
        found: dict[str, OriginalFact | None] = {}
        for key in keys_for(statement.segments()):
            try:
                if one := stored_original(self._store, key):
                    found[key] = OriginalFact(one, original_path(one) if included else None)
            except DataLoss as exc:
                if included:
                    raise DataLoss(str(exc), hint=_LEAVE_OUT) from exc
                found[key] = None
        return found

    def _masters(
        self, segments: Sequence[Segment], folder: BundleFolder
    ) -> Generator[tuple[Segment, list[Interval], str]]:
        """Copy segments, in order, and yield each with holes and kind of camera signatures.

        While one is synced to the disk, the next is read and hashed. Once closed, nothing writes to
        the folder any more.
        """

        def copied(segment: Segment) -> tuple[Segment, list[Interval], str]:
            self._copy(segment, folder)
            path = master_path(segment)
            # Stored by an earlier version, a segment may go on over a hole (invariant 11).
            holes = folder.holes(path, segment.interval)
            # The recorder looked at the same bytes, as the digest says.
            return segment, holes, segment.media.signed or folder.signed(path)

        with ThreadPoolExecutor(_AT_ONCE, "export") as pool:
            tasks = [pool.submit(copy_context().run, copied, segment) for segment in segments]
            try:
                for task in tasks:
                    yield task.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _copy(self, stored: Segment | Original, folder: BundleFolder) -> None:
        what, path, role = _named(stored)
        try:
            fact = folder.add(path, self._chunks(stored), role)
        except NotFound as exc:
            raise DataLoss(
                f"{what} {stored.key} was to be exported, but is not in the store",
                hint="export again: what is being deleted leaves the catalogue; hold what must not",
            ) from exc
        if fact.digest != stored.digest:  # invariant 1
            raise DataLoss(
                f"{what} {stored.key} is not what was recorded: "
                f"{fact.size_bytes} of {stored.size_bytes} bytes, digest {fact.digest}",
                hint="do not hand it over; look for its bytes in a copy of the store",
            )

    def _chunks(self, stored: Segment | Original) -> Iterator[bytes]:
        # Ask for one byte past the end too: an object longer than recorded is altered as well.
        for offset in range(0, stored.size_bytes + 1, _CHUNK):
            yield self._store.get(stored.key, offset=offset, length=_CHUNK)

    def _from_log(
        self,
        statement: Statement,
        kept: Mapping[str, OriginalFact | None],
        *,
        included: bool,
    ) -> tuple[Looked, tuple[ImportFact, ...]]:
        """Entries to disclose, and what the log tells of imported segments.

        Raises:
            DataLoss: An original in the bundle is not the file that the log names.
        """
        intent, _ = statement.custody
        finder = ImportFinder(statement.segments())
        looked = self._looked(statement, intent, finder)
        entries = [
            entry
            for entry in looked.entries
            # `see` first: the finder looks at every entry.
            if finder.see(entry) or entry.number == intent or _about(entry, statement.purpose.case)
        ]
        imports = [
            one.with_original(kept[one.original_key]) if one.original_key in kept else one
            for one in finder.facts()
        ]
        for one in imports:
            if included and one.original_fault:
                raise DataLoss(one.original_fault, hint=_LEAVE_OUT)
        return looked._replace(entries=entries), tuple(imports)

    def _looked(self, statement: Statement, intent: int, finder: ImportFinder) -> Looked:
        """Return the entries of the case and of imports of the same files, and the own intent."""
        terms = {of_intent(intent), *map(of_file, finder.digests)}
        if statement.purpose.case:
            terms.add(of_case(statement.purpose.case))
        first = self._custody.about(terms)
        outcomes = outcomes_of_imports(first.entries)
        if not outcomes:
            return first
        then = self._custody.about(outcomes)
        both = {entry.number: entry for entry in (*first.entries, *then.entries)}
        entries = [both[number] for number in sorted(both)]
        return Looked(entries, first.by_index or then.by_index)

    def _explain(self, statement: Statement, looked: Looked, folder: BundleFolder) -> None:
        _, head = statement.custody
        documents = {
            "gaps": {"gaps": statements.gaps_document(statement)},
            "clock": {"clock": statements.clock_document(statement)},
            "custody": extract(head, looked.entries, by_index=looked.by_index),
        }
        for name, document in documents.items():
            folder.add(f"provenance/{name}.json", [canonical(document)], "proof")
        folder.add("README.txt", [readme(statement).encode()], "readme")
        folder.add_tool()
        folder.add_tool(".html")


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
        **({"originals": report.originals} if report.originals else {}),
        **({"views": len(report.views)} if report.views else {}),
    }


def _named(stored: Segment | Original) -> tuple[str, str, str]:
    """Return kind for people, path in the bundle and role of what is copied."""
    if isinstance(stored, Original):
        return "original", original_path(stored), "original"
    return "segment", master_path(stored), "master"
