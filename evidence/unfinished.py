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
from typing import TYPE_CHECKING, Final

from footage import durable

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART: Final = re.compile(r"\..+\.partial-[0-9a-f]{8}", re.DOTALL)
_NOTE: Final = "*.part"


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

    def leftovers(self) -> list[Path]:
        """Return the folders that exports cut short by a crash left, by path."""
        return sorted(part for _, part in self._dead() if part.is_dir() and not part.is_symlink())

    def remove_leftovers(self) -> None:
        """Remove what exports cut short by a crash left; what cannot be removed stays noted.

        Where the disk of a leftover is not mounted, the leftover stays noted too.
        """
        for note, part in self._dead():
            if _PART.fullmatch(part.name) and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            if part.parent.is_dir() and not part.exists():
                note.unlink(missing_ok=True)

    def _dead(self) -> Iterator[tuple[Path, Path]]:
        """Yield note and folder of each export that no process is making any more."""
        for note in sorted(self._folder.glob(_NOTE)):
            try:
                with note.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path = Path(os.fsdecode(file.read()))
            except OSError:  # locked by the export under way, or removed meanwhile
                continue
            yield note, path
