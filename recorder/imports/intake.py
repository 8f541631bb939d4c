"""An import at scale: files looked at, planned, taken in one by one, each with an outcome.

One bad file never stops the others. A store or a catalogue that goes away stops all, since every
further file would fail the same way; the same command goes on later. Killed at any moment it goes
on too: what is stored is found again, what is half stored is completed (`imports.importing`).

What "already stored" means: the ledger remembers that these bytes were taken in wholly as this
recording, *and* the catalogue has as many segments of it. So footage that retention has deleted
since, or a catalogue that was lost, is taken in again. Without the ledger the file is cut again
and each segment found to be there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import (
    BadInput,
    Conflict,
    DataLoss,
    FootageError,
    Misconfigured,
    NoSpace,
    Refused,
    Unavailable,
)
from recorder.imports.ledger import Stamp
from recorder.imports.plan import Plan, Ready, Skip, Why, misdated
from recorder.imports.scan import Found, scan
from recorder.imports.stating import Rules, state

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from footage.camera import Camera
    from footage.ids import CameraId
    from footage.segment import Segment
    from recorder.imports.cut import Cutting
    from recorder.imports.importing import CameraImport, Importer
    from recorder.imports.ledger import ImportLedger

_PIECE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        why: Why it was not taken now; None where it was.
        ready: Its camera and start, where they were known.
        segments: All of it that is stored, in order.
        stored: How many of them were stored now.
        error: What a person who named this one file is told.
    """

    path: Path
    why: Why | None = None
    detail: str = ""
    ready: Ready | None = None
    segments: tuple[Segment, ...] = ()
    stored: int = 0
    notes: tuple[str, ...] = ()
    error: FootageError | None = None

    @classmethod
    def of(cls, skip: Skip) -> Outcome:
        """Of a file that the plan passes by."""
        return cls(skip.path, skip.why, skip.detail)

    @property
    def fault(self) -> bool:
        """Whether footage may be missing."""
        return self.why is not None and self.why.fault

    @property
    def word(self) -> str:
        """In one word."""
        return self.why.outcome if self.why else "kept"


class Intake:
    """Imports many files.

    Args:
        importer: Takes in one.
        ledger: Saves work.
        cutting: How to cut.
        again: Whether the same bytes may be another recording too.
        rehash: Whether files are read through though nothing about them has changed.
    """

    def __init__(
        self,
        importer: Importer,
        ledger: ImportLedger,
        cutting: Cutting,
        *,
        again: bool = False,
        rehash: bool = False,
    ) -> None:
        self._importer = importer
        self._ledger = ledger
        self._cutting = cutting
        self._again = again
        self._rehash = rehash
        self._stamps: dict[Path, Stamp] = {}
        self.stopped: FootageError | None = None
        """Why the rest was not reached."""

    def look(
        self, paths: Iterable[Path], rules: Rules, told: Callable[[int], None]
    ) -> tuple[list[Ready], list[Skip]]:
        """What lies there, with camera and start and what is known of its digest.

        Files of one size that look alike in three places may be copies of each other, so those are
        read through; no others are. `told` hears how many have been looked at.

        Raises:
            BadInput: A path does not exist.
        """
        ready: list[Ready] = []
        skips: list[Skip] = []
        for number, found in enumerate(scan(paths), start=1):
            told(number)
            if isinstance(found, Found):
                self._stamps[found.path] = found.stamp
            one = state(found, rules) if isinstance(found, Found) else found
            if isinstance(one, Ready):
                ready.append(one)
            else:
                skips.append(one)
        skips += _unfound(rules, {each.path for each in ready} | {each.path for each in skips})
        return self._compared(ready, skips), skips

    def _compared(self, ready: Sequence[Ready], skips: list[Skip]) -> list[Ready]:
        """With the digests that are known or needed; what cannot be read goes to `skips`."""
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

    def run(self, plan: Plan, cameras: Mapping[CameraId, Camera]) -> Iterator[Outcome]:
        """Do it; what the plan skips comes first. After a stop, `stopped` says why."""
        yield from (Outcome.of(skip) for skip in plan.skips)
        for camera, files in plan.cameras.items():
            yield from self._camera(cameras[camera], files)

    def _camera(self, camera: Camera, files: Sequence[Ready]) -> Iterator[Outcome]:
        waiting = list(files)
        try:
            if self._going:
                with self._importer.camera(camera) as session:
                    while waiting and self._going:
                        yield self._one(session, waiting.pop(0))
        except Refused as exc:  # of the camera's lock: `_one` raises nothing
            yield from (
                Outcome(one.path, Why.BUSY, str(exc), ready=one, error=exc) for one in waiting
            )
            return
        except (Unavailable, Misconfigured) as exc:
            self.stopped = exc
        yield from (Outcome(one.path, Why.NOT_REACHED, ready=one) for one in waiting)

    @property
    def _going(self) -> bool:
        return self.stopped is None

    def _one(self, session: CameraImport, ready: Ready) -> Outcome:
        """Take in one file; never raises for what is wrong with it or with the store."""
        try:
            return self._taken(session, ready)
        except Conflict as exc:
            return Outcome(ready.path, Why.OVERLAP, str(exc), ready=ready, error=exc)
        except (BadInput, DataLoss) as exc:
            return Outcome(ready.path, Why.FAILED, str(exc), ready=ready, error=exc)
        except OSError as exc:
            error = BadInput(f"cannot read {ready.path}: {exc.strerror or exc}")
            return Outcome(ready.path, Why.UNREADABLE, str(error), ready=ready, error=error)
        except (Unavailable, Misconfigured) as exc:
            self.stopped = exc
            return Outcome(ready.path, Why.NOT_REACHED, str(exc), ready=ready, error=exc)

    def _taken(self, session: CameraImport, ready: Ready) -> Outcome:
        if ready.digest is None:
            digest = self._digest(ready, read=True)
            ready = self._known(ready, digest) if digest else ready
        if ready.before and not self._lost(session, ready):
            segments = tuple(session.stored(ready.before))
            return Outcome(ready.path, Why.STORED, ready=ready, segments=segments)
        ready = self._still_elsewhere(session, ready)
        if ready.elsewhere and not self._again:
            wrong = Conflict(
                f"{ready.path.name}: the same bytes were {misdated(ready)}",
                hint="one of the two is wrong; where both are meant: --again",
            )
            return Outcome(ready.path, Why.MISDATED, str(wrong), ready=ready, error=wrong)
        if not session.has_room(ready.size_bytes):
            full = NoSpace(
                f"{ready.path.name}: no room to cut {ready.size_bytes} bytes on the spool's disk"
            )
            return Outcome(ready.path, Why.NO_ROOM, str(full), ready=ready, error=full)
        if Stamp.of(ready.path.stat()) != self._stamps[ready.path]:
            raise BadInput(f"{ready.path.name} changed meanwhile", hint="import it again later")
        done = session.take(ready.path, ready.stated, self._cutting, digest=ready.digest)
        notes = (*ready.notes, *done.notes)
        if ready.elsewhere:
            notes = (*notes, f"the same bytes were {misdated(ready)}")
        if ready.digest:
            # After its last row: a crash before this line costs cutting it once more.
            self._ledger.add(done.as_import(ready.path, ready.digest, ready.stated))
        why = None if done.stored else Why.STORED
        return Outcome(
            ready.path, why, ready=ready, segments=done.segments, stored=done.stored, notes=notes
        )

    def _lost(self, session: CameraImport, ready: Ready) -> bool:
        """Whether a segment of what was taken in is gone since."""
        before = ready.before
        return before is not None and len(session.stored(before)) < before.segments

    def _still_elsewhere(self, session: CameraImport, ready: Ready) -> Ready:
        """Without those imports of the same bytes of which nothing is left."""
        gone = [one for one in ready.elsewhere if not session.stored(one)]
        for one in gone:
            self._ledger.forget(one)
        return replace(ready, imports=tuple(one for one in ready.imports if one not in gone))

    def _known(self, ready: Ready, digest: Digest) -> Ready:
        return replace(ready, digest=digest, imports=self._ledger.imports(digest))

    def _digest(self, ready: Ready, *, read: bool) -> Digest | None:
        """The file's digest, read through where it must be; OSError passes through."""
        stamp = self._stamps[ready.path]
        known = None if self._rehash else self._ledger.digest(ready.path, stamp)
        if known is None and read:
            known = Digest.of_file(ready.path)
            self._ledger.remember(ready.path, stamp, known)
        return known


def look_of(path: Path, size_bytes: int) -> bytes:
    """What tells most files of one size apart without reading them through; OSError passes."""
    with path.open("rb") as file:
        parts = []
        for at in (0, size_bytes // 2, max(size_bytes - _PIECE, 0)):
            file.seek(at)
            parts.append(file.read(_PIECE))
    return Digest.of(size_bytes.to_bytes(8, "big") + b"".join(parts)).raw


def _unfound(rules: Rules, there: Collection[Path]) -> list[Skip]:
    """What the list names and nobody found."""
    return [
        Skip(path, Why.UNREADABLE, "it stands in the list and is not there")
        for path in rules.listed or ()
        if path not in there
    ]
