"""Names of processes by locks in the home folder: the recorder's, and each indexer's."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import secrets
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Final

from footage.durable import seam, sync_folder
from footage.errors import Unavailable
from footage.ids import NodeId, node_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME: Final = "recorder.lock"
_STRANGE: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST: Final = 64


@contextmanager
def held(home: Path) -> Iterator[str]:
    """Hold the home folder; gives the folder's name, made at random when first held.

    The name lets a recorder started again take back its cameras at once: the former process is
    dead, since the lock dies with its process. A copy of the folder must not be used elsewhere.

    Raises:
        Unavailable: Another recorder holds the folder, or the disk cannot be used.
    """
    with _locked(home / _NAME) as name:
        if name is None:
            raise Unavailable(
                f"another recorder works in {home}", hint="stop it, or set another FOOTAGE_HOME"
            )
        yield name


@contextmanager
def indexer_slot(home: Path) -> Iterator[tuple[str, NodeId]]:
    """Hold the first free name of an indexer in the home folder; gives name and node id.

    Several indexers may work in the same folder. A name is free again once its process is dead, so
    an indexer started again takes back its cameras at once.

    Raises:
        Unavailable: The disk cannot be used.
    """
    for number in count(1):
        with _locked(home / f"indexer-{number}.lock") as name:
            if name is not None:
                machine = default_node()[: _LONGEST - 9]
                yield name, node_id(f"{machine}-{name[:8]}")
                return


@contextmanager
def _locked(path: Path) -> Iterator[str | None]:
    """Lock a file that names its holders; gives the name, None where another process has it."""
    with seam(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        with seam(path):
            name = _named(descriptor, path)
        yield name
    finally:
        os.close(descriptor)


def _named(descriptor: int, path: Path) -> str:
    if known := os.pread(descriptor, 100, 0).decode(errors="replace").strip():
        return known
    name = secrets.token_hex(16)
    os.pwrite(descriptor, f"{name}\n".encode(), 0)
    os.fsync(descriptor)
    sync_folder(path.parent)
    return name


def default_node() -> NodeId:
    """A node id made from the machine's name; `recorder` where the name yields none."""
    name = _STRANGE.sub("-", platform.node()).strip("-_")[:_LONGEST]
    return node_id(name or "recorder")
