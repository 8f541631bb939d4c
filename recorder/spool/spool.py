"""The spool: closed segments on local disk that are not yet stored, and the files still growing.

    SPOOL/CAMERA/lock                 held while a recorder works on the camera
    SPOOL/CAMERA/recorded-until       end of the last recorded media, microseconds
    SPOOL/CAMERA/accounted-until      end of the last gap, where later than `recorded-until`
    SPOOL/CAMERA/RUN.journal          facts of a run (`recorder.spool.run`), JSON lines
    SPOOL/CAMERA/RUN-000017.mp4       a segment, open or closed
    SPOOL/CAMERA/START-REASON.gap     a gap not yet (wholly) in the catalogue
    SPOOL/CAMERA/reserve              room kept for gap files when the disk is full

Order at a close: file synced, folder synced, boxes walked and digest taken, journal line synced;
only then is the segment handed to the uploader (invariant 2). Order at the end: segment stored and
in the catalogue, file removed, folder synced; a journal is removed when the run has ended and no
file of the run is left. Order where a segment is evicted or set aside: gap synced, file removed,
folder synced, gap handed on; a gap that names a file still here does not count, for the file can
still be stored.
A crash between any two steps leaves a state that `RUN.journal` and the files explain: time recorded
or a gap, never neither, never both (invariant 5).
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
_RELEASE_BYTES: Final = 8_192
"""Part of the reserve freed at a time: a small file takes 4 KiB, the folder may take 4 KiB more."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A closed segment, safe on local disk."""

    path: Path
    segment: Segment


class Journal:
    """JSON lines in a file, each on disk when `append` returns; a line a crash cut is ignored."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name_synced = False

    def append(self, record: Mapping[str, object]) -> None:
        """Write and sync a line; the first call syncs the folder, too: the file's name lasts."""
        with seam(self.path):
            with self.path.open("a+b") as file:
                if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                    file.write(b"\n")  # behind a line cut short, the new line would be lost too
                file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if not self._name_synced:
                sync_folder(self.path.parent)
                self._name_synced = True

    def records(self) -> list[dict[str, Any]]:
        """Read all whole lines."""
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
    """A camera's folder in the spool, locked by a single recorder at a time.

    Raises:
        Unavailable: Another recorder has locked the folder, or the disk cannot be used.
        Misconfigured: The folder may not be made or written.
        Conflict: A file of the folder's name is in the way.
    """

    def __init__(self, root: Path, camera: CameraId) -> None:
        self.camera = camera
        self.folder = root / camera
        with seam(self.folder):
            make_folder(self.folder)  # durable: files are only as durable as the folder's name
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
            for draft in self.folder.glob(".*.new"):  # a crash came before the rename
                draft.unlink()
        self._giving_up = Lock()
        self._being_discarded: dict[str, Gap] = {}
        self._reserve = self.folder / "reserve"
        self._fill_reserve()

    def close(self) -> None:
        """Unlock the folder: another recorder may work on this camera."""
        os.close(self._lock)

    def journals(self) -> list[Journal]:
        """Journals in the folder, oldest run first (a run's name begins with the start)."""
        return [Journal(path) for path in sorted(self.folder.glob(f"*{JOURNAL}"))]

    def holds(self, spooled: Spooled) -> bool:
        """Whether the segment's file is in the folder.

        Raises:
            Unavailable: The whole folder is gone: the disk is not mounted, the footage may exist.
        """
        if spooled.path.exists():
            return True
        if not (self.folder / "lock").exists():
            raise Unavailable(f"{self.folder} is gone", hint="check that its disk is mounted")
        return False

    def forget(self, spooled: Spooled) -> None:
        """Remove the file of a segment stored and in the catalogue (invariant 2, last step)."""
        if begun := self._being_discarded.pop(spooled.path.name, None):
            self.forget_gap(begun)  # the file could not be removed then, and was stored after all
        with seam(spooled.path):
            _unlink(spooled.path)
        self.tidy(Journal(self.folder / f"{spooled.segment.run}{JOURNAL}"))

    def tidy(self, journal: Journal) -> None:
        """Remove a run's journal if the run has ended and no file of the run is left."""
        with seam(journal.path):
            if not journal.path.exists() or self._left_files(journal):
                return
            if any(record.get("t") == "ended" for record in journal.records()):
                _unlink(journal.path)

    def _left_files(self, journal: Journal) -> bool:
        """Whether a segment file of the run is left; stops at the first of perhaps a thousand."""
        with os.scandir(self.folder) as files:
            return any(file.name.startswith(f"{journal.path.stem}-") for file in files)

    def give_up(self, spooled: Spooled, gap: Gap, *, kept: Path | None = None) -> None:
        """Replace a segment that will not be stored by a gap; may be repeated after a crash.

        Args:
            spooled: The segment.
            gap: Gap with the reason; to be entered in the catalogue only after the return.
            kept: New path of the file, for people (`bad_path`); None removes the file.
        """
        with self._giving_up:
            self._being_discarded[spooled.path.name] = gap
            self.keep_gap(gap, instead_of=spooled.path.name)  # durable before the file goes
            with seam(spooled.path):
                if kept is None:
                    _unlink(spooled.path)
                elif spooled.path.exists():
                    spooled.path.rename(kept)
                    sync_folder(self.folder)
            del self._being_discarded[spooled.path.name]
        if kept is None:
            self.tidy(Journal(self.folder / f"{spooled.segment.run}{JOURNAL}"))

    def bad_path(self, spooled: Spooled) -> Path:
        """Path at which the file of a segment that can never be stored is kept."""
        return spooled.path.with_suffix(BAD)

    # ---------------------------------------------------------------- end of recorded time

    def recorded_until(self) -> Instant | None:
        """End of the last recorded media; None before the first segment."""
        return self._instant("recorded-until")

    def _instant(self, name: str) -> Instant | None:
        path = self.folder / name
        try:
            with seam(path):
                return Instant(int(path.read_text())) if path.exists() else None
        except ValueError:
            return None

    def set_recorded_until(self, instant: Instant) -> None:
        """Write the end of the last recorded media durably; never moves the end back."""
        if instant > (self.recorded_until() or Instant(0)):
            path = self.folder / "recorded-until"
            with seam(path):
                replace(path, str(instant.us).encode())

    # ---------------------------------------------------------------- audio mode

    def audio(self) -> AudioMode:
        """The audio mode that worked last: trying others first costs seconds at every start."""
        path = self.folder / "audio"
        try:
            with seam(path):
                return AudioMode(path.read_text()) if path.exists() else AudioMode.MP4
        except ValueError:
            return AudioMode.MP4

    def set_audio(self, audio: AudioMode) -> None:
        """Write the audio mode that works."""
        if audio is not self.audio():
            path = self.folder / "audio"
            with seam(path):
                replace(path, audio.value.encode())

    # ---------------------------------------------------------------- gaps

    def keep_gap(self, gap: Gap, *, instead_of: str = "") -> None:
        """Write or replace a gap, durably; the gap counts once no file `instead_of` is here."""
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
                # A full disk must still take the reason why nothing was recorded.
                if not self._release_reserve():
                    raise

    def _fill_reserve(self) -> None:
        """Fill the reserve to 32 KiB; leave the reserve as is when the disk is full."""
        with contextlib.suppress(NoSpace), seam(self._reserve), self._reserve.open("ab") as file:
            if file.tell() < _RESERVE_BYTES:
                os.posix_fallocate(file.fileno(), 0, _RESERVE_BYTES)

    def _release_reserve(self) -> bool:
        """Free 8 KiB of the reserve; False when the reserve is empty.

        Another writer may take the freed room first.
        """
        with seam(self._reserve):
            size = self._reserve.stat().st_size if self._reserve.exists() else 0
            if size:
                os.truncate(self._reserve, max(size - _RELEASE_BYTES, 0))
        return size > 0

    def forget_gap(self, gap: Gap) -> None:
        """Remove a gap whose final row is in the catalogue; the end of the gap stays known."""
        path, until = self._gap_path(gap), self.folder / "accounted-until"
        with seam(path):
            known = filter(None, (self.accounted_until(), self.recorded_until()))
            if gap.interval.end > max(known, default=Instant(0)):
                replace(until, str(gap.interval.end.us).encode())
            _unlink(path)
        self._fill_reserve()

    def accounted_until(self) -> Instant | None:
        """End of the last gap beyond the recorded media, where the next gap begins, or None."""
        return self._instant("accounted-until")

    def gaps(self) -> list[Gap]:
        """All kept gaps, by start; files that are not readable as gaps are passed over.

        A gap whose segment is still here, because a crash came between the two steps of `give_up`,
        is removed: the segment will be stored, and both would cover the same time.
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
    """Remove a file durably: no power cut brings the file back; harmless when the file has gone."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)
