"""A run: one life of one FFmpeg process, on disk and in memory, taken up again after a crash.

The journal's lines, in order: `run` (whose camera, when started), `process` (so that a later
recorder can end an FFmpeg that outlived its own), `anchor` (what was observed of arrivals; early
and synced, so that a killed run keeps its wall time), `closed` per segment, `ended`.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from footage.digest import Digest
from footage.durable import seam, sync_file, sync_folder
from footage.errors import DataLoss
from footage.instant import ZERO, Elapsed, Instant
from footage.mp4 import Layout, walk
from footage.objectkey import ObjectKey
from footage.segment import ClockReading, Segment, TimeSource
from footage.segment_metadata import from_record, to_record
from recorder.anchor import Anchor, Observations, merged
from recorder.header import Header
from recorder.header import from_record as header_from_record
from recorder.header import to_record as header_to_record
from recorder.placing import Cursor, damage, place
from recorder.spool import JOURNAL, SEGMENT, CameraSpool, Journal, Spooled

if TYPE_CHECKING:
    from pathlib import Path


_WINDOW: Final = 8
"""Segments whose arrivals count towards the anchor: enough to meet an undelayed frame, few enough
to follow a drifting camera clock."""
_WORTH_A_LINE: Final = Elapsed.parse("5ms")


class Run:
    """A run on disk. Not thread-safe: one caller at a time."""

    def __init__(self, spool: CameraSpool, header: Header, journal: Journal) -> None:
        self.header = header
        self.process = ""
        self._spool = spool
        self._journal = journal
        self._window: deque[Observations] = deque([Observations()], maxlen=_WINDOW)
        self._noted = Observations()
        self._cursor: Cursor | None = None
        self._closed: dict[str, Segment] = {}

    @classmethod
    def begin(cls, spool: CameraSpool, header: Header) -> Run:
        """Start a run: its first line is durable before FFmpeg starts."""
        run = cls(spool, header, Journal(spool.folder / f"{header.run}{JOURNAL}"))
        run._journal.append(header_to_record(header))
        return run

    @classmethod
    def reopen(cls, spool: CameraSpool, journal: Journal) -> Run:
        """Take up a run another recorder left; raises DataLoss when its first line is missing."""
        records = journal.records()
        if not records or records[0].get("t") != "run":
            raise DataLoss(f"{journal.path}: no run")
        run = cls(spool, header_from_record(records[0]), journal)
        for record in records[1:]:
            run._replay(record)
        return run

    @property
    def pattern(self) -> Path:
        """Where FFmpeg writes."""
        return self._spool.folder / f"{self.header.run}-%06d{SEGMENT}"

    @property
    def until(self) -> Instant | None:
        """Wall time of the end of its last placed segment."""
        return self._cursor.end if self._cursor else None

    # ---------------------------------------------------------------- while it runs

    def note_process(self, identity: str) -> None:
        """Remember which process writes."""
        self.process = identity
        self._journal.append({"t": "process", "identity": identity})

    def rotated(self, arrived: Instant, media: Elapsed) -> None:
        """A keyframe of media time `media` arrived and closed a segment."""
        self._window[-1] = self._window[-1].rotated(arrived, media)
        self._note_anchor()

    def progressed(self, arrived: Instant, media: Elapsed) -> None:
        """A frame that ends at `media` had arrived."""
        self._window[-1] = self._window[-1].progressed(arrived, media)
        self._note_anchor()

    def close(self, name: str, *, cut: bool = False) -> Spooled | None:
        """Make a segment immutable: synced, walked, placed, digested, noted (invariant 1).

        Args:
            name: Its file's name.
            cut: Whether its writer was killed: what follows the last whole fragment is cut off.

        Returns:
            None when nothing in it can be decoded; the file is removed then.

        Raises:
            Unavailable, Misconfigured, Conflict: The disk refuses; the file stays and may be closed
                again later.
        """
        path = self._spool.folder / name
        if name in self._closed:
            return Spooled(path, self._closed[name])
        with seam(path):
            sync_file(path)
            sync_folder(self._spool.folder)
        try:
            layout = _walk(path)
        except DataLoss:
            self._drop(path)
            return None
        with seam(path):
            lost = path.stat().st_size - layout.complete_bytes
            if cut and lost:
                os.truncate(path, layout.complete_bytes)
                sync_file(path)
            segment = self._segment(path, layout, cut_bytes=lost if cut else 0)
        self._spool.set_recorded_until(segment.interval.end)
        self._closed[name] = segment  # last: what failed before is closed again by `finish`
        return Spooled(path, segment)

    def finish(self) -> list[Spooled]:
        """Close what its end left open, whole fragments only, and end the run. Idempotent."""
        spooled = [self.close(name, cut=True) for name in self._unclosed()]
        self._journal.append({"t": "ended"})
        self._spool.tidy(self._journal)
        return [one for one in spooled if one is not None]

    def pending(self) -> list[Spooled]:
        """Closed segments whose files are still here."""
        found = [Spooled(self._spool.folder / name, s) for name, s in self._closed.items()]
        return [one for one in found if one.path.exists()]

    # ---------------------------------------------------------------- inside

    def _segment(self, path: Path, layout: Layout, *, cut_bytes: int) -> Segment:
        header = self.header
        seen = merged(self._window)
        placed = place(
            layout, seen, self._cursor, started=header.started, not_before=header.not_before
        )
        size = path.stat().st_size
        segment = Segment(
            key=ObjectKey(header.site, header.camera, placed.interval.start).segment,
            camera=header.camera,
            site=header.site,
            district=header.district,
            place=header.place,
            interval=placed.interval,
            run=header.run,
            sequence=int(path.stem.rpartition("-")[2]),
            size_bytes=size,
            digest=Digest.of_file(path),
            media=layout.media,
            clock=ClockReading(
                header.source,
                # What somebody stated is taken as it is; nobody measured anything.
                uncertainty=ZERO if header.source is TimeSource.STATED else placed.uncertainty,
            ),
            retention_class=header.retention_class,
            damage=damage(layout, size_bytes=size, cut_bytes=cut_bytes),
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
            }
        )
        self._cursor = cursor
        self._window.append(Observations())
        return segment

    def _drop(self, path: Path) -> None:
        self._journal.append({"t": "dropped", "name": path.name, "bytes": path.stat().st_size})
        with seam(path):
            path.unlink()

    def _unclosed(self) -> list[str]:
        files = self._spool.folder.glob(f"{self.header.run}-*{SEGMENT}")
        return sorted(path.name for path in files if path.name not in self._closed)

    def _note_anchor(self) -> None:
        best, noted = merged(self._window), self._noted
        if _better(best.rotation, noted.rotation) or _better(best.progress, noted.progress):
            self._noted = best
            self._journal.append(
                {
                    "t": "anchor",
                    "rotation_us": _us(best.rotation),
                    "progress_us": _us(best.progress),
                }
            )

    def _replay(self, record: dict[str, Any]) -> None:
        match record.get("t"):
            case "process":
                self.process = record["identity"]
            case "anchor":
                rotation, progress = record["rotation_us"], record["progress_us"]
                self._noted = self._window[-1] = Observations(
                    None if rotation is None else Instant(rotation),
                    None if progress is None else Instant(progress),
                )
            case "closed":
                segment = from_record(record["segment"])
                self._closed[record["name"]] = segment
                anchor = Anchor(Instant(record["anchor_us"]), Elapsed(record["uncertainty_us"]))
                self._cursor = Cursor(segment.interval.end, record["end_ticks"], anchor)


def _walk(path: Path) -> Layout:
    with seam(path), path.open("rb") as file:
        return walk(file)


def _better(new: Instant | None, noted: Instant | None) -> bool:
    if new is None:
        return False
    return noted is None or noted - new > _WORTH_A_LINE


def _us(instant: Instant | None) -> int | None:
    return instant.us if instant else None
