"""Scan of the files and folders given to an import: files in order, and skips with reasons.

Links are not followed, except a link that the user named: a link to a file inside would import the
file twice, and a link to outside would import a file that nobody named. A file that the user named
is taken for video, whatever the name: FFmpeg will tell.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from recorder.imports.container import HEAD_BYTES, is_video
from recorder.imports.ledger import Stamp
from recorder.imports.names import shown
from recorder.imports.plan import Skip, Why

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_HIDDEN: Final = "."


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that should be video.

    Attributes:
        path: Absolute path; links in the given path are resolved.
        stamp: Stamp of the file now.
    """

    path: Path
    stamp: Stamp


def scan(paths: Iterable[Path]) -> Iterator[FoundFile | Skip]:
    """Yield all files of the given files and folders, each once, sorted within each folder.

    Raises:
        BadInput: A given path does not exist.
    """
    roots = [_resolved(path) for path in paths]
    seen: set[Path] = set()
    for root in roots:
        for one in _below(root, roots, named=True):
            if one.path not in seen:
                seen.add(one.path)
                yield one


def _below(path: Path, roots: list[Path], *, named: bool = False) -> Iterator[FoundFile | Skip]:
    try:
        if path.is_symlink():
            yield _link(path, roots)
            return
        if path.name.startswith(_HIDDEN) and not named:
            yield Skip(path, Why.HIDDEN)
            return
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            entries = sorted(path.iterdir())
        else:
            yield _file(path, facts, named=named)
            return
    except OSError as exc:
        yield Skip(path, Why.UNREADABLE, exc.strerror or str(exc))
        return
    for entry in entries:
        yield from _below(entry, roots)


def _file(path: Path, facts: os.stat_result, *, named: bool) -> FoundFile | Skip:
    if not stat.S_ISREG(facts.st_mode):
        return Skip(path, Why.NOT_VIDEO, "no ordinary file")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not named and not is_video(path, head):
        return Skip(path, Why.NOT_VIDEO)
    if not head:
        return Skip(path, Why.EMPTY)
    return FoundFile(path, Stamp.of(facts))


def _link(path: Path, roots: list[Path]) -> Skip:
    target = path.resolve()
    if any(target == root or root in target.parents for root in roots) and target.exists():
        return Skip(path, Why.LINKED, f"to {shown(target)}")
    return Skip(path, Why.LINK_OUTSIDE, f"to {shown(target)}; name it, and it is taken")


def _resolved(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except OSError as exc:
        raise BadInput(f"cannot read {shown(path)}: {exc.strerror}") from exc
    except RuntimeError as exc:  # links in a circle
        raise BadInput(f"cannot read {shown(path)}: links in a circle") from exc
