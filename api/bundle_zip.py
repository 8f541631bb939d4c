"""A bundle as a zip file, made while sent: the only module that imports zipstream-ng."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zipstream import ZIP_STORED, ZipStream

from footage.durable import seam

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def zip_of(folder: Path, name: str) -> tuple[int, Iterator[bytes]]:
    """Return the size of a folder's zip file in bytes, and the bytes.

    Files stand in the order of their paths, uncompressed (films do not shrink), with the times of
    the files: a folder that stays as it is gives the same bytes each time.

    Args:
        folder: The folder.
        name: Name of the one folder in the zip file, which holds everything.

    Raises:
        Unavailable: The folder cannot be read; while the bytes are read too.
    """
    made = ZipStream(compress_type=ZIP_STORED, sized=True)
    with seam(folder):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                made.add_path(path, f"{name}/{path.relative_to(folder).as_posix()}")
    return len(made), _read(made, folder)


def _read(made: ZipStream, folder: Path) -> Iterator[bytes]:
    with seam(folder):
        yield from made
