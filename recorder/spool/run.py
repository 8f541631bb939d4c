"""A run: the life of an FFmpeg process, on disk and in memory, reopened after a crash.

The journal's lines, in order: `run` (camera and start), `process` (so that a later recorder can end
an FFmpeg that outlived a killed recorder), `anchor` (arrivals seen before the first close; early
and synced, so that a killed run keeps its wall time), `closed` per segment, `stepped` where the
recorder's time followed the host's clock, `dropped` for a file with nothing to decode, `ended`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from footage import recent_digest
from footage.camera_signature import kind_in
from footage.durable import seam, sync_data, sync_file, sync_folder
from footage.errors import DataLoss
from footage.instant import ZERO, Elapsed, Instant
from footage.mp4 import Layout, elapsed, walk
from footage.objectkey import ObjectKey
from footage.segment import ClockReading, Segment, TimeSource
from footage.segment_metadata import from_record, to_record
from recorder.spool import splitting
from recorder.spool.negative_dts import clamp_negative_dts
from recorder.spool.run_header import RunHeader
from recorder.spool.run_header import from_record as header_from_record
from recorder.spool.run_header import to_record as header_to_record
from recorder.spool.spool import JOURNAL, SEGMENT, CameraSpool, Journal, Spooled
from recorder.spool.stream_check import Parameters, StreamCheck, check
from recorder.timing.anchor import Anchor, Sightings
from recorder.timing.arrivals import Arrival, last_written
from recorder.timing.lines import Sighting
from recorder.timing.placement import (
    LATE,
    Cursor,
    came_late,
    damage,
    frames,
    keyframe_every,
    may_be_late,
    place,
    true_times,
)
from recorder.timing.rates import delivered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from footage.instant import Interval
    from recorder.timing.anchor import Frames

_ROTATION: Final = "rotation"
_PROGRESS: Final = "progress"
_LARGEST_DOUBT: Final = Elapsed.parse("50ms")
"""Largest doubt at which file times (host's clock) are used as the recorder's time."""
_WORTH_A_LINE: Final = Elapsed.parse("5ms")
"""Improvement of an arrival that is worth another `anchor` line."""


class Run:
    """A run on disk. Not thread-safe: a single caller at a time."""

    def __init__(self, spool: CameraSpool, header: RunHeader, journal: Journal) -> None:
        self.header = header
        self.process = ""
        self.changed = False
        """Whether the camera's parameter sets have changed, so that the span must end."""
        self._parameters: Parameters | None = None
        self._last_number = -1
        self._skips: list[tuple[int, int]] = []
        self.rates: tuple[float, float] | None = None
        """Pictures a second stamped and delivered, as of the last segment, where they differ."""
        self.keyframe_every: Elapsed | None = None
        """Longest time from keyframe to keyframe in the last file that a keyframe closed."""
        self._stepped = False
        self._after_step: set[int] = set()
        self._spool = spool
        self._journal = journal
        self._seen = Sightings()
        self._anchored: dict[bool, Instant] = {}
        self._step = ZERO
        """By how much the recorder's time has moved while the open segment was written."""
        self._due = ZERO
        """The same of segments that are placed: to be followed before the next is placed."""
        self._doubt = ZERO
        self._cursor: Cursor | None = None
        self._closed: dict[str, Segment] = {}
        self._returned: set[str] = set()
        """Names of closed files that a caller has been given, or finds by `pending`."""

    @classmethod
    def begin(cls, spool: CameraSpool, header: RunHeader) -> Run:
        """Begin a run: write the journal's first line, durable before FFmpeg starts."""
        run = cls(spool, header, Journal(spool.folder / f"{header.run}{JOURNAL}"))
        run._journal.append(header_to_record(header))
        return run

    @classmethod
    def reopen(cls, spool: CameraSpool, journal: Journal) -> Run:
        """Load an earlier recorder's run; raises DataLoss when the journal has no first line."""
        records = journal.records()
        if not records or records[0].get("t") != "run":
            raise DataLoss(f"{journal.path}: no run")
        run = cls(spool, header_from_record(records[0]), journal)
        for record in records[1:]:
            run._replay(record)
        return run

    @property
    def pattern(self) -> Path:
        """Path to which FFmpeg writes segments, with `%06d`."""
        return self._spool.folder / f"{self.header.run}-%06d{SEGMENT}"

    @property
    def until(self) -> Instant | None:
        """Wall time of the last placed segment's end; None before the first."""
        return self._cursor.end if self._cursor else None

    # ---------------------------------------------------------------- while FFmpeg runs

    def note_process(self, identity: str) -> None:
        """Write the identity of the run's FFmpeg process to the journal."""
        self.process = identity
        self._journal.append({"t": "process", "identity": identity})

    def saw(self, arrivals: Iterable[Arrival], doubt: Elapsed = ZERO) -> None:
        """Note arrivals of frames; `doubt` is how far the host's clock is off."""
        self._doubt = doubt
        for arrival in arrivals:
            seen = arrival._replace(at=arrival.at - self._moved)
            self._seen.saw(seen)
            self._note_anchor(seen)

    def sync_open(self) -> None:
        """Sync the open segment as far as written, so that a power cut spares the media.

        Raises:
            Unavailable: The disk fails.
        """
        for name in self._unclosed():
            sync_data(self._spool.folder / name)

    def after_step(self, segment: Segment) -> bool:
        """Whether this segment is the first after a step of the clock."""
        return segment.sequence in self._after_step

    def stepped(self, by: Elapsed) -> None:
        """Note a step of the recorder's time by `by`; the open segment keeps the time before."""
        self._step += by

    def close(
        self,
        name: str,
        *,
        cut: bool = False,
        rotated: bool = False,
        silent: Elapsed | None = None,
    ) -> list[Spooled]:
        """Make a segment immutable: sync, walk, place, digest, write to the journal (invariant 1).

        A file with a hole inside (`footage.holes`) becomes a segment for each part: what follows
        the hole is written to a file of its own, durably, before the first part is cut off.

        Args:
            name: Name of the segment's file.
            cut: Whether FFmpeg was killed: bytes after the last whole fragment are cut off.
            rotated: Whether a keyframe closed the segment: FFmpeg wrote the segment's end when
                the keyframe arrived.
            silent: Media time at which the camera fell silent, where FFmpeg was ended for that.

        Returns:
            The segment, or a segment for each part; empty when nothing in the file can be decoded:
            the file is removed then.

        Raises:
            Unavailable, Misconfigured, Conflict: The disk fails; the file stays and may be closed
                again later: a segment that the journal has keeps its place.
        """
        return self._give(self._close(name, cut=cut, rotated=rotated, silent=silent))

    def _close(
        self, name: str, *, cut: bool, rotated: bool = False, silent: Elapsed | None = None
    ) -> list[Spooled]:
        path = self._spool.folder / name
        if name in self._closed:
            return [self._follow_up(path)]
        self._apply_step()
        with seam(path):
            sync_file(path)
            sync_folder(self._spool.folder)
        try:
            layout, checked = _walk_and_check(path, self._parameters)
            if layout.first_dts_ticks < 0:
                with seam(path):
                    clamp_negative_dts(path, layout)
                layout, checked = _walk_and_check(path, self._parameters)
        except DataLoss:
            self._drop(path)
            return []
        self._parameters = checked.parameters or self._parameters
        if checked.parameters_changed_at is not None:
            self.changed = True
        with seam(path):
            if rotated and layout.closed:
                self._note_rotation(path, layout)
            self.keyframe_every = keyframe_every(layout) if rotated else None
            lost = path.stat().st_size - layout.complete_bytes
            if cut and lost:
                _cut_off(path, layout.complete_bytes)
            if self._cursor is None and self._doubt < _LARGEST_DOUBT:
                self._seen.raw += self._arrivals_by_file_time(path, layout)
            told = frames(layout, progress_ends=self.header.progress_ends)
            rest = self._split(path, layout)
            layout, checked = _walk_and_check(path, self._parameters)
            if rest is None:
                told = frames(layout, progress_ends=self.header.progress_ends)
            late = rest is None and came_late(
                layout, silent, progress_ends=self.header.progress_ends
            )
            faults = (*checked.findings, *damage(lost=lost, cut=cut, late=late))
            ended = rest is None and layout.closed and not rotated and silent is None
            self._place(path, layout, told, faults, ended=ended)
        first = self._follow_up(path)
        behind = [] if rest is None else self._close(rest.name, cut=False, silent=silent)
        return [first, *behind]

    def _follow_up(self, path: Path) -> Spooled:
        """Do what follows a line `closed` of the journal; may be repeated after a failure."""
        segment = self._closed[path.name]
        self._apply_step()
        self._spool.set_recorded_until(segment.interval.end)
        return Spooled(path, segment)

    def close_left(self, silent: Elapsed | None = None) -> Iterator[Spooled]:
        """Close the segments left open, whole fragments only; yields each segment once closed.

        A segment that the journal has but whose `close` failed afterwards is yielded as well.

        Raises:
            Unavailable, Misconfigured, Conflict: The disk fails; the files left stay.
        """
        while left := self._left():
            yield from self._give(self._close(left[0], cut=True, silent=silent))

    def end(self) -> None:
        """End the run, durably: the journal goes with the run's last file. Idempotent."""
        self._journal.append({"t": "ended"})
        self._spool.tidy(self._journal)

    def finish(self, silent: Elapsed | None = None) -> list[Spooled]:
        """Close the segments left open and end the run; see `close_left` and `end`. Idempotent."""
        spooled = list(self.close_left(silent))
        self.end()
        return spooled

    def pending(self) -> list[Spooled]:
        """Closed segments whose files are still in the spool."""
        found = [Spooled(self._spool.folder / name, s) for name, s in self._closed.items()]
        return [one for one in found if one.path.exists()]

    @property
    def recorded(self) -> list[Interval]:
        """Intervals of all segments closed in this run, also of those stored and removed since."""
        return [segment.interval for segment in self._closed.values()]

    # ---------------------------------------------------------------- inside

    def _split(self, path: Path, layout: Layout) -> Path | None:
        """Cut a file off at its first hole, durably; returns the file with the rest, if any.

        A crash in between leaves a file with the hole still inside: the next close splits again,
        into the same two files.
        """
        number, part = _number(path)
        if number < self._last_number:
            return None  # the disk had refused this file: no number is left between its neighbours
        after = self._cursor.end_ticks if self._cursor else None
        samples = true_times(layout, after, live=self.header.source is not TimeSource.STATED)
        divided = splitting.parts(replace(layout, samples=samples))
        if splitting.is_whole(layout, divided):
            return None
        rest = path.with_name(f"{self.header.run}-{number:06d}_{part + 1:02d}{SEGMENT}")
        written = path.stat()
        pieces = [(divided[0], path)]
        if len(divided) > 1:
            pieces.insert(0, (_joined(divided[1:]), rest))
        for piece, target in pieces:
            draft = target.with_name(f".{target.name}.new")
            splitting.write_part(path, layout, piece, draft)
            os.utime(draft, ns=(written.st_atime_ns, written.st_mtime_ns))
            sync_file(draft)
            draft.rename(target)
            sync_folder(self._spool.folder)
        return rest if len(divided) > 1 else None

    def _place(
        self, path: Path, layout: Layout, told: Frames, faults: tuple[str, ...], *, ended: bool
    ) -> None:
        """Place a file's media in wall time and write the segment to the journal, durably.

        With this file FFmpeg `ended` the run itself, and was not asked to for silence. From the
        journal's line on the file is closed, whatever fails later: placed a second time, the
        segment would follow itself, and be dated late by its own length.
        """
        header = self.header
        self._seen.settle(told)
        number, part = _number(path)
        if part:
            self._skip(number)
        sequence = number + self._skipped(number)
        placed = place(
            layout,
            told,
            self._seen,
            self._cursor,
            begun=header.begun,
            not_before=header.not_before,
            late=number < self._last_number,
        )
        self._last_number = max(number, self._last_number)
        self.rates = None
        if placed.wrong_ppb is not None and told.usual:
            stamped = 1_000_000 / told.usual.us
            self.rates = (stamped, delivered(stamped, placed.wrong_ppb))
        written = path.stat()
        if ended and header.source is not TimeSource.STATED and self._doubt < _LARGEST_DOUBT:
            waited = Instant(written.st_mtime_ns // 1_000) - self._moved - placed.interval.end
            after = self._cursor.end_ticks if self._cursor else None
            if may_be_late(layout, after, waited):
                faults = (*faults, LATE)
        segment = Segment(
            key=ObjectKey(header.site, header.camera, placed.interval.start).segment,
            camera=header.camera,
            site=header.site,
            district=header.district,
            place=header.place,
            interval=placed.interval,
            run=header.run,
            sequence=sequence,
            size_bytes=written.st_size,
            digest=recent_digest.take(path),
            media=replace(layout.media, signed=kind_in(path)),
            clock=ClockReading(
                header.source,
                placed.offset,
                placed.uncertainty + self._doubt,
            )
            if header.source is not TimeSource.STATED
            # A stated time is taken as stated: nothing was measured.
            else ClockReading(header.source),
            retention_class=header.retention_class,
            damage="; ".join(faults),
        )
        cursor = placed.cursor
        self._journal.append(
            {
                "t": "closed",
                "name": path.name,
                "segment": to_record(segment),
                "end_ticks": cursor.end_ticks,
                "anchor_us": cursor.anchor.at.us,
                "uncertainty_us": cursor.anchor.uncertainty.us,
                "seen": [[v, one.media.us, one.zero.us] for v, one in self._seen.to_note()],
            }
        )
        self._closed[path.name] = segment
        self._due, self._step = self._moved, ZERO
        self._seen.noted()  # not before: a line that the disk refused is written again
        self._cursor = cursor
        if self._stepped:
            self._after_step.add(segment.sequence)
            self._stepped = False

    def _give(self, spooled: list[Spooled]) -> list[Spooled]:
        self._returned.update(one.path.name for one in spooled)
        return spooled

    def _skip(self, number: int) -> None:
        """Skip a number of segments at a hole: only neighbours' numbers follow each other."""
        self._skips.append((number, self._skipped(number) + 2))

    def _skipped(self, number: int) -> int:
        """By how much segments of a file are numbered higher than the file."""
        return next((by for since, by in reversed(self._skips) if since <= number), 0)

    def _note_rotation(self, path: Path, layout: Layout) -> None:
        """Note the rotation at the file's modification time, right however late the recorder is."""
        if self._doubt < _LARGEST_DOUBT:
            written = Instant(path.stat().st_mtime_ns // 1_000)
            end = elapsed(layout.end_dts_ticks, layout.media.timescale)
            self._seen.saw(Arrival(written - self._moved, end, rotation=True))

    def _arrivals_by_file_time(self, path: Path, layout: Layout) -> list[Arrival]:
        """Arrivals by the times of a run's first file: frames may have been seen late or never."""
        if self.header.source is TimeSource.STATED:
            return []
        written = Instant(path.stat().st_mtime_ns // 1_000) - self._moved
        end = elapsed(layout.end_dts_ticks, layout.media.timescale)
        last = path.name == max([path.name, *self._unclosed()])
        return last_written(written, end, self.header.started, waited=layout.closed and last)

    def _apply_step(self) -> None:
        """Apply a step of the recorder's time to later segments, durably before placing any."""
        if self._due:
            self._journal.append({"t": "stepped", "by_us": self._due.us})
            self._shift(self._due)
            self._due = ZERO

    @property
    def _moved(self) -> Elapsed:
        """By how much the recorder's time has moved since the time that sightings are told in."""
        return self._due + self._step

    def _shift(self, step: Elapsed) -> None:
        self._seen.shift(step)
        if self._cursor is not None:
            self._cursor, self._stepped = self._cursor.stepped(step), True

    def _drop(self, path: Path) -> None:
        self._journal.append({"t": "dropped", "name": path.name, "bytes": path.stat().st_size})
        with seam(path):
            path.unlink()
            sync_folder(self._spool.folder)

    def _unclosed(self) -> list[str]:
        return [name for name in self._files() if name not in self._closed]

    def _left(self) -> list[str]:
        return [name for name in self._files() if name not in self._returned]

    def _files(self) -> list[str]:
        """Names of the run's files in the spool, in order."""
        files = self._spool.folder.glob(f"{self.header.run}-*{SEGMENT}")
        return sorted(path.name for path in files)

    def _note_anchor(self, seen: Arrival) -> None:
        """Write an `anchor` line before the first close; later the `closed` lines tell the time."""
        noted = self._anchored.get(seen.rotation)
        zero = seen.at - seen.media
        if self._cursor is None and (noted is None or noted - zero > _WORTH_A_LINE):
            self._anchored[seen.rotation] = zero
            kind = _ROTATION if seen.rotation else _PROGRESS
            line = {"t": "anchor", "of": kind, "media_us": seen.media.us, "at_us": seen.at.us}
            self._journal.append(line)

    def _replay(self, record: dict[str, Any]) -> None:
        match record.get("t"):
            case "process":
                self.process = record["identity"]
            case "anchor":
                at, media = Instant(record["at_us"]), Elapsed(record["media_us"])
                seen = Arrival(at, media, record["of"] == _ROTATION)
                self._seen.saw(seen)
                self._anchored[seen.rotation] = at - media
            case "stepped":
                self._shift(Elapsed(record["by_us"]))
            case "closed":
                segment = from_record(record["segment"])
                self._closed[record["name"]] = segment
                self._returned.add(record["name"])
                number, _ = _number(self._spool.folder / record["name"])
                self._last_number = max(number, self._last_number)
                if segment.sequence - number > self._skipped(number):
                    self._skips.append((number, segment.sequence - number))
                for vague, media_us, zero_us in record.get("seen", ()):
                    one = Sighting(Elapsed(media_us), Instant(zero_us))
                    self._seen.restore(one, vague=bool(vague))
                anchor = Anchor(Instant(record["anchor_us"]), Elapsed(record["uncertainty_us"]))
                self._cursor = Cursor(segment.interval.end, record["end_ticks"], anchor)


def _number(path: Path) -> tuple[int, int]:
    """Number of a segment's file, and of the part behind so many holes of what FFmpeg wrote."""
    number, _, part = path.stem.rpartition("-")[2].partition("_")
    return int(number), int(part or 0)


def _joined(divided: Sequence[splitting.Part]) -> splitting.Part:
    """Parts of a file as one, with the holes between."""
    first, last = divided[0], divided[-1]
    samples = tuple(sample for part in divided for sample in part.samples)
    return splitting.Part(first.first, last.last, first.before, last.after, samples)


def _walk_and_check(path: Path, parameters: Parameters | None) -> tuple[Layout, StreamCheck]:
    with seam(path), path.open("rb") as file:
        layout = walk(file)
        return layout, check(file, layout, parameters)


def _cut_off(path: Path, size: int) -> None:
    """Truncate a file; keep FFmpeg's modification time, for a second attempt too."""
    written = path.stat()
    os.truncate(path, size)
    os.utime(path, ns=(written.st_atime_ns, written.st_mtime_ns))
    sync_file(path)
