"""Folders of exports under way, noted at home, so that what a crash leaves is found and removed.

An export writes into a folder `.NAME.partial-...` beside its target, anywhere on the machine. The
note at home, a file that names this folder, is on the disk before the folder is made, and is locked
by the exporting process. In this order: note and lock; folder; the export; folder renamed or
removed; note removed. A crash leaves a note that nobody has locked: the folder is a leftover, which
the next export removes, whatever its target. A crash before the folder was made leaves a note
alone.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from footage import durable

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART: Final = re.compile(r"\..+\.partial-[0-9a-f]{8}", re.DOTALL)
_NOTE: Final = "*.part"


class Leftover(NamedTuple):
    """A folder that an export cut short by a crash left, or a note that cannot be read.

    Attributes:
        why: Why the path cannot be looked at or removed; "" where nothing is known to forbid.
    """

    path: Path
    why: str = ""


class UnfinishedExports:
    """Notes of exports under way, in a folder of the home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def under_way(self, out: Path) -> Iterator[Path]:
        """Note an export to `out`, and give the folder to write to; not made here.

        Where the folder is still there at the end of the `with`, the folder is removed.

        Raises:
            NoSpace: The disk is full.
            Misconfigured: The note may not be written.
            Unavailable: The note cannot be written now.
        """
        part = out.absolute().with_name(f".{out.name}.partial-{secrets.token_hex(4)}")
        note = self._folder / f"{secrets.token_hex(8)}.part"
        hidden = note.with_suffix(".new")
        with durable.seam(note):
            durable.make_folder(self._folder)
            durable.write_new(hidden, os.fsencode(part))
        with durable.seam(note), hidden.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # before the note gets the name that others look at
            durable.publish(hidden, note)
            try:
                yield part
            finally:
                shutil.rmtree(part, ignore_errors=True)  # renamed before where all went well
                if not part.exists():
                    note.unlink(missing_ok=True)

    def leftovers(self) -> list[Leftover]:
        """Return what exports cut short by a crash left, by path; also what cannot be looked at."""
        found = []
        for note, part, why in self._dead():
            try:
                if why:
                    found.append(Leftover(note, why))
                elif part.is_dir() and not part.is_symlink():
                    found.append(Leftover(part))
            except OSError as exc:
                found.append(_kept(part, exc))
        return sorted(found)

    def remove_leftovers(self) -> list[Leftover]:
        """Remove what exports cut short by a crash left; return what cannot be removed, with why.

        What cannot be removed stays noted, and keeps no export from being made. Where the disk of a
        leftover is not mounted, the leftover stays noted too, and is not returned.
        """
        kept = []
        for note, part, why in self._dead():
            if why:
                kept.append(Leftover(note, why))
                continue
            try:
                if _PART.fullmatch(part.name) and part.exists() and not part.is_symlink():
                    shutil.rmtree(part)
                if part.parent.is_dir() and not part.exists():
                    note.unlink(missing_ok=True)
            except OSError as exc:
                kept.append(_kept(part, exc))
        return kept

    def _dead(self) -> Iterator[tuple[Path, Path, str]]:
        """Yield note and folder of each export that no process is making any more.

        Where the note cannot be read: the note, and why.
        """
        for note in sorted(self._folder.glob(_NOTE)):
            try:
                with note.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield note, Path(os.fsdecode(file.read())), ""
            except (BlockingIOError, FileNotFoundError):
                continue  # of the export under way, or removed meanwhile
            except OSError as exc:
                yield note, note, _reason(exc)


def _kept(part: Path, exc: OSError) -> Leftover:
    return Leftover(part, _reason(exc))


def _reason(exc: OSError) -> str:
    return exc.strerror or str(exc)
