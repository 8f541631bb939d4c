"""The spool: closed segments on local disk that are not yet stored, and the files still growing.

    SPOOL/CAMERA/lock                 held while a recorder works on the camera
    SPOOL/CAMERA/recorded-until       end of the last recorded media, microseconds
    SPOOL/CAMERA/RUN.journal          what is known of a run (`recorder.run`), JSON lines
    SPOOL/CAMERA/RUN-000017.mp4       a segment, open or closed
    SPOOL/CAMERA/START-REASON.gap     a gap not yet (wholly) in the catalogue

Order at a close: file synced, folder synced, boxes walked and digest taken, journal line synced;
only then does the segment leave (invariant 2). Order at the end: stored and in the catalogue,
file removed, folder synced; the journal goes when its run has ended and no file of it is left. A
crash between any two steps leaves a state that `RUN.journal` and the files explain.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from footage.durable import replace, seam, sync_folder
from footage.errors import BadInput, Unavailable
from footage.instant import Instant, Interval
from footage.span import Gap, GapReason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from footage.ids import CameraId
    from footage.segment import Segment

JOURNAL: Final = ".journal"
SEGMENT: Final = ".mp4"
BAD: Final = ".bad"
_GAP: Final = ".gap"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A closed segment, safe on local disk."""

    path: Path
    segment: Segment


class Journal:
    """JSON lines, each on disk when `append` returns; one cut short by a crash is ignored."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: Mapping[str, object]) -> None:
        """Write a line and sync it."""
        new = not self.path.exists()
        with seam(self.path):
            with self.path.open("a+b") as file:
                if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                    file.write(b"\n")  # behind a line cut short, this one would be lost too
                file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                sync_folder(self.path.parent)

    def records(self) -> list[dict[str, Any]]:
        """All whole lines."""
        with seam(self.path):
            lines = self.path.read_bytes().split(b"\n")
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):  # cut short: the write was never confirmed
                record = json.loads(line)
                if isinstance(record, dict):
                    found.append(record)
        return found


class CameraSpool:
    """One camera's folder, held by one recorder at a time.

    Raises:
        Unavailable: Another recorder holds it, or the disk cannot be used.
        Misconfigured: The folder may not be made or written.
        Conflict: Something that is no folder is in its way.
    """

    def __init__(self, root: Path, camera: CameraId) -> None:
        self.camera = camera
        self.folder = root / camera
        with seam(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(self._lock)
            raise Unavailable(
                f"another recorder is recording {camera}",
                mend="stop it, or leave this camera to it",
            ) from exc

    def close(self) -> None:
        """Let another recorder work on this camera."""
        os.close(self._lock)

    def journals(self) -> list[Journal]:
        """Of all runs that left something, oldest first (their names begin with their start)."""
        return [Journal(path) for path in sorted(self.folder.glob(f"*{JOURNAL}"))]

    def forget(self, spooled: Spooled) -> None:
        """Remove a segment's file: it is stored and in the catalogue (invariant 2, last step)."""
        with seam(spooled.path):
            spooled.path.unlink(missing_ok=True)
            sync_folder(self.folder)
        self.tidy(Journal(self.folder / f"{spooled.segment.run}{JOURNAL}"))

    def tidy(self, journal: Journal) -> None:
        """Remove the journal of a run that has ended and left no file."""
        with seam(journal.path):
            if not journal.path.exists() or list(self.folder.glob(f"{journal.path.stem}-*")):
                return
            if any(record.get("t") == "ended" for record in journal.records()):
                journal.path.unlink(missing_ok=True)

    def set_aside(self, spooled: Spooled) -> Path:
        """Rename the file of a segment that can never be stored, for people to see."""
        kept = spooled.path.with_suffix(BAD)
        with seam(kept):
            spooled.path.rename(kept)
            sync_folder(self.folder)
        return kept

    # ---------------------------------------------------------------- how far

    def recorded_until(self) -> Instant | None:
        """End of the last recorded media, or None before the first."""
        path = self.folder / "recorded-until"
        try:
            with seam(path):
                return Instant(int(path.read_text())) if path.exists() else None
        except ValueError:
            return None

    def set_recorded_until(self, instant: Instant) -> None:
        """Remember it durably; it never moves back."""
        if instant > (self.recorded_until() or Instant(0)):
            path = self.folder / "recorded-until"
            with seam(path):
                replace(path, str(instant.us).encode())

    # ---------------------------------------------------------------- gaps

    def keep_gap(self, gap: Gap) -> None:
        """Write or replace a gap, durably."""
        path = self._gap_path(gap)
        kept = {"end_us": gap.interval.end.us, "detail": gap.detail}
        with seam(path):
            replace(path, json.dumps(kept).encode())

    def forget_gap(self, gap: Gap) -> None:
        """Its row is in the catalogue and will not change any more."""
        with seam(self.folder):
            self._gap_path(gap).unlink(missing_ok=True)

    def gaps(self) -> list[Gap]:
        """All kept, by start; a file that is none of ours is no reason not to record."""
        found = []
        for path in self.folder.glob(f"*{_GAP}"):
            with seam(path), contextlib.suppress(ValueError, KeyError, TypeError, BadInput):
                found.append(self._gap(path))
        return sorted(found, key=lambda gap: gap.interval)

    def _gap(self, path: Path) -> Gap:
        start, _, reason = path.stem.partition("-")
        kept = json.loads(path.read_text())
        interval = Interval(Instant(int(start)), Instant(int(kept["end_us"])))
        return Gap(self.camera, interval, GapReason(reason), str(kept["detail"]))

    def _gap_path(self, gap: Gap) -> Path:
        return self.folder / f"{gap.interval.start.us}-{gap.reason.value}{_GAP}"
