"""An import at scale: files scanned, planned, imported singly, each with an outcome.

A bad file never stops the others. A store or a catalogue that goes away stops all, since every
further file would fail the same way; the same command goes on later, also after a kill at any
moment: stored segments are found again, half-stored files completed (`imports.importing`).

"Already stored" means: the ledger has a complete import of these bytes as this recording, *and* the
catalogue has as many segments of the import. So footage that retention has deleted since, or that a
catalogue has lost, is imported again, with a note that names the plan. Without the ledger the file
is cut again and each segment is found to be stored.

A dry run goes the same way up to the store, so its answers are those of the run.
"""

from __future__ import annotations

import errno
import logging
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from footage.custody import bracket
from footage.digest import Digest
from footage.errors import BadInput, Conflict, DataLoss, FootageError, NoSpace, Refused
from footage.import_run import run_prefix
from footage.instant import Elapsed, Interval
from recorder.imports.entry import MOST_BYTES, MOST_FILES, FileEntry, deed_of, done_of
from recorder.imports.ledger import Stamp
from recorder.imports.names import shown
from recorder.imports.originals import KeptOriginal
from recorder.imports.plan import Import, ImportPlan, Ready, Skip, Why, misdated
from recorder.imports.scan import FoundFile, scan
from recorder.imports.stating import Rules, state

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from footage.action import Purpose
    from footage.camera import Camera
    from footage.ids import CameraId
    from footage.segment import Segment
    from recorder.imports.cut import Cutting
    from recorder.imports.holding import HoldFirst
    from recorder.imports.importing import CameraImport, Importer
    from recorder.imports.ledger import ImportLedger

_PIECE: Final = 1 << 16
_MOMENT: Final = Elapsed.parse("1s")
_WITHOUT: Final = "without the file itself, which is stored now"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of the import of a file.

    Attributes:
        why: Reason why the file was not imported now; None for an imported file.
        ready: Camera and start of the recording, where known.
        segments: All stored segments of the file, in order.
        stored: Number of the segments that were stored now.
        error: Error shown to a person who named this file alone.
        container: FFmpeg's names of the container, of a file that was cut.
        original: The file itself, where stored beside its segments.
    """

    path: Path
    why: Why | None = None
    detail: str = ""
    ready: Ready | None = None
    segments: tuple[Segment, ...] = ()
    stored: int = 0
    notes: tuple[str, ...] = ()
    error: FootageError | None = None
    container: str = ""
    original: KeptOriginal | None = None

    @classmethod
    def of(cls, skip: Skip) -> Outcome:
        """The outcome of a file that the plan skips."""
        return cls(skip.path, skip.why, skip.detail)

    @property
    def fault(self) -> bool:
        """Whether footage may be missing because the file was not imported."""
        return self.why is not None and self.why.fault

    @property
    def word(self) -> str:
        """The outcome in a word: "kept", "skipped", "failed" or "not reached"."""
        return self.why.outcome if self.why else "kept"


class Intake:
    """Imports many files.

    Args:
        importer: Imports single files.
        ledger: Ledger of imports, which saves work.
        cutting: Settings of cutting into segments.
        purpose: Who imports, for which case, for the custody log.
        again: Whether the same bytes may be imported as another recording too.
        rehash: Whether files are read through even where the stamp is unchanged.
        hold_first: Places holds before segments are stored; None places none.
        dry: Whether everything is done but storing, holding and entering.
    """

    def __init__(  # noqa: PLR0913 - what an import is asked for
        self,
        importer: Importer,
        ledger: ImportLedger,
        cutting: Cutting,
        *,
        purpose: Purpose,
        again: bool = False,
        rehash: bool = False,
        hold_first: HoldFirst | None = None,
        dry: bool = False,
    ) -> None:
        self._purpose = purpose
        self._hold_first = hold_first
        self._dry = dry
        self._alike: dict[Digest | str, list[Ready]] = defaultdict(list)
        self._importer = importer
        self._ledger = ledger
        self._cutting = cutting
        self._again = again
        self._rehash = rehash
        self._stamps: dict[Path, Stamp] = {}
        self.stopped: FootageError | None = None
        """Reason why the remaining files were not reached; None if nothing stopped the import."""

    def look(
        self, paths: Iterable[Path], rules: Rules, told: Callable[[int], None]
    ) -> tuple[list[Ready], list[Skip]]:
        """Scan paths for recordings with camera, start and known digest, and for files to skip.

        Files of the same size that are alike in three places may be copies of each other, so only
        such files are read through. `told` is called with the number of files scanned so far.

        Raises:
            BadInput: A path does not exist.
        """
        ready: list[Ready] = []
        skips: list[Skip] = []
        for number, found in enumerate(scan(paths), start=1):
            told(number)
            if isinstance(found, FoundFile):
                self._stamps[found.path] = found.stamp
            one = self._stated(found, rules) if isinstance(found, FoundFile) else found
            if isinstance(one, Ready):
                ready.append(one)
            else:
                skips.append(one)
        skips += _unfound(rules, {each.path for each in ready} | {each.path for each in skips})
        return self._compared(ready, skips), skips

    def _stated(self, found: FoundFile, rules: Rules) -> Ready | Skip:
        """Camera and start of a file; a fault of one file never stops the others."""
        try:
            one = state(found, rules)
        except Exception as exc:  # noqa: BLE001 - see `_guarded`
            _log.exception("a look at %s", shown(found.path))
            return Skip(found.path, Why.FAILED, f"{type(exc).__name__}: {exc}")
        return replace(one, track=self._cutting.track) if isinstance(one, Ready) else one

    def _compared(self, ready: Sequence[Ready], skips: list[Skip]) -> list[Ready]:
        """Add digests that are known or needed; unreadable files go to `skips`."""
        sizes = Counter(one.size_bytes for one in ready)
        looks: dict[Path, bytes] = {}
        known: list[Ready] = []
        for one in ready:
            try:
                if sizes[one.size_bytes] > 1:
                    looks[one.path] = look_of(one.path, one.size_bytes)
            except OSError as exc:
                skips.append(Skip(one.path, Why.UNREADABLE, exc.strerror or str(exc)))
        alike = Counter(looks.values())
        for one in ready:
            if sizes[one.size_bytes] > 1 and one.path not in looks:
                continue
            try:
                digest = self._digest(one, read=alike[looks.get(one.path, b"")] > 1)
            except OSError as exc:
                skips.append(Skip(one.path, Why.UNREADABLE, exc.strerror or str(exc)))
                continue
            known.append(self._known(one, digest) if digest else one)
        return known

    def run(self, plan: ImportPlan, cameras: Mapping[CameraId, Camera]) -> Iterator[Outcome]:
        """Import the files of a plan, or find out what would happen to each where `dry`.

        Yields an outcome per file, skipped files first.

        When a store or catalogue that goes away ends the import early, `stopped` holds the error.
        """
        yield from (Outcome.of(skip) for skip in plan.skips)
        for one in plan.takes:
            if one.digest is not None:
                self._alike[one.digest].append(one)
        for camera, files in plan.cameras.items():
            yield from self._camera(cameras[camera], files)

    def _camera(self, camera: Camera, files: Sequence[Ready]) -> Iterator[Outcome]:
        waiting = list(files)
        try:
            if self._not_stopped:
                with self._importer.camera(camera) as session:
                    while waiting and self._not_stopped:
                        yield from self._together(session, camera, waiting)
        except Refused as exc:  # the camera is locked by another import: `_guarded` raises nothing
            yield from (
                Outcome(one.path, Why.BUSY, str(exc), ready=one, error=exc) for one in waiting
            )
            return
        except FootageError as exc:  # of the spool, a hold, or the custody log
            self.stopped = exc
        yield from (Outcome(one.path, Why.NOT_REACHED, ready=one) for one in waiting)

    @property
    def _not_stopped(self) -> bool:
        return self.stopped is None

    def _together(
        self, session: CameraImport, camera: Camera, waiting: list[Ready]
    ) -> Iterator[Outcome]:
        """Import the first files of `waiting`, and take these from the list, in one custody entry.

        1. Read the files through, and compare with earlier imports.
        2. Place holds, where asked for, before anything is stored.
        3. Enter the intent: without it nothing is stored (invariant 7).
        4. Import file by file; the outcome tells how far, whatever ends the import.
        """
        read = [self._guarded(one, partial(self._read, session)) for one in _first(waiting)]
        entering = [one for one in read if isinstance(one, Ready)]
        if not entering or self._dry:
            for one in read:
                yield self._finished(session, one, waiting)
            return
        if self._hold_first is not None:
            self._hold_first.hold(camera.id, filter(None, map(_time, read)))
        deed = deed_of(self._purpose, camera.id, [self._entry(one) for one in entering])
        with bracket(self._importer.custody, deed) as act:
            facts: list[dict[str, object]] = []
            for one in read:
                outcome = self._finished(session, one, waiting)
                if isinstance(one, Ready):
                    why = ": ".join(filter(None, (outcome.why or "", outcome.detail)))
                    facts.append(
                        done_of(
                            *(outcome.segments, outcome.stored, outcome.container, why),
                            outcome.original,
                        )
                    )
                    act.result = {"files": list(facts)}
                    act.complete = act.complete and not outcome.fault
                yield outcome
                if not self._not_stopped:
                    break

    def _finished(
        self, session: CameraImport, read: Ready | Outcome, waiting: list[Ready]
    ) -> Outcome:
        waiting.pop(0)
        if isinstance(read, Outcome):
            return read
        done = self._guarded(read, partial(self._import, session))
        return done if isinstance(done, Outcome) else Outcome(read.path, Why.NOT_REACHED)

    def _guarded(self, ready: Ready, act: Callable[[Ready], Ready | Outcome]) -> Ready | Outcome:
        """Do `act`; return faults of the file or the store as outcome, never raise."""
        try:
            return act(ready)
        except Conflict as exc:
            return Outcome(ready.path, Why.OVERLAP, str(exc), ready=ready, error=exc)
        except (BadInput, DataLoss) as exc:
            return Outcome(ready.path, Why.FAILED, str(exc), ready=ready, error=exc)
        except OSError as exc:
            error = BadInput(f"cannot read {shown(ready.path)}: {exc.strerror or exc}")
            return Outcome(ready.path, Why.UNREADABLE, str(error), ready=ready, error=error)
        except FootageError as exc:
            self.stopped = exc
            return Outcome(ready.path, Why.NOT_REACHED, str(exc), ready=ready, error=exc)
        except Exception as exc:  # noqa: BLE001 - the edge of a file, as a process has an edge
            # A file may be anything at all: no file of a thousand stops the others.
            _log.exception("import of %s", shown(ready.path))
            error = BadInput(f"{shown(ready.path.name)}: {type(exc).__name__}: {exc}")
            return Outcome(ready.path, Why.FAILED, str(error), ready=ready, error=error)

    def _read(self, session: CameraImport, ready: Ready) -> Ready | Outcome:
        """The file with digest and earlier imports; an outcome where nothing is to be stored."""
        if not self._not_stopped:
            return Outcome(ready.path, Why.NOT_REACHED, ready=ready)
        if ready.digest is None:
            digest = self._digest(ready, read=True)
            ready = self._known(ready, digest) if digest else ready
        if ready.before is not None:
            segments = tuple(session.stored(ready.before))
            whole = len(segments) >= ready.before.segments
            kept = self._kept(session, ready.before) if whole else None
            if whole and (kept or not self._cutting.keep_original):
                return Outcome(
                    *(ready.path, Why.STORED), ready=ready, segments=segments, original=kept
                )
            why = _WITHOUT if whole else f"{self._fate(ready.before)}: stored again"
            ready = replace(ready, notes=(*ready.notes, f"imported before, {why}"))
        gone = [one for one in ready.elsewhere if not session.stored(one)]
        against = [f"the same bytes were {_as(one)}, {self._fate(one)}" for one in gone]
        left = tuple(one for one in ready.imports if one not in gone)
        ready = replace(ready, imports=left)
        if ready.elsewhere and not self._again:
            wrong = Conflict(
                f"{shown(ready.path.name)}: the same bytes were {misdated(ready)}",
                hint="one of the two is wrong; where both are meant: --again",
            )
            return Outcome(ready.path, Why.MISDATED, str(wrong), ready=ready, error=wrong)
        against += [f"the same bytes were {_as(one)}" for one in ready.elsewhere]
        against += [
            f"the same bytes are taken in as {other.camera} from {other.stated.start} too"
            for other in self._alike.get(ready.digest or "", ())
            if other.identity != ready.identity
        ]
        return replace(ready, contradicts=(*ready.contradicts, *against))

    def _kept(self, session: CameraImport, before: Import) -> KeptOriginal | None:
        """The stored original of an earlier import, where originals are asked for."""
        if not self._cutting.keep_original:
            return None
        found = session.original(before.digest, before.start, before.track)
        return KeptOriginal(found, new=False) if found else None

    def _fate(self, before: Import) -> str:
        """End of a sentence: why segments of an earlier import are gone from the catalogue."""
        if self._importer.deletions is None:
            return "and its segments are gone since"
        window = Interval(before.start, max(before.end, before.start + _MOMENT))
        prefix = run_prefix(before.digest, before.start, before.track)
        for tombstone in self._importer.deletions.tombstones(camera=before.camera, interval=window):
            mine = (one for one in tombstone.segments if one.run.startswith(prefix))
            if any(one.key in tombstone.purged for one in mine):
                return f"deleted since by {tombstone.plan} ({tombstone.reason})"
        return "and its segments are gone since, by no plan of retention"

    def _entry(self, ready: Ready) -> FileEntry:
        if ready.digest is None:
            raise BadInput(f"{shown(ready.path)} was not read")
        return FileEntry(
            *(ready.path, ready.digest, ready.size_bytes, ready.stated, ready.track),
            ready.contradicts,
            keeps_original=self._cutting.keep_original,
        )

    def _import(self, session: CameraImport, ready: Ready) -> Outcome:
        if not session.has_room(ready.size_bytes):
            full = NoSpace(
                f"{shown(ready.path.name)}: no room to cut {ready.size_bytes} bytes on the spool's "
                "disk"
            )
            return Outcome(ready.path, Why.NO_ROOM, str(full), ready=ready, error=full)
        if Stamp.of(ready.path.stat()) != self._stamps[ready.path]:
            raise BadInput(
                f"{shown(ready.path.name)} changed meanwhile", hint="import it again later"
            )
        others = [one for one in ready.siblings if session.stored(one)]
        done = session.take(
            ready.path,
            ready.stated,
            self._cutting,
            digest=ready.digest,
            taken={one.track for one in others},
            before_storing=None if self._dry else partial(self._cover, ready.camera),
        )
        notes = (*ready.notes, *ready.contradicts, *done.notes)
        for one in others:
            notes = (*notes, f"track {one.track} was {_as(one)}")
        if ready.digest and not self._dry:
            # After the last row: a crash before this line costs another cut of the file.
            self._ledger.add(done.as_import(ready.path, ready.digest, ready.stated))
        new = done.original is not None and done.original.new
        why = None if done.stored or new else Why.STORED
        return Outcome(
            ready.path,
            why,
            ready=ready,
            segments=done.segments,
            stored=done.stored,
            notes=notes,
            container=done.container,
            original=done.original,
        )

    def _cover(self, camera: CameraId, whole: Interval) -> None:
        if self._hold_first is not None:
            self._hold_first.cover(camera, whole)

    def _known(self, ready: Ready, digest: Digest) -> Ready:
        return replace(ready, digest=digest, imports=self._ledger.imports(digest))

    def _digest(self, ready: Ready, *, read: bool) -> Digest | None:
        """The file's digest from the ledger, or with `read` from the file; raises OSError."""
        stamp = self._stamps[ready.path]
        known = None if self._rehash else self._ledger.digest(ready.path, stamp)
        if known is None and read:
            with ready.path.open("rb") as file:
                before = Stamp.of(os.fstat(file.fileno()))
                known = Digest.of_open(file)
                after = Stamp.of(os.fstat(file.fileno()))
            if not before == after == stamp:
                raise OSError(errno.EBUSY, "it changed while it was read")
            self._ledger.remember(ready.path, stamp, known)
        return known


def _first(waiting: Sequence[Ready]) -> list[Ready]:
    """The first files, as many as are entered in the custody log together; at least one."""
    taken: list[Ready] = []
    for one in waiting[:MOST_FILES]:
        if taken and sum(each.size_bytes for each in taken) + one.size_bytes > MOST_BYTES:
            break
        taken.append(one)
    return taken


def _time(one: Ready | Outcome) -> Interval | None:
    """The time of a recording as known before the file is cut; None where it is not known."""
    if isinstance(one, Ready):
        start, end = one.stated.start, one.end
        return Interval(start, end) if end and end > start else None
    if not one.segments:
        return None
    return Interval(one.segments[0].interval.start, max(each.interval.end for each in one.segments))


def _as(one: Import) -> str:
    return f"taken in as {one.camera} from {one.start}"


def look_of(path: Path, size_bytes: int) -> bytes:
    """Digest of three 64 KiB pieces of a file: tells most files of the same size apart.

    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        parts = []
        for at in (0, size_bytes // 2, max(size_bytes - _PIECE, 0)):
            file.seek(at)
            parts.append(file.read(_PIECE))
    return Digest.of(size_bytes.to_bytes(8, "big") + b"".join(parts)).raw


def _unfound(rules: Rules, there: Collection[Path]) -> list[Skip]:
    """Skips for files that the list names and the scan did not find."""
    return [
        Skip(path, Why.UNREADABLE, "it is in the list, but was not found")
        for path in rules.listed or ()
        if path not in there
    ]
