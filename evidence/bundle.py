"""Write a bundle's folder under a temporary name, then rename the whole folder into place."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from evidence import verify
from evidence.manifest import FileFact
from evidence.verify import ClipMaker
from footage import durable
from footage.camera_signature import kind_in
from footage.digest import Digest
from footage.errors import BadInput, Conflict, DataLoss
from footage.holes import hole_intervals
from footage.mp4 import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from evidence.unfinished import Leftover, UnfinishedExports
    from footage.instant import Interval


class BundleFolder:
    """Folder of a bundle being written; each file is synced and hashed while written.

    Attributes:
        files: The files written so far.
        leftovers: What earlier exports cut short left, and this export could not remove.
    """

    def __init__(self, folder: Path, leftovers: Sequence[Leftover] = ()) -> None:
        self._folder = folder
        self.files: list[FileFact] = []
        self.leftovers = tuple(leftovers)

    def add(self, path: str, chunks: Iterable[bytes], role: str) -> FileFact:
        """Write a file and return path, size, digest and role.

        Raises:
            BadInput: The path is not ASCII or leaves the folder.
            Conflict: The file exists already.
            NoSpace: The disk is full.
            Misconfigured: The file may not be written.
            Unavailable: The file cannot be written now.
        """
        target = self._folder / _checked(path)
        with durable.seam(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            digest, size = durable.write_chunks(target, chunks)
        fact = FileFact(path, size, digest, role)
        self.files.append(fact)
        return fact

    def clip(
        self,
        path: str,
        masters: Sequence[str],
        location: bytes = b"",
        behind: Callable[[ClipMaker, Iterator[bytes]], Iterator[bytes]] = lambda _clip, film: film,
    ) -> FileFact:
        """Write a clip of these written master files, as `add` does.

        Args:
            path: Path of the clip.
            masters: Paths of the master files.
            location: Box that says where the camera stood; b"" for none.
            behind: Adds to the film what stands behind the film, from the clip as made by then.

        Raises:
            DataLoss: The master files do not make a clip.
            FootageError: As `behind` raises.
        """
        paths = [self._folder / _checked(master) for master in masters]
        clip = ClipMaker(location)
        try:
            return self.add(path, behind(clip, clip.film(paths)), "clip")
        except (ValueError, ArithmeticError, LookupError, struct.error) as exc:
            raise DataLoss(
                f"{masters[0]} and what follows do not make a clip: {exc}",
                hint="export without --clips",
            ) from exc

    def adopt(self, path: str, made: Path, role: str) -> FileFact:
        """Move a file made in `scratch` into the bundle; return the facts as `add` does."""
        target = self._folder / _checked(path)
        with durable.seam(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with made.open("rb") as file:
                digest = Digest(hashlib.file_digest(file, "sha256").hexdigest())
                size = file.seek(0, os.SEEK_END)
            durable.sync_file(made)
            made.rename(target)
        fact = FileFact(path, size, digest, role)
        self.files.append(fact)
        return fact

    def path_of(self, path: str) -> Path:
        """Return the path of a written file, for a program that reads the file."""
        return self._folder / _checked(path)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder on the bundle's disk, removed at the end; no part of the bundle.

        Raises:
            NoSpace: The disk is full.
            Misconfigured: The folder may not be written.
            Unavailable: The folder cannot be written now.
        """
        with durable.seam(self._folder):
            folder = Path(tempfile.mkdtemp(prefix=".scratch-", dir=self._folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def leave_out(self, roles: Collection[str]) -> None:
        """Remove the written files of these roles, and the folders that are empty then.

        Raises:
            Misconfigured: A file may not be removed.
            Unavailable: A file cannot be removed now.
        """
        for fact in [fact for fact in self.files if fact.role in roles]:
            target = self._folder / _checked(fact.path)
            with durable.seam(target):
                durable.remove(target, up_to=self._folder)
            self.files.remove(fact)

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """Open a written file for reading.

        Raises:
            Unavailable: The file cannot be read now.
        """
        target = self._folder / _checked(path)
        with durable.seam(target), target.open("rb") as file:
            yield file

    def holes(self, path: str, interval: Interval) -> list[Interval]:
        """Return the holes inside a written segment; none of a file that is no fragmented MP4.

        Raises:
            Unavailable: The file cannot be read now.
        """
        with self.opened(path) as file:
            try:
                return hole_intervals(walk(file), interval)
            except DataLoss:
                return []

    def add_tool(self, suffix: str = ".py") -> None:
        """Add the stand-alone verifier, or with suffix ".html" the page that checks files.

        Raises:
            Unavailable: The tool cannot be read here.
        """
        tool = Path(verify.__file__).with_suffix(suffix)
        with durable.seam(tool):
            content = tool.read_bytes()
        self.add(f"verify/verify{suffix}", [content], "tool")

    def signed(self, path: str) -> str:
        """Return the kind of camera signatures in a written segment.

        Raises:
            Unavailable: The file cannot be read now.
        """
        target = self._folder / _checked(path)
        with durable.seam(target):
            return kind_in(target).value


@contextmanager
def published(out: Path, unfinished: UnfinishedExports) -> Iterator[BundleFolder]:
    """Give a folder to write to, renamed to `out` at the end; removed when anything is raised.

    What a crash of an earlier export left is removed first, where it can be removed.

    Raises:
        Conflict: `out` exists and is not an empty folder.
        NoSpace: The disk is full.
        Misconfigured: The folder may not be written.
        Unavailable: The folder cannot be written now.
    """
    require_free(out)
    leftovers = unfinished.remove_leftovers()
    with unfinished.under_way(out) as part:
        with durable.seam(part):
            part.mkdir(parents=True, mode=0o755)
        yield BundleFolder(part, leftovers)
        with durable.seam(out):
            _sync_folders(part)
            part.rename(out)  # replaces an empty folder, never a folder with content
            durable.sync_folder(out.parent)


def require_free(out: Path) -> None:
    """Raise Conflict where `out` exists and is not an empty folder."""
    with durable.seam(out):
        taken = out.is_symlink() or (out.exists() and not _is_empty_folder(out))
    if taken:
        raise Conflict(f"{out} is there already and not empty", hint="name a new folder")


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _checked(path: str) -> str:
    """Return `path`; raise BadInput where any system could read a path out of the bundle."""
    parts = path.split("/")
    if not path.isascii() or not path.isprintable() or "\\" in path or ":" in path:
        raise BadInput(f"not a path for a bundle: {path!r}")
    if any(part in {"", ".", ".."} for part in parts):
        raise BadInput(f"not a path for a bundle: {path!r}")
    return path


def _sync_folders(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            durable.sync_folder(path)
