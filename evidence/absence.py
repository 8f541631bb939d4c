"""Certify what is not there: of cameras in an interval, what exists, what does not, and why.

In this order: custody intent (invariant 7); the ledger's last checkpoint; of each camera the
segments and gaps of the catalogue, each segment looked at in the object store (invariant 11); what
was deleted, by the register's tombstones; the leaves of the ledger; the custody log, for who
deleted and who switched a camera off; the files; the folder appears whole; custody outcome. An
error or an interrupt leaves nothing under the final name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from evidence import verify
from evidence.absence_document import (
    Certificate,
    OfCamera,
    camera_document,
    certificate,
    manifest,
)
from evidence.absence_leaves import CameraLeaves, LedgerReader
from evidence.absence_parts import Gone, Known, OffTime, State, parts_of
from evidence.absence_pdf import PATHS, certificate_document
from evidence.absence_places import places_within
from evidence.absence_words import start_texts
from evidence.bundle import published, require_free
from evidence.canonical import canonical, plain
from evidence.custody import Head, extract
from evidence.custody_terms import of_camera, of_intent, of_plan
from evidence.ledger_bundle import keys_document
from evidence.manifest import sums
from footage.action import Action, Deed
from footage.asked_times import zone_of
from footage.custody import bracket
from footage.errors import BadInput, DataLoss, NotFound
from footage.ids import SegmentKey
from footage.instant import Elapsed, Interval
from footage.scope import Scope
from footage.timed_id import timed_id
from footage.unlisted import not_listed, require_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from evidence.absence_leaves import PlacedLeaf, ShownCheckpoint
    from evidence.bundle import BundleFolder
    from evidence.custody import Entry
    from evidence.custody_terms import Looked
    from evidence.export import CustodyLog
    from evidence.seal import BundleSeal
    from evidence.unfinished import Leftover, UnfinishedExports
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.digest import Digest
    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.log_keys import LogKey
    from footage.ports import Catalogue, DocumentMaker, Ledger, ObjectStore, Register
    from footage.ports.register import Tombstone
    from footage.segment import Segment
    from footage.span import Gap

_NEAR: Final = tuple(Elapsed.parse(text) for text in ("1h", "1d", "7d"))
"""How far around the interval the last picture before and the first after are looked for."""


@dataclass(frozen=True, slots=True)
class AbsenceReport:
    """Result of a certificate.

    Attributes:
        manifest: Digest of MANIFEST.json, to be noted when the certificate is handed over.
        cameras: What the certificate says of each camera.
        ledger: Why the ledger proves nothing; "" where there is a checkpoint.
        leftovers: What certificates and exports cut short left, and could not be removed.
        unsealed: Why the certificate has no signature, or no time stamp that was asked for; "" for
            neither.
    """

    folder: Path
    bundle_id: str
    manifest: Digest
    cameras: tuple[OfCamera, ...]
    ledger: str = ""
    leftovers: tuple[Leftover, ...] = ()
    unsealed: str = ""

    @property
    def proven(self) -> bool:
        """Whether all absence in the certificate is proven by leaves of the ledger."""
        return all(
            not each.unproven(part)
            for each in self.cameras
            for part in each.parts
            if part.state is State.ABSENT
        )

    def documents(self) -> list[dict[str, object]]:
        """Return what is said of each camera's time as plain values."""
        found = []
        for one in self.cameras:
            told = camera_document(one)
            names = ("camera", "name", "parts", "last_before", "first_after")
            found.append({name: plain(told[name]) for name in names})
        return found


@dataclass(slots=True)
class _Looked:
    """Facts read of a camera, before the custody log is read."""

    camera: CameraId
    segments: list[Segment]
    missing: list[Segment]
    tombstones: list[Tombstone]
    leaves: CameraLeaves
    near: tuple[Segment | None, Segment | None]
    since: Instant | None
    off: list[OffTime] = field(default_factory=list)


class AbsenceService:
    """Service that makes certificates of absence.

    Args:
        register: Cameras, and what retention deleted.
        catalogue: Segments and gaps.
        store: Segments, and the ledger's tree.
        ledger: The ledger's record.
        keys: Gives the log's public keys, former ones too.
        custody: The custody log.
        clock: Tells when the certificate is made.
        software_version: Version of the software, for the manifest.
        unfinished: Notes of folders being written.
        zone: IANA name of the time zone in which people are told times, where the cameras' sites
            share no other.
        documents: Makes PDF files; None: the certificate has none.
        seal: Signs certificates; None: certificates stay unsigned.
    """

    def __init__(  # noqa: PLR0913 - the ports a certificate goes through
        self,
        register: Register,
        catalogue: Catalogue,
        store: ObjectStore,
        *,
        ledger: Ledger,
        keys: Callable[[], Sequence[LogKey]],
        custody: CustodyLog,
        clock: Clock,
        software_version: str,
        unfinished: UnfinishedExports,
        zone: str = "UTC",
        documents: DocumentMaker | None = None,
        seal: BundleSeal | None = None,
    ) -> None:
        self._register, self._catalogue, self._store = register, catalogue, store
        self._ledger, self._keys, self._custody = ledger, keys, custody
        self._clock, self._version, self._unfinished = clock, software_version, unfinished
        self._zone, self._documents, self._seal = zone, documents, seal

    def require_possible(self, cameras: Collection[CameraId], interval: Interval) -> list[CameraId]:
        """Return the cameras in order, each once.

        Raises:
            BadInput: No camera, an unknown camera, or time that has not passed yet.
        """
        asked = sorted(set(cameras))
        if not asked:
            raise BadInput("a certificate needs at least one camera", hint="name a camera")
        for camera in asked:
            self._register.camera(camera)  # NotFound, which is a BadInput
        if interval.end > self._clock.now():
            raise BadInput(
                f"{interval.end} has not passed yet: footage may still come",
                hint="let the interval end in the past",
            )
        return asked

    def certify(
        self,
        cameras: Collection[CameraId],
        interval: Interval,
        out_folder: Path,
        purpose: Purpose,
        progress: Callable[[int, int], None] | None = None,
    ) -> AbsenceReport:
        """Write a certificate of what these cameras have of `interval`, and what they have not.

        Args:
            cameras: The cameras.
            interval: The time; it must have passed.
            out_folder: Absent or empty before; appears whole or not at all.
            purpose: Who asks, for which case.
            progress: Called with the cameras read and the cameras to read; raises to end early.

        Raises:
            BadInput: No camera, an unknown camera, or time that has not passed yet.
            CaseRequired: The purpose lacks a case or a code while `require_case` is set.
            Conflict: The folder exists and is not empty; or a checkpoint in the store is of another
                tree than the ledger's last: a fork.
            DataLoss: The catalogue does not list footage that is stored, or the stored tree is not
                that of the ledger; no certificate was made.
            NoSpace: The disk is full.
            Misconfigured: The folder may not be written.
            Unavailable: A store or the disk cannot be reached.
        """
        asked = self.require_possible(cameras, interval)
        require_free(out_folder)
        what = {"cameras": asked, "start": interval.start, "end": interval.end}
        deed = Deed(Action.ABSENCE, purpose, {**what, "folder": out_folder.name})
        with bracket(self._custody, deed) as act:  # invariant 7: no entry, no certificate
            made, documents = self._look(asked, interval, purpose, act.intent, progress)
            report = self._write(made, documents, out_folder)
            act.result = {
                "bundle_id": report.bundle_id,
                "manifest": report.manifest,
                "proven": report.proven,
            }
        return report

    # ---------------------------------------------------------------- reading

    def _look(
        self,
        cameras: Sequence[CameraId],
        interval: Interval,
        purpose: Purpose,
        intent: int,
        progress: Callable[[int, int], None] | None,
    ) -> tuple[Certificate, Looked]:
        read = 0
        tell = progress or (lambda _done, _all: None)
        state, now = self._ledger.state(), self._clock.now()
        reader = None
        if state.checkpoint:
            reader = LedgerReader(
                self._ledger, self._store, state, lambda: tell(read, len(cameras))
            )
            reader.require_not_forked(now)
        looked = []
        for camera in cameras:
            tell(read, len(cameras))
            leaves = reader.of(camera, interval) if reader else CameraLeaves()
            looked.append(self._look_at(camera, interval, leaves))
            read += 1
            tell(read, len(cameras))
        plans = {t.plan for one in looked for t in one.tombstones}
        told_by_log, head = self._entries(looked, plans, intent, interval)
        entries = told_by_log.entries
        purges = {str(e.what.get("plan")): e for e in entries if e.action is Action.PURGE}
        gaps = {
            camera: list(self._catalogue.gaps(Scope(cameras=frozenset({camera})), interval))
            for camera in cameras
        }
        before = reader.before(interval.start) if reader else None
        ledger_since = before.signed if before else None
        told = tuple(
            replace(self._of(one, interval, gaps[one.camera], purges), since=ledger_since)
            for one in looked
        )
        require_listed(
            self._catalogue,
            self._store,
            self._register,
            (
                (one.camera.id, part.interval, part.reason)
                for one in told
                for part in one.parts
                if part.state is State.ABSENT
            ),
            now,
        )
        made = Certificate(
            bundle_id=timed_id(now),
            created=now,
            software_version=self._version,
            purpose=purpose,
            interval=interval,
            cameras=told,
            custody=(intent, head),
            checkpoint=reader.checkpoint if reader else None,
            signed_at=state.signed_at if reader else None,
            before=before,
            fixed=self._fixed(reader, told),
            zone=zone_of(self._register, Scope(cameras=frozenset(cameras)), self._zone).key,
        )
        return made, told_by_log

    def _fixed(
        self, reader: LedgerReader | None, told: Iterable[OfCamera]
    ) -> ShownCheckpoint | None:
        firsts = [one.leaves.chain[0] for one in told if one.leaves.chain]
        return reader.covering(firsts) if reader else None

    def _look_at(self, camera: CameraId, interval: Interval, leaves: CameraLeaves) -> _Looked:
        scope = Scope(cameras=frozenset({camera}))
        listed = list(self._catalogue.segments(scope, interval))
        # After the segments: what a purge took away meanwhile is told by its tombstone.
        tombstones = self._register.tombstones(camera=camera, interval=interval)
        there = [segment for segment in listed if self._is_stored(segment)]
        found = {segment.key for segment in there}
        missing = [segment for segment in listed if segment.key not in found]
        since = self._catalogue.recorded_since([camera]).get(camera)
        near = (self._near(camera, interval, -1), self._near(camera, interval, 1))
        return _Looked(camera, there, missing, tombstones, leaves, near, since)

    def _is_stored(self, segment: Segment) -> bool:
        """Whether the object store has a segment, of the size that was stored.

        Raises:
            DataLoss: The object has another size than was stored.
        """
        try:
            there = self._store.head(segment.key)
        except NotFound:
            return False
        if there.size_bytes != segment.size_bytes:
            raise DataLoss(
                f"{segment.key} has {there.size_bytes} bytes, and {segment.size_bytes} were stored",
                hint="look for its bytes in a copy of the store",
            )
        return True

    def _is_there(self, key: str) -> bool:
        try:
            self._store.head(key)
        except NotFound:
            return False
        return True

    def _near(self, camera: CameraId, interval: Interval, side: int) -> Segment | None:
        """Return the segment right before the interval (-1) or behind (1), if that is stored."""
        scope = Scope(cameras=frozenset({camera}))
        for far in _NEAR:
            if side < 0:
                window = Interval(interval.start - far, interval.start)
                found = [
                    one
                    for one in self._catalogue.segments(scope, window)
                    if one.interval.end <= interval.start
                ]
                if found:
                    last = max(found, key=lambda one: one.interval.end)
                    return last if self._is_stored(last) else None
            else:
                window = Interval(interval.end, interval.end + far)
                for one in self._catalogue.segments(scope, window):
                    if one.interval.start >= interval.end:
                        return one if self._is_stored(one) else None
        return None

    def _entries(
        self, looked: Sequence[_Looked], plans: Collection[str], intent: int, interval: Interval
    ) -> tuple[Looked, Head]:
        """Return the entries to disclose, and note when cameras had no source.

        Entries of a plan, of a change of a source of these cameras, and the certificate's own.
        """
        by_camera = {str(one.camera): _Switch(one) for one in looked}
        terms = {of_intent(intent), *map(of_plan, plans), *map(of_camera, by_camera)}
        told = self._custody.about(terms)
        found: list[Entry] = []
        seen: set[object] = set()
        for entry in told.entries:
            if entry.number == intent:
                found.append(entry)
                break
            plan = entry.what.get("plan")
            purges = entry.action is Action.PURGE and plan in plans and plan not in seen
            switches = entry.action is Action.CAMERAS and _switches(entry, by_camera)
            if purges or switches:
                seen.add(plan)
                found.append(entry)
        for one in by_camera.values():
            one.end(interval.end)
        needed = {intent, *(off.entry for one in looked for off in one.off)}
        kept = [e for e in found if e.action is Action.PURGE or e.number in needed]
        return told._replace(entries=kept), Head(*self._register.custody_head())

    # ---------------------------------------------------------------- deciding

    def _of(
        self,
        looked: _Looked,
        interval: Interval,
        gaps: Sequence[Gap],
        purges: Mapping[str, Entry],
    ) -> OfCamera:
        leaves = looked.leaves.of(interval)
        gone: dict[str, tuple[Segment | PlacedLeaf, Gone, Instant | None]] = {}
        for tombstone in looked.tombstones:
            entry = purges.get(tombstone.plan)
            for segment in tombstone.segments:
                if segment.key in tombstone.purged and segment.interval.overlaps(interval):
                    why = Gone(
                        segment.interval,
                        tombstone.reason,
                        tombstone.plan,
                        entry.number if entry else None,
                        entry.actor if entry else "",
                    )
                    gone[segment.key] = (segment, why, tombstone.closed_at)
        for segment in looked.missing:
            gone.setdefault(segment.key, (segment, Gone(segment.interval), None))
        there = {segment.key for segment in looked.segments}
        for key, leaf in leaves.items():
            gone.setdefault(key, (leaf, Gone(leaf.leaf.draft.interval), None))
        # Deleted and stored again since, or found in the store: what is there is there.
        gone = {key: each for key, each in gone.items() if key not in there}
        for key in gone:
            if self._is_there(key):
                raise not_listed(SegmentKey(key))
        known = Known(
            looked.camera,
            [segment.interval for segment in looked.segments],
            [why for _, why, _ in gone.values()],
            gaps,
            looked.off,
            looked.since,
        )
        camera = self._register.camera(looked.camera)
        stays = self._register.stays([looked.camera])
        return OfCamera(
            camera=camera,
            interval=interval,
            parts=tuple(parts_of(known, interval)),
            segments=tuple(looked.segments),
            gone=tuple(gone.values()),
            leaves=looked.leaves,
            near=looked.near,
            stood=tuple(places_within(camera, stays, looked.segments, interval)),
        )

    # ---------------------------------------------------------------- writing

    def _write(self, made: Certificate, looked: Looked, out: Path) -> AbsenceReport:
        _, head = made.custody
        custody = extract(head, looked.entries, by_index=looked.by_index)
        unsealed = ""
        with published(out, self._unfinished) as folder:
            if self._seal:
                made = replace(made, crypto=self._seal.promise(folder))
            told = folder.add(verify.CERTIFICATE, [canonical(certificate(made))], "certificate")
            folder.add("provenance/custody.json", [canonical(custody)], "proof")
            self._proofs(made, folder)
            for name, text in start_texts(made).items():
                folder.add(name, [text.encode()], "readme")
            if self._documents is not None:
                for language, name in PATHS.items():
                    document = certificate_document(made, language, told.digest.hex)
                    pdf = self._documents.pdf(document, language, made.created)
                    folder.add(name, [pdf], "report")
            folder.add_tool()
            stated = canonical(manifest(made, folder.files))
            listed = folder.add(verify.MANIFEST, [stated], "manifest")
            if self._seal:
                unsealed = self._seal.write(folder, stated, made.crypto)
            folder.add(verify.SUMS, [sums(folder.files).encode("ascii")], "sums")
        return AbsenceReport(
            out,
            made.bundle_id,
            listed.digest,
            made.cameras,
            "" if made.checkpoint else "no checkpoint of a ledger was signed here yet",
            folder.leftovers,
            unsealed,
        )

    def _proofs(self, made: Certificate, folder: BundleFolder) -> None:
        if made.checkpoint is None:
            return
        notes = {"": made.checkpoint}
        notes |= {".before": made.before.checkpoint} if made.before else {}
        notes |= {".fixed": made.fixed.checkpoint} if made.fixed else {}
        for name, checkpoint in notes.items():
            folder.add(f"proofs/checkpoint{name}", [checkpoint.note().encode()], "proof")
        keys = keys_document(made.checkpoint.origin, self._keys())
        folder.add("proofs/ledger.json", [canonical(keys)], "proof")


class _Switch:
    """Notes when a camera had no source, from entries of the custody log in order."""

    def __init__(self, looked: _Looked) -> None:
        self._looked = looked
        self._since: Entry | None = None

    def change(self, entry: Entry, before: object, after: object) -> bool:
        had = bool(before["source"]) if isinstance(before, dict) and "source" in before else False
        has = bool(after["source"]) if isinstance(after, dict) and "source" in after else False
        if had == has:
            return False
        if self._since is not None:
            self._note(self._since, entry.instant)
        self._since = None if has else entry
        return True

    def end(self, at: Instant) -> None:
        if self._since is not None:
            self._note(self._since, at)

    def _note(self, entry: Entry, until: Instant) -> None:
        if entry.instant < until:
            time = Interval(entry.instant, until)
            self._looked.off.append(OffTime(time, entry.number, entry.actor))


def _switches(entry: Entry, cameras: Mapping[str, _Switch]) -> bool:
    """Note the changes of sources that an entry tells; return whether any camera was switched."""
    changes = entry.what.get("changes")
    told = False
    for change in changes if isinstance(changes, list) else ():
        switch = cameras.get(str(change.get("camera"))) if isinstance(change, dict) else None
        if switch is not None:
            told = switch.change(entry, change.get("before"), change.get("after")) or told
    return told
