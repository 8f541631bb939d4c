"""The spool: closed segments on local disk that are not yet stored, and the files still growing.

    SPOOL/CAMERA/lock                 held while a recorder works on the camera
    SPOOL/CAMERA/recorded-until       end of the last recorded media, microseconds
    SPOOL/CAMERA/accounted-until      end of the last gap, where that is later
    SPOOL/CAMERA/RUN.journal          what is known of a run (`recorder.spool.run`), JSON lines
    SPOOL/CAMERA/RUN-000017.mp4       a segment, open or closed
    SPOOL/CAMERA/START-REASON.gap     a gap not yet (wholly) in the catalogue
    SPOOL/CAMERA/reserve              room for the gaps of a full disk, which gives way to them

Order at a close: file synced, folder synced, boxes walked and digest taken, journal line synced;
only then does the segment leave (invariant 2). Order at the end: stored and in the catalogue,
file removed, folder synced; the journal goes when its run has ended and no file of it is left.
Order where a segment is given up: its gap synced, file removed, folder synced, gap handed on; a gap
that names a file still here does not count, for that file can still be stored. A crash between any
two steps leaves a state that `RUN.journal` and the files explain: time recorded or a gap, never
neither, never both (invariant 5).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from footage.durable import make_folder, replace, seam, sync_folder
from footage.errors import BadInput, NoSpace, Unavailable
from footage.instant import Instant, Interval
from footage.span import Gap, GapReason
from recorder.capture.audio import AudioMode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from footage.ids import CameraId
    from footage.segment import Segment

JOURNAL: Final = ".journal"
SEGMENT: Final = ".mp4"
BAD: Final = ".bad"
_GAP: Final = ".gap"
_RESERVE_BYTES: Final = 32_768
_SHARE_BYTES: Final = 8_192
"""Given up at a time: a small file takes a block of 4 KiB, its folder may take another."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A closed segment, safe on local disk."""

    path: Path
    segment: Segment


class Journal:
    """JSON lines, each on disk when `append` returns; one cut short by a crash is ignored."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._named = False

    def append(self, record: Mapping[str, object]) -> None:
        """Write a line and sync it; the first of ours syncs the file's name, whoever made it."""
        with seam(self.path):
            with self.path.open("a+b") as file:
                if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                    file.write(b"\n")  # behind a line cut short, this one would be lost too
                file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if not self._named:
                sync_folder(self.path.parent)
                self._named = True

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
            make_folder(self.folder)  # durable: what lies in it is only as durable as its name
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(self._lock)
            raise Unavailable(
                f"another recorder is recording {camera}",
                hint="stop it, or leave this camera to it",
            ) from exc
        with seam(self.folder):
            for draft in self.folder.glob(".*.new"):  # of a file a crash kept from being replaced
                draft.unlink()
        self._giving_up = Lock()
        self._half_given: dict[str, Gap] = {}
        self._reserve = self.folder / "reserve"
        self._fill_reserve()

    def close(self) -> None:
        """Let another recorder work on this camera."""
        os.close(self._lock)

    def journals(self) -> list[Journal]:
        """Of all runs that left something, oldest first (their names begin with their start)."""
        return [Journal(path) for path in sorted(self.folder.glob(f"*{JOURNAL}"))]

    def holds(self, spooled: Spooled) -> bool:
        """Whether its file is here.

        Raises:
            Unavailable: The whole folder is gone: the disk is, the footage may not be.
        """
        if spooled.path.exists():
            return True
        if not (self.folder / "lock").exists():
            raise Unavailable(f"{self.folder} is gone", hint="check that its disk is mounted")
        return False

    def forget(self, spooled: Spooled) -> None:
        """Remove a segment's file: it is stored and in the catalogue (invariant 2, last step)."""
        if half := self._half_given.pop(spooled.path.name, None):
            self.forget_gap(half)  # its file could not be removed then, and was stored after all
        with seam(spooled.path):
            _unlink(spooled.path)
        self.tidy(Journal(self.folder / f"{spooled.segment.run}{JOURNAL}"))

    def tidy(self, journal: Journal) -> None:
        """Remove the journal of a run that has ended and left no file."""
        with seam(journal.path):
            if not journal.path.exists() or self._left_files(journal):
                return
            if any(record.get("t") == "ended" for record in journal.records()):
                _unlink(journal.path)

    def _left_files(self, journal: Journal) -> bool:
        """Stops at the first: after a day's outage there are a thousand."""
        with os.scandir(self.folder) as files:
            return any(file.name.startswith(f"{journal.path.stem}-") for file in files)

    def give_up(self, spooled: Spooled, gap: Gap, *, kept: Path | None = None) -> None:
        """Let a gap stand for a segment that will not be stored; may be repeated after a crash.

        Args:
            spooled: The segment.
            gap: Says why; to be handed on when this has returned, not before.
            kept: Where people find the file from now on (`bad_path`); None removes it.
        """
        with self._giving_up:
            self._half_given[spooled.path.name] = gap
            self.keep_gap(gap, instead_of=spooled.path.name)  # durable before the file goes
            with seam(spooled.path):
                if kept is None:
                    _unlink(spooled.path)
                elif spooled.path.exists():
                    spooled.path.rename(kept)
                    sync_folder(self.folder)
            del self._half_given[spooled.path.name]
        if kept is None:
            self.tidy(Journal(self.folder / f"{spooled.segment.run}{JOURNAL}"))

    def bad_path(self, spooled: Spooled) -> Path:
        """Where the file of a segment is kept that can never be stored."""
        return spooled.path.with_suffix(BAD)

    # ---------------------------------------------------------------- how far

    def recorded_until(self) -> Instant | None:
        """End of the last recorded media, or None before the first."""
        return self._instant("recorded-until")

    def _instant(self, name: str) -> Instant | None:
        path = self.folder / name
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

    # ---------------------------------------------------------------- how its sound is kept

    def audio(self) -> AudioMode:
        """The way that worked last: trying the others first costs seconds at every start."""
        path = self.folder / "sound"
        try:
            with seam(path):
                return AudioMode(path.read_text()) if path.exists() else AudioMode.MP4
        except ValueError:
            return AudioMode.MP4

    def set_audio(self, audio: AudioMode) -> None:
        """Remember it."""
        if audio is not self.audio():
            path = self.folder / "sound"
            with seam(path):
                replace(path, audio.value.encode())

    # ---------------------------------------------------------------- gaps

    def keep_gap(self, gap: Gap, *, instead_of: str = "") -> None:
        """Write or replace a gap, durably; it does not count while `instead_of` is a file here."""
        path = self._gap_path(gap)
        kept = {"end_us": gap.interval.end.us, "detail": gap.detail}
        if instead_of:
            kept["instead_of"] = instead_of
        data = json.dumps(kept).encode()
        while True:
            try:
                with seam(path):
                    return replace(path, data)
            except NoSpace:
                # Why nothing was recorded is the one thing that a full disk must still take.
                if not self._yield_reserve():
                    raise

    def _fill_reserve(self) -> None:
        """As far as there is room; a disk that is full already has none."""
        with contextlib.suppress(NoSpace), seam(self._reserve), self._reserve.open("ab") as file:
            if file.tell() < _RESERVE_BYTES:
                os.posix_fallocate(file.fileno(), 0, _RESERVE_BYTES)

    def _yield_reserve(self) -> bool:
        """Make a little room; False where none is left. Others may take it first."""
        with seam(self._reserve):
            size = self._reserve.stat().st_size if self._reserve.exists() else 0
            if size:
                os.truncate(self._reserve, max(size - _SHARE_BYTES, 0))
        return size > 0

    def forget_gap(self, gap: Gap) -> None:
        """Its row is in the catalogue and will not change any more; how far it went stays known."""
        path, until = self._gap_path(gap), self.folder / "accounted-until"
        with seam(path):
            known = filter(None, (self.accounted_until(), self.recorded_until()))
            if gap.interval.end > max(known, default=Instant(0)):
                replace(until, str(gap.interval.end.us).encode())
            _unlink(path)
        self._fill_reserve()

    def accounted_until(self) -> Instant | None:
        """End of the last gap that went beyond the recorded media: the next one begins there."""
        return self._instant("accounted-until")

    def gaps(self) -> list[Gap]:
        """All kept, by start; a file that is none of ours is no reason not to record.

        A gap whose segment is still here, because a crash came between the two steps of `give_up`,
        is removed: that segment will be stored, and both would tell the same time twice.
        """
        found = []
        with self._giving_up:
            for path in self.folder.glob(f"*{_GAP}"):
                with seam(path), contextlib.suppress(ValueError, KeyError, TypeError, BadInput):
                    kept = dict[str, Any](json.loads(path.read_text()))
                    if (self.folder / str(kept.get("instead_of") or ".")).is_file():
                        _unlink(path)
                    else:
                        found.append(self._gap(path, kept))
        return sorted(found, key=lambda gap: gap.interval)

    def _gap(self, path: Path, kept: dict[str, Any]) -> Gap:
        start, _, reason = path.stem.partition("-")
        interval = Interval(Instant(int(start)), Instant(int(kept["end_us"])))
        return Gap(self.camera, interval, GapReason(reason), str(kept["detail"]))

    def _gap_path(self, gap: Gap) -> Path:
        return self.folder / f"{gap.interval.start.us}-{gap.reason.value}{_GAP}"


def _unlink(path: Path) -> None:
    """Remove a file so that a power cut does not bring it back; harmless when it has gone."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)
