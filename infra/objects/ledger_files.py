"""Writes a ledger's tree as static files (C2SP `tlog-tiles`), which other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage import durable
from footage.errors import Conflict
from footage.ledger_objects import log_prefix
from footage.signed_note import Checkpoint
from footage.tlog_tiles import entries_path, tile_path, tile_width

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.ports import ObjectStore
    from footage.ports.ledger import LedgerState


def write_tiles(store: ObjectStore, state: LedgerState, out: Path) -> int:
    """Write tiles, entry bundles and `checkpoint` of the last checkpoint into a new folder.

    Returns:
        Number of files.

    Raises:
        Conflict: The folder exists.
        NotFound: An object of the tree is not in the store.
        Unavailable: The store cannot be reached.
    """
    if out.exists():
        raise Conflict(f"{out} is there already", hint="name a new folder")
    checkpoint, count = Checkpoint.parse(state.checkpoint), 1
    with durable.seam(out):
        for path in tree_paths(checkpoint.size):
            target = out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(store.get(log_prefix(state.log) + path))
            count += 1
        out.mkdir(parents=True, exist_ok=True)
        durable.write_new(out / "checkpoint", state.checkpoint.encode())
    return count


def tree_paths(size: int) -> Iterator[str]:
    """Yield the paths of all objects of a tree of `size` leaves."""
    level = 0
    while tile_width(level, 0, size):
        number = 0
        while width := tile_width(level, number, size):
            yield tile_path(level, number, width)
            if not level:
                yield entries_path(number, width)
            number += 1
        level += 1
