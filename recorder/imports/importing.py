"""Recordings from outside: any file FFmpeg reads becomes segments of a camera, pictures copied.

An imported segment goes the same way into the store as a recorded segment
(`recorder.store.ingest`), with a stated wall time. An import repeated with the same file and start
changes nothing; an interrupted import goes on: the file itself is the spool, and every segment of
the file has a deterministic name (invariant 2).

Order: file opened, tracks looked at, file cut on local disk, conflicts looked for; the caller is
told the interval, and may place a hold; segments are stored. A dry run does all of that up to the
caller and the store, so its answer is that of the import.

Where asked for, the file itself is stored last (`recorder.imports.originals`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.action import Purpose
from footage.custody import bracket
from footage.durable import seam
from footage.errors import Conflict, Refused, Unavailable
from footage.ids import CameraId
from footage.import_run import import_run, run_of, run_prefix
from footage.instant import ZERO, Elapsed, Interval, union
from footage.originals import Original, key_for, key_of
from footage.scope import Scope
from footage.span import Gap, GapReason
from footage.stays import Stay, Whereabouts
from recorder.capture.command_line import DEFAULT_LENGTH, LONGEST
from recorder.imports import matroska
from recorder.imports.container import is_bare, told
from recorder.imports.cut import GUESSED_RATE, Cut, Cutting, cut, late, spooled
from recorder.imports.entry import FileEntry, deed_of, done_of
from recorder.imports.limits import (
    check_boxes,
    check_contents,
    check_duration,
    check_known_size,
    check_pixels,
)
from recorder.imports.names import shown
from recorder.imports.opened import opened
from recorder.imports.originals import KeptOriginal, Originals
from recorder.imports.plan import Import, Stated
from recorder.imports.runs import cut_of, is_of_same_import
from recorder.imports.tracks import account, chosen, contents
from recorder.spool.spool import CameraSpool, Spooled
from recorder.store.ingest import Ingest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.camera import Camera
    from footage.clock import Clock
    from footage.digest import Digest
    from footage.instant import Instant
    from footage.ports import Catalogue, Custody, Deletions, Holds, ObjectStore
    from footage.segment import Segment
    from recorder.imports.limits import Limits
    from recorder.imports.opened import OpenedFile
    from recorder.ports import Launcher
    from recorder.store.leaf_queue import LeafQueue

_FOLDER: Final = ".import"  # no camera's name: the recorder ignores this folder
_NAMED: Final = 3
_TOGETHER: Final = 20
"""Rows written at once: a catalogue takes 20 as fast as one; a crash costs up to 20 puts."""
_FIRST: Final = Elapsed.parse("1s")
_SHORT: Final = Elapsed.parse("5s")
"""Difference from the stated length or end above which a note is given."""
_SPARE: Final = 64 << 20
_BESIDE: Final = Elapsed.parse("200ms")
"""Sound of an ordinary file begins this near the first picture."""
_NOBODY: Final = Purpose("service:import")
_NO_PICTURES: Final = "the imported file holds no picture of this time"


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of the import of a file.

    Attributes:
        segments: All segments of the file, in order, whether stored now or before.
        stored: Number of segments stored now, or by a dry run that would be; 0 where all had been
            stored before.
        notes: Notes on doubts, assumptions and omissions, for people.
        track: Track of pictures that was kept, counted from 1.
        container: FFmpeg's names of the file's container.
        at: When the import began.
        original: The file itself, where stored beside its segments, or by a dry run to be stored.
    """

    segments: tuple[Segment, ...]
    stored: int
    notes: tuple[str, ...]
    track: int
    container: str
    at: Instant
    original: KeptOriginal | None = None

    def as_import(self, path: Path, digest: Digest, stated: Stated) -> Import:
        """The entry for the ledger."""
        camera, end = self.segments[0].camera, self.segments[-1].interval.end
        many = len(self.segments)
        return Import(digest, camera, stated.start, end, many, shown(path), self.track, self.at)


Look = Callable[[Path], str]
"""Looks at a segment as the indexer would; returns why it cannot be searched, "" where it can."""
Stays = Callable[[Collection[CameraId]], list[Stay]]
"""Gives the stays of cameras, those of a camera in order of time."""

BeforeStoring = Callable[[Interval], None]
"""Called with the whole interval of a file before the first segment is stored, e.g. to hold it."""


def _nothing(_: Interval) -> None:
    """Do nothing before the first segment is stored."""


class Importer:
    """Imports recordings from outside.

    Args:
        spool_root: Folder of the recorder's spool, in whose disk files are cut.
        store: Receives the segments.
        catalogue: Receives the records of segments.
        holds: Source of the holds, which mark segments as they are stored.
        launcher: Starts FFmpeg.
        custody: The log in which each import is entered before its first segment is stored.
        clock: Gives imports their instants.
        look: Tells whether a segment's pictures can be searched; None: nobody asks.
        stays: Gives the stays of cameras; None: a camera stood where it stands today.
        deletions: What retention deleted; None: nobody asks.
        leaves: Takes leaves of stored segments for the ledger; None where no ledger is kept.
    """

    def __init__(  # noqa: PLR0913 - the ports an import goes through
        self,
        *,
        spool_root: Path,
        store: ObjectStore,
        catalogue: Catalogue,
        holds: Holds,
        launcher: Launcher,
        custody: Custody,
        clock: Clock,
        look: Look | None = None,
        stays: Stays | None = None,
        deletions: Deletions | None = None,
        leaves: LeafQueue | None = None,
    ) -> None:
        self._stays = stays
        self.folder = spool_root / _FOLDER
        self.custody, self.deletions = custody, deletions
        self._clock = clock
        self._catalogue = catalogue
        self._launcher = launcher
        self._look = look
        self._ingest = Ingest(store, catalogue, holds, leaves)
        self._originals = Originals(store, catalogue, holds)

    def ingest(
        self,
        path: Path,
        camera: Camera,
        start: Instant,
        *,
        length: Elapsed = DEFAULT_LENGTH,
        frame_rate: str = "",
        purpose: Purpose = _NOBODY,
    ) -> Imported:
        """Store the video of `path` as recording of `camera` from `start` on.

        Args:
            path: Any container, or an H.264 or H.265 elementary stream.
            camera: The camera that recorded.
            start: Wall time of the first picture, as stated.
            length: Length of a segment; the cut is at the first keyframe after `length`.
            frame_rate: Frame rate of an elementary stream without a rate in the headers, e.g. "25"
                or "30000/1001"; "" takes 25 and adds a note.
            purpose: Who imports, for the custody log.

        Raises:
            BadInput: The file has no video, or FFmpeg cannot read the file.
            Conflict: Something else is recorded at that time.
            Unavailable: The store, the catalogue or the custody log cannot be reached; the same
                call goes on later.
        """
        stated = Stated(start, "by hand")
        with opened(path) as source:
            digest = source.digest()
        entry = FileEntry(path, digest, path.stat().st_size, stated)
        with (
            self.camera(camera) as session,
            bracket(self.custody, deed_of(purpose, camera.id, [entry])) as act,  # invariant 7
        ):
            done = session.take(path, stated, Cutting(length, frame_rate), digest=digest)
            act.result = {"files": [done_of(done.segments, done.stored, done.container)]}
        return done

    @contextmanager
    def camera(self, camera: Camera) -> Iterator[CameraImport]:
        """Lock a camera against other imports and make a `CameraImport`.

        Raises:
            Refused: Another import is at work on that camera.
            Unavailable, Misconfigured: The spool's disk cannot be used.
        """
        where = Whereabouts(camera, self._stays([camera.id]) if self._stays else ())
        try:
            spool = CameraSpool(self.folder, camera.id)
        except Unavailable as exc:
            if not isinstance(exc.__cause__, BlockingIOError):
                raise
            raise Refused(
                f"another import of {camera.id} is at work", hint="wait for it, or stop it"
            ) from exc
        try:
            for left in spool.folder.iterdir():  # left by an import that was killed
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
            with seam(spool.folder):
                work = Path(tempfile.mkdtemp(prefix="cut-", dir=spool.folder))
            try:
                yield CameraImport(
                    where,
                    work,
                    launcher=self._launcher,
                    catalogue=self._catalogue,
                    ingest=self._ingest,
                    originals=self._originals,
                    look=self._look,
                    clock=self._clock,
                )
            finally:
                shutil.rmtree(work, ignore_errors=True)
        finally:
            spool.close()


class CameraImport:
    """Imports of a camera, in sequence; made by `Importer.camera`."""

    def __init__(  # noqa: PLR0913 - made in a single place
        self,
        where: Whereabouts,
        work: Path,
        *,
        launcher: Launcher,
        catalogue: Catalogue,
        ingest: Ingest,
        originals: Originals,
        look: Look | None,
        clock: Clock,
    ) -> None:
        self._where = where
        self._work = work
        self._launcher = launcher
        self._catalogue = catalogue
        self._ingest = ingest
        self._originals = originals
        self._look = look
        self._clock = clock
        self._tried: list[Segment] = []  # that a dry run would have stored

    def has_room(self, size_bytes: int) -> bool:
        """Whether the local disk has room to cut a file of this size, with 64 MiB to spare."""
        return shutil.disk_usage(self._work).free > size_bytes + _SPARE

    def stored(self, done: Import) -> list[Segment]:
        """The segments of an import that are in the catalogue, in order."""
        # A lead-in that an edit list hides lies before the start.
        window = Interval(done.start - LONGEST, max(done.end, done.start + _FIRST))
        prefix = run_prefix(done.digest, done.start, done.track)
        found = self._segments(done.camera, window)
        return [segment for segment in found if segment.run.startswith(prefix)]

    def original(self, digest: Digest, start: Instant, track: int) -> Original | None:
        """The stored original of an import of the camera; None where this file is not stored.

        Raises:
            DataLoss: The object cannot be read.
            Unavailable: The store cannot be reached.
        """
        found = self._originals.find(key_of(self._where.camera.id, digest, start, track))
        return found if found and found.digest == digest else None

    def _segments(self, camera: CameraId, window: Interval) -> list[Segment]:
        """Segments of a camera in the catalogue, and those that a dry run would have stored."""
        tried = [
            one for one in self._tried if one.camera == camera and one.interval.overlaps(window)
        ]
        return [*self._catalogue.segments(Scope(cameras=frozenset({camera})), window), *tried]

    def take(
        self,
        path: Path,
        stated: Stated,
        how: Cutting,
        *,
        digest: Digest | None = None,
        taken: Collection[int] = (),
        before_storing: BeforeStoring | None = _nothing,
    ) -> Imported:
        """Store the video of `path`; segments stored before are left unchanged.

        Args:
            path: Any container, or an elementary stream.
            stated: Wall time of the first picture.
            how: Settings of cutting.
            digest: Digest of the file, where known.
            taken: Tracks of pictures that other imports of the file keep.
            before_storing: Called once all is known and nothing is stored yet; None stops there:
                a dry run, which stores nothing.

        Raises:
            BadInput: The file has no video, FFmpeg cannot read the file, or the file changed
                meanwhile.
            Conflict: Something else is recorded at that time.
            Unavailable: The store or the catalogue cannot be reached; the same call goes on later.
            NoSpace: The local disk is full.
        """
        with opened(path) as source:
            known = digest or source.digest()
            return self._take(source, stated, how, known, taken, before_storing)

    def _take(
        self,
        source: OpenedFile,
        stated: Stated,
        how: Cutting,
        digest: Digest,
        taken: Collection[int],
        before_storing: BeforeStoring | None,
    ) -> Imported:
        bare = is_bare(source.head)
        notes, rate = [], how.frame_rate if bare else ""
        if bare and not rate:
            rate = GUESSED_RATE
            notes.append(
                f"an elementary stream has no times: {GUESSED_RATE} pictures/s taken "
                "where its headers do not say"
            )
        check_boxes(source.name, source.file, how.limits)
        found = contents(self._launcher, source, how.limits.pixels)
        check_contents(source.name, found, how.limits)
        check_known_size(source.name, chosen(source.name, found, how.track), how.limits)
        length, at = self._length(digest, stated.start, how), self._clock.now()
        run = run_of(digest, stated.start, how.track, length, at)
        done = cut(self._launcher, source, self._work, replace(how, length=length, frame_rate=rate))
        source.check_unchanged()
        closed = spooled(self._where.at, run, stated, done)
        self._check_cut(source.name, closed, how.limits)
        before, told_of = self._stored_before(closed, stated, how.overlap + done.opening.hidden)
        left_out = account(found, how.track, taken, original=how.keep_original)
        notes += [*done.notes, *left_out, *matroska.told(matroska.links(source.file)), *told_of]
        notes += [*_doubts(source.file, stated, done, closed), *self._searchable(closed[0].path)]
        apart = holes_between(closed)
        if before_storing is None:
            segments, stored = self._try(closed, before)
        else:
            before_storing(_whole(closed))
            segments, stored = self._store(closed, before)
            # After the segments: a crash before this line lets the same call come here again.
            self._catalogue.add_gaps(apart)
            self._ingest.copy_gaps(apart, self._work)
        notes += [_holes_note(apart)] if apart else []
        kept = None
        if how.keep_original:
            kept = self._original(source, digest, closed, dry=before_storing is None)
        return Imported(tuple(segments), stored, tuple(notes), how.track, found.format, at, kept)

    def _original(
        self, source: OpenedFile, digest: Digest, closed: Sequence[Spooled], *, dry: bool
    ) -> KeptOriginal:
        """Store the file itself, or by a dry run find out whether the file would be stored."""
        camera, run = closed[0].segment.camera, closed[0].segment.run
        key, size = key_for(camera, run), source.stamp.size
        assert key is not None  # noqa: S101 - the run of an import
        name = shown(source.path.name)
        original = Original(key, camera, _whole(closed), digest, size, name)
        if dry:
            return KeptOriginal(original, new=not self._originals.is_stored(original))
        return self._originals.keep(source.path, original)

    def _check_cut(self, name: str, closed: Sequence[Spooled], limits: Limits) -> None:
        """Check what the file's own header may have kept quiet about; raises BadInput."""
        for one in closed:
            check_pixels(name, one.segment.media.width, one.segment.media.height, limits)
        whole = closed[-1].segment.interval.end - closed[0].segment.interval.start
        check_duration(name, whole, limits)

    def _searchable(self, path: Path) -> list[str]:
        """A note where no picture at the start of the recording can be looked at."""
        why = self._look(path) if self._look else ""
        return [f"not searchable: {why}; it is stored and exported all the same"] if why else []

    def _length(self, digest: Digest, start: Instant, how: Cutting) -> Elapsed:
        """Length of segments: that of an earlier, perhaps interrupted import, else that asked for.

        So the same call again finds the segments of the call before (invariant 2).
        """
        prefix = run_prefix(digest, start, how.track)
        for one in self._segments(self._where.camera.id, Interval(start, start + LONGEST)):
            begun = import_run(one.run) if one.run.startswith(prefix) else None
            if begun is not None:
                return begun.length
        return how.length

    def _stored_before(
        self, closed: Sequence[Spooled], stated: Stated, overlap: Elapsed
    ) -> tuple[dict[int, Segment], list[str]]:
        """Stored segments of the same import, by number, and a note on an overlap.

        Raises:
            Conflict: Other footage overlaps by more than the uncertainties and `overlap` allow.
        """
        run = closed[0].segment.run
        whole = Interval(closed[0].segment.interval.start, closed[-1].segment.interval.end)
        mine: dict[int, Segment] = {}
        others: list[Segment] = []
        for found in self._segments(self._where.camera.id, whole):
            own = cut_of(found, closed) if is_of_same_import(found.run, run) else []
            mine |= {one.segment.sequence: found for one in own}
            if not own:
                others.append(found)
        pieces = union(
            part
            for one in others
            for ours in closed
            if (part := one.interval.clip(ours.segment.interval))
        )
        longest = max((piece.length for piece in pieces), default=ZERO)
        doubt = max((one.clock.uncertainty for one in others), default=ZERO)
        if longest > stated.uncertainty + doubt + overlap:
            named = ", ".join(one.key for one in others[:_NAMED])
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            raise Conflict(
                f"{self._where.camera.id} has other footage at that time, {longest} of it: "
                f"{named}{more}",
                hint="check its start, give it a camera of its own, or allow it: --overlap",
            )
        return mine, [f"overlaps {others[0].key} by {longest}"] if longest else []

    def _store(
        self, closed: Sequence[Spooled], before: dict[int, Segment]
    ) -> tuple[list[Segment], int]:
        segments: list[Segment] = []
        stored, left_over = 0, True
        for at in range(0, len(closed), _TOGETHER):
            together, entering = closed[at : at + _TOGETHER], []
            for one in together:
                segment = before.get(one.segment.sequence)
                if segment is None:
                    segment = self._left_over(one) if left_over else None
                    left_over = segment is not None
                    segment = segment or self._ingest.put(one)  # invariant 2
                    entering.append(segment)
                else:
                    left_over = True
                if segments[-1:] != [segment]:
                    segments.append(segment)
            if entering:
                self._ingest.enter_all(entering)
                stored += len(entering)
        return segments, stored

    def _left_over(self, one: Spooled) -> Segment | None:
        """A segment whose object an interrupted import stored, and whose row was not written.

        The object's metadata cannot be changed, so its run, with the instant of that import, is the
        run of the row. Objects are stored in order: asked for only where the row before is there.
        """
        found = self._ingest.stored_as(one)
        return found if found and is_of_same_import(found.run, one.segment.run) else None

    def _try(
        self, closed: Sequence[Spooled], before: dict[int, Segment]
    ) -> tuple[list[Segment], int]:
        """Return what `_store` would, and remember the segments for later files of a dry run."""
        new = [one.segment for one in closed if one.segment.sequence not in before]
        self._tried += new
        segments: list[Segment] = []
        for one in closed:
            segment = before.get(one.segment.sequence, one.segment)
            if segments[-1:] != [segment]:
                segments.append(segment)
        return segments, len(new)


def _whole(closed: Sequence[Spooled]) -> Interval:
    """The whole time of a file."""
    end = max(one.segment.interval.end for one in closed)
    return Interval(closed[0].segment.interval.start, end)


def holes_between(closed: Sequence[Spooled]) -> list[Gap]:
    """Gaps for the holes between the segments of a file."""
    found = []
    for former, later in pairwise(one.segment for one in closed):
        if former.interval.end < later.interval.start:
            hole = Interval(former.interval.end, later.interval.start)
            found.append(Gap(former.camera, hole, GapReason.NO_PICTURES, _NO_PICTURES))
    return found


def _holes_note(found: Sequence[Gap]) -> str:
    first = found[0].interval
    more = f", and {len(found) - 1} more holes" if len(found) > 1 else ""
    return f"the file holds no picture for {first.length} from {first.start} on{more}"


def _doubts(file: BinaryIO, stated: Stated, done: Cut, closed: Sequence[Spooled]) -> list[str]:
    """Notes for people where a file's container or name contradicts the pictures."""
    end = closed[-1].segment.interval.end
    length = end - closed[0].segment.interval.start
    claimed = told(file).length
    found = [late([layout for _, layout in done.layouts], done.opening)]
    if done.opening.hidden:
        found.append(
            f"an edit list begins {done.opening.hidden} after the first picture: earlier ones are "
            "stored before the start, which dates the first picture a player shows"
        )
    if done.backwards:
        found.append(f"its clock runs back by {done.backwards}: its times are uncertain by as much")
    if done.sound is not None and abs((done.sound + done.opening.hidden).us) > _BESIDE.us:
        apart = done.sound + done.opening.hidden
        word = "after" if apart > ZERO else "before"
        found.append(
            f"its sound begins {Elapsed(abs(apart.us))} {word} its picture: the start dates the "
            "first picture"
        )
    if claimed and claimed - length > _SHORT:
        found.append(f"its container says it lasts {claimed}, its pictures last {length}")
    if stated.end and abs((stated.end - end).us) > (_SHORT + stated.uncertainty).us:
        found.append(f"its name says it ends at {stated.end}, its pictures end at {end}")
    return [one for one in found if one]
